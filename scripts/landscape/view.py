"""A camera without tilt, and the picture that fills up nearest-first by depth."""

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np


class Kind(IntEnum):
    """What a pixel shows."""

    SKY = 0
    WATER = 1
    MOUNTAIN = 2
    LAND = 3
    HOUSE = 4


@dataclass(frozen=True)
class Camera:
    """Looks along z from (0, eye, 0).

    Args:
        width, height: pixels.
        focal: pixels; how many a metre has at a distance of one metre.
        horizon: the row of the horizon.
        eye: metres above the water; below it in the mirror that the water is.
    """

    width: int
    height: int
    focal: float
    horizon: float
    eye: float

    @property
    def across(self) -> np.ndarray:
        """(width,) x per metre of z."""
        return ((np.arange(self.width) + 0.5 - self.width / 2) / self.focal).astype(np.float32)

    @property
    def up(self) -> np.ndarray:
        """(height,) y per metre of z, of each row from the top."""
        return ((self.horizon - np.arange(self.height) - 0.5) / self.focal).astype(np.float32)

    def directions(self) -> np.ndarray:
        """(height, width, 3) unit vectors."""
        x, y = np.meshgrid(self.across, self.up)
        ray = np.stack([x, y, np.ones_like(x)], -1)
        return ray / np.linalg.norm(ray, axis=-1, keepdims=True)

    def project(self, point: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Columns and rows, not rounded, of points (..., 3) with z over 0."""
        scale = self.focal / point[..., 2]
        return point[..., 0] * scale + self.width / 2, self.horizon - (point[..., 1] - self.eye) * scale

    def mirrored(self, margin: int) -> "Camera":
        """The camera under the water that sees what the water reflects, `margin` pixels farther on three sides."""
        above = int(max(self.horizon, self.height - self.horizon)) + margin
        return Camera(self.width + 2 * margin, above, self.focal, above, -self.eye)


@dataclass
class View:
    """A picture in the making: radiance, distance along z, and what each pixel shows."""

    camera: Camera
    radiance: np.ndarray
    depth: np.ndarray = field(init=False)
    kind: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        shape = self.radiance.shape[:2]
        self.depth = np.full(shape, np.inf, np.float32)
        self.kind = np.full(shape, Kind.SKY, np.uint8)

    def paint(self, where: np.ndarray, radiance: np.ndarray, depth: np.ndarray, kind) -> None:
        """Put radiance (n, 3) at pixels `where` (flat indices, each once) that nothing nearer covers."""
        nearer = depth < self.depth.ravel()[where]
        where = where[nearer]
        self.depth.ravel()[where] = depth[nearer]
        self.radiance.reshape(-1, 3)[where] = radiance[nearer]
        self.kind.ravel()[where] = kind[nearer] if isinstance(kind, np.ndarray) else kind

    def splat(self, points: np.ndarray, radiance: np.ndarray, radius: np.ndarray, kind: Kind) -> None:
        """Paint points (n, 3) as discs of `radius` metres, at least a pixel, the nearest on top."""
        camera = self.camera
        columns, rows = camera.project(points)
        pixels = np.minimum(radius * camera.focal / points[:, 2], 12)
        order = np.argsort(-points[:, 2])
        columns, rows, pixels = columns[order], rows[order], pixels[order]
        depth, radiance = points[order, 2].astype(np.float32), radiance[order]
        for dy, dx in _disc(int(np.ceil(pixels.max(initial=0)))):
            c, r = np.floor(columns + dx).astype(int), np.floor(rows + dy).astype(int)
            reached = (np.hypot(dx, dy) <= pixels) | ((dx == 0) & (dy == 0))
            inside = np.flatnonzero(reached & (c >= 0) & (c < camera.width) & (r >= 0) & (r < camera.height))
            owner = np.full(self.depth.size, -1, np.int32)
            owner[r[inside] * camera.width + c[inside]] = inside  # later ones are nearer, and the last stays
            where = np.flatnonzero(owner >= 0)
            self.paint(where, radiance[owner[where]], depth[owner[where]], kind)


def _disc(radius: int) -> list[tuple[int, int]]:
    reach = range(-radius, radius + 1)
    return [(dy, dx) for dy in reach for dx in reach if np.hypot(dx, dy) <= radius]
