"""How a profile of Camera Raw holds a table of colours, as the DNG SDK (1.7, `dng_rgb_table`, `dng_big_table`) reads it.

A little-endian block: four numbers (an RGB table, its version, 3 dimensions, points along an axis), the colours in 16 bits as
differences from no change, blue fastest; then its primaries, transfer curve and what happens outside (three numbers), and the
least and the most amount (two doubles). The block's length and its zlib stream become text in digits of base 85, least first.
"""

import struct
import zlib
from hashlib import md5

import numpy as np

from photostyle.errors import OptionError
from photostyle.transforms.lut.table import Lut

MOST_POINTS = 32  # along an axis
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?`'|()[]{}@%$#"
_RGB_TABLE, _VERSION, _DIMENSIONS = 1, 1, 3
_SRGB_PRIMARIES, _SRGB_CURVE, _CLIP = 0, 1, 0
_AMOUNTS = (0.0, 2.0)  # of the editor's slider: 0 to 200 %
_LARGEST = 65535


def encoded_table(lut: Lut) -> tuple[str, str]:
    """A table as a profile names and holds it.

    Args:
        lut: of at most 32 points along an axis, over sRGB-encoded colours.

    Returns:
        Its name, which is the MD5 sum of its block, and its text.

    Raises:
        OptionError: it has more points.
    """
    if lut.size > MOST_POINTS:
        raise OptionError(f"a profile's table has at most {MOST_POINTS} points along an axis, got {lut.size}; fit a smaller one")
    colours = np.round(lut.table * _LARGEST).astype(np.int64)
    samples = ((colours - _unchanged(lut.size)) % (_LARGEST + 1)).astype("<u2")
    head = struct.pack("<4I", _RGB_TABLE, _VERSION, _DIMENSIONS, lut.size)
    foot = struct.pack("<3I2d", _SRGB_PRIMARIES, _SRGB_CURVE, _CLIP, *_AMOUNTS)
    block = head + samples.tobytes() + foot
    packed = struct.pack("<I", len(block)) + zlib.compress(block, 9)
    return md5(block, usedforsecurity=False).hexdigest().upper(), _text(packed)


def decoded_table(text: str) -> Lut:
    """The table that a profile's text holds: the inverse of `encoded_table`, for tables like those.

    >>> from photostyle.transforms.lut import identity
    >>> bool(np.allclose(decoded_table(encoded_table(Lut(identity(3)))[1]).table, identity(3), atol=1e-5))
    True
    """
    packed = _bytes(text)
    block = zlib.decompress(packed[4:])
    size = struct.unpack("<4I", block[:16])[3]
    samples = np.frombuffer(block, "<u2", 3 * size**3, 16).astype(np.int64).reshape(size, size, size, 3)
    return Lut(((samples + _unchanged(size)) % (_LARGEST + 1)) / _LARGEST)


def _unchanged(size: int) -> np.ndarray:
    """(S, S, S, 3): the table that changes nothing in 16 bits, rounded as the SDK does."""
    axis = (np.arange(size) * _LARGEST + size // 2) // (size - 1)
    return np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1)


def _text(packed: bytes) -> str:
    """Digits of base 85, five for four bytes; what is left over has one digit more than bytes."""
    text = []
    for start in range(0, len(packed), 4):
        group = packed[start : start + 4]
        number = int.from_bytes(group, "little")
        for _ in range(len(group) + 1):
            number, digit = divmod(number, len(DIGITS))
            text.append(DIGITS[digit])
    return "".join(text)


def _bytes(text: str) -> bytes:
    """The inverse of `_text`."""
    packed = bytearray()
    for start in range(0, len(text), 5):
        group = text[start : start + 5]
        number = sum(DIGITS.index(digit) * len(DIGITS) ** place for place, digit in enumerate(group))
        packed += number.to_bytes(5, "little")[: len(group) - 1]
    return bytes(packed)
