"""`photostyle lut`: the look of a transfer as a table of colours for other programs, and what such a table cannot hold."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from photostyle.cli import output as out
from photostyle.cli.method_options import with_method_options
from photostyle.errors import FileError, OptionError
from photostyle.events import ProgressCallback
from photostyle.option_text import parse_option
from photostyle.options import Options

if TYPE_CHECKING:
    from photostyle.cli.lut_tables import Change

_NO_SOURCE = "give either --style, to solve now, or --transform, to use what run --save-transform wrote"


@dataclass(frozen=True)
class _Sources:
    """What the LUT is made from; a style to solve for, or a transform that is there already."""

    content: Path
    style: Path | None
    transform: Path | None
    content_mask: Path | None
    style_mask: Path | None

    def check(self) -> None:
        if (self.style is None) == (self.transform is None):
            raise OptionError(_NO_SOURCE)

    def change(self, options: Options, callback: ProgressCallback) -> "Change":
        """The photo before and after."""
        if self.style is not None:
            return _solved(self, self.style, options, callback)
        if self.transform is not None:
            return _rendered(self.content, self.transform, options)
        raise OptionError(_NO_SOURCE)


@with_method_options(renamed={"size": "solve_size"})  # --size is that of the table
def lut(
    content: Annotated[Path, typer.Option("--content", "-c", help="The photo whose change is put into the LUT.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The .cube file to write.")],
    style: Annotated[
        Path | None, typer.Option("--style", "-s", help="The photo whose light is wanted, or its .look file.")
    ] = None,
    transform: Annotated[
        Path | None,
        typer.Option(
            "--transform", "--field", help="What photostyle run --save-transform wrote for CONTENT, in place of --style."
        ),
    ] = None,
    size: Annotated[
        str, typer.Option(help="Points along each axis of the LUT, 2 to 65.", metavar="<int>", rich_help_panel="Output")
    ] = "33",
    hald: Annotated[
        bool, typer.Option("--hald", help="Also write a Hald CLUT, OUTPUT-hald.png, 16 bits.", rich_help_panel="Output")
    ] = False,
    per_region: Annotated[
        bool,
        typer.Option("--per-region", help="Also write one LUT for each region, OUTPUT-REGION.cube.", rich_help_panel="Output"),
    ] = False,
    content_mask: Annotated[Path | None, typer.Option(help="Painted regions of the content.", rich_help_panel="Regions")] = None,
    style_mask: Annotated[Path | None, typer.Option(help="Painted regions of the style.", rich_help_panel="Regions")] = None,
    overwrite: out.Overwrite = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON record on stdout.")] = False,
    quiet: out.Quiet = False,
    *,
    options: Options,
) -> None:
    """Write the one LUT that comes closest to the change from CONTENT to its result, and say how far off it stays.

    A LUT knows colours, not places: what depends on the region or the place is averaged. It is for sRGB-encoded colours.
    """
    sources = _Sources(content, style, transform, content_mask, style_mask)
    sources.check()
    points = parse_option(int, size, "size")
    _check_outputs(output, points, hald=hald)
    targets = [output]
    if hald:
        targets.append(out.hald_path(output))
    out.check_targets(targets, out.given(content, style, transform, content_mask, style_mask), overwrite)

    from photostyle.cli import report
    from photostyle.cli.lut_tables import write_tables

    with report.progress(quiet or as_json) as callback:
        change = sources.change(options, callback)
    tables = write_tables(change, output, points, hald=hald, per_region=per_region)
    if as_json:
        sys.stdout.write(json.dumps(tables.record()) + "\n")
    elif not quiet:
        tables.say()


def _check_outputs(output: Path, size: int, *, hald: bool) -> None:
    """Fail now, not after the work."""
    from photostyle.transforms.lut import check_library, check_size

    if output.suffix.lower() != ".cube":
        raise FileError(f"{output}: a LUT is a .cube file; give it a name that ends in .cube")
    check_size(size)
    out.check_other_target(output)
    if hald:
        out.check_other_target(out.hald_path(output))
    check_library()


def _solved(sources: _Sources, style: Path, options: Options, callback: ProgressCallback) -> "Change":
    """The change that a transfer finds now."""
    from photostyle.cli.lut_tables import Change
    from photostyle.photo import read_photo
    from photostyle.story import transfer

    before = read_photo(sources.content)
    result = transfer(
        before,
        style,
        content_mask=sources.content_mask,
        style_mask=sources.style_mask,
        options=options,
        callback=callback,
    )
    title = f"{style.name} on {sources.content.name}"
    return Change(before, result.photo, result.content_regions, result.notes, title)


def _rendered(content: Path, path: Path, options: Options) -> "Change":
    """The change that a saved transform makes."""
    from photostyle.cli.lut_tables import Change
    from photostyle.prepared import prepare, prepare_whole
    from photostyle.session import Session
    from photostyle.story import relight
    from photostyle.transforms import load_transform

    transform = load_transform(path)
    session = Session.shared(options)
    if transform.needs_regions:
        prepared = prepare(content, session=session, options=options)
    else:
        prepared = prepare_whole(content)
    applied = relight(prepared, transform, session=session, options=options)
    title = f"{transform.provenance.style or path.name} on {content.name}"
    return Change(prepared.photo, applied.photo, transform.regions_for(prepared), applied.notes, title)
