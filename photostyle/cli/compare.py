"""`photostyle compare`: contact sheets, of contents x styles or of before and after."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from photostyle.cli import output as out
from photostyle.cli.method_options import options_from, with_method_options
from photostyle.errors import OptionError, PhotoError

MANY = ("--contents", "--styles", "--before", "--after")
SMALLEST, LARGEST = 64, 2048  # pixels, the longest side of a picture in a sheet
MOST = 20_000  # pixels a side that a sheet may come to have


class ManyFiles(TyperCommand):
    """A command whose options of `MANY` take all the names up to the next option."""

    def parse_args(self, ctx, args):
        return super().parse_args(ctx, spread(args))


def spread(arguments: list[str]) -> list[str]:
    """An option before each of the names that follow it, as click wants them.

    >>> spread(["--contents", "a.jpg", "b.jpg", "-o", "sheet.jpg"])
    ['--contents', 'a.jpg', '--contents', 'b.jpg', '-o', 'sheet.jpg']
    """
    given: list[str] = []
    option = None
    for argument in arguments:
        if argument.startswith("-"):
            option = argument if argument in MANY else None
        elif option is not None and given[-1] != option:
            given.append(option)
        given.append(argument)
    return given


def compare(
    output: Annotated[Path, typer.Option("--output", "-o", help="The sheet to write, such as sheet.jpg, .png or .webp.")],
    contents: Annotated[list[Path] | None, typer.Option(help="Photos to change, one or more: a row each.")] = None,
    styles: Annotated[list[Path] | None, typer.Option(help="Photos or .look files whose light is wanted: a column each.")] = None,
    before: Annotated[list[Path] | None, typer.Option(help="Photos as they were, one or more; nothing is solved.")] = None,
    after: Annotated[list[Path] | None, typer.Option(help="Their results, as many and in the same order.")] = None,
    cell: Annotated[int, typer.Option(help="Longest side of each picture, 64 to 2048 pixels.", rich_help_panel="Output")] = 360,
    quality: out.Quality = "keep",
    overwrite: out.Overwrite = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
    **options: Any,
) -> None:
    """Write a contact sheet: every content in the light of every style, or before and after side by side.

    Photos are relit at 1024 pixels at most. A pair that cannot be made is said in its place; the exit code is then 1.
    """
    groups = [[*(paths or ())] for paths in (contents, styles, before, after)]
    _check(groups, cell)
    asked = options_from(options)
    writing = out.writing("8", quality, "strip")
    out.check_targets([output], [path for paths in groups for path in paths], overwrite)

    from photostyle.cli import report
    from photostyle.photo import check_writable, write_photo
    from photostyle.report.comparing import compare_looks, compare_results

    check_writable(output)
    if contents:
        with report.progress(quiet) as callback:
            begin = (lambda name: None) if quiet else (lambda name: sys.stderr.write(f"{name}\n"))
            sheet = compare_looks(*groups[:2], side=cell, options=asked, callback=callback, begin=begin)
    else:
        sheet = compare_results(*groups[2:], side=cell)
    if not sheet.made:
        raise PhotoError(f"{sheet.faults[0]}; no pair could be made, so no sheet was written")
    write_photo(sheet.photo, output, **writing)
    for fault in sheet.faults:
        sys.stderr.write(f"photostyle: {fault}\n")
    if not quiet:
        sys.stdout.write(f"{output}\n")
    if sheet.faults:
        raise typer.Exit(1)


compare = with_method_options(compare)


def _check(groups: list[list[Path]], cell: int) -> None:
    """Fail now, not after the work, where the files do not make a sheet."""
    contents, styles, before, after = groups
    if not (contents and styles and not before + after) and not (before and after and not contents + styles):
        raise OptionError("give --contents and --styles to relight photos, or --before and --after for results that are there")
    if len(before) != len(after):
        raise OptionError(f"--before and --after must name as many photos, got {len(before)} and {len(after)}")
    if not SMALLEST <= cell <= LARGEST:
        raise OptionError(f"cell must be a whole number from {SMALLEST} to {LARGEST}, got {cell}")
    longest = max(len(contents) + 1, len(styles) + 1, len(before))
    if longest * cell > MOST:
        raise OptionError(f"the sheet would be over {MOST} pixels a side; give fewer photos, or a --cell of {MOST // longest}")
