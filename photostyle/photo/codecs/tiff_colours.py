"""The many ways in which TIFF stores colours, as grey, RGB or CMYK codes of 8 or 16 bits, or floats."""

import numpy as np

from photostyle.photo.colour import hub, xyz_of_lab
from photostyle.photo.decoded import Decoded
from photostyle.photo.raster import Raster

_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _CMYK, _YCBCR, _LAB, _ICC_LAB = 0, 1, 2, 3, 5, 6, 8, 9
_COLOURS = {_WHITE_IS_ZERO: 1, _BLACK_IS_ZERO: 1, _PALETTE: 1, _CMYK: 4}


def sorted_out(page, codes: np.ndarray, notes: list[str]) -> Decoded:
    """The pixels of a tifffile page as (H, W, C) codes, their layout known."""
    photometric = int(page.photometric)
    if page.planarconfig == 2 and page.samplesperpixel > 1:
        codes = np.moveaxis(codes, 0, -1)
    codes = codes[..., None] if codes.ndim == 2 else codes
    if codes.ndim != 3 or codes.shape[:2] != (page.imagelength, page.imagewidth):
        raise ValueError("its header contradicts its pixels")
    colours = _COLOURS.get(photometric, 3)
    if photometric not in (0, 1, 2, 3, 5, 6, 8, 9) or codes.shape[2] < colours:
        raise ValueError(f"its colours (photometric {photometric}, {codes.shape[2]} channels) are not a photo's")
    if codes.shape[2] > colours + 1:
        notes.append(f"has {codes.shape[2] - colours} extra channels; only the first, as transparency, is used")
        codes = codes[..., : colours + 1]
    if photometric == _PALETTE:
        codes = _looked_up(page, codes)
        colours = 3
    elif photometric in (_LAB, _ICC_LAB):
        return _from_lab(codes, photometric == _LAB, notes)
    codes = _whole(codes, page.bitspersample if photometric != _PALETTE else 16, notes)
    if photometric == _WHITE_IS_ZERO:
        codes = _inverted(codes)
    if photometric == _YCBCR and int(page.compression) not in (6, 7):
        raise ValueError("it stores luma and chroma without JPEG compression, which is not supported")
    top = {"u1": 255.0, "u2": 65535.0}.get(codes.dtype.str[1:], 1.0)
    layout = {1: "grey", 3: "rgb", 4: "cmyk"}[colours]
    return Decoded(Raster.from_array(codes), layout, codes.shape[2] > colours, top, notes=notes)


def _looked_up(page, codes: np.ndarray) -> np.ndarray:
    palette = np.asarray(page.colormap).T.astype(np.uint16)
    colours = palette[np.minimum(codes[..., 0], len(palette) - 1)]
    return np.concatenate([colours, codes[..., 1:] * np.uint16(257)], axis=-1) if codes.shape[2] > 1 else colours


def _whole(codes: np.ndarray, bits: int, notes: list[str]) -> np.ndarray:
    """Codes of 8 or 16 whole bits, or float32; 64-bit floats and other whole numbers are told of."""
    if codes.dtype.kind == "f":
        if codes.dtype.itemsize > 4:
            notes.append("has 64-bit floats; kept as 32-bit floats")
        return codes.astype(np.float32, copy=False)
    if codes.dtype == bool:
        return codes.astype(np.uint8) * np.uint8(255)
    if codes.dtype.kind == "i":
        notes.append("has signed whole numbers; negative ones are read as 0")
        codes = np.maximum(codes, 0).astype(codes.dtype.str.replace("i", "u"))
        bits -= 1
    if codes.dtype.itemsize > 2:
        notes.append(f"has {bits}-bit whole numbers; kept as 16-bit")
        return (codes >> (bits - 16)).astype(np.uint16)
    if bits in (8, 16):
        return codes
    full, dtype = (255, np.uint8) if bits < 8 else (65535, np.uint16)
    most = (1 << bits) - 1
    return ((np.minimum(codes, most).astype(np.uint32) * full + most // 2) // most).astype(dtype)


def _inverted(codes: np.ndarray) -> np.ndarray:
    codes = codes.copy()
    full = 1 if codes.dtype.kind == "f" else np.iinfo(codes.dtype).max
    codes[..., 0] = full - codes[..., 0]
    return codes


def _from_lab(codes: np.ndarray, signed: bool, notes: list[str]) -> Decoded:
    """CIELAB codes (TIFF 6.0, section 23; ICC Lab) as 16-bit codes of a space that holds them all."""
    if codes.dtype.itemsize > 2 or codes.dtype.kind == "f":
        raise ValueError("its CIELAB values have more than 16 bits, which is not supported")
    wide = codes.dtype.itemsize == 2
    numbers = codes[..., :3].astype(np.float32)
    lightness = numbers[..., :1] * np.float32(100 / (65535 if wide else 255))
    chroma = numbers[..., 1:] / np.float32(256 if wide else 1)
    chroma = np.where(chroma > 127.999, chroma - 256, chroma) if signed else chroma - 128
    profile, space = hub()
    values = space.from_xyz(xyz_of_lab(np.concatenate([lightness, chroma], axis=-1)))
    result = np.rint(np.clip(values, 0, 1) * np.float32(65535)).astype(np.uint16)
    alpha = codes.shape[2] > 3
    if alpha:
        result = np.concatenate([result, codes[..., 3:].astype(np.uint16) * np.uint16(1 if wide else 257)], axis=-1)
    notes.append("has CIELAB colours; they come back as ROMM RGB, which holds them")
    return Decoded(Raster.from_array(result), "rgb", alpha, 65535.0, profile, notes=notes)
