"""Smaller copies of frames, quickly: each pixel the mean of those that it covers."""

import numpy as np

from photostyle.compiling import compiled, map_in_threads
from photostyle.regions.resampling import size_within
from photostyle.video.loops import mean_rows

_STRIP = 32  # rows of the copy


def smaller(pixels: np.ndarray, side: int) -> np.ndarray:
    """A copy of pixels (H, W, 3) float32 with a long side of `side` at most; the pixels themselves where they are small.

    >>> smaller(np.arange(48, dtype=np.float32).reshape(4, 4, 3), 2)[0, 0].tolist()
    [7.5, 8.5, 9.5]
    """
    pixels = np.ascontiguousarray(pixels)
    height, width = size_within((pixels.shape[0], pixels.shape[1]), side)
    if (height, width) == pixels.shape[:2]:
        return pixels
    small = np.empty((height, width, 3), np.float32)
    downs, ups = _covered(pixels.shape[0], height)
    lefts, rights = _covered(pixels.shape[1], width)
    loop = compiled(mean_rows)

    def work(top: int) -> None:
        rows = slice(top, top + _STRIP)
        loop(pixels, downs[rows], ups[rows], lefts, rights, small[rows])

    map_in_threads(work, range(0, height, _STRIP))
    return small


def _covered(many: int, few: int) -> tuple[np.ndarray, np.ndarray]:
    """The first pixel that each of fewer covers, and the one after its last."""
    places = np.arange(few)
    return places * many // few, -(-(places + 1) * many // few)
