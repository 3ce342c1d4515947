"""`photostyle render`: a transform that was found already, given to a photo with other amounts; nothing is solved."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from photostyle.cli import output as out
from photostyle.cli.method_options import with_method_options
from photostyle.option_text import amount_text, parse_writing
from photostyle.options import AMOUNTS, Options


@with_method_options(only=("strength", "luma", "chroma", "device"))
def render(
    content: Annotated[Path, typer.Argument(metavar="CONTENT", help="The photo that the transform was found for, at any size.")],
    transform: Annotated[Path, typer.Option("--transform", "--field", help="What photostyle run --save-transform wrote.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Where to write; default: CONTENT-relit beside the content.", rich_help_panel="Output"
        ),
    ] = None,
    force: Annotated[
        bool,
        typer.Option("--force", help="Accept another photo than the one that the transform and its masks were made for."),
    ] = False,
    depth: out.Depth = "keep",
    quality: out.Quality = "keep",
    metadata: out.Metadata = "keep",
    overwrite: out.Overwrite = False,
    quiet: out.Quiet = False,
    *,
    options: Options,
) -> None:
    """Render CONTENT with a saved transform: the result of its run, at any strength, without solving again."""
    output = output or out.default_output(content)
    writing = parse_writing(depth, quality, metadata)
    out.check_targets([output], [content, transform], overwrite)

    from photostyle.photo import check_writable, read_photo, write_photo
    from photostyle.story import relight
    from photostyle.transforms import load_transform

    check_writable(output)
    found = load_transform(transform)
    before = read_photo(content)
    check_writable(output, before)
    applied = relight(before, found, options=options, in_place=True, force=force)
    history = f"photostyle render --transform {transform.name}"
    for name in AMOUNTS:
        history += f" --{name} {amount_text(getattr(options, name))}"
    notes = (*before.notes, *applied.notes, *write_photo(applied.photo, output, history=history, **writing))
    if not quiet:
        for note in dict.fromkeys(notes):
            sys.stderr.write(f"note: {note}\n")
        sys.stdout.write(f"{output}\n")
