"""What every command that writes one photo shares: its options of control and of writing, and checks of its targets."""

from pathlib import Path
from typing import Annotated

import typer

from photostyle.errors import FileError, PhotoError, PhotostyleError
from photostyle.option_text import parse_writing

Depth = Annotated[str, typer.Option(help="Bits a channel: keep, 8, 16 or float.", rich_help_panel="Output")]
Quality = Annotated[str, typer.Option(help="Of a lossy format: keep, or 1 to 100.", rich_help_panel="Output")]
Metadata = Annotated[str, typer.Option(help="EXIF, XMP and IPTC: keep or strip.", rich_help_panel="Output")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Allow the output to replace an input.", rich_help_panel="Output")]


writing = parse_writing  # the name that commands of one photo know it by


def default_output(content: Path) -> Path:
    """CONTENT-relit with the content's own extension, or .png where that format cannot be written."""
    from photostyle.photo.formats import format_for_writing

    output = content.with_name(f"{content.stem}-relit{content.suffix}")
    try:
        format_for_writing(output)
    except PhotostyleError:
        return output.with_suffix(".png")
    return output


def check_targets(targets: list[Path], sources: list[Path], overwrite: bool) -> None:
    """Refuse to write over what is read, or two things into one file."""
    if len({path.resolve() for path in targets}) < len(targets):
        raise PhotoError(f"{targets[0]}: is asked for twice, as output and as comparison; give two names")
    for target in targets:
        for source in sources:
            if not overwrite and target.exists() and source.exists() and target.samefile(source):
                raise PhotoError(f"{target}: is also an input; give another output, or --overwrite to replace it")


def check_file(path: Path, suffix: str | None = None) -> None:
    """Fail now, not after the work, where a file that is no photo cannot be written, or lacks the ending it should have."""
    if suffix and path.suffix.lower() != suffix:
        raise FileError(f"{path}: is to hold what was found; give it a name that ends in {suffix}")
    if path.is_dir() or not path.resolve().parent.is_dir():
        raise FileError(f"{path}: cannot be written; name a file in a folder that exists")
