"""A folder of soft grey pictures, one a region: white is inside, black outside, the file's name is the region's."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from photostyle.errors import MaskError
from photostyle.photo import Picture
from photostyle.regions.masks.colour_codes import Floats
from photostyle.regions.masks.names import read_names
from photostyle.regions.masks.origin import Origin
from photostyle.regions.masks.pictures import colours_and_alpha, full_scale, picture_from_file
from photostyle.regions.masks.soft import SoftMasks, SoftPlane
from photostyle.regions.swatches import REST

_PICTURES = {".png", ".tif", ".tiff", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".pgm", ".pbm", ".ppm"}


def folder_masks(folder: Path, origin: Origin) -> SoftMasks:
    """The masks of a folder's pictures.

    Raises:
        MaskError: when the folder holds no pictures, or two of one name; while they are read, when one is coloured.
    """
    files = sorted(file for file in folder.iterdir() if _is_picture(file))
    if not files:
        raise MaskError(f"the folder {folder} holds no pictures; put one grey PNG a region into it, named after it")
    name, count = Counter(file.stem for file in files).most_common(1)[0]
    if count > 1:
        raise MaskError(f"the folder {folder} holds {name!r} more than once; keep one picture a region")
    return SoftMasks(
        origin,
        _planes(files, origin),
        rest_note=f"{folder.name}: what no picture covers belongs to {REST!r}",
        nothing=f"the masks in {folder} are all black, so they mark no region; paint each region white",
        known_colours=lambda: read_names(folder.with_name(folder.name + ".json"), {}),
    )


def _is_picture(file: Path) -> bool:
    hidden = file.name.startswith(".")
    return file.suffix.lower() in _PICTURES and not hidden and file.is_file()


def _planes(files: list[Path], origin: Origin) -> Iterator[SoftPlane]:
    for file in files:
        of_file = Origin(origin.role, file)
        yield SoftPlane(file.stem, soft_weights(picture_from_file(file), of_file), of_file)


def soft_weights(picture: Picture, origin: Origin, holder: str = "a folder of masks") -> Floats:
    """(H, W) float32 weight in [0, 1] of a soft grey picture; transparency takes away.

    Args:
        picture: its code values.
        origin: where it came from, and `holder` what it is one of, for the error.

    Raises:
        MaskError: it is in colour.
    """
    values, alpha = colours_and_alpha(picture)
    white = full_scale(values)
    if values.ndim == 3:
        difference = (values.max(2) - values.min(2)).astype(np.float32)
        if (difference > 0.1 * white).mean() > 0.02:
            raise MaskError(
                f"{origin.title} is in colour, but {holder} holds one soft grey picture a region; "
                "give a coloured mask by itself, and keep other pictures elsewhere"
            )
        values = values[..., 0]
    grey: Floats = np.nan_to_num(values.astype(np.float32) / white).clip(0, 1)
    if alpha is None:
        return grey
    black_strokes_on_a_transparent_layer = not (grey * (alpha > 0)).any()
    return alpha if black_strokes_on_a_transparent_layer else grey * alpha
