"""`photostyle lut`: the look of a transfer as a table of colours for other programs, and what such a table cannot hold."""

import json
from dataclasses import dataclass, replace
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from photostyle.cli import output as out
from photostyle.cli.files import Files
from photostyle.cli.method_options import with_method_options
from photostyle.cli.networks import check_networks
from photostyle.cli.option_sources import Given
from photostyle.cli.places import check_place
from photostyle.errors import OptionError
from photostyle.events import ProgressCallback
from photostyle.lut_checks import check_library, check_size
from photostyle.option_text import parse_option
from photostyle.options import Options

if TYPE_CHECKING:
    from photostyle.cli.lut_tables import Change

_NO_SOURCE = "give either a style, to solve now, or --transform, to use what run --save-transform wrote"


@dataclass(frozen=True)
class _Sources:
    """The files that the LUT is made from; a style to solve for, or a transform that is there already."""

    content: Path
    style: Path | None
    transform: Path | None
    content_mask: Path | None
    style_mask: Path | None

    def change(self, options: Options, callback: ProgressCallback) -> "Change":
        """The photo before and after."""
        if self.style is not None:
            return _solved(self, self.style, options, callback)
        if self.transform is not None:
            return _rendered(self.content, self.transform, options)
        raise OptionError(_NO_SOURCE)


@with_method_options(renamed={"size": "solve_size"})  # --size is that of the table
def lut(
    content: out.ContentPlace = None,
    style: out.StylePlace = None,
    content_option: out.Content = None,
    style_option: out.Style = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            help="The .cube file to write, a folder, or - for standard output. Default: CONTENT-relit.cube beside the content, "
            "with a number where that is taken.",
            rich_help_panel="Output",
        ),
    ] = None,
    transform: Annotated[
        str | None,
        typer.Option(
            "--transform", "--field", help="What photostyle run --save-transform wrote for CONTENT, in place of a style."
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
    content_mask: Annotated[str | None, typer.Option(help="Painted regions of the content.", rich_help_panel="Regions")] = None,
    style_mask: Annotated[str | None, typer.Option(help="Painted regions of the style.", rich_help_panel="Regions")] = None,
    overwrite: out.Overwrite = False,
    as_json: out.AsJson = False,
    quiet: out.Quiet = False,
    verbose: out.Verbose = False,
    *,
    options: Options,
    given: Given,
) -> None:
    """Write the one LUT that comes closest to the change from CONTENT to its result, and say how far off it stays.

    A LUT knows colours, not places: what depends on the region or the place is averaged. It is for sRGB-encoded colours.
    """
    content, style = out.content_and_style((content, style), (content_option, style_option))
    if content is None:
        raise OptionError("CONTENT is missing, as in photostyle lut day.jpg sunset.jpg; see photostyle lut --help")
    if (style is None) == (transform is None):
        raise OptionError(_NO_SOURCE)
    points = parse_option(int, size, "size")
    with Files(overwrite) as files:
        sources = _Sources(
            content=files.photo(content, "content"),
            style=None if style is None else files.style(style),
            transform=None if transform is None else files.saved(transform, "transform", "transform"),
            content_mask=files.mask(content_mask, "content mask"),
            style_mask=files.mask(style_mask, "style mask"),
        )
        files.check_photos()
        path = files.output(output, files.beside(sources.content, "-relit", ".cube"), ".cube")
        _check_output(files, path, points, hald=hald, per_region=per_region)
        masked = content_mask is not None or transform is not None  # a transform has its masks
        check_networks(options, masked=masked, style=sources.style, style_mask=sources.style_mask)

        from photostyle.cli import report
        from photostyle.cli.lut_tables import write_tables

        with report.progress(quiet or as_json, verbose) as callback:
            change = sources.change(options, callback)
        files.make_folders()
        change = replace(change, notes=(*given.notes, *change.notes))
        tables = write_tables(change, path, points, hald=hald, per_region=per_region, overwrite=overwrite)
        files.finish()
        if as_json:
            files.stdout.write(json.dumps(tables.record()) + "\n")
            return
        if not quiet:
            tables.say()
        files.say(tables.paths)


def _check_output(files: Files, output: Path, size: int, *, hald: bool, per_region: bool) -> None:
    """Fail now, not after the work."""
    out.check_suffix(output, ".cube", "a LUT")
    check_size(size)
    if files.to_stdout is not None and (hald or per_region):
        raise OptionError("standard output takes one table, and --hald and --per-region write more; name a file", option="output")
    if per_region and not files.overwrite:
        for path in sorted(output.parent.glob(f"{escape(output.stem)}-*.cube")):  # the regions' names are not known yet
            if not path.stem.removeprefix(f"{output.stem}-").isdecimal():
                check_place(path, overwrite=False, what="may be the LUT of a region, and ")
    if hald:
        files.target(out.hald_path(output))
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
