"""A mask of ours that was saved as greys: which grey is which of the colours that its JSON names."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from photostyle.regions.masks.colour_codes import GREY, Floats, pack
from photostyle.regions.masks.filling import filled
from photostyle.regions.swatches import Colour

_NEAR = 12  # levels by which a grey may be off that of its colour: noise of JPEG, and rounding
_EXACT = 2.0  # levels by which a formula may be off where it is the one that was used
_OF_END = 1.0  # levels that black and white count as off where no colour is so: a formula that has them is likelier
_SPECK = 1e-3  # a level of less share than this may be a blend at a border
_AREA = 0.005  # a group of levels of less share is none of its own
_GAP = 3  # levels that no pixel has, between two groups
_BLACK = 0
_WHITE = 0xFFFFFF


def colours_of_greys(codes: NDArray[np.int32], known: Mapping[str, Colour]) -> NDArray[np.int32] | None:
    """The colours that the greys of a mask stand for, or None where it is no export of these colours.

    Greys are taken for the places of the names in their order (0, 1, 2, ..., or from 1 on, or spread to 255), else for the
    brightness of their colours by one of the usual formulas, else for their order in brightness. What lies between two
    greys is a blend at a border, and gets the colour beside it.

    Args:
        codes: (H, W) colour codes, all of them greys.
        known: the colours that have names, in the order of the JSON.
    """
    colours = np.array(list(known.values()), np.uint8).reshape(-1, 3)
    levels = codes & 255
    counts = np.bincount(levels.ravel(), minlength=256)
    present = np.flatnonzero(counts)
    greys = {red for red, green, blue in known.values() if red == green == blue}
    if len(greys) == len(known) or greys.issuperset(present.tolist()):
        return None  # the names are of greys themselves
    table = _by_place(present, colours)
    if table is None:
        table = _by_brightness(counts, colours)
    if table is None:
        return None
    made = table[levels]
    return np.asarray(filled(made, made < 0), np.int32)


def _by_place(present: NDArray[np.intp], colours: NDArray[np.uint8]) -> NDArray[np.int32] | None:
    """(256,) codes of greys that are places of the names: from 0, or from 1 where 0 is what has none; 255 has none either."""
    count = len(colours)
    places = present[present != 255]
    if len(places) == 0 or count < 2 or (len(places) == 1 and places[0] == 0):
        return None
    first = 0
    if places[-1] == count:
        first = 1
    elif places[-1] > count:
        return None
    table = np.full(256, _BLACK, np.int32)
    table[255] = _WHITE
    table[first : first + count] = pack(colours)
    return table


def _by_brightness(counts: NDArray[np.intp], colours: NDArray[np.uint8]) -> NDArray[np.int32] | None:
    """(256,) codes of greys that are the brightness of colours; -1 for what is near none of them."""
    solid = np.flatnonzero(counts >= _SPECK * counts.sum())
    weights = counts[solid] / counts[solid].sum()
    if len(solid) == 1 and solid[0] in (0, 255):
        return None  # all of it is erased
    best: Floats | None = None
    least = np.inf
    for candidate in _brightnesses(colours):
        off = np.abs(solid[:, None] - candidate).min(1)
        is_end = (np.minimum(solid, 255 - solid) <= _EXACT) & (off > _EXACT)  # black and white: erased, if they are no colour
        off[is_end] = _OF_END
        error = float((weights * off.clip(max=_NEAR)).sum())
        if error < least:
            least = error
            best = candidate
    if best is None:
        return None
    if least > _EXACT:
        ordered = _in_order(solid, weights, colours)
        if ordered is None:
            return None
        best = ordered
    return _table(best, colours)


def _table(greys: Floats, colours: NDArray[np.uint8]) -> NDArray[np.int32]:
    """(256,) the code of the colour of the nearest grey; -1 where none is near."""
    ends = [end for end in (0, 255) if np.abs(greys - end).min() > _NEAR]
    codes: NDArray[np.int32] = np.concatenate([pack(colours), [{0: _BLACK, 255: _WHITE}[end] for end in ends]]).astype(np.int32)
    all_greys = np.concatenate([greys, np.array(ends, np.float32)])
    distances = np.abs(np.arange(256)[:, None] - all_greys)
    table: NDArray[np.int32] = codes[distances.argmin(1)]
    table[distances.min(1) > _NEAR] = -1
    return table


def _in_order(solid: NDArray[np.intp], weights: NDArray[np.float64], colours: NDArray[np.uint8]) -> Floats | None:
    """(K,) the grey of each colour where there are as many: evenly spaced, in the order of the names, else by brightness."""
    groups = np.split(np.arange(len(solid)), np.flatnonzero(np.diff(solid) > _GAP) + 1)
    sums = [weights[group].sum() for group in groups]
    groups = [group for group, total in zip(groups, sums, strict=True) if total >= _AREA]
    if len(groups) != len(colours):
        return None
    greys = np.array([np.average(solid[group], weights=weights[group]) for group in groups], np.float32)
    steps = np.diff(greys)
    if len(steps) > 1 and steps.max() - steps.min() <= _EXACT:
        return greys
    luma, luminance = _orders(colours)
    by_luma: Floats = greys[np.argsort(np.argsort(luma))]
    by_luminance: Floats = greys[np.argsort(np.argsort(luminance))]
    if _misfit(by_luminance, luminance) < _misfit(by_luma, luma):
        return by_luminance
    return by_luma


def _orders(colours: NDArray[np.uint8]) -> tuple[Floats, Floats]:
    """(K,) brightness by Rec. 601, which people curve, and luminance, over which grey profiles such as dot gain are curves."""
    brightnesses = _brightnesses(colours)
    return brightnesses[0], brightnesses[2]


def _misfit(greys: Floats, brightness: Floats) -> float:
    """How far greys are from the best power of the brightness, in logarithms."""
    x = np.log(brightness.clip(1, 254) / 255)
    y = np.log(greys.clip(1, 254) / 255)
    exponent = (x @ y) / (x @ x)
    return float(np.abs(y - exponent * x).sum())


def _brightnesses(colours: NDArray[np.uint8]) -> list[Floats]:
    """(K,) greys of the colours by each of the usual formulas, 0 to 255, the commonest first."""
    levels = colours.astype(np.float32)
    low = levels.min(1)
    high = levels.max(1)
    made = [
        levels @ np.array([0.299, 0.587, 0.114], np.float32),  # Rec. 601
        levels @ np.array([0.2126, 0.7152, 0.0722], np.float32),  # Rec. 709
        _luminance(levels),
        (low + high) / 2,
        levels.mean(1),
        high,
        _lightness(levels),
        *levels.T,  # a channel alone
    ]
    if len(colours) > 1:
        made.append(np.arange(len(colours), dtype=np.float32) * (255 / (len(colours) - 1)))  # places, spread
    return made


def _linear_luminance(levels: Floats) -> Floats:
    """The luminance of sRGB levels, 0 to 1 (IEC 61966-2-1)."""
    values = levels / 255
    light = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    y: Floats = light @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    return y


def _lightness(levels: Floats) -> Floats:
    """CIE L* of sRGB levels, 0 to 255, as in profiles for greys and in the L channel of Lab (CIE 15)."""
    y = _linear_luminance(levels)
    lightness = 2.55 * np.where(y <= 216 / 24389, y * (24389 / 27), 116 * np.cbrt(y) - 16)
    return lightness.astype(np.float32)


def _luminance(levels: Floats) -> Floats:
    """The luminance of sRGB levels, encoded as sRGB (IEC 61966-2-1)."""
    y = _linear_luminance(levels)
    encoded: Floats = 255 * np.where(y <= 0.0031308, 12.92 * y, 1.055 * y ** (1 / 2.4) - 0.055)
    return encoded


def all_grey(codes: NDArray[np.integer]) -> bool:
    """Whether all colours of a mask are greys."""
    return bool((codes == (codes & 255) * GREY).all())
