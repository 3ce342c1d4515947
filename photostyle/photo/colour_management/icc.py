"""Parse ICC profiles as far as arithmetic needs them (ICC.1:2022, and version 2): matrices and tone curves."""

import struct
from dataclasses import dataclass

import numpy as np

from photostyle.photo.colour_management.curves import Curve

# The profile connection space's white, D50 (ICC.1:2022, 7.2.16).
D50 = np.array([0.9642, 1.0, 0.8249])
_MOST_TAGS = 200
_MOST_POINTS = 65536
# Tags of tables that serve the relative colorimetric intent: its own, those of the perceptual intent otherwise.
_FROM_DEVICE = {b"A2B1", b"A2B0"}
_TO_DEVICE = {b"B2A1", b"B2A0"}
_MATRIX = {b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC"}
# Classes of profiles that are not for a device (ICC.1:2022, table 18), and tags by which an iccMAX profile (ICC.2:2023)
# leaves the connection space of version 4.
_NO_DEVICE = {b"link": "to join two devices", b"abst": "to change colours", b"nmcl": "for named colours"}
_OWN_CONDITIONS = {b"svcn", b"c2sp", b"s2cp"}
# Numbers that each kind of parametric curve has (ICC.1:2022, table 68).
_PARAMETERS = (1, 3, 4, 5, 7)


@dataclass(frozen=True)
class Profile:
    """The parts of an ICC profile that are used.

    Args:
        space: its device colours: "RGB", "GRAY", "CMYK" or "Lab".
        matrix: (3, 3) float64 from linear device RGB to D50 XYZ, or None.
        curves: one for grey, three for a matrix profile, none otherwise.
        lab: whether its connection space is CIELAB rather than XYZ.
        from_device, to_device: whether it has lookup tables from device colours, and to them, that are used for the
            relative colorimetric intent; where there are tables they go before matrix and curves (ICC.1:2022, 8.10).
        code_points: primaries, transfer, matrix and range of ITU-T H.273, where it has a "cicp" tag.
    """

    space: str
    matrix: np.ndarray | None
    curves: tuple[Curve, ...]
    lab: bool
    from_device: bool
    to_device: bool
    code_points: tuple[int, ...] | None = None


class UnsupportedProfileError(ValueError):
    """A profile is sound, but of a kind that is not read."""


def parse(data: bytes) -> Profile:
    """Parse a profile.

    Raises:
        ValueError: it is damaged; an `UnsupportedProfileError` where it is of a kind that is not for photos.
    """
    if len(data) < 132 or data[36:40] != b"acsp":
        raise ValueError("not an ICC profile")
    space = data[16:20].decode("latin-1").strip()
    connection = data[20:24]
    if data[12:16] in _NO_DEVICE:
        raise UnsupportedProfileError(f"made {_NO_DEVICE[data[12:16]]} ({space}), not for a photo")
    if space not in ("RGB", "GRAY", "CMYK", "Lab") or connection not in (b"XYZ ", b"Lab "):
        raise UnsupportedProfileError(f"a profile for {space!r} colours")
    tags = _tags(data)
    if data[8] >= 5 and tags.keys() & _OWN_CONDITIONS:
        raise UnsupportedProfileError(f"version {data[8]} (iccMAX) with viewing conditions of its own")
    matrix: np.ndarray | None = None
    curves: tuple[Curve, ...] = ()
    from_device = bool(tags.keys() & _FROM_DEVICE)
    if from_device:
        pass
    elif space == "GRAY" and b"kTRC" in tags:
        curves = (_curve(tags[b"kTRC"]),)
    elif space == "RGB" and tags.keys() >= _MATRIX:
        columns = [_xyz(tags[name]) for name in (b"rXYZ", b"gXYZ", b"bXYZ")]
        matrix = _white_exact(np.stack(columns, axis=1))
        curves = tuple(_curve(tags[name]) for name in (b"rTRC", b"gTRC", b"bTRC"))
    elif data[8] >= 5:
        raise UnsupportedProfileError(f"version {data[8]} (iccMAX) without matrix or tables that are known")
    else:
        raise ValueError("it has neither curves nor tables")
    points = _code_points(tags.get(b"cicp", b""))
    return Profile(space, matrix, curves, connection == b"Lab ", from_device, bool(tags.keys() & _TO_DEVICE), points)


def code_points(data: bytes | None) -> tuple[int, ...] | None:
    """Primaries, transfer, matrix and range (ITU-T H.273) of a profile's "cicp" tag, or None where it has none."""
    try:
        return _code_points(_tags(data or b"").get(b"cicp", b""))
    except (ValueError, struct.error):
        return None


def _code_points(tag: bytes) -> tuple[int, ...] | None:
    """The numbers of a "cicp" tag (ICC.1:2022, 10.3)."""
    if len(tag) < 12 or tag[:4] != b"cicp":
        return None
    return tuple(tag[8:12])


def name_of(data: bytes) -> str | None:
    """The name that a profile gives itself (its "desc" tag), or None where it gives none that can be read."""
    try:
        text = _description(_tags(data).get(b"desc", b""))
    except (ValueError, struct.error):
        return None
    name = " ".join(text.replace("\0", " ").split())
    if not name or not name.isprintable():
        return None
    return name


def common_curve(data: bytes) -> bytes | None:
    """The tag of the tone curve that red, green and blue share, or None where they share none."""
    tags = _tags(data)
    curves = {tags.get(name) for name in (b"rTRC", b"gTRC", b"bTRC")}
    if len(curves) != 1:
        return None
    return curves.pop()


def _description(tag: bytes) -> str:
    """The text of a "desc" tag: multi-lingual (version 4) or ASCII (version 2)."""
    if tag[:4] == b"mluc":
        size, offset = struct.unpack_from(">II", tag, 20)
        return tag[offset : offset + size].decode("utf-16-be", "replace")
    if tag[:4] == b"desc":
        (size,) = struct.unpack_from(">I", tag, 8)
        return tag[12 : 12 + size].decode("latin-1")
    return ""


def _tags(data: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack_from(">I", data, 128)
    if count > _MOST_TAGS or 132 + 12 * count > len(data):
        raise ValueError(f"its tag table is damaged ({count} tags)")
    tags: dict[bytes, bytes] = {}
    for number in range(count):
        name, offset, size = struct.unpack_from(">4sII", data, 132 + 12 * number)
        if offset + size > len(data):
            raise ValueError(f"its tag {name.decode('latin-1')} lies outside it")
        tags[name] = data[offset : offset + size]
    return tags


def _xyz(tag: bytes) -> np.ndarray:
    if len(tag) < 20 or tag[:4] != b"XYZ ":
        raise ValueError("a colorant is damaged")
    return np.array(struct.unpack_from(">3i", tag, 8)) / 65536


def _white_exact(matrix: np.ndarray) -> np.ndarray:
    """The matrix with its white put on D50 exactly, where rounding left it a little beside."""
    white = matrix.sum(axis=1)
    if abs(np.linalg.det(matrix)) < 1e-6:
        raise ValueError("its colorants are not independent")
    if np.abs(white - D50).max() < 0.003:
        exact: np.ndarray = matrix * (D50 / white)[:, None]
        return exact
    return matrix


def _curve(tag: bytes) -> Curve:
    if tag[:4] == b"curv" and len(tag) >= 12:
        return _sampled(tag)
    if tag[:4] == b"para" and len(tag) >= 16:
        return _parametric(tag)
    raise ValueError("a tone curve is of an unknown type")


def _sampled(tag: bytes) -> Curve:
    """A "curv" tag: no points are the identity, one is an exponent, more are a table (ICC.1:2022, 10.6)."""
    (count,) = struct.unpack_from(">I", tag, 8)
    if count > _MOST_POINTS or 12 + 2 * count > len(tag):
        raise ValueError("a tone curve is damaged")
    points = np.frombuffer(tag, ">u2", count, 12).astype(np.float64)
    if count == 0:
        return Curve()
    if count == 1:
        return _checked(Curve(gamma=points[0] / 256))
    return _checked(Curve(table=points / 65535))


def _parametric(tag: bytes) -> Curve:
    """A "para" tag (ICC.1:2022, 10.18)."""
    (kind,) = struct.unpack_from(">H", tag, 8)
    if kind >= len(_PARAMETERS) or 12 + 4 * _PARAMETERS[kind] > len(tag):
        raise ValueError("a parametric tone curve is damaged")
    count = _PARAMETERS[kind]
    values = [number / 65536 for number in struct.unpack_from(f">{count}i", tag, 12)]
    gamma, a, b, c, d, e, f = values + [0.0] * (7 - count)
    if kind == 0:
        return _checked(Curve(gamma))
    if kind >= 3:
        return _checked(Curve(gamma, a, b, c, d, e, f))
    corner = 0.0
    if a != 0:
        corner = -b / a
    if kind == 1:
        return _checked(Curve(gamma, a, b, 0.0, corner))
    return _checked(Curve(gamma, a, b, 0.0, corner, c, c))


def _checked(curve: Curve) -> Curve:
    """The curve, if it can be used in both directions."""
    if curve.table is None and (not 0.1 <= curve.gamma <= 10 or curve.a <= 0):
        raise ValueError("a tone curve has no sensible exponent")
    samples = curve.to_linear(np.linspace(0, 1, 257))
    if not np.isfinite(samples).all() or (np.diff(samples) < -1e-4).any() or samples[-1] - samples[0] < 0.1:
        raise ValueError("a tone curve does not rise")
    return curve
