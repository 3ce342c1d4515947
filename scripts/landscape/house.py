"""Wooden houses: flat faces with boards, windows and tiles, seen through each pixel's ray."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .atmosphere import Air
from .view import Kind, View

Painter = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]  # (u, v) -> albedo, own light, (n, 3) each


@dataclass(frozen=True)
class Face:
    """A flat convex outline (n, 2) in metres along the unit axes u and v from a corner."""

    corner: np.ndarray
    u: np.ndarray
    v: np.ndarray
    outline: np.ndarray
    paint: Painter


@dataclass(frozen=True)
class House:
    """A gabled house.

    Args:
        place: (x, y, z) of the middle of its floor.
        turn: radians by which its long side is turned from facing the camera.
        length, depth, eaves, ridge: metres.
        walls, roof: albedos.
        lit: radiance of lit windows; 0 leaves them dark.
    """

    place: tuple[float, float, float]
    turn: float
    length: float = 9.0
    depth: float = 6.5
    eaves: float = 3.2
    ridge: float = 5.9
    walls: tuple[float, float, float] = (0.30, 0.035, 0.02)
    roof: tuple[float, float, float] = (0.085, 0.08, 0.082)
    lit: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def faces(self) -> list[Face]:
        a = np.array([np.cos(self.turn), 0, np.sin(self.turn)])
        b = np.array([-np.sin(self.turn), 0, np.cos(self.turn)])
        up, l, d, e, r = np.array([0.0, 1, 0]), self.length, self.depth, self.eaves, self.ridge
        origin = np.array(self.place) - a * l / 2 - b * d / 2
        long_side, gable = _box(l, e), np.array([(0, -1), (d, -1), (d, e), (d / 2, r), (0, e)])
        windows = [(l * p - 0.55, 1.0, 1.1, 1.35) for p in (0.14, 0.34, 0.66, 0.86)]
        wall, end = self._wall([*windows, (l / 2 - 0.5, 0.0, 1.0, 2.1)]), self._wall(
            [(d * 0.27 - 0.5, 1.0, 1.0, 1.35), (d * 0.73 - 0.5, 1.0, 1.0, 1.35), (d / 2 - 0.4, 3.5, 0.8, 1.0)]
        )  # fmt: skip
        faces = [
            Face(origin, a, up, long_side, wall), Face(origin + b * d + a * l, -a, up, long_side, wall),
            Face(origin + b * d, -b, up, gable, end), Face(origin + a * l, b, up, gable, end),
        ]  # fmt: skip
        slope = np.array([d / 2, r - e]) / np.hypot(d / 2, r - e)
        run, over = np.hypot(d / 2, r - e) + 0.45, 0.4
        for base, inward, along in ((origin, b, a), (origin + b * d + a * l, -b, -a)):
            climb = inward * slope[0] + up * slope[1]
            corner = base + up * e - climb * 0.45 - along * over
            faces.append(Face(corner, along, climb, _box(l + 2 * over, run, 0), self._tiles))
            edge = corner - up * 0.16
            faces.append(Face(edge, along, up, _box(l + 2 * over, 0.17, 0), _plain((0.6, 0.58, 0.54))))
        return faces + self._chimney(origin + a * l * 0.3 + b * d * 0.62 + up * (e + 0.9), a, b, up)

    def _chimney(self, corner, a, b, up) -> list[Face]:
        brick, side = _plain((0.20, 0.10, 0.075)), _box(0.7, 2.5, 0)
        return [Face(corner, a, up, side, brick), Face(corner + 0.7 * b, -b, up, side, brick),
                Face(corner + 0.7 * a, b, up, side, brick), Face(corner + 0.7 * (a + b), -a, up, side, brick)]  # fmt: skip

    def _wall(self, openings: list[tuple[float, float, float, float]]) -> Painter:
        def paint(u: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            board = (v / 0.2) % 1.0
            shade = 0.72 + 0.34 * np.minimum(board * 4, 1) + 0.10 * np.sin(17.3 * np.floor(v / 0.2))
            shade *= 1 - 0.55 * np.clip((v - self.eaves + 0.5) / 0.5, 0, 1) * (v < self.eaves)
            albedo = np.array(self.walls) * shade[:, None]
            albedo[(v < 0.05)] = (0.14, 0.135, 0.13)
            own = np.zeros_like(albedo)
            for left, bottom, wide, tall in openings:
                x, y = (u - left) / wide, (v - bottom) / tall
                frame = (np.abs(x - 0.5) < 0.5 + 0.14 / wide) & (np.abs(y - 0.5) < 0.5 + 0.14 / tall)
                pane = (np.abs(x - 0.5) < 0.44) & (np.abs(y - 0.5) < 0.45)
                bars = (np.abs(x - 0.5) < 0.035) | (np.abs(y - 0.62) < 0.03)
                albedo[frame] = (0.72, 0.71, 0.68)
                glass = pane & ~bars
                albedo[glass] = (0.02, 0.022, 0.025)
                own[glass] = np.array(self.lit) * (0.55 + 0.45 * y[glass])[:, None]
            return albedo, own

        return paint

    def _tiles(self, u: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        row = np.floor(v / 0.32)
        shade = 0.75 + 0.35 * ((v / 0.32) % 1) + 0.12 * np.sin(2 * np.pi * (u / 0.3 + 0.5 * row))
        shade *= 1 + 0.12 * np.sin(12.9 * np.floor(u / 0.3) + 78.2 * row)
        albedo = np.array(self.roof) * shade[:, None]
        return albedo, np.zeros_like(albedo)


def _box(wide: float, tall: float, below: float = 1.0) -> np.ndarray:
    return np.array([(0, -below), (wide, -below), (wide, tall), (0, tall)])


def _plain(colour: tuple[float, float, float]) -> Painter:
    return lambda u, v: (np.tile(np.array(colour), (len(u), 1)), np.zeros((len(u), 3)))


def paint_house(view: View, house: House, air: Air) -> None:
    """Paint each face that looks at the camera."""
    for face in house.faces():
        normal = np.cross(face.v, face.u)
        eye = np.array([0, view.camera.eye, 0])
        if normal @ (face.corner - eye) < 0:
            _paint_face(view, face, normal, eye, air)


def _paint_face(view: View, face: Face, normal: np.ndarray, eye: np.ndarray, air: Air) -> None:
    camera = view.camera
    corners = face.corner + face.outline @ np.stack([face.u, face.v])
    columns, rows = camera.project(corners)
    box = np.floor([rows.min(), rows.max() + 2, columns.min(), columns.max() + 2]).astype(int)
    row, column = np.mgrid[max(box[0], 0) : min(box[1], camera.height), max(box[2], 0) : min(box[3], camera.width)]
    row, column = row.ravel(), column.ravel()
    ray = np.stack([camera.across[column], camera.up[row], np.ones(len(row))], -1)
    z = (face.corner - eye) @ normal / (ray @ normal)
    local = eye + ray * z[:, None] - face.corner
    u, v = local @ face.u, local @ face.v
    ends = np.roll(face.outline, -1, axis=0) - face.outline
    cross = ends[:, 0] * (v[:, None] - face.outline[:, 1]) - ends[:, 1] * (u[:, None] - face.outline[:, 0])
    inside = np.flatnonzero((cross >= 0).all(1) & (z > 0))
    albedo, own = face.paint(u[inside], v[inside])
    light = max(normal @ air.sun, 0) * air.sunlight() + 0.8 * air.ambient(normal[None])
    point = eye + ray[inside] * z[inside, None]
    radiance = air.veil(albedo / np.pi * light + own, *point.T)
    view.paint(row[inside] * camera.width + column[inside], radiance, z[inside].astype(np.float32), Kind.HOUSE)
