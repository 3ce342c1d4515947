"""Outlines: rectangles and ellipses as rings, and the pixels that rings enclose."""

import math

import numpy as np
from numpy.typing import NDArray

from photostyle.regions.masks.annotations.annotation import Ring

_CORNERS = 180  # of the polygon that stands for an ellipse


def rectangle(left: float, top: float, right: float, bottom: float) -> Ring:
    """An upright rectangle."""
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float64)


def ellipse(x: float, y: float, radius_x: float, radius_y: float) -> Ring:
    """An upright ellipse round (x, y)."""
    angles = np.arange(_CORNERS) * (2 * np.pi / _CORNERS)
    return np.stack([x + radius_x * np.cos(angles), y + radius_y * np.sin(angles)], axis=1)


def turned(ring: Ring, degrees: float, centre: tuple[float, float]) -> Ring:
    """A ring turned clockwise, as it is seen, about a point."""
    angle = math.radians(degrees)
    cosine = math.cos(angle)
    sine = math.sin(angle)
    x, y = (ring - centre).T
    return np.stack([centre[0] + x * cosine - y * sine, centre[1] + x * sine + y * cosine], axis=1)


def ellipse_of_points(points: Ring) -> Ring:
    """The ellipse that programs give by points.

    Two are the corners of its box; three its centre and the ends of its half axes; four the corners of its box, which may
    be turned, or the ends of its axes; more are an outline already.
    """
    if len(points) == 2:
        (x, y), (u, v) = points
        return ellipse((x + u) / 2, (y + v) / 2, abs(u - x) / 2, abs(v - y) / 2)
    if len(points) == 3:
        return _ellipse_of_axes(points[0], points[1] - points[0], points[2] - points[0])
    if len(points) > 4:
        return points
    centre = points.mean(0)
    diagonals = np.linalg.norm(points[2:] - points[:2], axis=1)
    first, second = points[1] - points[0], points[3] - points[0]
    lengths = np.linalg.norm(first) * np.linalg.norm(second)
    has_right_angles = abs(first @ second) < 0.02 * lengths
    if has_right_angles and abs(diagonals[0] - diagonals[1]) < 0.02 * diagonals.max():
        return _ellipse_of_axes(centre, first / 2, second / 2)
    return _ellipse_of_axes(centre, points[0] - centre, points[1] - centre)


def _ellipse_of_axes(centre: Ring, first: Ring, second: Ring) -> Ring:
    """The ellipse round a centre with two half axes, each (2,)."""
    unit = ellipse(0, 0, 1, 1)
    ring: Ring = centre + unit[:, :1] * first + unit[:, 1:] * second
    return ring


def points_inside(ring: Ring, points: Ring) -> NDArray[np.bool_]:
    """(N,) whether points lie in a ring: whether a ray to the left of each crosses it an odd number of times."""
    x, y = points.T
    inside = np.zeros(len(points), bool)
    for (x0, y0), (x1, y1) in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        if y0 != y1:
            crosses = (y0 > y) != (y1 > y)
            inside ^= crosses & (x > x0 + (y - y0) * ((x1 - x0) / (y1 - y0)))
    return inside


def pixels_inside(rings: tuple[Ring, ...], size: tuple[int, int]) -> tuple[int, int, NDArray[np.bool_]]:
    """The pixels whose centres lie in an odd number of rings: holes are rings too.

    Args:
        rings: may reach beyond the picture.
        size: (width, height) of the picture.

    Returns:
        The left and the top of a box that holds all of them, and (h, w) whether a pixel of it is inside.
    """
    width, height = size
    corners = np.concatenate(rings)
    left, top = (int(side) for side in np.floor(corners.min(0)).clip(0, (width, height)))
    right, bottom = (int(side) for side in np.ceil(corners.max(0)).clip(0, (width, height)))
    crossings = np.zeros((bottom - top, max(0, right - left) + 1), bool)
    for ring in rings:
        for (x, y), (u, v) in zip(ring - (left, top), np.roll(ring, -1, axis=0) - (left, top), strict=True):
            _cross(crossings, x, y, u, v)
    return left, top, np.logical_xor.accumulate(crossings, axis=1)[:, :-1]


def _cross(crossings: NDArray[np.bool_], x: float, y: float, u: float, v: float) -> None:
    """Mark in each row the first pixel right of the edge from (x, y) to (u, v): there, inside and outside change places."""
    rows, columns = crossings.shape
    first = max(0, math.ceil(min(y, v) - 0.5))
    last = min(rows, math.ceil(max(y, v) - 0.5))
    if first >= last:
        return
    row = np.arange(first, last)
    column = np.ceil(x + (row + 0.5 - y) * ((u - x) / (v - y)) - 0.5)
    crossings[row, column.clip(0, columns - 1).astype(np.intp)] ^= True
