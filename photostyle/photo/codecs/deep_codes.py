"""Code values of 10 and 12 bits, which come and go as 16."""

import numpy as np

from photostyle.photo.raster import Raster


def widened(raster: Raster, bits: int) -> Raster:
    """Codes of 10 or 12 bits as codes of 16; codes of 8 bits as they are."""
    if raster.dtype == np.uint8:
        return raster
    full = (1 << bits) - 1

    def rows(top: int, bottom: int) -> np.ndarray:
        codes = raster.rows(top, bottom).astype(np.uint32)
        return ((codes * 65535 + full // 2) // full).astype(np.uint16)

    return Raster(raster.height, raster.width, raster.channels, np.dtype(np.uint16), rows)


def narrowed(raster: Raster, bits: int) -> np.ndarray:
    """All codes of 16 bits, as codes of 10 or 12; codes of 8 bits as they are."""
    codes = raster.whole()
    if raster.dtype == np.uint8:
        return codes
    full = (1 << bits) - 1
    for top, bottom in raster.strips():
        codes[top:bottom] = (codes[top:bottom].astype(np.uint32) * full + 32767) // 65535
    return codes


def bits_to_write(raster: Raster, source_bits: object, otherwise: int) -> int:
    """8, or of a deeper photo the 10 or 12 bits that its own file had, if it had."""
    if raster.dtype == np.uint8:
        return 8
    if isinstance(source_bits, int):
        return source_bits
    return otherwise
