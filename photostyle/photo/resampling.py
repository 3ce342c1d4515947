"""Antialiased resampling of float pictures, channel by channel."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from photostyle.errors import OptionError
from photostyle.photo.raster import THREADS

# An area average by whole factors comes first, down to this many times the size asked for; Lanczos does the rest.
_GAP = 2.0
_STRIP = 1 << 20  # pixels of a strip that is averaged at once


def resample(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The picture at another size, antialiased: Lanczos (a = 3), after an area average where it shrinks much.

    Values may leave the range of the input by a few per cent at sharp edges, as Lanczos does.

    Args:
        pixels: (H, W) or (H, W, C) float32, any range.
        size: (width, height) of the result, at least 1 x 1.

    Returns:
        float32 of the asked size, with the same number of axes; a copy even at the same size.

    Raises:
        OptionError: the size is not two positive whole numbers, or `pixels` is not a picture.

    >>> resample(np.ones((8, 6, 3), np.float32), (3, 4)).shape
    (4, 3, 3)
    """
    from PIL import Image

    width, height = _checked(pixels, size)
    if pixels.shape[:2] == (height, width):
        return pixels.astype(np.float32, copy=True)
    planes = pixels if pixels.ndim == 3 else pixels[..., None]
    result = np.empty((height, width, planes.shape[2]), np.float32)
    factors = tuple(max(1, int(long / short / _GAP)) for long, short in zip(planes.shape, (height, width), strict=False))
    box = (0, 0, planes.shape[1] / factors[1], planes.shape[0] / factors[0])

    def shrink(channel: int) -> None:
        plane = Image.fromarray(_averaged(planes[..., channel], factors))
        result[..., channel] = plane.resize((width, height), Image.Resampling.LANCZOS, box=box)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(shrink, range(planes.shape[2])))
    return result if pixels.ndim == 3 else result[..., 0]


def _averaged(plane: np.ndarray, factors: tuple[int, int]) -> np.ndarray:
    """(H, W), the mean of each block of so many rows and columns; strip by strip, so that no copy of the whole is made."""
    from PIL import Image

    down, across = factors
    if down == across == 1:
        return np.ascontiguousarray(plane, dtype=np.float32)
    made = np.empty((-(-plane.shape[0] // down), -(-plane.shape[1] // across)), np.float32)
    rows = max(1, _STRIP // (plane.shape[1] * down))
    for first in range(0, len(made), rows):
        strip = plane[first * down : (first + rows) * down]
        made[first : first + rows] = Image.fromarray(np.ascontiguousarray(strip, dtype=np.float32)).reduce((across, down))
    return made


def _checked(pixels: np.ndarray, size: tuple[int, int]) -> tuple[int, int]:
    if pixels.ndim not in (2, 3) or 0 in pixels.shape:
        raise OptionError(f"pixels must have shape (H, W) or (H, W, C) and not be empty, got {pixels.shape}")
    width, height = (int(side) for side in size)
    if width < 1 or height < 1 or (width, height) != tuple(size):
        raise OptionError(f"size must be (width, height) of whole numbers from 1 up, got {tuple(size)}")
    return width, height
