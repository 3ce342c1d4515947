"""From floats to code values: rounded, or dithered where 8 bits have to stand for more."""

from functools import cache

import numpy as np

_TILE = 64
# Below half a code, so that a value that is a code already keeps it whatever the noise.
_AMPLITUDE = 0.48
# How far float arithmetic may put a code from itself before it is no longer exactly that code, by the code of white.
SLACK: dict[float, float] = {255: 0.5 - _AMPLITUDE - 0.005, 65535: 0.4}


@cache
def blue_noise() -> np.ndarray:
    """A tile of evenly spread noise, (64, 64) float32 in (-1/2, 1/2): its neighbours differ, so it is not seen.

    Made as Ulichney 1988 defines blue noise, by taking the low frequencies out of white noise and ranking what is
    left, a few times over. The same on every run.
    """
    tile: np.ndarray = np.random.default_rng(1988).random((_TILE, _TILE))
    frequency = np.hypot(np.fft.fftfreq(_TILE)[:, None], np.fft.fftfreq(_TILE)[None])
    passed = 1 - np.exp(-((frequency / 0.15) ** 2))
    for _ in range(10):
        tile = np.fft.ifft2(np.fft.fft2(tile) * passed).real
        ranks = np.argsort(np.argsort(tile, axis=None)).reshape(_TILE, _TILE)
        tile = (ranks + 0.5) / _TILE**2
    return (tile - 0.5).astype(np.float32)


def rounded(values: np.ndarray, top: int) -> np.ndarray:
    """The nearest of the codes 0 to `top`, as float32, of values in [0, 1] and clipped to that.

    >>> rounded(np.array([-0.1, 0.5, 2.0], np.float32), 255).tolist()
    [0.0, 128.0, 255.0]
    """
    codes: np.ndarray = np.clip(values, 0, 1) * np.float32(top)
    np.rint(codes, out=codes)
    return codes


def dithered(values: np.ndarray, top: int, first_row: int, share: float = 1.0) -> np.ndarray:
    """Codes 0 to `top`, as float32, whose local mean is the value; a value that is a code keeps it.

    Args:
        values: (H, W, C) float32 in [0, 1], clipped to that.
        top: the code of 1.
        first_row: where in the photo the values begin, so that strips make one pattern.
        share: of the noise that hides all rounding; with less, codes are nearer to their values.
    """
    height, width, channels = values.shape
    rows = np.arange(first_row, first_row + height) % _TILE
    columns = np.arange(width) % _TILE
    noise = blue_noise() * np.float32(2 * _AMPLITUDE * share)
    codes: np.ndarray = np.clip(values, 0, 1) * np.float32(top)
    for channel in range(channels):
        # Each channel reads the tile from another corner, or the noise would be grey.
        shifted = np.roll(noise, (23 * channel, 41 * channel), axis=(0, 1))
        codes[..., channel] += shifted[np.ix_(rows, columns)]
    np.rint(codes, out=codes)
    np.clip(codes, 0, top, out=codes)
    return codes
