"""Colours that stand for regions in tables and pictures: an sRGB triple each, 0 to 255."""

import colorsys

Colour = tuple[int, int, int]

REST = "rest"  # the region of what no mask covers
REST_COLOUR: Colour = (96, 96, 96)
ERASED = "erased"  # the region of what was erased in a mask: it keeps its light, and nothing takes from it
ERASED_COLOUR: Colour = (40, 40, 40)
_GOLDEN_ANGLE = 0.381966  # of a full turn: hues this far apart from each other stay apart, however many there are


def distinct_colour(index: int) -> Colour:
    """The colour of this place in a row of colours that are easily told from each other."""
    hue = index * _GOLDEN_ANGLE % 1
    saturation = 0.7 - 0.2 * (index // 5 % 2)
    red, green, blue = colorsys.hsv_to_rgb(hue, saturation, 0.92)
    return round(255 * red), round(255 * green), round(255 * blue)
