"""ICC profiles that are made, for files that state their colours in another way (ICC.1:2022; version 4.3 or 4.4)."""

import struct
from collections.abc import Iterable, Sequence

import numpy as np

from photostyle.photo.colour_management.icc import D50

_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
# Kinds of parametric curves (ICC.1:2022, table 68), by how many numbers they have.
_KINDS = {1: 0, 3: 1, 4: 2, 5: 3, 7: 4}
_VERSION = 0x04300000
_VERSION_WITH_CODE_POINTS = 0x04400000


def parametric_curve(numbers: Iterable[float]) -> bytes:
    """A "para" tag: a gamma alone, or the numbers g, a, b, c, d, e, f of its other kinds."""
    values = tuple(numbers)
    return b"para\0\0\0\0" + struct.pack(">HH", _KINDS[len(values)], 0) + _fixed(values)


def table_curve(values: np.ndarray) -> bytes:
    """A "curv" tag: linear light in [0, 1] at evenly spaced device values."""
    codes = np.rint(np.clip(values, 0, 1) * 65535).astype(">u2")
    data: bytes = codes.tobytes()
    return b"curv\0\0\0\0" + struct.pack(">I", len(codes)) + data


def rgb_profile(
    name: str,
    white: tuple[float, float],
    primaries: tuple[float, ...],
    curve: bytes | Sequence[bytes],
    code_points: tuple[int, int, int, int] | None = None,
) -> bytes:
    """A matrix profile.

    Args:
        name: what it calls itself.
        white: chromaticity (x, y) of the white, which is adapted to D50.
        primaries: chromaticities x, y of red, green and blue.
        curve: the tag of the tone curve that the three share, or one for each.
        code_points: primaries, transfer, matrix and range of ITU-T H.273, where the profile shall tell them.

    Raises:
        ValueError: the chromaticities are of no colours that could be mixed.
    """
    own = rgb_to_xyz(white, primaries)
    adapted = adaptation(white)
    matrix = adapted @ own
    tags = _common_tags(name)
    tags.append((b"chad", b"sf32\0\0\0\0" + _fixed(adapted.ravel())))
    for number, letter in enumerate((b"r", b"g", b"b")):
        tags.append((letter + b"XYZ", b"XYZ \0\0\0\0" + _fixed(matrix[:, number])))
    for number, letter in enumerate((b"r", b"g", b"b")):
        own_curve = curve
        if not isinstance(own_curve, bytes):
            own_curve = own_curve[number % len(own_curve)]
        tags.append((letter + b"TRC", own_curve))
    return _assembled(b"RGB ", tags, code_points)


def grey_profile(name: str, curve: bytes, code_points: tuple[int, int, int, int] | None = None) -> bytes:
    """A profile for one grey channel with a tone curve; the arguments are those of `rgb_profile`."""
    return _assembled(b"GRAY", [*_common_tags(name), (b"kTRC", curve)], code_points)


def rgb_to_xyz(white: tuple[float, float], primaries: tuple[float, ...]) -> np.ndarray:
    """The matrix (3, 3) from linear RGB to XYZ under the RGB space's own white.

    Raises:
        ValueError: the chromaticities are of no colours that could be mixed.
    """
    points = np.reshape(primaries, (3, 2))
    columns = np.stack([points[:, 0], points[:, 1], 1 - points.sum(axis=1)])
    if white[1] < 0.01 or not np.isfinite(columns).all() or abs(np.linalg.det(columns)) < 1e-4:
        raise ValueError("its primaries or its white are no colours")
    amounts = np.linalg.solve(columns, _xyz(*white))
    if (amounts <= 0).any():
        raise ValueError("its white lies outside its primaries")
    matrix: np.ndarray = columns * amounts
    return matrix


def _common_tags(name: str) -> list[tuple[bytes, bytes]]:
    return [
        (b"desc", _text(name)),
        (b"cprt", _text("No copyright, use freely")),
        (b"wtpt", b"XYZ \0\0\0\0" + _fixed(D50)),
    ]


def _assembled(space: bytes, tags: list[tuple[bytes, bytes]], code_points: tuple[int, int, int, int] | None) -> bytes:
    """A profile's bytes: its header, the table of its tags, and their content."""
    version = _VERSION
    if code_points is not None:
        version = _VERSION_WITH_CODE_POINTS
        tags = [*tags, (b"cicp", b"cicp\0\0\0\0" + bytes(code_points))]
    table = struct.pack(">I", len(tags))
    body = b""
    first = 132 + 12 * len(tags)
    for tag, data in tags:
        table += struct.pack(">4sII", tag, first + len(body), len(data))
        body += data + b"\0" * (-len(data) % 4)
    head = struct.pack(
        ">I4sI4s4s4s12s4s4sIIIQI12s4s44s", first + len(body), b"", version, b"mntr", space, b"XYZ ",
        struct.pack(">6H", 2026, 1, 1, 0, 0, 0), b"acsp", b"", 0, 0, 0, 0, 0, _fixed(D50), b"", b"",
    )  # fmt: skip
    return head + table + body


def adaptation(white: tuple[float, float]) -> np.ndarray:
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
