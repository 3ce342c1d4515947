"""The many ways in which TIFF stores colours, as grey, RGB or CMYK codes of 8 or 16 bits, or floats."""

from typing import TYPE_CHECKING

import numpy as np

from photostyle.photo.codecs.lab_codes import decode_lab
from photostyle.photo.decoded import Decoded
from photostyle.photo.extra_channels import PREMULTIPLIED, STRAIGHT, UNSPECIFIED, ExtraChannels
from photostyle.photo.file_facts import Layout
from photostyle.photo.limits import Refused
from photostyle.photo.raster import Raster, full_scale, with_channel_axis

if TYPE_CHECKING:
    from tifffile import TiffPage

# Photometric interpretations (TIFF 6.0, section 8, and TIFF/EP), and how many channels their colours have.
_WHITE_IS_ZERO = 0
_BLACK_IS_ZERO = 1
_RGB = 2
_PALETTE = 3
_CMYK = 5
_YCBCR = 6
_LAB = 8
_ICC_LAB = 9
_COLOURS = {
    _WHITE_IS_ZERO: 1, _BLACK_IS_ZERO: 1, _RGB: 3, _PALETTE: 1, _CMYK: 4, _YCBCR: 3, _LAB: 3, _ICC_LAB: 3,
}  # fmt: skip
_LAYOUTS: dict[int, Layout] = {1: "grey", 3: "rgb", 4: "cmyk"}
_INK_SET = 332
_CMYK_INKS = 1
_JPEG_COMPRESSIONS = (6, 7)
# Tags of GeoTIFF and of GDAL.
_OF_MAPS = (33550, 33922, 34264, 34735, 42112, 42113)


def decode_page(page: "TiffPage", codes: np.ndarray, notes: list[str]) -> Decoded:
    """The pixels of a tifffile page as (H, W, C) codes, their layout known."""
    photometric = _photometric(page, notes)
    if page.planarconfig == 2 and page.samplesperpixel > 1:
        codes = np.moveaxis(codes, 0, -1)
    codes = with_channel_axis(codes)
    if codes.ndim != 3 or codes.shape[:2] != (page.imagelength, page.imagewidth):
        raise ValueError("its header contradicts its pixels")
    colours = _COLOURS.get(photometric)
    if colours is None:
        raise Refused(f"not supported: a TIFF with colours of kind {photometric} ({_name(page)}); convert it to RGB")
    if codes.shape[2] < colours:
        raise ValueError(f"its colours (photometric {photometric}, {codes.shape[2]} channels) are not a photo's")
    kinds = _kinds(page, codes.shape[2] - colours)
    place = _alpha_place(kinds)
    premultiplied = place is not None and kinds[place] == PREMULTIPLIED
    if photometric == _CMYK and _INK_SET in page.tags and page.tags[_INK_SET].value != _CMYK_INKS:
        raise Refused("not supported: a TIFF of inks that are not CMYK; convert it to RGB or CMYK")
    if photometric in (_LAB, _ICC_LAB):
        codes, extra = _without_extra(codes, colours, kinds, notes)
        decoded = decode_lab(codes, notes, signed=photometric == _LAB, premultiplied=premultiplied)
        decoded.extra = extra
        return decoded
    bits = page.bitspersample
    if photometric == _PALETTE:
        codes = _looked_up(page, codes)
        colours = 3
        bits = 16
        premultiplied = False
    codes = _whole(codes, bits, notes)
    codes, extra = _without_extra(codes, colours, kinds, notes)
    if photometric == _WHITE_IS_ZERO:
        codes = _inverted(codes, premultiplied=premultiplied)
    if photometric == _YCBCR and int(page.compression) not in _JPEG_COMPRESSIONS:
        raise Refused("not supported: a TIFF with luma and chroma without JPEG compression; convert it to RGB")
    alpha = codes.shape[2] > colours
    return Decoded(
        Raster.from_array(codes),
        _LAYOUTS[colours],
        alpha,
        full_scale(codes.dtype),
        notes=notes,
        premultiplied=premultiplied,
        extra=extra,
    )


def _photometric(page: "TiffPage", notes: list[str]) -> int:
    """What the colours are; three bands of a map that GDAL calls grey, as it does by default beyond 8 bits, are RGB."""
    photometric = int(page.photometric)
    bands = page.samplesperpixel
    if photometric != _BLACK_IS_ZERO or bands not in (3, 4) or any(_kinds(page, bands - 1)):
        return photometric
    if bands == 3 and any(tag in page.tags for tag in _OF_MAPS):
        notes.append("is a map of 3 bands that its header calls grey; read as red, green and blue")
        return _RGB
    notes.append(
        f"its header calls the first of {bands} channels grey; if they are red, green and blue, say so in the file "
        "(GDAL: PHOTOMETRIC=RGB)"
    )
    return photometric


