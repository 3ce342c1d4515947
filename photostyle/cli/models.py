"""`photostyle models`: list, pull and verify the networks' weights."""

from pathlib import Path
from typing import Annotated

import typer

from photostyle import models
from photostyle.events import Progress

app = typer.Typer(no_args_is_help=True, help="List, download and check the weights of the networks.")
Names = Annotated[list[str] | None, typer.Argument(help="Models; see `photostyle models list`.", show_default=False)]


@app.command("list")
def list_models() -> None:
    """List the models photostyle knows, where they are, their licence and what they were trained on."""
    for model in models.MODELS.values():
        path = models.locate(model.name)
        where = str(path) if path else f"not here; photostyle models pull {model.name}"
        size = path.stat().st_size if path else model.size
        typer.echo(f"{model.name}  {_megabytes(size)}  {model.use}")
        typer.echo(f"    licence   {model.licence}\n    training  {model.training}\n    file      {where}")


@app.command()
def pull(names: Names = None) -> None:
    """Download models into photostyle's own folder; a broken download goes on where it stopped."""
    if not names:
        raise typer.BadParameter(f"name at least one of {', '.join(_downloadable())}")
    for name in names:
        typer.echo(f"{name}: licence: {models.model_file(name).licence}")
        typer.echo(f"{name}: {_with_bar(name, 'Downloading', models.fetch)}")


@app.command()
def verify(names: Names = None) -> None:
    """Check the SHA-256 of models that are on this machine (all of them by default)."""
    wanted = names or [name for name in models.MODELS if models.locate(name)]
    for name in wanted:
        typer.echo(f"{name}: whole, {_with_bar(name, 'Verifying', models.verify)}")


def _downloadable() -> list[str]:
    return [model.name for model in models.MODELS.values() if model.url]


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


def _with_bar(name: str, verb: str, action) -> Path:
    """Runs `action(name, progress=...)` under a bar."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Bar(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(f"{verb} {name}", total=None)

        def show(progress: Progress) -> None:
            bar.update(task, completed=progress.step, total=progress.total)

        return action(name, progress=show)
