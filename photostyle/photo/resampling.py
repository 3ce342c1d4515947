"""Antialiased resampling of float pictures, channel by channel."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from photostyle.errors import OptionError
from photostyle.photo.raster import THREADS, with_channel_axis

# An area average by whole factors comes first, down to this many times the size asked for; Lanczos does the rest.
_GAP = 2.0
_LEAST_ALPHA = 1e-4  # that colours can be divided by
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
    planes = with_channel_axis(pixels)
    channels = planes.shape[2]
    result = np.empty((height, width, channels), np.float32)
    down = _whole_factor(planes.shape[0], height)
    across = _whole_factor(planes.shape[1], width)
    box = (0, 0, planes.shape[1] / across, planes.shape[0] / down)

    def shrink(channel: int) -> None:
        plane = Image.fromarray(_averaged(planes[..., channel], down, across))
        result[..., channel] = np.asarray(plane.resize((width, height), Image.Resampling.LANCZOS, box=box))

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(shrink, range(channels)))
    if pixels.ndim == 2:
        return result[..., 0]
    return result


def resample_seen(pixels: np.ndarray, alpha: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Colours and alpha of a transparent picture at another size: each pixel counts by its alpha.

    Args:
        pixels: (H, W, 3) float32, any range, not multiplied by alpha.
        alpha: (H, W) float32 in [0, 1].
        size: (width, height) of the result.

    Returns:
        (height, width, 3) float32, and (height, width) float32 in [0, 1]. Colours that nobody sees are 0.
    """
    width, height = size
    multiplied = np.empty((height, width, pixels.shape[2]), np.float32)
    for channel in range(pixels.shape[2]):  # one by one: a second copy of a big photo is not held
        multiplied[..., channel] = resample(pixels[..., channel] * alpha, size)
    small = resample(alpha, size).clip(0, 1)
    return divided_by_alpha(multiplied, small), small


def divided_by_alpha(multiplied: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Colours (H, W, 3) that are multiplied by alpha (H, W), divided by it again; 0 where it is next to nothing."""
    divisor = alpha[..., None]
    colours: np.ndarray = np.zeros_like(multiplied, np.float32)
    np.divide(multiplied, divisor, out=colours, where=divisor > _LEAST_ALPHA)
    return colours


def _whole_factor(before: int, after: int) -> int:
    """By how much a side is averaged before Lanczos takes over."""
    return max(1, int(before / after / _GAP))


def _averaged(plane: np.ndarray, down: int, across: int) -> np.ndarray:
    """(H, W), the mean of each block of so many rows and columns; strip by strip, so that no copy of the whole is made."""
    from PIL import Image

    if down == across == 1:
        return np.ascontiguousarray(plane, dtype=np.float32)
    height = -(-plane.shape[0] // down)
    width = -(-plane.shape[1] // across)
    means = np.empty((height, width), np.float32)
    rows = max(1, _STRIP // (plane.shape[1] * down))
    for first in range(0, height, rows):
        strip = np.ascontiguousarray(plane[first * down : (first + rows) * down], dtype=np.float32)
        means[first : first + rows] = np.asarray(Image.fromarray(strip).reduce((across, down)))
    return means


def _checked(pixels: np.ndarray, size: tuple[int, int]) -> tuple[int, int]:
    """The size as whole numbers, if both arguments are what they should be."""
    if pixels.ndim not in (2, 3) or 0 in pixels.shape:
        raise OptionError(f"pixels must have shape (H, W) or (H, W, C) and not be empty, got {pixels.shape}")
    width = int(size[0])
    height = int(size[1])
    if width < 1 or height < 1 or (width, height) != tuple(size):
        raise OptionError(f"size must be (width, height) of whole numbers from 1 up, got {tuple(size)}")
    return width, height
