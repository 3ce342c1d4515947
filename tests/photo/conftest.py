"""Colour profiles and a digital negative made for the tests."""

import struct
import zlib

import numpy as np
import pytest
import tifffile

SRGB = (0.640, 0.330, 0.300, 0.600, 0.150, 0.060)
P3 = (0.680, 0.320, 0.265, 0.690, 0.150, 0.060)
ADOBE = (0.640, 0.330, 0.210, 0.710, 0.150, 0.060)
PROPHOTO = (0.734699, 0.265301, 0.159597, 0.840403, 0.036598, 0.000105)
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


def _xyz(x: float, y: float) -> np.ndarray:
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _matrix_of(primaries, white=(0.3127, 0.3290)) -> np.ndarray:
    """Linear RGB to D50 XYZ, from chromaticities; written here again to check the package's own."""
    columns = np.stack([_xyz(*primaries[start : start + 2]) for start in (0, 2, 4)], axis=1)
    columns = columns * np.linalg.solve(columns, _xyz(*white))
    cones = (_BRADFORD @ np.array([0.9642, 1, 0.8249])) / (_BRADFORD @ _xyz(*white))
    return np.linalg.inv(_BRADFORD) @ np.diag(cones) @ _BRADFORD @ columns


def _tag_curve(curve) -> bytes:
    if isinstance(curve, float):
        return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(curve * 256)) + b"\0\0"
    if isinstance(curve, np.ndarray):
        data = np.rint(curve * 65535).astype(">u2").tobytes()
        return b"curv\0\0\0\0" + struct.pack(">I", len(curve)) + data + b"\0" * (-len(data) % 4)
    values = [round(value * 65536) for value in curve]
    return b"para\0\0\0\0" + struct.pack(">HH", {1: 0, 5: 3}[len(values)], 0) + struct.pack(f">{len(values)}i", *values)


def build_profile(tags: dict[bytes, bytes], space: bytes = b"RGB ") -> bytes:
    table, body, offset = struct.pack(">I", len(tags)), b"", 132 + 12 * len(tags)
    for name, data in tags.items():
        table += struct.pack(">4sII", name, offset + len(body), len(data))
        body += data
    head = bytearray(128)
    head[8:12], head[12:24], head[36:40] = b"\x04\x30\0\0", b"mntr" + space + b"XYZ ", b"acsp"
    head[68:80] = struct.pack(">3i", 63190, 65536, 54061)
    head[0:4] = struct.pack(">I", 128 + len(table) + len(body))
    return bytes(head) + table + body


SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


@pytest.fixture(scope="session")
def profiles() -> dict[str, bytes]:
    """ICC profiles by name: matrices with gammas, parametric curves and tables; grey."""

    def rgb(primaries, curve, white=(0.3127, 0.3290)):
        matrix = _matrix_of(primaries, white)
        tags = {}
        for number, letter in enumerate(b"rgb"):
            column = [round(value * 65536) for value in matrix[:, number]]
            tags[bytes([letter]) + b"XYZ"] = b"XYZ \0\0\0\0" + struct.pack(">3i", *column)
            tags[bytes([letter]) + b"TRC"] = _tag_curve(curve)
        return build_profile(tags)

    ramp = np.linspace(0, 1, 1024)
    table = np.where(ramp <= 0.04045, ramp / 12.92, ((ramp + 0.055) / 1.055) ** 2.4)
    return {
        "srgb": rgb(SRGB, SRGB_CURVE),
        "srgb-table": rgb(SRGB, table),
        "p3": rgb(P3, SRGB_CURVE),
        "p3-table": rgb(P3, table),
        "adobe": rgb(ADOBE, 2.19921875),
        "prophoto": rgb(PROPHOTO, 1.8, (0.3457, 0.3585)),
        "linear": rgb(SRGB, 1.0),
        "grey": build_profile({b"kTRC": _tag_curve(1.8)}, b"GRAY"),
    }


@pytest.fixture(scope="session")
def write_negative():
    """A function that writes a camera's mosaic, 64 x 48 pixels, as a DNG, perhaps with more tags."""

    def write(path, more_tags=()) -> None:
        matrix = [part for value in (70, -20, -5, -40, 120, 20, -10, 20, 60) for part in (value, 100)]
        tags = [
            (50706, 1, 4, bytes([1, 4, 0, 0]), True),
            (50708, 2, 0, "Test", True),
            (33421, 3, 2, (2, 2), True),
            (33422, 1, 4, bytes([0, 1, 1, 2]), True),
            (50721, 10, 9, matrix, True),
            (50728, 5, 3, [5000, 10000, 10000, 10000, 6000, 10000], True),
            (50778, 3, 1, 21, True),
            (271, 2, 0, "Maker", True),
            *more_tags,
        ]
        mosaic = (np.linspace(0.1, 0.6, 48 * 64).reshape(48, 64) * 65535).astype(np.uint16)
        tifffile.imwrite(path, mosaic, photometric=32803, extratags=tags, metadata=None)

    return write


def _png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _png(codes: np.ndarray, *chunks: tuple[bytes, bytes], palette: bytes | None = None) -> bytes:
    """A PNG of codes (H, W) or (H, W, C), uint8 or uint16, with more chunks before its pixels."""
    codes = codes.reshape(*codes.shape[:2], -1)
    height, width, channels = codes.shape
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    if palette is not None:
        kind = 3
    rows = codes.astype(codes.dtype.newbyteorder(">"))
    packed = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))
    parts = [_png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8 * codes.dtype.itemsize, kind, 0, 0, 0))]
    parts += [_png_chunk(*each) for each in chunks]
    if palette is not None:
        parts.append(_png_chunk(b"PLTE", palette))
    return b"\x89PNG\r\n\x1a\n" + b"".join([*parts, _png_chunk(b"IDAT", packed), _png_chunk(b"IEND", b"")])


def _chunks_of(data: bytes) -> dict[bytes, bytes]:
    found, place = {}, 8
    while place < len(data):
        size, kind = struct.unpack_from(">I4s", data, place)
        found[kind] = data[place + 8 : place + 8 + size]
        place += 12 + size
    return found


@pytest.fixture(scope="session")
def png():
    """A function that makes a PNG file of codes and chunks."""
    return _png


@pytest.fixture(scope="session")
def chunks_of():
    """A function that gives a PNG file's chunks by kind."""
    return _chunks_of


@pytest.fixture(scope="session")
def matrix_of():
    """A function that gives the matrix from linear RGB to D50 XYZ of chromaticities."""
    return _matrix_of
