"""Pictures whose codes are labels: read as they are in the file, only turned upright."""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from photostyle.photo import exif
from photostyle.photo.codecs import pillow, png
from photostyle.photo.decoded import Limits
from photostyle.photo.raster import Raster
from photostyle.photo.reading import MAX_PIXELS, decoded_file, format_of, unreadable


@dataclass(frozen=True)
class Picture:
    """A picture's code values as they are in its file, upright: for masks, whose codes are labels.

    Args:
        codes: (H, W) or (H, W, C), uint8 or uint16, or float32.
        mode: "grey", "grey+alpha", "rgb", "rgb+alpha", "cmyk", "cmyk+alpha" or "palette".
        palette: (N, 3) or (N, 4) uint8 colours of a palette picture, whose codes index it; None otherwise.
        notes: what the user should be told.
    """

    codes: np.ndarray
    mode: str
    palette: np.ndarray | None = None
    notes: tuple[str, ...] = ()


def read_mask_picture(path: str | Path, *, max_pixels: int = MAX_PIXELS) -> Picture:
    """Read a picture with its code values untouched: no colour management, palettes kept.

    Args:
        path: the file; its content decides the format, not its extension.
        max_pixels: the most pixels that are decoded, checked from the header.

    Raises:
        PhotoError: as `read_photo`.
    """
    path = Path(path)
    format = format_of(path)
    try:
        picture = _with_palette(path, format, max_pixels)
    except Exception as error:  # a decoder may raise anything on a damaged file
        raise unreadable(path, format, error) from error
    if picture is not None:
        return picture
    decoded = decoded_file(path, format, max_pixels)
    codes = decoded.raster.upright(decoded.orientation).whole()
    mode = decoded.layout + ("+alpha" if decoded.alpha else "")
    return Picture(codes[..., 0] if codes.shape[2] == 1 else codes, mode, None, tuple(decoded.notes))


def _with_palette(path: Path, format: str, max_pixels: int) -> Picture | None:
    """The picture, where it has a palette."""
    if format not in ("png", "gif", "bmp"):
        return None
    limits = Limits(max_pixels, path.stat().st_size, densest=8000, pixel_bytes=4)
    stream, orientation, notes = path, 1, []
    if format == "png":
        found = png.chunks(path, limits)
        if found.colour_type != 3:
            return None
        stream, notes = io.BytesIO(found.picture), found.notes
        orientation = exif.orientation(png.described(found)[1].exif) or 1
    with pillow.opened(stream, format.upper(), limits) as image:
        if image.mode != "P":
            return None
        codes, palette = pillow.palette_picture(image)
        upright = Raster.from_array(codes).upright(orientation).whole()[..., 0]
    return Picture(upright, "palette", palette, tuple(notes))
