"""`photostyle models`: list, show, pull and verify the networks' weights."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from photostyle import models
from photostyle.cli import output as out
from photostyle.cli.usage import CommandGroup
from photostyle.errors import FileError, OptionError
from photostyle.events import Progress, ProgressCallback

app = typer.Typer(cls=CommandGroup, no_args_is_help=True, help="List, show, download and check the networks and their weights.")
Names = Annotated[
    list[str] | None, typer.Argument(metavar="NAME", help="Models; see `photostyle models list`.", show_default=False)
]
File = Annotated[Path, typer.Argument(metavar="FILE", help="A trained network, a .safetensors file.", show_default=False)]
Name = Annotated[str, typer.Argument(metavar="NAME", help="A model; see `photostyle models list`.", show_default=False)]


@app.command("list")
def list_models() -> None:
    """List the models photostyle knows, where they are, their licence and what they were trained on."""
    for model in models.MODELS.values():
        found = models.standing(model.name)
        size = model.size
        where = f"not here; {found.advice}"
        if found.path is not None:
            size = found.path.stat().st_size
            where = str(found.path)
        if found.fault is not None:
            where += f" {found.fault}; {found.advice}"
        typer.echo(f"{model.name}  {size / 1e6:.1f} MB  {model.use}")
        typer.echo(f"    licence   {model.licence}\n    training  {model.training}\n    file      {where}")
        if not model.tried:
            typer.echo(f"    untried   {models.UNTRIED}")
    for name, path in models.trained_networks().items():
        try:
            facts = models.network_facts(path)
        except FileError as error:
            typer.echo(f"{name}  {error}")
            continue
        use = f"trained network, {models.described_styles(facts)}"
        typer.echo(f"{name}  {path.stat().st_size / 1e6:.1f} MB  {use}")
        typer.echo(f"    licence   {facts['card'].get('licence', 'not stated')}")
        typer.echo(f"    training  {facts['card'].get('training', 'not stated')}\n    file      {path}")


@app.command()
def show(name: Name) -> None:
    """Print the card of a model, or of a trained network's file: what made it, on what, what its licence allows, how it does."""
    if name in models.MODELS:
        typer.echo(models.card(name), nl=False)
        return
    typer.echo(models.network_card(_network(name)), nl=False)


@app.command()
def add(file: File, name: Annotated[str | None, typer.Option(help="What to call it; default: as its file.")] = None) -> None:
    """Keep a trained network in photostyle's own folder, so that its name will do: paint --method NAME."""
    typer.echo(models.add_network(file, name))


@app.command()
def pull(names: Names = None) -> None:
    """Download models into photostyle's own folder; a broken download goes on where it stopped."""
    if not names:
        raise OptionError(f"name the models to download, at least one of {', '.join(_downloadable())}")
    for name in names:
        typer.echo(f"{name}: licence: {models.model_file(name).licence}")
        with _bar(f"Downloading {name}") as progress:
            path = models.fetch(name, progress)
        typer.echo(f"{name}: {path}")


@app.command()
def verify(names: Names = None) -> None:
    """Check that the files of models on this machine are the published ones (all of them by default)."""
    for name in names or _present():
        if name not in models.MODELS:
            typer.echo(f"{name}: whole, {_verified(_network(name))}")
            continue
        with _bar(f"Verifying {name}") as progress:
            path = models.verify(name, progress=progress)
        typer.echo(f"{name}: whole, {path}")


@app.command()
def export(
    name: Name,
    output: Annotated[Path, typer.Argument(metavar="OUTPUT", help="The .onnx file to write.", show_default=False)],
    style_name: Annotated[
        list[str] | None, typer.Option(help="Which of its styles: monet, or monet:0.6,ink:0.4; the first where none is named.")
    ] = None,
    style: Annotated[
        str | None, typer.Option("--style", "-s", help="Of a network for any style, the picture whose style it is to have.")
    ] = None,
    half: Annotated[bool, typer.Option("--half", help="Weights, input and output in 16 bits.")] = False,
    overwrite: out.Overwrite = False,
) -> None:
    """Write a trained network as ONNX, for programs without torch; needs photostyle\\[onnx]."""
    path = _network(name)
    out.check_suffix(output, ".onnx", "an exported network")
    if output.exists() and not overwrite:
        raise FileError(f"{output}: is there already; give another name, or overwrite it", option="overwrite")
    from photostyle.networks import load_stylizer, style_weights
    from photostyle.networks.export import export_onnx

    trained = load_stylizer(path)
    if (style is None) != (trained.reading is None):
        said = "it has styles of its own; leave the style out" if style else "it paints in any style; name a picture of one"
        raise OptionError(f"{path}: {said}", option="style")
    if style is None:
        norms = trained.network.mixed(style_weights(",".join(style_name or ()), trained.names))
    else:
        from photostyle.methods.network.any_style import norms_of_picture
        from photostyle.session import Session

        norms = norms_of_picture(trained, style, Session("cpu"))
    export_onnx(trained, norms, output, half=half)
    typer.echo(output)


def _network(name: str) -> Path:
    """The file of a trained network; an error that lists all models where there is none of the name."""
    if name not in models.trained_networks() and not name.endswith(".safetensors"):
        models.model_file(name)
    return models.find_network(name)


def _verified(path: Path) -> Path:
    """A trained network's file, read whole."""
    from photostyle.networks import load_stylizer

    load_stylizer(path)
    return path


def _downloadable() -> list[str]:
    return [model.name for model in models.MODELS.values() if model.url is not None]


def _present() -> list[str]:
    return [*(name for name in models.MODELS if models.locate(name) is not None), *models.trained_networks()]


@contextmanager
def _bar(title: str) -> Iterator[ProgressCallback]:
    """A callback that draws a bar of bytes on stderr."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)

        def draw(progress: Progress) -> None:
            bar.update(task, completed=progress.step, total=progress.total)

        yield draw
