"""`photostyle look`: measure a style photo once, for `--style sunset.look` in its place ever after."""

import json
import sys
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from photostyle.cli import output as out
from photostyle.cli.files import Files
from photostyle.cli.method_options import with_method_options
from photostyle.cli.networks import check_networks
from photostyle.cli.option_sources import Given
from photostyle.errors import FileError, OptionError
from photostyle.heap import while_loading
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
    photo: Annotated[
        str,
        typer.Argument(
            metavar="PHOTO",
            help="The photo whose light is wanted; - is standard input; with --info, a .look file.",
            show_default=False,
        ),
    ],
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            help="The .look file to write, a folder, or - for standard output; default: beside PHOTO, with a number where "
            "that is taken.",
            rich_help_panel="Output",
        ),
    ] = None,
    info: Annotated[bool, typer.Option("--info", help="Say what a .look file holds; measure nothing.")] = False,
    style_mask: Annotated[str | None, typer.Option(help="Painted regions of the photo.", rich_help_panel="Regions")] = None,
    overwrite: out.Overwrite = False,
    as_json: out.AsJson = False,
    quiet: out.Quiet = False,
    verbose: out.Verbose = False,
    *,
    options: Options,
    given: Given,
) -> None:
    """Measure the look of PHOTO: statistics and samples by region, no picture. run takes the .look file in the photo's place."""
    with Files(overwrite) as files:
        if info:
            _show(files, photo, output, as_json)
            return
        if photo.lower().endswith(".look"):
            raise FileError(f"{photo}: is a look already; give the photo, or --info to see what it holds")
        source = files.photo(photo, "photo")
        mask = files.mask(style_mask, "style mask")
        files.check_photos()
        path = files.output(output, files.beside(source, "", ".look"), ".look")
        out.check_suffix(path, ".look", "a look")
        check_networks(options, masked=True, style=source, style_mask=mask)

        with while_loading():
            from photostyle.cli import report
            from photostyle.look import save_look
            from photostyle.story import measure

        with report.progress(quiet or as_json, verbose) as callback:
            measured = measure(source, style_mask=mask, options=options, callback=callback)
        files.make_folders()
        save_look(measured, path)
        if as_json or not quiet:
            stream = files.stdout if as_json else sys.stderr
            _say(measured, path, as_json, stream, given.notes)
        files.finish()
        if not as_json:
            files.say([path])


def _show(files: Files, name: str, output: str | None, as_json: bool) -> None:
    """Say what a .look file holds."""
    if output is not None:
        raise OptionError("--info writes no file, got an output; leave it out", option="output")
    path = files.saved(name, "look", "look")

    from photostyle.look import load_look

    _say(load_look(path), path, as_json, sys.stdout)


def _say(look: "Look", path: Path, as_json: bool, stream: TextIO, notes: tuple[str, ...] = ()) -> None:
    """What a look holds: a line of facts, and a line a region, largest first; or a JSON record."""
    if as_json:
        stream.write(json.dumps(_record(look, path, notes)) + "\n")
        return
    for share, name, _ in _regions(look):
        stream.write(f"{share:7.1%}  {name}\n")
    for note in (*notes, *look.notes, *look.regions.notes):
        stream.write(f"note: {note}\n")
    size = path.stat().st_size
    stream.write(
        f"look of {look.photo or 'a photo'}, version {_version(look)}, {size / 1e3:.0f} kB, measured at {look.size} pixels "
        f"with {look.encoder} (weights {look.weights})\n"
    )


def _record(look: "Look", path: Path, notes: tuple[str, ...]) -> dict[str, Any]:
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
        "notes": [*notes, *look.notes, *look.regions.notes],
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
