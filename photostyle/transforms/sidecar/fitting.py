"""The sliders that come closest to a change of a photo's colours, by nonlinear least squares, and how far off they stay."""

import numpy as np
from scipy.optimize import least_squares

from photostyle.colour import lab_of_pixels
from photostyle.errors import OptionError
from photostyle.photo import Photo
from photostyle.transforms.colour_pairs import Error, colour_error, colour_pairs
from photostyle.transforms.sidecar.sliders import BASIC, ENDS, HUES, KNOTS, Settings, Sliders, Tone

FITTED = 1500  # pixels that the sliders are fitted to
STEPS = 25  # of the solver
_SMALL = 1.0  # weight of a slider's square at its end, beside the mean square distance in CIE Lab
_SMALL_HUES = 10.0  # the same of the sliders of hues: neighbours that are pulled apart draw contours
_SMOOTH = 0.04  # weight of a curve's bends
_NEAR = 0.5  # weight of a curve's distance from none: it decides where the photo has no such tones
_RISING = 400.0  # weight of what a curve falls
_LEAST_SLOPE = 0.02  # of a curve, under which it counts as falling
_STEP = 1e-4  # of the differences that slopes are taken by
_EDGE = 1e-9  # a start at a bound is none that the solver takes
_NUMBER_OF_CURVES = 3 * len(KNOTS)


def fit_sliders(before: Photo, after: Photo, tone: Tone = "curves") -> tuple[Sliders, Error]:
    """The sliders that come closest to a change, in whole numbers as editors show them.

    Args:
        before: the content.
        after: its result, of the same size.
        tone: "curves" for a curve of each channel, which comes closer; "basic" for exposure, contrast, highlights, shadows,
            whites, blacks, temperature and tint. Both have saturation, vibrance and the three sliders of each hue.

    Returns:
        The sliders, and their error by our model of them over other pixels of the photo.

    Raises:
        OptionError: nothing of the photo is seen.
        PhotoError: the photos have different sizes.
    """
    pairs = colour_pairs(before, after, seed=0)
    if not pairs.alpha.sum() > 0:
        raise OptionError("nothing of the photo is seen: all of it is transparent; give a photo that shows something")
    likely = pairs.alpha / pairs.alpha.sum()
    chosen = np.random.default_rng(0).choice(len(likely), FITTED, p=likely)
    given, wanted = pairs.before[chosen].astype(np.float64), pairs.after[chosen].astype(np.float64)
    sliders = _solved(given, wanted, tone)

    judged = colour_pairs(before, after, seed=1)
    seen = judged.alpha >= min(0.5, judged.alpha.max())
    return sliders, colour_error(sliders(judged.before[seen]), judged.after[seen])


def _solved(given: np.ndarray, wanted: np.ndarray, tone: Tone) -> Sliders:
    """Least squares of the distances in CIE Lab, with all sliders drawn a little to where they do nothing."""
    target = _lab(wanted)
    start = _start(tone)

    def residuals(numbers: np.ndarray) -> np.ndarray:
        """(P, m) of P rows of numbers."""
        distances = (_lab(_settings(numbers, tone).given_to(given)) - target) / np.sqrt(len(given))
        parts = [distances.reshape(len(numbers), -1)]
        if tone == "curves":
            parts.append(_curve_residuals(numbers[:, :_NUMBER_OF_CURVES]))
            numbers = numbers[:, _NUMBER_OF_CURVES:]
        first_hue = numbers.shape[1] - 3 * len(HUES)
        parts += [np.sqrt(_SMALL) * numbers[:, :first_hue], np.sqrt(_SMALL_HUES) * numbers[:, first_hue:]]
        return np.concatenate(parts, 1)

    def slopes(numbers: np.ndarray) -> np.ndarray:
        """(m, p) by differences, all at once."""
        moved = residuals(np.concatenate((numbers[None], numbers + _STEP * np.eye(len(numbers)))))
        differences: np.ndarray = (moved[1:] - moved[0]).T / _STEP
        return differences

    lowest, highest = np.full(len(start), -1.0), np.ones(len(start))
    if tone == "curves":
        lowest[:_NUMBER_OF_CURVES] = -_EDGE
        highest[:_NUMBER_OF_CURVES] = 1 + _EDGE
    found = least_squares(
        lambda numbers: residuals(numbers[None])[0], start, slopes, (lowest, highest), max_nfev=STEPS, ftol=1e-4, xtol=1e-5
    )
    return _sliders(found.x, tone)


def _curve_residuals(curves: np.ndarray) -> np.ndarray:
    """(P, r): what keeps three curves (P, 3 K) in [0, 1] smooth, rising, and near none where nothing says otherwise."""
    places = np.array(KNOTS) / 255
    values = curves.reshape(len(curves), 3, -1)
    slopes = np.diff(values) / np.diff(places)
    parts = (
        np.sqrt(_SMOOTH) * np.diff(slopes),
        np.sqrt(_NEAR) * (values - places),
        np.sqrt(_RISING) * np.minimum(slopes - _LEAST_SLOPE, 0),
    )
    return np.concatenate([part.reshape(len(curves), -1) for part in parts], 1)


def _start(tone: Tone) -> np.ndarray:
    """The numbers of sliders that do nothing."""
    hues = np.zeros(2 + 3 * len(HUES))
    if tone == "basic":
        return np.concatenate((np.zeros(len(BASIC)), hues))
    return np.concatenate((np.tile(np.array(KNOTS) / 255, 3), hues))


def _settings(numbers: np.ndarray, tone: Tone) -> Settings:
    """Settings of rows of numbers (P, p): those of the tones, saturation, vibrance, and the hues' three; 1 is the end of each."""
    count = len(numbers)
    if tone == "basic":
        basic = numbers[:, : len(BASIC)] * ENDS
        curves = None
        rest = 100 * numbers[:, len(BASIC) :]
    else:
        basic = np.zeros((count, len(BASIC)))
        curves = numbers[:, :_NUMBER_OF_CURVES].reshape(count, 3, -1)
        rest = 100 * numbers[:, _NUMBER_OF_CURVES:]
    return Settings(basic, rest[:, :2], rest[:, 2:].reshape(count, 3, -1), curves)


def _sliders(numbers: np.ndarray, tone: Tone) -> Sliders:
    """Sliders of numbers (p,): whole, stops in hundredths, with curves that never fall."""
    settings = _settings(numbers[None], tone)
    basic: dict[str, float] = {}
    curves = None
    if settings.curves is None:
        for name, value in zip(BASIC, settings.basic[0].tolist(), strict=True):
            basic[name] = round(value, 2) if name == "Exposure" else round(value)
    else:
        codes = np.maximum.accumulate(np.round(255 * settings.curves[0].clip(0, 1)), 1)
        curves = tuple(map(tuple, codes.tolist()))
    saturation, vibrance = map(round, settings.strength[0].tolist())
    hue, saturation_of, luminance_of = (tuple(map(round, row)) for row in settings.hues[0].tolist())
    return Sliders(basic, saturation, vibrance, hue, saturation_of, luminance_of, curves)


def _lab(colours: np.ndarray) -> np.ndarray:
    """CIE Lab, L from 0 to 100, of sRGB-encoded colours (..., n, 3), clipped to [0, 1]."""
    lab: np.ndarray = 100 * lab_of_pixels(np.clip(colours, 0, 1))
    return lab
