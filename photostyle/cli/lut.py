"""`photostyle lut`: the look of a transfer as a table of colours for other programs, and what such a table cannot hold."""

import json
from dataclasses import replace
from glob import escape
from pathlib import Path
from typing import Annotated

import typer

from photostyle.cli import output as out
from photostyle.cli.change import Sources, check_one_source
from photostyle.cli.files import Files
from photostyle.cli.method_options import with_method_options
from photostyle.cli.option_sources import Given
from photostyle.cli.places import check_place
from photostyle.errors import OptionError
from photostyle.lut_checks import check_library, check_size
from photostyle.option_text import parse_option
from photostyle.options import Options


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
    check_one_source(style, transform)
    points = parse_option(int, size, "size")
    with Files(overwrite) as files:
        sources = Sources.of(files, content, style, transform, content_mask, style_mask)
        path = files.output(output, files.beside(sources.content, "-relit", ".cube"), ".cube")
        _check_output(files, path, points, hald=hald, per_region=per_region)
        sources.check_networks(options)

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
