"""The palette of PASCAL VOC, by which its 21 classes are painted; index 255 is void."""

import numpy as np
from numpy.typing import NDArray

from photostyle.regions.swatches import Colour

VOID = "void"
CLASSES = (
    "background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow", "dining table", "dog",
    "horse", "motorbike", "person", "potted plant", "sheep", "sofa", "train", "tv monitor",
)  # fmt: skip


def colour_of(index: int) -> Colour:
    """The colour of an index: its bits dealt out to red, green and blue, the highest places first (VOC devkit, VOClabelcolormap).

    >>> colour_of(1), colour_of(15), colour_of(255)
    ((128, 0, 0), (192, 128, 128), (224, 224, 192))
    """
    channels = [0, 0, 0]
    for place in range(8):
        for channel in range(3):
            channels[channel] |= (index >> channel & 1) << (7 - place)
        index >>= 3
    return channels[0], channels[1], channels[2]


def known_colours() -> dict[str, Colour]:
    """The colours of the classes and of void."""
    named = {name: colour_of(index) for index, name in enumerate(CLASSES)}
    return {**named, VOID: colour_of(255)}


def is_palette(palette: NDArray[np.integer] | None) -> bool:
    """Whether a palette (N, 3 or 4) is VOC's."""
    if palette is None or len(palette) < len(CLASSES):
        return False
    expected = np.array([colour_of(index) for index in range(len(CLASSES))])
    return bool((palette[: len(CLASSES), :3] == expected).all())


def are_colours(codes: NDArray[np.integer]) -> bool:
    """Whether distinct colour codes, as r << 16 | g << 8 | b, are of VOC alone, and as nobody else would choose them."""
    named = {_code(colour): name for name, colour in known_colours().items()}
    found = {named.get(int(code)) for code in codes}
    telling = found - {"background", "tv monitor", None}  # black and grey are anybody's
    return None not in found and (VOID in found or len(telling) > 1)


def _code(colour: Colour) -> int:
    return colour[0] << 16 | colour[1] << 8 | colour[2]
