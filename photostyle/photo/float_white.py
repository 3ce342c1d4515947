"""Whether floats have white at 1, as a photo's must, or are code values in a float's clothes (white at 255 or 65535)."""

import math

import numpy as np

from photostyle.photo.raster import Raster

# Light brighter than white is a lamp, the sun, a glint: little of a photo. These hold for all of what is not black.
_MOST_TYPICAL = 2.0  # the middle one of the values
_MOST_ON_AVERAGE = 4.0  # of values cut at 255, so that a sun of 10,000 in the sky counts little
_CUT = 255.0
_MOST_ALPHA = 8.0  # a filter may ring, codes go far beyond
_MOST_WHOLE = 8.0  # whole numbers beyond this are counts, not light
_INFINITE = np.float32(np.finfo(np.float16).max)
_SAMPLE = 1 << 20
_WHITES = (255, 1023, 4095, 16383, 65535)


def code_values(raster: Raster, *, alpha: bool) -> str | None:
    """Why floats are no light with white at 1, in words that follow "its floats"; None where they can be.

    Args:
        raster: of floats; the largest float16 stands for infinity, and does not count.
        alpha: whether the last channel is transparency; what it hides does not count.
    """
    sample = _sampled(raster)
    if alpha:
        opacity = sample[:, -1]
        if opacity.max() > _MOST_ALPHA:
            return _words(float(opacity.max()))
        sample = sample[opacity > 0][:, :-1]
    lit = sample[(sample > 0) & (sample != _INFINITE)]
    if not len(lit):
        return None
    brightest = float(lit.max())
    whole = brightest > _MOST_WHOLE and bool((lit == np.rint(lit)).all())
    if whole or np.median(lit) > _MOST_TYPICAL or np.minimum(lit, _CUT).mean() > _MOST_ON_AVERAGE:
        return _words(brightest)
    return None


def _sampled(raster: Raster) -> np.ndarray:
    """About a million pixels (N, C) at most, evenly spread."""
    step = math.ceil(math.sqrt(raster.height * raster.width / _SAMPLE))
    parts = []
    for top, bottom in raster.strips():
        parts.append(raster.rows(top, bottom)[::step, ::step].reshape(-1, raster.channels))
    return np.concatenate(parts).astype(np.float32)


def _words(brightest: float) -> str:
    for white in _WHITES:
        if brightest <= white * 1.02:
            return f"must have white at 1, and seem to have it at {white} (they go up to {brightest:.0f}); divide them by {white}"
    return f"must have white at 1, and go up to {brightest:.0f}; divide them first"
