"""Evenly spaced pixels of a painted mask, and how much changes around each."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from photostyle.regions.masks.colour_codes import Codes

FLAT = 24  # the largest step between neighbours inside an area of a noisy mask, in 8-bit levels
STILL = 12  # the largest change across the wider neighbourhood of a still pixel
_SAMPLES = 1_000_000  # pixels looked at in each mask
_FAR = 4  # pixels from the centre to the edge of the wider neighbourhood

Places = NDArray[np.intp]


@dataclass(frozen=True)
class Sample:
    """Evenly spaced pixels of one mask.

    Args:
        codes: (n,) colour codes.
        spread: (n,) the largest range of a channel over the 3x3 neighbourhood; 0 where it is exactly flat.
        reach: (n,) the same, with eight pixels four away too.
    """

    codes: Codes
    spread: NDArray[np.int32]
    reach: NDArray[np.int32]

    @property
    def exactly_flat(self) -> NDArray[np.bool_]:
        """(n,) whether nothing changes around a pixel."""
        flat: NDArray[np.bool_] = self.spread == 0
        return flat

    @property
    def nearly_flat(self) -> NDArray[np.bool_]:
        """(n,) whether no more changes around a pixel than noise inside an area does."""
        flat: NDArray[np.bool_] = self.spread <= FLAT
        return flat

    @property
    def still(self) -> NDArray[np.bool_]:
        """(n,) whether a pixel is nearly flat and the wider neighbourhood is too: it lies inside an area."""
        still: NDArray[np.bool_] = self.nearly_flat & (self.reach <= STILL)
        return still


def sample(codes: Codes, used: NDArray[np.bool_] | None = None) -> Sample:
    """Look at evenly spaced pixels of a mask.

    Args:
        codes: (H, W) colour codes.
        used: (H, W), the pixels that count; None means all.
    """
    height, width = codes.shape
    step = max(1, int(np.sqrt(height * width / _SAMPLES)))
    rows = np.arange(step // 2, height, step)
    columns = np.arange(step // 2, width, step)
    spread = np.zeros((len(rows), len(columns)), np.uint8)
    reach = spread.copy()
    for shift in (16, 8, 0):
        channel = (codes >> shift).astype(np.uint8)
        near_least, near_most = _extremes(channel, rows, columns, 1)
        far_least, far_most = _extremes(channel, rows, columns, _FAR)
        spread = np.maximum(spread, near_most - near_least)
        reach = np.maximum(reach, np.maximum(near_most, far_most) - np.minimum(near_least, far_least))
    grid = np.ix_(rows, columns)
    chosen = np.ones(spread.shape, bool)
    if used is not None:
        chosen = used[grid]
    return Sample(codes[grid][chosen], spread[chosen].astype(np.int32), reach[chosen].astype(np.int32))


def _extremes(
    channel: NDArray[np.uint8], rows: Places, columns: Places, distance: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The least and the greatest of the nine values at each place, `distance` up, down and to the sides of it."""
    height, width = channel.shape
    offsets = (-distance, 0, distance)
    lines = [channel[(rows + offset).clip(0, height - 1)] for offset in offsets]
    beside = [(columns + offset).clip(0, width - 1) for offset in offsets]
    least = np.minimum.reduce(lines)
    most = np.maximum.reduce(lines)
    least = np.minimum.reduce([least.take(places, 1) for places in beside])
    most = np.maximum.reduce([most.take(places, 1) for places in beside])
    return least, most
