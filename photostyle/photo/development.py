"""Codes of a file to a photo's floats, and back: strips of rows, two threads, no second full copy."""

from dataclasses import replace

import numpy as np

from photostyle.photo.colour import ColourSpace, Srgb, colour_space
from photostyle.photo.decoded import Decoded
from photostyle.photo.dither import dithered, rounded
from photostyle.photo.kept import Keeper, decoded_codes
from photostyle.photo.photograph import Depth, Photo, Source
from photostyle.photo.raster import Raster

DTYPES = {8: np.dtype(np.uint8), 16: np.dtype(np.uint16), "float": np.dtype(np.float32)}
_TOPS = {8: 255, 16: 65535}
_OWN_NOISE = 0.5  # of a dither: an 8-bit photo has been rounded once already, and more noise shows in its flat parts


def developed(decoded: Decoded, source: Source) -> Photo:
    """The photo of a decoded file: upright, its colours in sRGB-encoded float."""
    raster = _finite(decoded) if decoded.raster.dtype.kind == "f" else decoded.raster
    raster = raster.upright(decoded.orientation)
    space, note = colour_space(decoded.profile, decoded.layout, fine=decoded.top != 255)
    pixels = np.empty((raster.height, raster.width, 3), np.float32)
    alpha = np.empty((raster.height, raster.width), np.float32) if decoded.alpha else None
    keeper = Keeper(space, raster, decoded.top)
    top = np.float32(decoded.top)

    def develop(first: int, last: int, rows: np.ndarray) -> None:
        codes = rows[..., : space.channels]
        if isinstance(space, Srgb):
            np.divide(codes, top, out=pixels[first:last], dtype=np.float32, casting="unsafe")
        else:
            pixels[first:last] = decoded_codes(space, codes, decoded.top)
            keeper.look(first, codes, pixels[first:last])
        if alpha is not None:
            np.divide(rows[..., space.channels], top, out=alpha[first:last], dtype=np.float32, casting="unsafe")

    raster.each(develop)
    notes = [*decoded.notes, *([note] if note else [])]
    if decoded.profile is None:
        notes.append(f"no colour profile; read as {'plain inks' if decoded.layout == 'cmyk' else 'sRGB'}")
    profile = None if note else decoded.profile
    return Photo(pixels, alpha, profile, decoded.metadata, source, tuple(notes), keeper.kept())


def _finite(decoded: Decoded) -> Raster:
    """The float rows with NaN and infinities replaced: NaN by black, infinities by the largest float16."""
    largest = float(np.finfo(np.float16).max)
    raster, told = decoded.raster, []

    def rows(top: int, bottom: int) -> np.ndarray:
        strip = raster.rows(top, bottom).astype(np.float32)
        if np.isfinite(strip).all():
            return strip
        if not told:
            told.append(True)
            decoded.notes.append("holds values that are not numbers; read as black")
        return np.nan_to_num(strip, copy=False, nan=0.0, posinf=largest, neginf=-largest)

    return replace(raster, dtype=np.dtype(np.float32), rows=rows)


def is_grey(pixels: np.ndarray) -> bool:
    """Whether every pixel's three values are equal."""
    strips = (pixels[top : top + 256] for top in range(0, len(pixels), 256))
    return all(bool((strip[..., :1] == strip[..., 1:]).all()) for strip in strips)


def printed(photo: Photo, space: ColourSpace, depth: Depth, *, alpha: bool, premultiplied: bool = False) -> Raster:
    """The codes of a photo in a colour space, made when they are asked for.

    Args:
        photo: with pixels (H, W, 3) and, for `alpha`, its alpha.
        space: the file's colours.
        depth: of the codes; falling to 8 bits they are dithered, those of an 8-bit photo by half as much.
        alpha: whether a channel of transparency follows the colours.
        premultiplied: whether colours must not exceed alpha.
    """
    width, height = photo.size
    colours = space.channels
    kept = photo.kept if photo.kept and photo.kept.space is space and _TOPS.get(depth, 1.0) == photo.kept.top else None

    noise = _OWN_NOISE if photo.source.depth == 8 else 1.0

    def rows(first: int, last: int) -> np.ndarray:
        pixels = photo.pixels[first:last]
        codes = np.empty((last - first, width, colours + alpha), DTYPES[depth])
        values = space.encode(pixels)
        if depth == "float":
            codes[..., :colours] = values
        else:
            codes[..., :colours] = dithered(values, 255, first, noise) if depth == 8 else rounded(values, 65535)
        if kept:
            kept.restore(pixels, codes[..., :colours], first)
        if alpha:
            opacity = photo.alpha[first:last]
            codes[..., colours] = opacity if depth == "float" else rounded(opacity, _TOPS[depth])
            if premultiplied:
                np.minimum(codes[..., :colours], codes[..., colours:], out=codes[..., :colours])
        return codes

    return Raster(height, width, colours + alpha, DTYPES[depth], rows)
