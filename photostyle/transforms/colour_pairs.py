"""Colours of a photo before and after a change, and how far another way to make that change stays from it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from photostyle.errors import PhotoError
from photostyle.photo import Photo

SAMPLES = 300_000  # pixels that are looked at


@dataclass(frozen=True)
class Error:
    """Difference between an approximation's result and the full one, in CIEDE2000, over the photo's pixels.

    Args:
        mean: over the pixels.
        median: what half of the pixels stay under.
        most: what 95 % of the pixels stay under.
    """

    mean: float
    median: float
    most: float


@dataclass(frozen=True)
class ColourPairs:
    """Some pixels of a photo and its result.

    Args:
        rows: (n,), where they lie.
        columns: (n,), where they lie.
        photo_size: (width, height).
        before: (n, 3).
        after: (n, 3).
        alpha: (n,) float64 in [0, 1]; 1 where the photo is opaque.
    """

    rows: np.ndarray
    columns: np.ndarray
    photo_size: tuple[int, int]
    before: np.ndarray
    after: np.ndarray
    alpha: np.ndarray

    def counts(self, weights: np.ndarray | None) -> np.ndarray:
        """(n,): how much the pixels count: the weights (h, w) there, or 1 for None, times alpha."""
        if weights is None:
            return self.alpha
        counts: np.ndarray = self.at_pixels(weights) * self.alpha
        return counts

    def at_pixels(self, weights: np.ndarray) -> np.ndarray:
        """(n,): weights (h, w) at the pixels, taken from the nearest."""
        height, width = weights.shape
        wide, high = self.photo_size
        found: np.ndarray = weights[self.rows * height // high, self.columns * width // wide].astype(np.float64)
        return found


def colour_pairs(before: Photo, after: Photo, seed: int) -> ColourPairs:
    """All pixels of a photo and its result, or `SAMPLES` of them at random.

    Raises:
        PhotoError: the photos have different sizes.
    """
    if before.size != after.size:
        raise PhotoError(f"before and after must have one size, got {before.size} and {after.size}; resize one")
    width, height = before.size
    count = width * height
    chosen = np.arange(count)
    if count > SAMPLES:
        chosen = np.random.default_rng(seed).integers(0, count, SAMPLES)
    rows, columns = np.divmod(chosen, width)
    alpha = np.ones(len(rows))
    if before.alpha is not None:
        alpha = before.alpha[rows, columns].astype(np.float64)
    return ColourPairs(rows, columns, before.size, before.pixels[rows, columns], after.pixels[rows, columns], alpha)


def colour_error(made: np.ndarray, wanted: np.ndarray) -> Error:
    """CIEDE2000 (Sharma et al. 2005) of sRGB-encoded colours (n, 3), clipped to [0, 1]."""
    from skimage.color import deltaE_ciede2000, rgb2lab

    difference: Callable[..., np.ndarray] = deltaE_ciede2000  # scikit-image has no types
    made_lab = rgb2lab(np.clip(np.asarray(made, np.float64), 0, 1))
    wanted_lab = rgb2lab(np.clip(np.asarray(wanted, np.float64), 0, 1))
    differences = difference(made_lab, wanted_lab)
    middle, most = np.percentile(differences, (50, 95))
    return Error(float(differences.mean()), float(middle), float(most))
