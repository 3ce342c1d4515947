"""Tone curves of ICC profiles, from device value to linear light and back."""

from dataclasses import dataclass

import numpy as np


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

    @property
    def is_line(self) -> bool:
        """Whether the parametric form is a straight line."""
        return self.gamma == 1 and self.d <= 0

    def to_linear(self, x: np.ndarray) -> np.ndarray:
        """Linear light of device values, elementwise."""
        if self.table is not None:
            return _interpolated(self.table, x)
        number = x.dtype.type
        if self.is_line:
            line: np.ndarray = x * number(self.a) + number(self.b + self.e)
            return line
        size = np.abs(x)
        base = np.maximum(size * number(self.a) + number(self.b), 0)
        curved: np.ndarray = np.power(base, number(self.gamma))
        curved += number(self.e)
        if self.d > 0:
            np.copyto(curved, size * number(self.c) + number(self.f), where=size < number(self.d))
        mirrored: np.ndarray = np.where(x < 0, -curved, curved)
        return mirrored

    def to_device(self, y: np.ndarray) -> np.ndarray:
        """Device values of linear light, the inverse of `to_linear`."""
        if self.table is not None:
            values, places = _invertible(self.table)
            places_of_y: np.ndarray = np.interp(y, values, places).astype(y.dtype)
            return places_of_y
        number = y.dtype.type
        if self.is_line:
            line: np.ndarray = (y - number(self.b + self.e)) / number(self.a)
            return line
        size = np.abs(y)
        curved: np.ndarray = np.power(np.maximum(size - number(self.e), 0), number(1 / self.gamma))
        curved = (curved - number(self.b)) / number(self.a)
        if self.d > 0 and self.c > 0:
            edge = (self.a * self.d + self.b) ** self.gamma + self.e
            lower = (size - number(self.f)) / number(self.c)
            np.copyto(curved, lower, where=size < number(edge))
        mirrored: np.ndarray = np.copysign(curved, y)
        return mirrored


def _interpolated(table: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The table between its points; `np.interp` gives the same, but searches for what is evenly spaced."""
    points = table.astype(x.dtype)
    place: np.ndarray = np.clip(x, 0, 1) * x.dtype.type(len(points) - 1)
    below = np.minimum(place.astype(np.int32), len(points) - 2)
    place -= below
    low = points[below]
    between: np.ndarray = low + (points[below + 1] - low) * place
    return between


def _invertible(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The table's values and places, without the repeats that `np.interp` cannot invert."""
    places = np.linspace(0, 1, len(table))
    values = np.maximum.accumulate(table)
    first = np.concatenate([[True], np.diff(values) > 0])
    # A flat start is left at its end, so that black comes back as the code nearest to the slope.
    return values[first], places[first]
