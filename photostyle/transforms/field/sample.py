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
MANY = 3e-3  # of a region's pixels there, from which the sample shows what becomes of such a colour
LEAST_PIXELS = 1.5  # there, however small the region
SMALLEST = 2.0**-24  # the share of a sample that the code 1 stands for
STEPS = 10  # codes of a share to a doubling


@dataclass(frozen=True, eq=False, repr=False)
class ColourSample:
    """How much of a sample has which colours, region by region, on a grid over the cube of sRGB-encoded colours.

    Args:
        codes: (R, POINTS, POINTS, POINTS) uint8, by red, green and blue: the share of the sample's pixels that are of the region
            and of about this colour, in steps of a logarithm; 0 for none, or for so few that they are noise.
    """

    codes: Tensor

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
        total = max(1.0, float(masks.sum()))
        codes = []
        for mask in masks.detach().cpu().float().flatten(1):
            counts = torch.bincount(cells, mask, POINTS**3).reshape(POINTS, POINTS, POINTS)
            held = (counts > 0) & (_around(counts) >= max(LEAST_PIXELS, LEAST_SHARE * float(mask.sum())))
            steps = STEPS * torch.log2(counts / total / SMALLEST) + 1
            codes.append(torch.where(held, steps.round().clamp(1, 255), 0).to(torch.uint8))
        return cls(torch.stack(codes))

    @property
    def held(self) -> Tensor:
        """(R, POINTS, POINTS, POINTS) bool, whether a region has pixels of about a colour."""
        return self.codes > 0

    @cached_property
    def shares(self) -> Tensor:
        """(R, POINTS, POINTS, POINTS) the share of the sample's pixels that are of a region and of about a colour."""
        return torch.where(self.held, SMALLEST * torch.exp2((self.codes.float() - 1) / STEPS), 0)

    @cached_property
    def distances(self) -> Tensor:
        """(R + 1, POINTS, POINTS, POINTS) how far each colour lies from the nearest that a region holds, and last from the
        nearest of all regions: Euclidean, in sRGB-encoded units. Of a region without pixels everything lies far.
        """
        distances = []
        for held in (*self.held, self.held.any(0)):
            distances.append(distances_to(held))
        return torch.stack(distances)

    def packed(self) -> Tensor:
        """The sample as one row of bytes, for a file."""
        return torch.from_numpy(np.frombuffer(zlib.compress(self.codes.numpy().tobytes(), 9), np.uint8).copy())

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
            data = zlib.decompressobj().decompress(packed.numpy().tobytes(), count + 1)
        except zlib.error as error:
            raise ValueError(f"its sample of colours is broken: {error}") from error
        if len(data) != count:
            raise ValueError("its sample of colours is broken")
        codes = np.frombuffer(data, np.uint8).reshape(regions, POINTS, POINTS, POINTS)
        return cls(torch.from_numpy(codes.copy()))


def many(shares: Tensor) -> Tensor:
    """Where in shares (POINTS, POINTS, POINTS) of a region there are so many pixels that they say what becomes of a colour."""
    return _around(shares) >= MANY * shares.sum().clamp_min(SMALLEST)


def distances_to(held: Tensor) -> Tensor:
    """How far each colour lies from the nearest that is held (POINTS, POINTS, POINTS): Euclidean, in sRGB-encoded units.

    Where nothing is held everything lies far.
    """
    from scipy.ndimage import distance_transform_edt

    far = np.full(held.shape, float(POINTS))
    if bool(held.any()):
        far = distance_transform_edt(~held.numpy())
    return torch.from_numpy(far * CELL).float()


def _around(counts: Tensor) -> Tensor:
    """What is at each point of a grid and its 26 neighbours."""
    return 27 * torch.nn.functional.avg_pool3d(counts[None], 3, 1, 1)[0]


def grid_colours() -> Tensor:
    """(3, POINTS, POINTS, POINTS): the colour of each point of the grid."""
    axis = torch.linspace(0, 1, POINTS)
    return torch.stack(torch.meshgrid(axis, axis, axis, indexing="ij"))
