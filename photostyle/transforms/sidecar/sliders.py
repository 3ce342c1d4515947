"""The sliders of a photo editor, and our model of what they do to a colour.

Adobe does not publish its arithmetic. What it documents, this model keeps: exposure counts in stops of light; a saturation
of -100 is grey and of +100 twice the colour; a curve takes each channel's value from 0 to 255 to another; a rendering goes from
white balance and exposure over the look to the curve (DNG specification 1.7, chapter 6). Curves lie over values that are encoded
like sRGB with the primaries of ProPhoto RGB. The rest (how far temperature and tint go, the shapes of contrast, highlights,
shadows, whites and blacks, vibrance, what a step of hue turns) is supposed: smooth, without a step, nothing at 0.
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from scipy.interpolate import CubicSpline

from photostyle.colour.oklab import oklab_of_pixels, pixels_of_oklab
from photostyle.colour.srgb import BLACK_SLOPE, ENCODED_KNEE, LINEAR_KNEE

Tone = Literal["curves", "basic"]
HUES = ("Red", "Orange", "Yellow", "Green", "Aqua", "Blue", "Purple", "Magenta")
BASIC = ("Exposure", "Contrast", "Highlights", "Shadows", "Whites", "Blacks", "Temperature", "Tint")
ENDS = (5.0, *[100.0] * 7)  # of the sliders of BASIC, both ways
KNOTS = (0, 16, 32, 64, 96, 128, 160, 192, 224, 255)  # where the points of a curve lie
_PURE = ((1, 0, 0), (1, 0.5, 0), (1, 1, 0), (0, 1, 0), (0, 1, 1), (0, 0, 1), (0.5, 0, 1), (1, 0, 1))  # of HUES
_WARMER, _MORE_MAGENTA = 0.9, 0.6  # stops of red against blue, and of green, at 100
_CONTRAST, _HALVES, _ENDS = 0.1, 0.14, 0.15  # largest change of an encoded value at 100
_MOST_CHROMA = 0.3  # of OKLab: about the most that sRGB has; vibrance leaves it alone
_TURN = np.pi / 6  # of hue, at 100
_LIGHTER = 0.3  # of lightness, at 100
_GREY = 0.04  # chroma of OKLab under which a colour counts less and less as one of the hues
# Linear sRGB to linear ProPhoto RGB (ROMM, ISO 22028-2), by the Bradford adaptation from D65 to D50.
_TO_PROPHOTO = np.array(((0.52927, 0.33011, 0.14062), (0.09837, 0.87346, 0.02817), (0.01688, 0.11767, 0.86545)))
_FROM_PROPHOTO = np.linalg.inv(_TO_PROPHOTO)


@dataclass(frozen=True)
class Sliders:
    """Where the sliders stand; calling it gives colours what an editor would, as far as our model goes.

    Args:
        basic: of `BASIC`; exposure in stops from -5 to 5, the others from -100 to 100. What is left out is 0.
        saturation: -100 to 100.
        vibrance: -100 to 100.
        hue: (8,), of `HUES`, -100 to 100: towards the next hue.
        saturation_of: (8,), of `HUES`, -100 to 100.
        luminance_of: (8,), of `HUES`, -100 to 100.
        curves: (3, K), of red, green and blue: values from 0 to 255 at `KNOTS`; None for none.
    """

    basic: dict[str, float] = field(default_factory=dict)
    saturation: float = 0
    vibrance: float = 0
    hue: tuple[float, ...] = (0,) * 8
    saturation_of: tuple[float, ...] = (0,) * 8
    luminance_of: tuple[float, ...] = (0,) * 8
    curves: tuple[tuple[float, ...], ...] | None = None

    def __call__(self, colours: np.ndarray) -> np.ndarray:
        """Colours (n, 3) float64, sRGB-encoded, clipped to [0, 1] before and after.

        >>> Sliders({"Exposure": 1.0})(np.array([[0.2, 0.2, 0.2]])).round(3).tolist()
        [[0.285, 0.285, 0.285]]
        """
        curves = None
        if self.curves is not None:
            curves = np.array([self.curves], np.float64) / 255
        basic = np.array([[self.basic.get(name, 0.0) for name in BASIC]])
        hues = np.array([[self.hue, self.saturation_of, self.luminance_of]], np.float64)
        settings = Settings(basic, np.array([[self.saturation, self.vibrance]], np.float64), hues, curves)
        changed: np.ndarray = settings.given_to(np.clip(np.asarray(colours, np.float64), 0, 1))[0]
        return changed


@dataclass(frozen=True)
class Settings:
    """P settings of the sliders at once, in arrays.

    Args:
        basic: (P, 8), of `BASIC`.
        strength: (P, 2), saturation and vibrance.
        hues: (P, 3, 8), hue, saturation and luminance of `HUES`.
        curves: (P, 3, K), values in [0, 1] at `KNOTS`; None for none.
    """

    basic: np.ndarray
    strength: np.ndarray
    hues: np.ndarray
    curves: np.ndarray | None

    def given_to(self, colours: np.ndarray) -> np.ndarray:
        """(P, n, 3): colours (n, 3) in [0, 1], sRGB-encoded, by each of the settings."""
        changed = _toned(colours, self.basic) if self.basic.any() else colours[None]
        changed = _coloured(changed, self.strength / 100, self.hues / 100)
        if self.curves is not None:
            changed = _curved(changed, self.curves)
        clipped: np.ndarray = np.clip(changed, 0, 1)
        return clipped


def _toned(colours: np.ndarray, basic: np.ndarray) -> np.ndarray:
    """White balance and exposure in linear light, then the tones of each channel."""
    stops, contrast, highlights, shadows, whites, blacks, warmth, tint = basic.T[:, :, None, None]
    warmer, magenta = warmth / 100 * _WARMER, tint / 100 * _MORE_MAGENTA
    gains = stops + np.concatenate((warmer + magenta / 3, -2 * magenta / 3, magenta / 3 - warmer), 2)
    bright = np.clip(_encoded(_decoded(colours) * 2**gains), 0, 1)
    dark = 1 - bright
    change = -_CONTRAST / 100 * contrast * np.sin(2 * np.pi * bright)
    change += _HALVES / 100 * 6.75 * (highlights * bright**2 * dark + shadows * dark**2 * bright)
    change += _ENDS / 100 * (whites * bright**4 + blacks * dark**4)
    toned: np.ndarray = np.clip(bright + change, 0, 1)
    return toned


def _coloured(colours: np.ndarray, strength: np.ndarray, hues: np.ndarray) -> np.ndarray:
    """Saturation and vibrance, and what each hue is turned, coloured and lit, in OKLab."""
    L, a, b = np.moveaxis(oklab_of_pixels(np.ascontiguousarray(colours)), -1, 0)
    chroma, angle = np.hypot(a, b), np.arctan2(b, a)
    turn, stronger, lighter = np.moveaxis(_share_of_hues(angle) @ np.swapaxes(hues, 1, 2), -1, 0)
    counts = np.minimum(chroma / _GREY, 1)
    muted = np.clip(1 - chroma / _MOST_CHROMA, 0, 1)
    saturation, vibrance = strength.T[:, :, None]
    chroma = chroma * (1 + saturation) * (1 + vibrance * muted) * (1 + stronger)
    angle = angle + _TURN * turn * counts
    lab = np.stack((L * (1 + _LIGHTER * lighter * counts), chroma * np.cos(angle), chroma * np.sin(angle)), -1)
    changed: np.ndarray = pixels_of_oklab(lab)
    return changed


def _share_of_hues(angle: np.ndarray) -> np.ndarray:
    """(..., 8): how much an angle of OKLab is of each of `HUES`: of the two beside it, by their distance; sums to 1."""
    lab = oklab_of_pixels(np.array(_PURE, np.float64)[None])[0]
    places = np.mod(np.arctan2(lab[:, 2], lab[:, 1]), 2 * np.pi)
    around = np.append(places, places[0] + 2 * np.pi)
    place = np.interp(np.mod(angle - places[0], 2 * np.pi) + places[0], around, np.arange(len(around)))
    distance = np.abs(place[..., None] - np.arange(len(HUES)))
    shares: np.ndarray = np.maximum(1 - np.minimum(distance, len(HUES) - distance), 0)
    return shares


def _curved(colours: np.ndarray, curves: np.ndarray) -> np.ndarray:
    """Each channel through its curve, a natural cubic spline, in encoded ProPhoto RGB."""
    values = np.swapaxes(_encoded(_decoded(np.clip(colours, 0, 1)) @ _TO_PROPHOTO.T), 1, 2)
    changed = np.swapaxes(np.clip(_spline(values, curves), 0, 1), 1, 2)
    back: np.ndarray = _encoded(np.clip(_decoded(changed) @ _FROM_PROPHOTO.T, 0, None))
    return back


def _spline(values: np.ndarray, curves: np.ndarray) -> np.ndarray:
    """(P, 3, n): natural cubic splines through curves (P, 3, K) over `KNOTS`, at values (1 or P, 3, n) in [0, 1]."""
    knots = np.array(KNOTS) / 255
    bends = curves @ CubicSpline(knots, np.eye(len(knots)), bc_type="natural")(knots, 2).T
    values = np.broadcast_to(values, (len(curves), *values.shape[1:]))
    left = np.clip(np.searchsorted(knots, values, side="right") - 1, 0, len(knots) - 2)
    width = np.diff(knots)[left]
    after = (values - knots[left]) / width
    before = 1 - after
    line = before * np.take_along_axis(curves, left, 2) + after * np.take_along_axis(curves, left + 1, 2)
    bow = (before**3 - before) * np.take_along_axis(bends, left, 2) + (after**3 - after) * np.take_along_axis(bends, left + 1, 2)
    bent: np.ndarray = line + bow * width**2 / 6
    return bent


def _decoded(colours: np.ndarray) -> np.ndarray:
    """sRGB-encoded values from 0 up -> linear light."""
    linear: np.ndarray = np.where(colours > ENCODED_KNEE, ((colours + 0.055) / 1.055) ** 2.4, colours / BLACK_SLOPE)
    return linear


def _encoded(linear: np.ndarray) -> np.ndarray:
    """The inverse of `_decoded`."""
    power = 1.055 * np.maximum(linear, LINEAR_KNEE) ** (1 / 2.4) - 0.055
    values: np.ndarray = np.where(linear > LINEAR_KNEE, power, linear * BLACK_SLOPE)
    return values
