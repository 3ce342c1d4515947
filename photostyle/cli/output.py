"""What every command that writes one photo shares: its options of writing, and the checks of the photo that it will write."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from photostyle.cli.files import Files
from photostyle.errors import FileError, OptionError, PhotostyleError

if TYPE_CHECKING:
    from photostyle.option_text import Writing
    from photostyle.photo import Photo

_OUTPUT = "Output"

Depth = Annotated[
    str | None,
    typer.Option(
        help="Bits a channel: 8, 16 or float; keep is as in the photo's own file. Default: keep.", rich_help_panel=_OUTPUT
    ),
]
Quality = Annotated[
    str | None,
    typer.Option(
        help="Quality of lossy formats, 1 to 100; keep follows the photo's own file. Default: keep.", rich_help_panel=_OUTPUT
    ),
]
Metadata = Annotated[
    str | None, typer.Option(help="keep or strip EXIF, XMP and IPTC data. Default: keep.", rich_help_panel=_OUTPUT)
]
FormatName = Annotated[
    str | None,
    typer.Option(
        "--format",
        help="Format of the output where no extension names it: jpeg, png, tiff, webp, avif, heic or jxl. "
        "Default, on standard output: that of the content.",
        rich_help_panel=_OUTPUT,
    ),
]
Overwrite = Annotated[
    bool,
    typer.Option("--overwrite", help="Replace files that are there already; inputs are never replaced.", rich_help_panel=_OUTPUT),
]
Recipe = Annotated[
    str | None,
    typer.Option(help="Repeat a run: its JSON record, as run --json prints it. What is typed comes before what the record says."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Check everything and say what would be done; write nothing.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print a JSON record on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print the paths of what was written, and errors; nothing else.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Say each stage and the seconds that it took.")]
# the photo to change and the one whose light is wanted, by their places or by their options
ContentPlace = Annotated[
    str | None, typer.Argument(metavar="[CONTENT]", help="The photo to change; - is standard input.", show_default=False)
]
StylePlace = Annotated[
    str | None,
    typer.Argument(
        metavar="[STYLE]", help="The photo whose light is wanted, or its .look file; - is standard input.", show_default=False
    ),
]
Content = Annotated[str | None, typer.Option("--content", "-c", help="The photo to change, in place of CONTENT.")]
Style = Annotated[
    str | None, typer.Option("--style", "-s", help="The photo whose light is wanted, or its .look file, in place of STYLE.")
]


def photo_output(files: Files, given: str | None, content: Path, format: str | None, writing: "Writing") -> Path:
    """Where the photo of a command goes, checked as far as it can be before the content is read.

    Args:
        files: of the command.
        given: what was typed as the output; None for CONTENT-relit beside the content.
        content: its file.
        format: what was typed as the format.
        writing: how it is written.

    Raises:
        PhotostyleError: it cannot be written there, in that format, or as is asked for.
    """
    suffix = _suffix(content, format)
    path = files.output(given, files.beside(content, "-relit", suffix), suffix)
    check_photo(path, None, format, writing)
    return path


def check_photo(path: Path, photo: "Photo | None", format: str | None, writing: "Writing") -> None:
    """Fail now, not after the work, where a photo cannot be written as is asked for."""
    from photostyle.photo.writing import check_format

    check_format(path, photo, format=format, depth=writing.get("depth", "keep"))


def _suffix(content: Path, format: str | None) -> str:
    """The extension of a result that has no name yet: of the format asked for, else the content's if it is written, else .png."""
    from photostyle.photo.formats import WRITABLE, format_for_writing, format_named
    from photostyle.photo.photo_file import PhotoFile
    from photostyle.photo.reading import format_of

    if format is not None:
        return WRITABLE[format_named(format)].suffixes[0]
    try:
        format_for_writing(content)
    except PhotostyleError:
        name = format_of(PhotoFile.of(content))
        if content.suffix or name not in WRITABLE:
            return ".png"
        return WRITABLE[name].suffixes[0]
    return content.suffix


def hald_path(output: Path) -> Path:
    """Where the Hald CLUT beside a .cube file goes."""
    return output.with_name(f"{output.stem}-hald.png")


def check_suffix(path: Path, suffix: str, kind: str) -> None:
    """Refuse a name that lacks the ending of its kind.

    Raises:
        FileError: it says which it should be.
    """
    if path.suffix.lower() != suffix:
        raise FileError(f"{path}: {kind} is a {suffix} file; give it a name that ends in {suffix}")


def content_and_style(
    places: tuple[str | None, str | None], options: tuple[str | None, str | None]
) -> tuple[str | None, str | None]:
    """Content and style as they were typed, by their places, by their options, or one of each.

    >>> content_and_style(("day.jpg", None), (None, "dusk.jpg")), content_and_style(("dusk.jpg", None), ("day.jpg", None))
    (('day.jpg', 'dusk.jpg'), ('day.jpg', 'dusk.jpg'))

    Raises:
        OptionError: one of them is there twice.
    """
    typed = [place for place in places if place is not None]
    content, style = options
    if content is None and typed:
        content = typed.pop(0)
    if style is None and typed:
        style = typed.pop(0)
    if typed:
        raise OptionError(f"{typed[0]} is one photo too many: content and style are given already; see photostyle batch for sets")
    return content, style
