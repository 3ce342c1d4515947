"""Pictures whose codes are labels: read as they are in the file, only turned upright."""

import io
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np

from photostyle.photo.codecs import pillow, png_chunks
from photostyle.photo.exact_codes import straight_codes
from photostyle.photo.limits import Limits
from photostyle.photo.metadata import exif
from photostyle.photo.photo_file import FileLike, PhotoFile
from photostyle.photo.raster import Raster
from photostyle.photo.reading import MAX_PIXELS, decoded_file, format_of, unreadable

_PALETTE_FORMATS = ("png", "gif", "bmp")
_PNG_PALETTE = 3


@dataclass(frozen=True)
class Picture:
    """A picture's code values as they are in its file, upright: for masks, whose codes are labels.

    Args:
        codes: (H, W) or (H, W, C), uint8 or uint16, or float32.
        mode: "grey", "grey+alpha", "rgb", "rgb+alpha", "cmyk", "cmyk+alpha" or "palette".
        palette: (N, 3) or (N, 4) uint8 colours of a palette picture, whose codes index it; None otherwise.
        notes: what the user should be told.
    """

    codes: np.ndarray = field(repr=False)
    mode: str
    palette: np.ndarray | None = field(default=None, repr=False)
    notes: tuple[str, ...] = ()


def read_mask_picture(source: FileLike, *, name: str = "the mask", max_pixels: int = MAX_PIXELS) -> Picture:
    """Read a picture with its code values untouched: no colour management, palettes kept.

    Args:
        source: as for `read_photo`.
        name: what messages call a file that has no name of its own.
        max_pixels: the most pixels that are decoded, checked from the header.

    Raises:
        PhotoError, DependencyError: as `read_photo`.
    """
    file = PhotoFile.of(source, name)
    format = format_of(file)
    if format in _PALETTE_FORMATS:
        try:
            picture = _with_palette(file, format, max_pixels)
        except Exception as error:  # a decoder may raise anything on a damaged file
            raise unreadable(file, format, error) from error
        if picture is not None:
            return picture
    decoded = decoded_file(file, format, max_pixels)
    codes = decoded.raster.upright(decoded.orientation or 1).whole()
    if decoded.premultiplied:
        codes = straight_codes(codes)
    if codes.shape[2] == 1:
        codes = codes[..., 0]
    mode: str = decoded.layout
    if decoded.alpha:
        mode += "+alpha"
    return Picture(codes, mode, None, tuple(decoded.notes))


def _with_palette(file: PhotoFile, format: str, max_pixels: int) -> Picture | None:
    """The picture, where it has a palette."""
    limits = Limits(max_pixels, file.file_bytes, densest=8000, pixel_bytes=4)
    stream: str | BinaryIO = file.for_library()
    orientation = 1
    notes: list[str] = []
    if format == "png":
        found = png_chunks.chunks(file, limits)
        if found.colour_type != _PNG_PALETTE:
            return None
        stream = io.BytesIO(found.picture)
        notes = found.notes
        metadata = png_chunks.metadata(found)
        orientation = exif.orientation(metadata.exif) or 1
    with pillow.opened(stream, format.upper(), limits) as image:
        if image.mode != "P":
            return None
        codes, palette = pillow.palette_picture(image)
        upright = Raster.from_array(codes).upright(orientation).whole()[..., 0]
    return Picture(upright, "palette", palette, tuple(notes))
