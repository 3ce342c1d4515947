"""The table that comes closest to a change of a photo's colours, and how far off it stays."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from photostyle.errors import OptionError, PhotoError
from photostyle.lut_checks import check_size
from photostyle.photo import Photo
from photostyle.transforms.lut.least_squares import fitted_change
from photostyle.transforms.lut.table import Lut, identity

SAMPLES = 300_000  # pixels that a table is fitted to


@dataclass(frozen=True)
class Error:
    """Difference between the LUT's result and the full one, in CIEDE2000, over the photo's pixels.

    Args:
        mean: over the pixels.
        most: what 95 % of the pixels stay under.
    """

    mean: float
    most: float


def fit_lut(before: Photo, after: Photo, weights: np.ndarray | None = None, *, size: int = 33) -> tuple[Lut, Error]:
    """The table that comes closest to a change of a photo's colours.

    Args:
        before: the content.
        after: its result, of the same size.
        weights: (h, w) in [0, 1], how much each part of the photo counts, of any size; None for all alike. The error is
            measured where it is above a half, or where it is largest.
        size: points along an axis, 2 to 65.

    Raises:
        OptionError: the size is out of its range, or no part of the photo counts.
        PhotoError: the photos have different sizes.
    """
    check_size(size)
    fitted = _sample(before, after, seed=0)
    counts = fitted.counts(weights)
    if not counts.sum() > 0:
        raise OptionError("no pixel of the photo counts in the LUT; give weights above 0")
    wanted = fitted.after.clip(0, 1)
    change = fitted_change(fitted.before, wanted, counts / counts.sum(), size)
    lut = Lut(np.clip(identity(size) + change, 0, 1))

    judged = _sample(before, after, seed=1)  # other pixels, where there are more than enough
    counts = judged.counts(weights)
    inside = counts >= min(0.5, counts.max())
    return lut, _error(lut(judged.before[inside]), judged.after[inside])


def blended_error(before: Photo, after: Photo, masks: np.ndarray, luts: Sequence[Lut]) -> Error:
    """The error where each region has its own table and their results are mixed by the regions' masks.

    Args:
        before: the content.
        after: its result, of the same size.
        masks: (R, h, w), a partition of unity of any size.
        luts: one a region.

    Raises:
        PhotoError: the photos have different sizes.
    """
    judged = _sample(before, after, seed=1)
    made = np.zeros(judged.before.shape)
    for mask, lut in zip(masks, luts, strict=True):
        made = made + judged.at_pixels(mask)[:, None] * lut(judged.before)
    seen = judged.alpha >= min(0.5, judged.alpha.max())
    return _error(made[seen], judged.after[seen])


@dataclass(frozen=True)
class _Sample:
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


def _sample(before: Photo, after: Photo, seed: int) -> _Sample:
    """All pixels, or `SAMPLES` of them at random."""
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
    return _Sample(rows, columns, before.size, before.pixels[rows, columns], after.pixels[rows, columns], alpha)


def _error(made: np.ndarray, wanted: np.ndarray) -> Error:
    """CIEDE2000 (Sharma et al. 2005) of sRGB-encoded colours (n, 3), clipped to [0, 1]."""
    from skimage.color import deltaE_ciede2000, rgb2lab

    difference: Callable[..., np.ndarray] = deltaE_ciede2000  # scikit-image has no types
    made_lab = rgb2lab(np.clip(np.asarray(made, np.float64), 0, 1))
    wanted_lab = rgb2lab(np.clip(np.asarray(wanted, np.float64), 0, 1))
    differences = difference(made_lab, wanted_lab)
    return Error(float(differences.mean()), float(np.percentile(differences, 95)))
