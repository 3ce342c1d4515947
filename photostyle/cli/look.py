"""`photostyle look`: measure a style photo once, for `--style sunset.look` in its place ever after."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from photostyle.cli import output as out
from photostyle.cli.output import doc
from photostyle.config import Options
from photostyle.errors import OptionError

if TYPE_CHECKING:
    from photostyle.look import Look


def look(
    photo: Annotated[Path, typer.Argument(help="The photo whose light is wanted; with --info, a .look file.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The .look file to write; default: beside PHOTO.", rich_help_panel="Output"),
    ] = None,
    info: Annotated[bool, typer.Option("--info", help="Say what a .look file holds; measure nothing.")] = False,
    style_mask: Annotated[Path | None, typer.Option(help="Painted regions of the photo.", rich_help_panel="Regions")] = None,
    hard_masks: Annotated[bool, typer.Option("--hard-masks", help=doc("hard_masks"), rich_help_panel="Regions")] = False,
    segmenter: Annotated[str, typer.Option(help=doc("segmenter"), rich_help_panel="Regions")] = "auto",
    feather: Annotated[str | None, typer.Option(help=doc("feather"), rich_help_panel="Regions")] = None,
    encoder: Annotated[str, typer.Option(help=doc("encoder"), rich_help_panel="Engine")] = "auto",
    weights: Annotated[Path | None, typer.Option(help=doc("weights"), rich_help_panel="Engine")] = None,
    size: Annotated[int | None, typer.Option(help=doc("size"), rich_help_panel="Engine")] = None,
    fast: Annotated[bool, typer.Option("--fast", help="For run --fast: at its smaller size.", rich_help_panel="Engine")] = False,
    device: Annotated[str, typer.Option(help=doc("device"), rich_help_panel="Engine")] = "auto",
    precision: Annotated[str, typer.Option(help=doc("precision"), rich_help_panel="Engine")] = "auto",
    cache: Annotated[bool, typer.Option("--cache/--no-cache", help=doc("cache"), rich_help_panel="Engine")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON record on stdout.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
) -> None:
    """Measure the look of PHOTO: its statistics region by region, no pixels. run --style takes it in the photo's place."""
    if info:
        from photostyle.look import load_look

        _say(load_look(photo), photo, as_json, sys.stdout)
        return
    output = output or photo.with_suffix(".look")
    _check(photo, output)
    options = Options(
        encoder=encoder, weights=weights, size=size, fast=fast, device=device, precision=precision, segmenter=segmenter,
        feather=feather, hard_masks=hard_masks, cache=cache,
    )  # fmt: skip

    from photostyle.cli import report
    from photostyle.look import save_look
    from photostyle.pipeline import measure

    with report.progress(quiet or as_json) as callback:
        measured = measure(photo, style_mask=style_mask, options=options, callback=callback)
    save_look(measured, output)
    if as_json or not quiet:
        _say(measured, output, as_json, sys.stderr)
    if not (quiet or as_json):
        sys.stdout.write(f"{output}\n")


def _check(photo: Path, output: Path) -> None:
    """Fail now, not after the work."""
    if photo.suffix.lower() == ".look":
        raise OptionError(f"{photo}: is a look already; give the photo, or --info to see what it holds")
    if output.suffix.lower() != ".look":
        raise OptionError(f"{output}: a look is a .look file; give it a name that ends in .look")
    out.check_file(output)


def _say(look: "Look", path: Path, as_json: bool, stream) -> None:
    """What a look holds: a line of facts, and a line a region, largest first; or a JSON record on stdout."""
    from photostyle.look.storage import VERSION

    regions = sorted(zip(look.regions.area, look.regions.names, look.regions.colours, strict=True), key=lambda r: -r[0])
    notes, size = [*look.notes, *look.regions.notes], path.stat().st_size
    if as_json:
        facts = {"look": str(path), "photo": look.photo, "version": VERSION, "bytes": size, "encoder": look.encoder}
        facts |= {"weights": look.weights, "size": look.size, "layers": list(look.grams), "notes": notes}
        facts["regions"] = [{"name": n, "share": round(share, 4), "colour": list(colour)} for share, n, colour in regions]
        sys.stdout.write(json.dumps(facts) + "\n")
        return
    for share, name, _ in regions:
        stream.write(f"{share:7.1%}  {name}\n")
    for note in notes:
        stream.write(f"note: {note}\n")
    stream.write(
        f"look of {look.photo or 'a photo'}, version {VERSION}, {size / 1e3:.0f} kB, measured at {look.size} pixels "
        f"with {look.encoder} (weights {look.weights})\n"
    )
