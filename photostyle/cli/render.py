"""`photostyle render`: a transform that was found already, given to a photo with other amounts; nothing is solved."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from photostyle.cli import output as out
from photostyle.cli.method_options import options_from, with_method_options


def render(
    content: Annotated[Path, typer.Argument(help="The photo to change, of any size.")],
    transform: Annotated[Path, typer.Option("--transform", "--field", help="What photostyle run --save-transform wrote.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Where to write; default: CONTENT-relit.", rich_help_panel="Output"),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Give it to another photo than it was found for, masks and all.")
    ] = False,
    depth: out.Depth = "keep",
    quality: out.Quality = "keep",
    metadata: out.Metadata = "keep",
    overwrite: out.Overwrite = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
    **options: Any,
) -> None:
    """Render CONTENT with a saved transform: the result of its run, at any strength, without solving again."""
    output = output or out.default_output(content)
    asked = options_from(options)
    writing = out.writing(depth, quality, metadata)
    out.check_targets([output], [content, transform], overwrite)

    from photostyle.photo import check_writable, read_photo, write_photo
    from photostyle.story import relight
    from photostyle.transforms import load_transform

    check_writable(output)
    found = load_transform(transform)
    before = read_photo(content)
    check_writable(output, before)
    applied = relight(before, found, options=asked, in_place=True, force=force)
    amounts = " ".join(f"--{name} {options[name] or 1}" for name in ("strength", "luma", "chroma"))
    made_by = f"photostyle render --transform {transform.name} {amounts}"
    notes = (*before.notes, *applied.notes, *write_photo(applied.photo, output, history=made_by, **writing))
    if not quiet:
        for note in dict.fromkeys(notes):
            sys.stderr.write(f"note: {note}\n")
        sys.stdout.write(f"{output}\n")


render = with_method_options(render, only=("strength", "luma", "chroma", "device"))
