"""Codes of a file to a photo's floats, and back: strips of rows, two threads, no second full copy."""

from dataclasses import replace

import numpy as np

from photostyle.photo.colour_management.profiles import colour_space
from photostyle.photo.colour_management.spaces import ColourSpace, Srgb
from photostyle.photo.decoded import Decoded
from photostyle.photo.dither import dithered, rounded
from photostyle.photo.exact_codes import ExactCodes, ExactCodesFinder, pixels_of_codes
from photostyle.photo.file_facts import Depth, FileFacts
from photostyle.photo.float_white import code_values
from photostyle.photo.limits import Refused
from photostyle.photo.metadata.resources import upright
from photostyle.photo.photograph import Photo
from photostyle.photo.raster import Raster

_DTYPES: dict[Depth, np.dtype[np.generic]] = {
    8: np.dtype(np.uint8),
    16: np.dtype(np.uint16),
    "float": np.dtype(np.float32),
}
_TOPS: dict[Depth, int] = {8: 255, 16: 65535, "float": 1}
_OWN_NOISE = 0.5  # of a dither: an 8-bit photo has been rounded once already, and more noise shows in its flat parts
_STRIP_ROWS = 256


def to_photo(decoded: Decoded, file: FileFacts) -> Photo:
    """The photo of a decoded file: upright, its colours in sRGB-encoded float.

    Raises:
        Refused: its floats are codes up to 255 or 65535.
    """
    raster = decoded.raster
    if raster.dtype.kind == "f":
        raster = _finite(raster, decoded.notes)
        reason = code_values(raster, alpha=decoded.alpha)
        if reason is not None:
            raise Refused(f"its floats {reason}")
    raster = raster.upright(decoded.orientation or 1)
    metadata = replace(decoded.metadata, resources=upright(decoded.metadata.resources, decoded.orientation or 1))
    space, note = colour_space(decoded.profile, decoded.layout, fine=decoded.top != 255)
    pixels = np.empty((raster.height, raster.width, 3), np.float32)
    alpha: np.ndarray | None = None
    if decoded.alpha:
        alpha = np.empty((raster.height, raster.width), np.float32)
    finder = ExactCodesFinder(space, raster, decoded.top, premultiplied=decoded.premultiplied)
    top = np.float32(decoded.top)

    def convert(first: int, last: int, rows: np.ndarray) -> None:
        codes = rows[..., : space.channels]
        if decoded.premultiplied:
            codes = rows[..., : space.channels + 1]
        if isinstance(space, Srgb) and not decoded.premultiplied:
            np.divide(codes, top, out=pixels[first:last], dtype=np.float32, casting="unsafe")
        else:
            pixels[first:last] = pixels_of_codes(space, codes, decoded.top, premultiplied=decoded.premultiplied)
            finder.examine(first, codes, pixels[first:last])
        if alpha is not None:
            np.divide(rows[..., space.channels], top, out=alpha[first:last], dtype=np.float32, casting="unsafe")

    raster.each(convert)
    profile = decoded.profile
    notes = list(decoded.notes)
    if note is not None:
        profile = None
        notes.append(note)
    extra = decoded.extra
    if extra is not None:
        extra = extra.upright(decoded.orientation or 1)
    return Photo(pixels, alpha, profile, metadata, file, tuple(notes), finder.found(), extra)


def _finite(raster: Raster, notes: list[str]) -> Raster:
    """Float rows with NaN and infinities replaced, which is noted: NaN by black, infinities by the largest float16."""
    largest = float(np.finfo(np.float16).max)
    note = "holds values that are not numbers; read as black"

    def rows(top: int, bottom: int) -> np.ndarray:
        strip = raster.rows(top, bottom).astype(np.float32)
        if np.isfinite(strip).all():
            return strip
        if note not in notes:
            notes.append(note)
        return np.nan_to_num(strip, copy=False, nan=0.0, posinf=largest, neginf=-largest)

    return replace(raster, dtype=np.dtype(np.float32), rows=rows)


def is_grey(pixels: np.ndarray) -> bool:
    """Whether every pixel's three values are equal."""
    for row in range(0, len(pixels), _STRIP_ROWS):
        strip = pixels[row : row + _STRIP_ROWS]
        if not (strip[..., :1] == strip[..., 1:]).all():
            return False
    return True


def to_codes(photo: Photo, space: ColourSpace, depth: Depth, *, alpha: bool, premultiplied: bool = False) -> Raster:
    """The codes of a photo in a colour space, made when they are asked for.

    Args:
        photo: with pixels (H, W, 3) and, for `alpha`, its alpha.
        space: the file's colours.
        depth: of the codes; falling to 8 bits they are dithered, those of an 8-bit photo by half as much.
        alpha: whether a channel of transparency follows the colours.
        premultiplied: whether the colours are multiplied by alpha, in the file's own values.
    """
    width, height = photo.size
    colours = space.channels
    channels = colours
    opacity: np.ndarray | None = None
    if alpha:
        opacity = photo.alpha
        channels += 1
    restored = colours
    if premultiplied:
        restored = channels
    noise = 1.0
    if photo.file.depth == 8:
        noise = _OWN_NOISE
    exact = _usable_codes(photo, space, depth, premultiplied=premultiplied)

    def rows(first: int, last: int) -> np.ndarray:
        pixels = photo.pixels[first:last]
        codes = np.empty((last - first, width, channels), _DTYPES[depth])
        values = space.encode(pixels)
        if opacity is not None:
            codes[..., colours] = _rounded(opacity[first:last], depth)
            if premultiplied:
                values = values * (codes[..., colours:] / np.float32(_TOPS[depth]))
        codes[..., :colours] = _quantised(values, depth, first, noise)
        if premultiplied and depth != "float":  # a colour brighter than white is no colour of a whole number
            np.minimum(codes[..., :colours], codes[..., colours:], out=codes[..., :colours])
        if exact is not None:
            exact.restore(pixels, codes[..., :restored], first)
        return codes

    return Raster(height, width, channels, _DTYPES[depth], rows)


def _usable_codes(photo: Photo, space: ColourSpace, depth: Depth, *, premultiplied: bool) -> ExactCodes | None:
    """The photo's codes as they were read, where they are in this space and of this depth."""
    exact = photo.exact_codes
    if exact is None or exact.premultiplied != premultiplied:
        return None
    if exact.space is not space or exact.top != _TOPS[depth]:
        return None
    return exact


def _quantised(values: np.ndarray, depth: Depth, first_row: int, noise: float) -> np.ndarray:
    """Colours in [0, 1] as codes; floats as they are."""
    if depth == 8:
        return dithered(values, _TOPS[depth], first_row, noise)
    return _rounded(values, depth)


def _rounded(values: np.ndarray, depth: Depth) -> np.ndarray:
    """Values in [0, 1] as the nearest codes; floats as they are."""
    if depth == "float":
        return values
    return rounded(values, _TOPS[depth])
