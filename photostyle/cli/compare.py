"""`photostyle compare`: contact sheets, of contents x styles or of before and after."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from photostyle.batch.job import LOOK_SUFFIX
from photostyle.cli import output as out
from photostyle.cli.files import Files
from photostyle.cli.inputs import matches
from photostyle.cli.method_options import with_method_options
from photostyle.cli.networks import check_networks
from photostyle.cli.option_sources import Given
from photostyle.errors import OptionError, PhotoError
from photostyle.option_text import parse_option, parse_writing
from photostyle.options import Options

if TYPE_CHECKING:
    from photostyle.report.comparing import Sheet

MANY = ("--contents", "--styles", "--before", "--after")
SMALLEST, LARGEST = 64, 2048  # pixels, the longest side of a picture in a sheet
MOST = 20_000  # pixels a side that a sheet may come to have


class ManyFiles(TyperCommand):
    """A command whose options of `MANY` take all the names up to the next option."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
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
            option = None
            if argument in MANY:
                option = argument
        elif option is not None and given[-1] != option:
            given.append(option)
        given.append(argument)
    return given


@with_method_options()
def compare(
    places: Annotated[
        list[str] | None,
        typer.Argument(metavar="[BEFORE AFTER]", help="Two photos to show side by side; nothing is solved.", show_default=False),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            help="The sheet to write, such as sheet.jpg, .png or .webp; a folder, or - for standard output. "
            "Default: sheet.jpg, with a number where that is taken.",
        ),
    ] = None,
    contents: Annotated[list[str] | None, typer.Option(help="Photos to change, one or more: a row each.")] = None,
    styles: Annotated[list[str] | None, typer.Option(help="Photos or .look files whose light is wanted: a column each.")] = None,
    before: Annotated[list[str] | None, typer.Option(help="Photos as they were, one or more; nothing is solved.")] = None,
    after: Annotated[list[str] | None, typer.Option(help="The results of the photos of --before, in the same order.")] = None,
    cell: Annotated[
        str,
        typer.Option(help="Longest side of each picture in pixels, 64 to 2048.", metavar="<int>", rich_help_panel="Output"),
    ] = "360",
    quality: out.Quality = None,
    overwrite: out.Overwrite = False,
    quiet: out.Quiet = False,
    verbose: out.Verbose = False,
    *,
    options: Options,
    given: Given,
) -> None:
    """Write a contact sheet: every content in the light of every style, or before and after side by side.

    Photos are relit at 1024 pixels at most. A pair that cannot be made is said in its place; the exit code is then 1.
    """
    side = parse_option(int, cell, "cell")
    writing = parse_writing("8", quality or "keep", "strip")
    with Files(overwrite) as files:
        groups = _groups(places, contents, styles, before, after)
        photos = _Files(*(_inputs(files, group) for group in groups))
        photos.check(side)
        path = files.output(output, "sheet.jpg", ".jpg")
        out.check_photo(path, None, None, writing)
        photos.refuse_unreadable()
        if photos.contents:
            check_networks(options)
        if not quiet:
            for note in given.notes:
                sys.stderr.write(f"note: {note}\n")
        sheet = photos.sheet(side, options, quiet, verbose)
        if not sheet.made:
            raise PhotoError(f"{sheet.faults[0]}; no pair could be made, so no sheet was written")

        from photostyle.photo import write_photo

        files.make_folders()
        write_photo(sheet.photo, path, **writing)
        files.finish()
        for fault in sheet.faults:
            sys.stderr.write(f"photostyle: {files.as_given(fault)}\n")
        files.say([path])
        if sheet.faults:
            raise typer.Exit(1)


_Names = list[str] | None


def _groups(places: _Names, contents: _Names, styles: _Names, before: _Names, after: _Names) -> list[list[str]]:
    """The four groups of names; two photos by their places are before and after."""
    if places:
        if before or after or contents or styles:
            raise OptionError(f"{places[0]} stands by itself; put it after one of {', '.join(MANY)}")
        if len(places) != 2:
            raise OptionError(
                f"two photos are before and after, got {len(places)}; put more of them after {MANY[0]} and {MANY[1]}, "
                f"or {MANY[2]} and {MANY[3]}"
            )
        before, after = places[:1], places[1:]
    return [list(group or ()) for group in (contents, styles, before, after)]


def _inputs(files: Files, names: list[str]) -> list[Path]:
    """The files of a group, those that globs stand for among them."""
    return [files.input(name, "photo") for glob in names for name in matches(glob)]


class _Files:
    """The photos of a sheet."""

    def __init__(self, contents: list[Path], styles: list[Path], before: list[Path], after: list[Path]):
        self.contents = contents
        self.styles = styles
        self.before = before
        self.after = after

    def check(self, side: int) -> None:
        """Fail now, not after the work, where they do not make a sheet of pictures of this side."""
        to_relight = self.contents and self.styles and not self.before + self.after
        to_show = self.before and self.after and not self.contents + self.styles
        if not to_relight and not to_show:
            raise OptionError(
                "give --contents and --styles to relight photos, or --before and --after for results that are there"
            )
        if len(self.before) != len(self.after):
            raise OptionError(f"--before and --after must name as many photos, got {len(self.before)} and {len(self.after)}")
        if not SMALLEST <= side <= LARGEST:
            raise OptionError(f"cell must be a whole number from {SMALLEST} to {LARGEST}, got {side}")
        longest = max(len(self.contents) + 1, len(self.styles) + 1, len(self.before))
        if longest * side > MOST:
            raise OptionError(
                f"the sheet would be over {MOST} pixels a side; give fewer photos, or a --cell of {MOST // longest}"
            )

    def refuse_unreadable(self) -> None:
        """Fail now where no photo of a group can be read, by their first bytes; of some, the sheet says so in their place."""
        for group in (self.contents, self.styles, self.before, self.after):
            faults = [fault for fault in map(_fault_of, group) if fault is not None]
            if group and len(faults) == len(group):
                raise PhotoError(f"{faults[0]}; no pair could be made, so no sheet was written")

    def sheet(self, side: int, options: Options, quiet: bool, verbose: bool) -> "Sheet":
        """The sheet; progress is shown unless it is to be quiet."""
        from photostyle.cli import report
        from photostyle.report.comparing import compare_looks, compare_results

        if not self.contents:
            return compare_results(self.before, self.after, side=side)
        begin = _say_nothing
        if not quiet:
            begin = _say_name
        with report.progress(quiet, verbose) as callback:
            return compare_looks(self.contents, self.styles, side=side, options=options, callback=callback, begin=begin)


def _fault_of(path: Path) -> str | None:
    """What is wrong with a photo as far as its first bytes say; None where nothing is, or where it is a look."""
    from photostyle.photo.photo_file import PhotoFile
    from photostyle.photo.reading import format_of

    if path.suffix.lower() == LOOK_SUFFIX:
        return None
    try:
        format_of(PhotoFile.of(path))
    except PhotoError as error:
        return str(error)
    return None


def _say_name(name: str) -> None:
    sys.stderr.write(f"{name}\n")


def _say_nothing(name: str) -> None:
    pass
