"""`photostyle look`: measure a style photo once, for `--style sunset.look` in its place ever after."""

import json
import sys
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from photostyle.cli import output as out
from photostyle.cli.method_options import with_method_options
from photostyle.errors import FileError
from photostyle.options import Options

if TYPE_CHECKING:
    from photostyle.look import Look

_OPTIONS = (
    "segmenter",
    "feather",
    "hard_masks",
    "encoder",
    "weights",
    "size",
    "fast",
    "device",
    "precision",
    "cache",
)


@with_method_options(only=_OPTIONS)
def look(
    photo: Annotated[Path, typer.Argument(metavar="PHOTO", help="The photo whose light is wanted; with --info, a .look file.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The .look file to write; default: beside PHOTO.", rich_help_panel="Output"),
    ] = None,
    info: Annotated[bool, typer.Option("--info", help="Say what a .look file holds; measure nothing.")] = False,
    style_mask: Annotated[Path | None, typer.Option(help="Painted regions of the photo.", rich_help_panel="Regions")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON record on stdout.")] = False,
    quiet: out.Quiet = False,
    *,
    options: Options,
) -> None:
    """Measure the look of PHOTO: statistics of each region, no pixels. run --style takes the .look file in the photo's place."""
    if info:
        from photostyle.look import load_look

        _say(load_look(photo), photo, as_json, sys.stdout)
        return
    output = output or photo.with_suffix(".look")
    _check(photo, output)

    from photostyle.cli import report
    from photostyle.look import save_look
    from photostyle.story import measure

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
        raise FileError(f"{photo}: is a look already; give the photo, or --info to see what it holds")
    if output.suffix.lower() != ".look":
        raise FileError(f"{output}: a look is a .look file; give it a name that ends in .look")
    out.check_other_target(output)


def _say(look: "Look", path: Path, as_json: bool, stream: TextIO) -> None:
    """What a look holds: a line of facts, and a line a region, largest first; or a JSON record on stdout."""
    if as_json:
        sys.stdout.write(json.dumps(_record(look, path)) + "\n")
        return
    for share, name, _ in _regions(look):
        stream.write(f"{share:7.1%}  {name}\n")
    for note in (*look.notes, *look.regions.notes):
        stream.write(f"note: {note}\n")
    size = path.stat().st_size
    stream.write(
        f"look of {look.photo or 'a photo'}, version {_version(look)}, {size / 1e3:.0f} kB, measured at {look.size} pixels "
        f"with {look.encoder} (weights {look.weights})\n"
    )


def _record(look: "Look", path: Path) -> dict[str, Any]:
    """All that a look says of itself, as plain data."""
    regions = []
    for share, name, colour in _regions(look):
        regions.append({"name": name, "share": round(share, 4), "colour": list(colour)})
    return {
        "look": str(path),
        "photo": look.photo,
        "version": _version(look),
        "bytes": path.stat().st_size,
        "encoder": look.encoder,
        "weights": look.weights,
        "size": look.size,
        "layers": list(look.grams),
        "notes": [*look.notes, *look.regions.notes],
        "regions": regions,
    }


def _regions(look: "Look") -> list[tuple[float, str, tuple[int, int, int]]]:
    """(share, name, colour) of each region, largest first."""
    rows = zip(look.regions.shares(), look.regions.names, look.regions.colours, strict=True)
    return sorted(rows, key=itemgetter(0), reverse=True)


def _version(look: "Look") -> int:
    if look.feature_means is None:
        return 1
    return 2
