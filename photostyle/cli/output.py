"""What every command that writes one photo shares: its options of writing, and checks of the files that it will write."""

from pathlib import Path
from typing import Annotated

import typer

from photostyle.errors import FileError, PhotoError, PhotostyleError

Depth = Annotated[
    str,
    typer.Option(help="Bits a channel: 8, 16 or float; keep is as in the photo's own file.", rich_help_panel="Output"),
]
Quality = Annotated[
    str,
    typer.Option(help="Quality of lossy formats, 1 to 100; keep follows the photo's own file.", rich_help_panel="Output"),
]
Metadata = Annotated[str, typer.Option(help="keep or strip EXIF, XMP and IPTC data.", rich_help_panel="Output")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Allow the output to replace an input.", rich_help_panel="Output")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]


def default_output(content: Path) -> Path:
    """CONTENT-relit with the content's own extension, or .png where that format cannot be written."""
    from photostyle.photo.formats import format_for_writing

    output = content.with_name(f"{content.stem}-relit{content.suffix}")
    try:
        format_for_writing(output)
    except PhotostyleError:
        return output.with_suffix(".png")
    return output


def hald_path(output: Path) -> Path:
    """Where the Hald CLUT beside a .cube file goes."""
    return output.with_name(f"{output.stem}-hald.png")


def given(*paths: Path | None) -> list[Path]:
    """The paths that were given."""
    return [path for path in paths if path is not None]


def check_targets(targets: list[Path], sources: list[Path], overwrite: bool) -> None:
    """Refuse to write over what is read, or two things into one file."""
    taken = set()
    for target in targets:
        place = target.resolve()
        if place in taken:
            raise PhotoError(f"{target}: is asked for twice; give each file that is written a name of its own")
        taken.add(place)
    for target in targets:
        for source in sources:
            if not overwrite and target.exists() and source.exists() and target.samefile(source):
                text = f"{target}: is also an input; give another output, or allow that it is replaced"
                raise PhotoError(text, option="overwrite")


def check_other_target(path: Path, suffix: str | None = None) -> None:
    """Fail now, not after the work, where a file that is no photo cannot be written, or lacks the ending it should have."""
    if suffix and path.suffix.lower() != suffix:
        raise FileError(f"{path}: the file must be a {suffix} file; give it a name that ends in {suffix}")
    if path.is_dir() or not path.resolve().parent.is_dir():
        raise FileError(f"{path}: cannot be written; name a file in a folder that exists")
