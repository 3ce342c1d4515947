"""The pixels of a PNG as one zlib stream.

They are filtered by Paeth's predictor and packed by runs and Huffman codes alone, on two threads: for photos that is
both smaller and many times faster than zlib's search for matches.
"""

import struct
import zlib
from collections.abc import Iterator

import numpy as np

from photostyle.photo.raster import Raster

_HEAD = b"\x78\x9c"
_PAETH = 4
_ADLER_BASE = 65521


def packed_strips(raster: Raster) -> Iterator[bytes]:
    """The pieces of one zlib stream (RFC 1950), each strip packed by itself."""

    def packed(top: int, bottom: int) -> tuple[bytes, int, int]:
        filtered = _filtered(raster, top, bottom).data
        packer = zlib.compressobj(6, zlib.DEFLATED, -15, 9, zlib.Z_RLE)
        data = packer.compress(filtered)
        if bottom == raster.height:
            data += packer.flush(zlib.Z_FINISH)
        else:
            data += packer.flush(zlib.Z_FULL_FLUSH)
        return data, zlib.adler32(filtered), filtered.nbytes

    yield _HEAD
    checksum = 1
    for data, adler, size in raster.mapped(packed):
        checksum = _joined(checksum, adler, size)
        yield data
    yield struct.pack(">I", checksum)


def _joined(first: int, second: int, size: int) -> int:
    """The Adler-32 of two pieces laid end to end, the second `size` bytes long (RFC 1950, section 8.2)."""
    a1 = first & 0xFFFF
    b1 = first >> 16
    a2 = second & 0xFFFF
    b2 = second >> 16
    a = (a1 + a2 - 1) % _ADLER_BASE
    b = (b1 + b2 + size * (a1 - 1)) % _ADLER_BASE
    return b << 16 | a


def _filtered(raster: Raster, top: int, bottom: int) -> np.ndarray:
    """Rows as bytes, each led by its filter type, predicted by Paeth's filter (PNG, section 9.4)."""
    above = max(top - 1, 0)
    codes = raster.rows(above, bottom)
    if codes.dtype == np.uint16:
        codes = codes.astype(">u2")
    pixel = codes.shape[2] * codes.dtype.itemsize
    data = np.ascontiguousarray(codes).view(np.uint8).reshape(bottom - above, -1)
    # One row of zeros above and one pixel of zeros at the left, as the standard has it at the photo's edges.
    padded = np.zeros((bottom - top + 1, data.shape[1] + pixel), np.int16)
    padded[len(padded) - len(data) :, pixel:] = data
    predicted = _paeth(left=padded[1:, :-pixel], up=padded[:-1, pixel:], corner=padded[:-1, :-pixel])
    filtered = np.empty((bottom - top, data.shape[1] + 1), np.uint8)
    filtered[:, 0] = _PAETH
    np.subtract(padded[1:, pixel:], predicted, out=filtered[:, 1:], casting="unsafe")
    return filtered


def _paeth(*, left: np.ndarray, up: np.ndarray, corner: np.ndarray) -> np.ndarray:
    """Of the three neighbours the one that is nearest to left + up - corner."""
    to_left = up - corner
    to_up = left - corner
    to_corner = np.abs(to_left + to_up)
    np.abs(to_left, out=to_left)
    np.abs(to_up, out=to_up)
    predicted = np.where(to_up <= to_corner, up, corner)
    np.copyto(predicted, left, where=(to_left <= to_up) & (to_left <= to_corner))
    return predicted
