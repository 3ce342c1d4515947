"""Colour spaces that are named by their primaries instead of a profile, and ICC profiles made for them.

AVIF, HEIC and PNG files may declare code points (ITU-T H.273); cameras declare Adobe RGB in EXIF; camera raw files are
developed to ROMM RGB.
"""

import struct
from collections.abc import Iterable
from functools import cache

import numpy as np

from photostyle.photo.colour_management.icc import D50

_D65_WHITE = (0.3127, 0.3290)
_D50_WHITE = (0.3457, 0.3585)
# Chromaticities of red, green and blue, by the code point that H.273 gives them.
_PRIMARIES = {
    1: (0.640, 0.330, 0.300, 0.600, 0.150, 0.060),
    9: (0.708, 0.292, 0.170, 0.797, 0.131, 0.046),
    12: (0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
}
_NAMES = {1: "Linear sRGB", 9: "Rec. 2020", 12: "Display P3"}
_ADOBE = (0.640, 0.330, 0.210, 0.710, 0.150, 0.060)
_ROMM = (0.734699, 0.265301, 0.159597, 0.840403, 0.036598, 0.000105)
_LINEAR = 8
_TRANSFERS = {16: "PQ (HDR)", 18: "HLG (HDR)"}
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
# Kinds of parametric curves (ICC.1:2022, table 68).
_GAMMA_CURVE = 0
_FOUR_PART_CURVE = 3
_SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def declared_profile(points: tuple[int, int] | None, notes: list[str]) -> bytes | None:
    """An ICC profile for primaries and transfer, or None where they mean sRGB; what is not supported is noted."""
    if points is None:
        return None
    primaries, transfer = points
    if transfer in _TRANSFERS:
        notes.append(f"has {_TRANSFERS[transfer]} brightness, which is not supported; read as if it were sRGB")
    linear = transfer == _LINEAR
    if primaries not in _PRIMARIES or (primaries == 1 and not linear):
        return None
    gamma = None
    if linear:
        gamma = 1.0
    return matrix_profile(_NAMES[primaries], _D65_WHITE, _PRIMARIES[primaries], gamma)


def srgb() -> bytes:
    """A profile of sRGB (IEC 61966-2-1)."""
    return matrix_profile("sRGB", _D65_WHITE, _PRIMARIES[1], None)


def adobe_rgb() -> bytes:
    """A profile of Adobe RGB (1998)."""
    return matrix_profile("Adobe RGB (1998) compatible", _D65_WHITE, _ADOBE, 2 + 51 / 256)


def romm_rgb() -> bytes:
    """A profile of ROMM RGB (ISO 22028-2), also called ProPhoto, with gamma 1.8 throughout."""
    return matrix_profile("ROMM RGB (ProPhoto) compatible", _D50_WHITE, _ROMM, 1.8)


@cache
def matrix_profile(name: str, white: tuple[float, float], primaries: tuple[float, ...], gamma: float | None) -> bytes:
    """An ICC profile (version 4.3, display) of these chromaticities, with a gamma or, for None, sRGB's curve."""
    adapted = _adaptation(white)
    columns = np.stack([_xyz(*primaries[0:2]), _xyz(*primaries[2:4]), _xyz(*primaries[4:6])], axis=1)
    matrix = adapted @ (columns * np.linalg.solve(columns, _xyz(*white)))
    if gamma:
        curve = b"para\0\0\0\0" + struct.pack(">HH", _GAMMA_CURVE, 0) + _fixed([gamma])
    else:
        curve = b"para\0\0\0\0" + struct.pack(">HH", _FOUR_PART_CURVE, 0) + _fixed(_SRGB_CURVE)
    tags = [
        (b"desc", _text(name)),
        (b"cprt", _text("No copyright, use freely")),
        (b"wtpt", b"XYZ \0\0\0\0" + _fixed(D50)),
        (b"chad", b"sf32\0\0\0\0" + _fixed(adapted.ravel())),
    ]
    for number, letter in enumerate((b"r", b"g", b"b")):
        tags.append((letter + b"XYZ", b"XYZ \0\0\0\0" + _fixed(matrix[:, number])))
    for letter in (b"r", b"g", b"b"):
        tags.append((letter + b"TRC", curve))
    return _assembled(tags)


def _assembled(tags: list[tuple[bytes, bytes]]) -> bytes:
    """A profile's bytes: its header, the table of its tags, and their content."""
    table = struct.pack(">I", len(tags))
    body = b""
    first = 132 + 12 * len(tags)
    for tag, data in tags:
        table += struct.pack(">4sII", tag, first + len(body), len(data))
        body += data + b"\0" * (-len(data) % 4)
    head = struct.pack(
        ">I4sI4s4s4s12s4s4sIIIQI12s4s44s", first + len(body), b"", 0x04300000, b"mntr", b"RGB ", b"XYZ ",
        struct.pack(">6H", 2026, 1, 1, 0, 0, 0), b"acsp", b"", 0, 0, 0, 0, 0, _fixed(D50), b"", b"",
    )  # fmt: skip
    return head + table + body


def _adaptation(white: tuple[float, float]) -> np.ndarray:
    """Bradford's matrix from a white to D50 (ICC.1:2022, annex E)."""
    ratio = (_BRADFORD @ D50) / (_BRADFORD @ _xyz(*white))
    adapted: np.ndarray = np.linalg.inv(_BRADFORD) @ np.diag(ratio) @ _BRADFORD
    return adapted


def _xyz(x: float, y: float) -> np.ndarray:
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _fixed(values: Iterable[float]) -> bytes:
    """Numbers as s15Fixed16."""
    data = b""
    for value in values:
        data += struct.pack(">i", round(float(value) * 65536))
    return data


def _text(text: str) -> bytes:
    data = text.encode("utf-16-be")
    return b"mluc\0\0\0\0" + struct.pack(">II4sII", 1, 12, b"enUS", len(data), 28) + data