def _name(page: "TiffPage") -> str:
    """The colours' name, as tifffile has it."""
    return str(getattr(page.photometric, "name", "unknown")).lower()


def _kinds(page: "TiffPage", count: int) -> tuple[int, ...]:
    """What the tag ExtraSamples says of the channels that follow the colours; unspecified where it says nothing."""
    kinds = [int(kind) for kind in page.extrasamples][:count]
    return (*kinds, *[UNSPECIFIED] * (count - len(kinds)))


def _alpha_place(kinds: tuple[int, ...]) -> int | None:
    """Which of the channels after the colours is transparency; None where none is."""
    for place, kind in enumerate(kinds):
        if kind in (PREMULTIPLIED, STRAIGHT):
            return place
    return None


def _without_extra(
    codes: np.ndarray, colours: int, kinds: tuple[int, ...], notes: list[str]
) -> tuple[np.ndarray, ExtraChannels | None]:
    """Codes (H, W, C) of the colours, then alpha where there is one; and the other channels."""
    alpha = _alpha_place(kinds)
    others = [place for place in range(len(kinds)) if place != alpha]
    if not others:
        return codes, None
    before = 0
    kept = list(range(colours))
    if alpha is not None:
        before = alpha
        kept.append(colours + alpha)
    places = [colours + place for place in others]
    extra = ExtraChannels(codes[..., places], tuple(kinds[place] for place in others), before)
    notes.append(extra.note)
    return codes[..., kept], extra


def _looked_up(page: "TiffPage", codes: np.ndarray) -> np.ndarray:
    """16-bit colours of palette indices, and the transparency that follows them."""
    palette = np.asarray(page.colormap).T.astype(np.uint16)
    colours: np.ndarray = palette[np.minimum(codes[..., 0], len(palette) - 1)]
    if codes.shape[2] == 1:
        return colours
    return np.concatenate([colours, codes[..., 1:] * np.uint16(257)], axis=-1)


def _whole(codes: np.ndarray, bits: int, notes: list[str]) -> np.ndarray:
    """Codes of 8 or 16 whole bits, or float32; 64-bit floats and other whole numbers are told of."""
    if codes.dtype.kind == "f":
        if codes.dtype.itemsize > 4:
            notes.append("has 64-bit floats; kept as 32-bit floats")
        return codes.astype(np.float32, copy=False)
    if codes.dtype.kind == "c":
        raise Refused("not supported: a TIFF of complex numbers; convert it to floats")
    if codes.dtype == bool:
        return codes.astype(np.uint8) * np.uint8(255)
    if codes.dtype.kind == "i":
        notes.append("has signed whole numbers; negative ones are read as 0")
        codes = np.maximum(codes, 0).astype(codes.dtype.str.replace("i", "u"))
        bits -= 1
        _check_white(codes, bits, 255)
    if codes.dtype.itemsize > 2:
        _check_white(codes, bits, 65535)
        notes.append(f"has {bits}-bit whole numbers; kept as 16-bit")
        return (codes >> (bits - 16)).astype(np.uint16)
    if bits in (8, 16):
        return codes
    if bits < 8:
        return _stretched(codes, bits, 255).astype(np.uint8)
    return _stretched(codes, bits, 65535).astype(np.uint16)


def _check_white(codes: np.ndarray, bits: int, suspect: int) -> None:
    """Refuse whole numbers that stay far below their white: they hold codes of fewer bits."""
    brightest = int(codes.max())
    if 0 < brightest <= suspect and bits >= 15:
        white = 255 if brightest <= 255 else 65535
        raise Refused(
            f"its {bits}-bit whole numbers have white at {(1 << bits) - 1}, and seem to have it at {white} "
            f"(they go up to {brightest}); convert them to {8 if white == 255 else 16} bits without a sign"
        )


def _stretched(codes: np.ndarray, bits: int, full: int) -> np.ndarray:
    """Codes of so many bits as codes up to `full`, as whole numbers of 32 bits."""
    most = (1 << bits) - 1
    stretched: np.ndarray = (np.minimum(codes, most).astype(np.uint32) * full + most // 2) // most
    return stretched


def _inverted(codes: np.ndarray, *, premultiplied: bool) -> np.ndarray:
    """The first channel with black for white; where it is multiplied by alpha, the last channel, alpha is its white."""
    codes = codes.copy()
    if premultiplied:
        codes[..., 0] = codes[..., 1] - np.minimum(codes[..., 0], codes[..., 1])
    elif codes.dtype.kind == "f":
        codes[..., 0] = 1 - codes[..., 0]
    else:
        codes[..., 0] = np.iinfo(codes.dtype).max - codes[..., 0]
    return codes
