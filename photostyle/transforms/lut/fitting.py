"""The table that comes closest to a change of a photo's colours, and how far off it stays."""

from collections.abc import Sequence

import numpy as np

from photostyle.errors import OptionError
from photostyle.lut_checks import check_size
from photostyle.photo import Photo
from photostyle.transforms.colour_pairs import Error, colour_error, colour_pairs
from photostyle.transforms.lut.least_squares import fitted_change
from photostyle.transforms.lut.table import Lut, identity


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
    fitted = colour_pairs(before, after, seed=0)
    counts = fitted.counts(weights)
    if not counts.sum() > 0:
        raise OptionError("no pixel of the photo counts in the LUT; give weights above 0")
    wanted = fitted.after.clip(0, 1)
    change = fitted_change(fitted.before, wanted, counts / counts.sum(), size)
    lut = Lut(np.clip(identity(size) + change, 0, 1))

    judged = colour_pairs(before, after, seed=1)  # other pixels, where there are more than enough
    counts = judged.counts(weights)
    inside = counts >= min(0.5, counts.max())
    return lut, colour_error(lut(judged.before[inside]), judged.after[inside])


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
    judged = colour_pairs(before, after, seed=1)
    made = np.zeros(judged.before.shape)
    for mask, lut in zip(masks, luts, strict=True):
        made = made + judged.at_pixels(mask)[:, None] * lut(judged.before)
    seen = judged.alpha >= min(0.5, judged.alpha.max())
    return colour_error(made[seen], judged.after[seen])
