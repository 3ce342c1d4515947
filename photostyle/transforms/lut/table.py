"""A 3D table of colours, and how a colour is read from it."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse


@dataclass(frozen=True, eq=False)
class Lut:
    """A 3D table of colours over the cube [0, 1] of sRGB-encoded colours.

    Args:
        table: (S, S, S, 3) float64 in [0, 1], by red, green and blue in this order.
    """

    table: np.ndarray

    @property
    def size(self) -> int:
        """Points along an axis."""
        return len(self.table)

    def __call__(self, colours: np.ndarray) -> np.ndarray:
        """The colours (..., 3) through the table, trilinear; those outside the cube are taken to its surface.

        >>> float(Lut(identity(3))(np.array([0.3, 0.6, 1.2])).sum().round(6))
        1.9
        """
        flat = interpolation(colours.reshape(-1, 3), self.size) @ self.table.reshape(-1, 3)
        return flat.reshape(colours.shape)


def identity(size: int) -> np.ndarray:
    """(S, S, S, 3): the table that changes nothing."""
    axis = np.linspace(0, 1, size)
    return np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1)


def interpolation(colours: np.ndarray, size: int) -> sparse.csr_matrix:
    """(N, S^3): the trilinear weights of colours (N, 3), clipped to [0, 1], at the points of a table."""
    places = np.clip(np.asarray(colours, np.float64), 0, 1) * (size - 1)
    cell = np.minimum(places.astype(np.int64), size - 2)
    part = places - cell
    corners = np.stack(np.meshgrid([0, 1], [0, 1], [0, 1], indexing="ij"), -1).reshape(8, 3)
    weights = np.where(corners, part[:, None], 1 - part[:, None]).prod(2)
    points = (cell[:, None] + corners) @ (size * size, size, 1)
    rows = np.arange(0, 8 * len(places) + 1, 8)
    return sparse.csr_matrix((weights.ravel(), points.ravel(), rows), (len(places), size**3))
