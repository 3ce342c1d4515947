"""The colours that a transform was found on, region by region: what it knows, and how far other colours lie from that."""

import zlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

POINTS = 33  # along each of red, green and blue
CELL = 1 / (POINTS - 1)  # between two points
LEAST_SHARE = 1e-4  # of a region's pixels in and around a point's cell, below which they are noise
LEAST_PIXELS = 1.5  # there, however small the region


@dataclass(frozen=True, eq=False, repr=False)
class ColourSample:
    """Which colours each region of a sample holds, on a grid over the cube of sRGB-encoded colours.

    Args:
        held: (R, POINTS, POINTS, POINTS) bool, by red, green and blue: whether the region has pixels of about this colour.
    """

    held: Tensor

    @classmethod
    def of(cls, pixels: Tensor, masks: Tensor, visible: Tensor | None = None) -> "ColourSample":
        """The sample of a photo.

        Args:
            pixels: (3, H, W), sRGB-encoded; colours outside [0, 1] count as the nearest inside.
            masks: (R, H, W), a partition of unity.
            visible: (H, W) in [0, 1], how much of each pixel is seen; None for all.

        Example:
            >>> int(ColourSample.of(torch.full((3, 8, 8), 0.5), torch.ones(1, 8, 8)).held.sum())
            1
        """
        places = (pixels.detach().cpu().clamp(0, 1) * (POINTS - 1)).round().long().flatten(1)
        cells = (places[0] * POINTS + places[1]) * POINTS + places[2]
        if visible is not None:
            masks = masks * visible
        held = []
        for mask in masks.detach().cpu().float().flatten(1):
            counts = torch.bincount(cells, mask, POINTS**3).reshape(1, POINTS, POINTS, POINTS)
            around = 27 * torch.nn.functional.avg_pool3d(counts, 3, 1, 1)
            held.append((counts > 0) & (around >= max(LEAST_PIXELS, LEAST_SHARE * float(mask.sum()))))
        return cls(torch.cat(held))

    @cached_property
    def distances(self) -> Tensor:
        """(R + 1, POINTS, POINTS, POINTS) how far each colour lies from the nearest that a region holds, and last from the
        nearest of all regions: Euclidean, in sRGB-encoded units. Of a region without pixels everything lies far.
        """
        from scipy.ndimage import distance_transform_edt

        distances = []
        for held in (*self.held, self.held.any(0)):
            far = np.full(held.shape, float(POINTS))
            if bool(held.any()):
                far = distance_transform_edt(~held.numpy())
            distances.append(torch.from_numpy(far * CELL).float())
        return torch.stack(distances)

    def packed(self) -> Tensor:
        """The sample as one row of bytes, for a file."""
        return torch.from_numpy(np.frombuffer(zlib.compress(np.packbits(self.held.numpy()).tobytes(), 9), np.uint8).copy())

    @classmethod
    def unpacked(cls, packed: Tensor | None, regions: int) -> "ColourSample | None":
        """The inverse of `packed`; None where a file has none, as those before 0.3.

        Raises:
            ValueError: the bytes are no sample of so many regions.
        """
        if packed is None:
            return None
        count = regions * POINTS**3
        try:
            data = zlib.decompressobj().decompress(packed.numpy().tobytes(), (count + 7) // 8 + 1)
            bits = np.unpackbits(np.frombuffer(data, np.uint8))
        except zlib.error as error:
            raise ValueError(f"its sample of colours is broken: {error}") from error
        if len(bits) != -(-count // 8) * 8:
            raise ValueError("its sample of colours is broken")
        held = bits[:count].reshape(regions, POINTS, POINTS, POINTS).astype(bool)
        return cls(torch.from_numpy(held))


def grid_colours() -> Tensor:
    """(3, POINTS, POINTS, POINTS): the colour of each point of the grid."""
    axis = torch.linspace(0, 1, POINTS)
    return torch.stack(torch.meshgrid(axis, axis, axis, indexing="ij"))
