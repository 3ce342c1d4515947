"""CIELAB codes as RGB codes of a space that holds them all."""

import numpy as np

from photostyle.photo.colour_management.lab import xyz_of_lab
from photostyle.photo.colour_management.tables import hub
from photostyle.photo.decoded import Decoded
from photostyle.photo.limits import Refused
from photostyle.photo.raster import Raster


def decode_lab(codes: np.ndarray, notes: list[str], *, signed: bool, premultiplied: bool = False) -> Decoded:
    """CIELAB codes as 16-bit codes of ROMM RGB.

    Args:
        codes: (H, W, 3), or (H, W, 4) with alpha, uint8 or uint16: lightness from 0 to full scale, then a and b.
        notes: notes for the user, to be added to.
        signed: whether a and b are signed numbers (TIFF 6.0, section 23), or 128 more (ICC Lab).
        premultiplied: whether lightness, a and b are multiplied by alpha.
    """
    if codes.dtype.itemsize > 2 or codes.dtype.kind == "f":
        raise Refused("not supported: CIELAB values of more than 16 bits; convert it to 16 bits")
    lightness_unit = np.float32(100 / 255)
    chroma_unit = np.float32(1)
    alpha_scale = np.uint16(257)
    if codes.dtype.itemsize == 2:
        lightness_unit = np.float32(100 / 65535)
        chroma_unit = np.float32(256)
        alpha_scale = np.uint16(1)
    numbers = codes[..., :3].astype(np.float32)
    lightness = numbers[..., :1] * lightness_unit
    chroma = numbers[..., 1:] / chroma_unit
    if signed:
        chroma = np.where(chroma > 127.999, chroma - 256, chroma)
    if premultiplied:
        share = np.maximum(codes[..., 3:].astype(np.float32), 1) / np.float32(np.iinfo(codes.dtype).max)
        lightness = lightness / share
        chroma = chroma / share
    if not signed:
        chroma = chroma - 128
    profile, space = hub()
    values = space.from_xyz(xyz_of_lab(np.concatenate([lightness, chroma], axis=-1)))
    result = np.rint(np.clip(values, 0, 1) * np.float32(65535)).astype(np.uint16)
    alpha = codes.shape[2] > 3
    if alpha:
        result = np.concatenate([result, codes[..., 3:].astype(np.uint16) * alpha_scale], axis=-1)
    notes.append("has CIELAB colours; they come back as ROMM RGB, which holds them")
    return Decoded(Raster.from_array(result), "rgb", alpha, 65535.0, profile, notes=notes)
