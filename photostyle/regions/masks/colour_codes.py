"""Colours of a painted mask as single integers, which are quick to count and to compare."""

import numpy as np
from numpy.typing import NDArray

from photostyle.regions.swatches import Colour

Codes = NDArray[np.int32]
Floats = NDArray[np.float32]

GREY = 0x010101  # a grey level times this is its code
CODES = 1 << 24  # how many there are

# The colours of the masks of Luan et al. 2017, which later work kept.
PAPER_COLOURS: dict[str, Colour] = {
    "blue": (0, 0, 255),
    "green": (0, 255, 0),
    "black": (0, 0, 0),
    "white": (255, 255, 255),
    "red": (255, 0, 0),
    "yellow": (255, 255, 0),
    "grey": (128, 128, 128),
    "cyan": (0, 255, 255),
    "magenta": (255, 0, 255),
}


def pack(rgb: NDArray[np.uint8]) -> Codes:
    """(..., 3) uint8 to (...) int32 codes, r << 16 | g << 8 | b.

    >>> int(pack(np.array([0, 1, 2], np.uint8)))
    258
    """
    codes = rgb[..., 0].astype(np.int32)
    for channel in (1, 2):
        codes <<= 8
        codes |= rgb[..., channel]
    return codes


def unpack(codes: NDArray[np.integer]) -> Floats:
    """(...) codes to (..., 3) float32 levels: the inverse of `pack`."""
    channels = [codes >> 16 & 255, codes >> 8 & 255, codes & 255]
    return np.stack(channels, axis=-1).astype(np.float32)


def distances_to_paper(colours: Floats) -> Floats:
    """(N, 3) levels to (N, 9) distances to the paper's colours."""
    paper = np.array(list(PAPER_COLOURS.values()), np.float32)
    distances: Floats = np.linalg.norm(colours[:, None] - paper, axis=2)
    return distances


def distinct_values(values: NDArray[np.integer]) -> NDArray[np.integer]:
    """The values that occur in an array of integers, ascending: as `numpy.unique`, which sorts, but quick for small ones."""
    least = int(values.min())
    most = int(values.max())
    if most - least >= CODES:
        return np.unique(values)
    occurs = np.zeros(most - least + 1, bool)
    occurs[values.ravel().astype(np.int64) - least] = True
    return np.flatnonzero(occurs) + least
