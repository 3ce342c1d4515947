"""Where the masks of a photo are written; known without torch, so that a command can look before the work."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class MaskFiles:
    """Where the masks of a photo were written.

    Args:
        picture: the indexed PNG, one colour a region.
        names: the JSON of names, colours and shares beside it.
        folder: the folder of soft grey PNGs, one a region.
        overlay: the photo tinted by region, with a legend.
    """

    picture: Path
    names: Path
    folder: Path
    overlay: Path


def mask_paths(folder: Path, stem: str) -> MaskFiles:
    """The paths that `write_masks` writes to."""
    return MaskFiles(folder / f"{stem}.png", folder / f"{stem}.json", folder / stem, folder / f"{stem}-overlay.jpg")
