"""`photostyle render`: a field that is solved already, given to a photo with other strengths; nothing is solved."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from photostyle.cli import output as out
from photostyle.config import Options


def render(
    content: Annotated[Path, typer.Argument(help="The photo to change, of any size.")],
    field: Annotated[Path, typer.Option("--field", help="What photostyle run --save-field wrote.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Where to write; default: CONTENT-relit.", rich_help_panel="Output"),
    ] = None,
    strength: out.Strength = "1",
    luma: out.Luma = "1",
    chroma: out.Chroma = "1",
    depth: out.Depth = "keep",
    quality: out.Quality = "keep",
    metadata: out.Metadata = "keep",
    device: Annotated[str, typer.Option(help=out.doc("device"), rich_help_panel="Engine")] = "auto",
    overwrite: out.Overwrite = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
) -> None:
    """Render CONTENT with a saved field: the result of its run, at any strength, without solving again."""
    output = output or out.default_output(content)
    options = Options(strength=strength, luma=luma, chroma=chroma, device=device)
    manner = out.writing(depth, quality, metadata)
    out.check_targets([output], [content, field], overwrite)

    from photostyle.field import load_field
    from photostyle.photo import check_writable, read_photo, write_photo
    from photostyle.pipeline import relight

    check_writable(output)
    stored, before = load_field(field), read_photo(content)
    check_writable(output, before)
    photo, notes = relight(before, stored, options=options, in_place=True)
    made_by = f"photostyle render --field {field.name} --strength {strength} --luma {luma} --chroma {chroma}"
    notes += write_photo(photo, output, history=made_by, **manner)
    if not quiet:
        for note in dict.fromkeys(notes):
            sys.stderr.write(f"note: {note}\n")
        sys.stdout.write(f"{output}\n")
