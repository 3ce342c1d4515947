"""Colours declared by code points instead of a profile (ITU-T H.273): in AVIF, HEIC and PNG files."""

import struct
from functools import cache
from pathlib import Path

# Chromaticities of red, green and blue; all have the white D65.
_PRIMARIES = {
    1: (0.640, 0.330, 0.300, 0.600, 0.150, 0.060),
    9: (0.708, 0.292, 0.170, 0.797, 0.131, 0.046),
    12: (0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
}
_LINEAR = 8
_TRANSFERS = {16: "PQ (HDR)", 18: "HLG (HDR)"}
_HEAD_BYTES = 1 << 16


def find_colr(path: Path) -> tuple[int, int] | None:
    """The primaries and the transfer of an AVIF or HEIC file's "colr" box of type "nclx" (ISO 14496-12)."""
    with open(path, "rb") as file:
        head = file.read(_HEAD_BYTES)
    place = head.find(b"colrnclx")
    return struct.unpack_from(">HH", head, place + 8) if 0 <= place <= len(head) - 12 else None


def declared_profile(points: tuple[int, int] | None, notes: list[str]) -> bytes | None:
    """An ICC profile for code points, or None where they mean sRGB; what is not supported is noted."""
    primaries, transfer = points or (1, 13)
    if transfer in _TRANSFERS:
        notes.append(f"has {_TRANSFERS[transfer]} brightness, which is not supported; read as if it were sRGB")
    linear = transfer == _LINEAR
    if primaries not in _PRIMARIES or (primaries == 1 and not linear):
        return None
    return _profile(primaries, linear)


@cache
def _profile(primaries: int, linear: bool) -> bytes:
    points = _PRIMARIES[primaries]
    return matrix_profile((0.3127, 0.3290), points, 1.0 if linear else None)


def adobe_rgb() -> bytes:
    """A profile of Adobe RGB (1998)."""
    return matrix_profile((0.3127, 0.3290), (0.640, 0.330, 0.210, 0.710, 0.150, 0.060), 2.19921875)


def matrix_profile(white: tuple[float, float], primaries: tuple[float, ...], gamma: float | None) -> bytes:
    """An ICC profile with these chromaticities, and a gamma or, for None, sRGB's curve."""
    from imagecodecs import cms_profile

    spread = [value for start in (0, 2, 4) for value in (*primaries[start : start + 2], 1.0)]
    curve = {"gamma": gamma} if gamma else {"transferfunction": (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)}
    return cms_profile("rgb", whitepoint=(*white, 1.0), primaries=spread, **curve)
