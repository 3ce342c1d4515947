"""Colour spaces that are named by their primaries instead of a profile, and ICC profiles made for them.

AVIF, HEIC and PNG files may declare code points (ITU-T H.273); cameras declare Adobe RGB in EXIF; camera raw files are
developed to ROMM RGB.
"""

import struct
from functools import cache
from pathlib import Path

import numpy as np

from photostyle.photo.icc import D50

_D65_WHITE, D50_WHITE = (0.3127, 0.3290), (0.3457, 0.3585)
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
_HEAD_BYTES = 1 << 16
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
_SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def find_colr(path: Path) -> tuple[int, int] | None:
    """The primaries and the transfer of an AVIF or HEIC file's "colr" box of type "nclx" (ISO 14496-12)."""
    with open(path, "rb") as file:
        head = file.read(_HEAD_BYTES)
    place = head.find(b"colrnclx")
    return struct.unpack_from(">HH", head, place + 8) if 0 <= place <= len(head) - 12 else None


def declared_profile(points: tuple[int, int] | None, notes: list[str]) -> bytes | None:
    """An ICC profile for primaries and transfer, or None where they mean sRGB; what is not supported is noted."""
    primaries, transfer = points or (1, 13)
    if transfer in _TRANSFERS:
        notes.append(f"has {_TRANSFERS[transfer]} brightness, which is not supported; read as if it were sRGB")
    linear = transfer == _LINEAR
    if primaries not in _PRIMARIES or (primaries == 1 and not linear):
        return None
    return matrix_profile(_NAMES[primaries], _D65_WHITE, _PRIMARIES[primaries], 1.0 if linear else None)


def adobe_rgb() -> bytes:
    """A profile of Adobe RGB (1998)."""
    return matrix_profile("Adobe RGB (1998) compatible", _D65_WHITE, _ADOBE, 2 + 51 / 256)


def romm_rgb() -> bytes:
    """A profile of ROMM RGB (ISO 22028-2), also called ProPhoto, with gamma 1.8 throughout."""
    return matrix_profile("ROMM RGB (ProPhoto) compatible", D50_WHITE, _ROMM, 1.8)


@cache
def matrix_profile(name: str, white: tuple[float, float], primaries: tuple[float, ...], gamma: float | None) -> bytes:
    """An ICC profile (version 4.3, display) of these chromaticities, with a gamma or, for None, sRGB's curve."""
    adapted = _adaptation(white)
    columns = np.stack([_xyz(*primaries[start : start + 2]) for start in (0, 2, 4)], axis=1)
    matrix = adapted @ (columns * np.linalg.solve(columns, _xyz(*white)))
    values = (gamma,) if gamma else _SRGB_CURVE
    kind = 0 if gamma else 3
    curve = b"para\0\0\0\0" + struct.pack(">HH", kind, 0) + _fixed(values)
    tags = [
        (b"desc", _text(name)),
        (b"cprt", _text("No copyright, use freely")),
        (b"wtpt", b"XYZ \0\0\0\0" + _fixed(D50)),
        (b"chad", b"sf32\0\0\0\0" + _fixed(adapted.ravel())),
    ]
    tags += [(letter + b"XYZ", b"XYZ \0\0\0\0" + _fixed(matrix[:, n])) for n, letter in enumerate((b"r", b"g", b"b"))]
    tags += [(letter + b"TRC", curve) for letter in (b"r", b"g", b"b")]
    return _assembled(tags)


def _assembled(tags: list[tuple[bytes, bytes]]) -> bytes:
    table, body = struct.pack(">I", len(tags)), b""
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
    return np.linalg.inv(_BRADFORD) @ np.diag(ratio) @ _BRADFORD


def _xyz(x: float, y: float) -> np.ndarray:
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _fixed(values) -> bytes:
    """Numbers as s15Fixed16."""
    return b"".join(struct.pack(">i", round(float(value) * 65536)) for value in values)


def _text(text: str) -> bytes:
    data = text.encode("utf-16-be")
    return b"mluc\0\0\0\0" + struct.pack(">II4sII", 1, 12, b"enUS", len(data), 28) + data
