"""Photos with transparent parts: what nobody sees must not change what is seen.

A file keeps colours under its transparent pixels too: black, white, or whatever an eraser left. They must not reach the
visible ones, neither when a photo is made smaller nor where a filter's window or a network looks across the border.
"""

from dataclasses import replace

import numpy as np

from photostyle.photo.photograph import Photo
from photostyle.photo.resampling import divided_by_alpha

OPAQUE_FROM = 0.1  # of alpha: a pixel of less is drawn towards the colours around it, a hidden one wholly


def is_seen_through(photo: Photo) -> bool:
    """Whether any pixel of a photo is not wholly opaque."""
    return photo.alpha is not None and bool(photo.alpha.min() < 1)


def with_hidden_filled(photo: Photo) -> Photo:
    """The photo with its hidden colours replaced by a smooth continuation of those that are seen.

    By pulling colours up a pyramid of ever smaller copies and pushing them down again into the gaps (Gortler et al. 1996,
    "The Lumigraph", section 3.4).

    Args:
        photo: any; one without transparency is returned as it is.
    """
    if photo.alpha is None or not is_seen_through(photo):
        return photo
    filled = _filled(photo.pixels, np.minimum(photo.alpha / np.float32(OPAQUE_FROM), 1))
    return replace(photo, pixels=filled, exact_codes=None)


def _filled(pixels: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(H, W, 3) with each pixel by its weight (H, W) in [0, 1] as it is, and else as its surroundings are."""
    own = np.where(weights[..., None] > 0, pixels, np.float32(0))
    height, width = weights.shape
    if (weights == 1).all():
        return own
    if height * width == 1:
        return own
    half = (max(1, width // 2), max(1, height // 2))
    coarse_weights = _averaged(weights, half)
    coarse = divided_by_alpha(_averaged(own * weights[..., None], half), coarse_weights)
    around = _enlarged(_filled(coarse, np.minimum(4 * coarse_weights, 1)), (width, height))
    mixed = around + weights[..., None] * (own - around)
    return np.where(weights[..., None] == 1, own, mixed)


def _averaged(planes: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """(H, W) or (H, W, C) at a smaller size (width, height): the mean of what each pixel covers, never negative for such."""
    return _by_pillow(planes, size, "BOX")


def _enlarged(planes: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """(H, W, C) at a larger size (width, height), bilinear."""
    return _by_pillow(planes, size, "BILINEAR")


def _by_pillow(planes: np.ndarray, size: tuple[int, int], filter: str) -> np.ndarray:
    from PIL import Image

    kind = Image.Resampling[filter]
    if planes.ndim == 2:
        return np.asarray(Image.fromarray(np.ascontiguousarray(planes, np.float32)).resize(size, kind))
    channels = []
    for channel in range(planes.shape[2]):
        channels.append(_by_pillow(planes[..., channel], size, filter))
    return np.stack(channels, axis=-1)
