"""Parse ICC profiles as far as arithmetic needs them (ICC.1:2022, and version 2): matrices and tone curves."""

import struct
from dataclasses import dataclass

import numpy as np

# The profile connection space's white, D50 (ICC.1:2022, 7.2.16).
D50 = np.array([0.9642, 1.0, 0.8249])
_MOST_TAGS = 200
_MOST_POINTS = 65536


@dataclass(frozen=True)
class Curve:
    """A tone curve from device value to linear light, monotonic over [0, 1].

    Either a table over [0, 1], or the parametric form `(a x + b)^g + e` from `d` up and `c x + f` below
    (ICC.1:2022, 10.18, type 4). The parametric form goes on outside [0, 1], mirrored at 0.
    """

    gamma: float = 1.0
    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = -1.0
    e: float = 0.0
    f: float = 0.0
    table: np.ndarray | None = None

    def to_linear(self, x: np.ndarray) -> np.ndarray:
        """Linear light of device values, elementwise."""
        if self.table is not None:
            return self._interpolated(x)
        if self.gamma == 1 and self.d <= 0:
            return x * x.dtype.type(self.a) + x.dtype.type(self.b + self.e)
        size = np.abs(x)
        curved = np.power(np.maximum(size * self._as(x, self.a) + self._as(x, self.b), 0), self._as(x, self.gamma))
        curved += self._as(x, self.e)
        if self.d > 0:
            np.copyto(curved, size * self._as(x, self.c) + self._as(x, self.f), where=size < self._as(x, self.d))
        return np.copysign(curved, x)

    def to_device(self, y: np.ndarray) -> np.ndarray:
        """Device values of linear light, the inverse of `to_linear`."""
        if self.table is not None:
            return np.interp(y, *self._rising()).astype(y.dtype)
        if self.gamma == 1 and self.d <= 0:
            return (y - y.dtype.type(self.b + self.e)) / y.dtype.type(self.a)
        size = np.abs(y)
        curved = np.power(np.maximum(size - self._as(y, self.e), 0), self._as(y, 1 / self.gamma))
        curved = (curved - self._as(y, self.b)) / self._as(y, self.a)
        if self.d > 0 and self.c > 0:
            edge = (self.a * self.d + self.b) ** self.gamma + self.e
            line = (size - self._as(y, self.f)) / self._as(y, self.c)
            np.copyto(curved, line, where=size < self._as(y, edge))
        return np.copysign(curved, y)

    def _interpolated(self, x: np.ndarray) -> np.ndarray:
        """The table between its points; `np.interp` gives the same, but searches for what is evenly spaced."""
        table = self.table.astype(x.dtype)
        place = np.clip(x, 0, 1) * x.dtype.type(len(table) - 1)
        below = np.minimum(place.astype(np.int32), len(table) - 2)
        place -= below
        low = table[below]
        return low + (table[below + 1] - low) * place

    @staticmethod
    def _as(x: np.ndarray, value: float) -> np.floating:
        return x.dtype.type(value)

    def _rising(self) -> tuple[np.ndarray, np.ndarray]:
        """The table's values and places, without the repeats that `np.interp` cannot invert."""
        places = np.linspace(0, 1, len(self.table))
        values = np.maximum.accumulate(self.table)
        first = np.concatenate([[True], np.diff(values) > 0])
        # A flat start is left at its end, so that black comes back as the code nearest to the slope.
        return values[first], places[first]


@dataclass(frozen=True)
class Profile:
    """The parts of an ICC profile that are used.

    Args:
        space: its device colours: "RGB", "GRAY", "CMYK" or "Lab".
        matrix: (3, 3) float64 from linear device RGB to D50 XYZ, or None.
        curves: one for grey, three for a matrix profile, none otherwise.
        lab: whether its connection space is CIELAB rather than XYZ.
        from_device, to_device: whether it has lookup tables from device colours, and to them.
    """

    space: str
    matrix: np.ndarray | None
    curves: tuple[Curve, ...]
    lab: bool
    from_device: bool
    to_device: bool


def parse(data: bytes) -> Profile:
    """Parse a profile.

    Raises:
        ValueError: it is damaged, or of a kind that is not for photos.
    """
    if len(data) < 132 or data[36:40] != b"acsp":
        raise ValueError("not an ICC profile")
    space, connection = data[16:20].decode("latin-1").strip(), data[20:24]
    if space not in ("RGB", "GRAY", "CMYK", "Lab") or connection not in (b"XYZ ", b"Lab "):
        raise ValueError(f"a profile for {space!r} colours")
    tags = _tags(data)
    matrix, curves = None, ()
    if space == "GRAY" and b"kTRC" in tags:
        curves = (_curve(tags[b"kTRC"]),)
    elif space == "RGB" and connection == b"XYZ " and {b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC"} <= tags.keys():
        matrix = _white_exact(np.stack([_xyz(tags[name]) for name in (b"rXYZ", b"gXYZ", b"bXYZ")], axis=1))
        curves = tuple(_curve(tags[name]) for name in (b"rTRC", b"gTRC", b"bTRC"))
    elif b"A2B0" not in tags:
        raise ValueError("it has neither curves nor tables")
    return Profile(space, matrix, curves, connection == b"Lab ", b"A2B0" in tags, b"B2A0" in tags)


def _tags(data: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack_from(">I", data, 128)
    if count > _MOST_TAGS or 132 + 12 * count > len(data):
        raise ValueError(f"its tag table is damaged ({count} tags)")
    tags = {}
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
    return matrix * (D50 / white)[:, None] if np.abs(white - D50).max() < 0.003 else matrix


def _curve(tag: bytes) -> Curve:
    if tag[:4] == b"curv" and len(tag) >= 12:
        (count,) = struct.unpack_from(">I", tag, 8)
        if count > _MOST_POINTS or 12 + 2 * count > len(tag):
            raise ValueError("a tone curve is damaged")
        points = np.frombuffer(tag, ">u2", count, 12).astype(np.float64)
        if count == 0:
            return Curve()
        return _checked(Curve(gamma=points[0] / 256) if count == 1 else Curve(table=points / 65535))
    if tag[:4] == b"para" and len(tag) >= 16:
        (kind,) = struct.unpack_from(">H", tag, 8)
        counts = (1, 3, 4, 5, 7)
        if kind >= len(counts) or 12 + 4 * counts[kind] > len(tag):
            raise ValueError("a parametric tone curve is damaged")
        numbers = struct.unpack_from(f">{counts[kind]}i", tag, 12)
        return _checked(_parametric(kind, [number / 65536 for number in numbers]))
    raise ValueError("a tone curve is of an unknown type")


def _parametric(kind: int, values: list[float]) -> Curve:
    gamma, a, b, c, d, e, f = values + [0.0] * (7 - len(values))
    if kind == 0:
        return Curve(gamma)
    if kind == 1:
        return Curve(gamma, a, b, 0.0, -b / a if a else 0.0)
    if kind == 2:
        return Curve(gamma, a, b, 0.0, -b / a if a else 0.0, c, c)
    return Curve(gamma, a, b, c, d, e, f)


def _checked(curve: Curve) -> Curve:
    """The curve, if it can be used in both directions."""
    if curve.table is None and (not 0.1 <= curve.gamma <= 10 or curve.a <= 0):
        raise ValueError("a tone curve has no sensible exponent")
    samples = curve.to_linear(np.linspace(0, 1, 257))
    if not np.isfinite(samples).all() or (np.diff(samples) < -1e-4).any() or samples[-1] - samples[0] < 0.1:
        raise ValueError("a tone curve does not rise")
    return curve
