"""A map of how much something is looked at, as colours that are laid over a photo."""

import numpy as np

from photostyle.photo import resample

# From nothing to the most: clear, through blue and orange to yellow; light grows with the value, so that it reads without colour.
_STOPS = np.array([[20, 10, 60], [70, 20, 130], [180, 50, 90], [240, 130, 30], [255, 240, 120]], np.float32)
MOST_COVER = 0.75  # of the photo, where the value is the largest


def heat_layer(heat: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A layer to be laid over a photo.

    Args:
        heat: (h, w) in [0, 1].
        size: (width, height) in pixels of the photo.

    Returns:
        (height, width, 4) uint8, colour and cover.

    Example:
        >>> layer = heat_layer(np.array([[0.0, 1.0]], np.float32), (2, 1))
        >>> [int(cover) for cover in layer[0, :, 3]]
        [0, 191]
    """
    width, height = size
    large = heat
    if heat.shape != (height, width):
        large = resample(np.repeat(heat[..., None], 3, -1).astype(np.float32), size)[..., 0].clip(0, 1)
    at = large * (len(_STOPS) - 1)
    places = np.arange(len(_STOPS))
    colours = np.stack([np.interp(at, places, _STOPS[:, channel]) for channel in range(3)], -1)
    cover = 255 * MOST_COVER * np.sqrt(large)
    return np.concatenate([colours, cover[..., None]], -1).round().astype(np.uint8)


def under_heat(heat: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """A photo (H, W, 3) in [0, 1] in grey, under the layer of a map (h, w) in [0, 1]."""
    layer = heat_layer(heat, (pixels.shape[1], pixels.shape[0])).astype(np.float32) / 255
    grey = pixels.mean(-1, keepdims=True)
    shown: np.ndarray = grey + layer[..., 3:] * (layer[..., :3] - grey)
    return shown.astype(np.float32)
