"""Pillow pictures of any mode as code values."""

from typing import TYPE_CHECKING

import numpy as np

from photostyle.photo.codecs.lab_codes import decode_lab
from photostyle.photo.decoded import Decoded
from photostyle.photo.file_facts import Layout
from photostyle.photo.raster import Raster, with_channel_axis

if TYPE_CHECKING:
    from PIL import Image

# The modes whose bytes are codes that need no conversion: layout, and whether the last channel is alpha.
_LAYOUTS: dict[str, tuple[Layout, bool]] = {
    "L": ("grey", False),
    "LA": ("grey", True),
    "RGB": ("rgb", False),
    "RGBA": ("rgb", True),
    "CMYK": ("cmyk", False),
}
_PREMULTIPLIED: dict[str, Layout] = {"La": "grey", "RGBa": "rgb"}


def mode_of(layout: Layout, alpha: bool) -> str:
    """The mode that holds 8-bit codes of a layout."""
    for mode, held in _LAYOUTS.items():
        if held == (layout, alpha):
            return mode
    raise ValueError(f"Pillow has no mode for {layout} colours with transparency")


def decode_mode(image: "Image.Image", notes: list[str]) -> Decoded:
    """The codes of a loaded picture.

    Grey, RGB and CMYK codes are taken as they are, with alpha; palettes are looked up; YCbCr and HSV become RGB; Lab
    becomes ROMM RGB; colours that are multiplied by alpha (La, RGBa) are said to be so.

    Args:
        image: of any mode.
        notes: notes for the user, to be added to.
    """
    mode = image.mode
    if mode in ("I", "F") or mode.startswith("I;16"):
        return _deep(image, notes)
    if mode == "LAB":
        bands = [np.asarray(band) for band in image.split()]
        return decode_lab(np.stack(bands, axis=-1), notes, signed=False)
    if mode in _PREMULTIPLIED:
        codes = Raster.from_array(np.asarray(image))
        return Decoded(codes, _PREMULTIPLIED[mode], True, notes=notes, premultiplied=True)
    plain = _in_plain_mode(image)
    layout, alpha = _LAYOUTS[plain.mode]
    return Decoded(_raster(plain), layout, alpha, notes=notes)


def _deep(image: "Image.Image", notes: list[str]) -> Decoded:
    """A grey picture of more than 8 bits: floats, or whole numbers that are taken for 16 bits."""
    codes = np.asarray(image)
    if codes.dtype.kind == "f":
        return Decoded(Raster.from_array(codes.astype(np.float32)), "grey", top=1.0, notes=notes)
    codes = np.clip(codes, 0, 65535).astype(np.uint16)
    return Decoded(Raster.from_array(codes), "grey", top=65535.0, notes=notes)


def _in_plain_mode(image: "Image.Image") -> "Image.Image":
    """The picture in one of the modes of `_LAYOUTS`."""
    if image.mode in ("1", "L") and "transparency" in image.info:
        return image.convert("LA")
    if image.mode in ("P", "PA", "RGB") and image.has_transparency_data:
        return image.convert("RGBA")
    if image.mode in _LAYOUTS:
        return image
    if image.mode == "1":
        return image.convert("L")
    return image.convert("RGB")


def _raster(image: "Image.Image") -> Raster:
    width, height = image.size

    def rows(top: int, bottom: int) -> np.ndarray:
        return with_channel_axis(np.asarray(image.crop((0, top, width, bottom))))

    return Raster(height, width, len(image.getbands()), np.dtype(np.uint8), rows)
