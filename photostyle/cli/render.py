"""`photostyle render`: a transform that was found already, given to a photo with other amounts; nothing is solved."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from photostyle.cli import output as out
from photostyle.cli.files import Files
from photostyle.cli.method_options import with_method_options
from photostyle.cli.option_sources import Given
from photostyle.errors import OptionError
from photostyle.option_text import Writing, amount_text, parse_writing
from photostyle.options import AMOUNTS, Options


@with_method_options(only=("strength", "luma", "chroma", "device"))
def render(
    content: Annotated[
        str,
        typer.Argument(
            metavar="CONTENT",
            help="The photo that the transform was found for, at any size; - is standard input.",
            show_default=False,
        ),
    ],
    transform: Annotated[
        str | None,
        typer.Argument(metavar="[TRANSFORM]", help="What photostyle run --save-transform wrote.", show_default=False),
    ] = None,
    transform_option: Annotated[
        str | None, typer.Option("--transform", "--field", help="The same, in place of TRANSFORM.")
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            help="Where to write: a file, a folder, or - for standard output. Default: CONTENT-relit beside the content, "
            "with a number where that is taken.",
            rich_help_panel="Output",
        ),
    ] = None,
    force: Annotated[
        bool,
        typer.Option("--force", help="Accept another photo than the one that the transform and its masks were made for."),
    ] = False,
    depth: out.Depth = None,
    quality: out.Quality = None,
    metadata: out.Metadata = None,
    format: out.FormatName = None,
    overwrite: out.Overwrite = False,
    quiet: out.Quiet = False,
    *,
    options: Options,
    given: Given,
) -> None:
    """Render CONTENT with a saved transform: the result of its run, at any strength, without solving again."""
    writing = parse_writing(depth or "keep", quality or "keep", metadata or "keep")
    if (transform is None) == (transform_option is None):
        raise OptionError(f"{_which(transform)}, as in photostyle render day.jpg day.safetensors; see photostyle render --help")
    with Files(overwrite) as files:
        photo = files.photo(content, "content")
        file = files.input(transform or transform_option or "", "transform")
        files.check_photos()
        path = out.photo_output(files, output, photo, format, writing)
        notes = _rendered(photo, file, path, files, options, writing, format=format, force=force)
        files.finish()
        if not quiet:
            for note in dict.fromkeys((*given.notes, *notes)):
                sys.stderr.write(f"note: {files.as_given(note)}\n")
        files.say([path])


def _which(transform: str | None) -> str:
    if transform is None:
        return "TRANSFORM is missing"
    return "TRANSFORM and --transform are the same; give one"


def _rendered(
    photo: Path,
    file: Path,
    path: Path,
    files: Files,
    options: Options,
    writing: Writing,
    *,
    format: str | None,
    force: bool,
) -> tuple[str, ...]:
    """Read, render and write; returns notes."""
    from photostyle.photo import read_photo, write_photo

    before = read_photo(photo)
    out.check_photo(path, before, format, writing)
    from photostyle.story import relight
    from photostyle.transforms import load_transform

    found = load_transform(file)
    applied = relight(before, found, options=options, in_place=True, force=force)
    history = f"photostyle render --transform {file.name}"
    for name in AMOUNTS:
        history += f" --{name} {amount_text(getattr(options, name))}"
    files.make_folders()
    written = write_photo(applied.photo, path, format=format, history=history, **writing)
    return (*before.notes, *applied.notes, *written)
