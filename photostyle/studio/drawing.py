"""Results as the studio's page sees them: codes of 8 bit, and marks on what clips or lies outside of sRGB."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from photostyle.photo import Photo
from photostyle.studio.problems import Refused

MARKS = {"white": (255, 48, 48), "black": (48, 96, 255), "outside": (255, 0, 255)}
_ROUNDING = 0.5 / 255
MOST_PIXELS = 1 << 22  # of a part that is drawn at full size

Box = tuple[int, int, int, int]  # left, top, width, height


@dataclass(frozen=True, eq=False)
class Drawn:
    """A picture of 8 bit, and what of it lay outside.

    Args:
        codes: (h, w, 3) uint8, sRGB.
        outside: (h, w) bool, where a channel was further out of [0, 1] than rounding: no colour of sRGB.
    """

    codes: np.ndarray
    outside: np.ndarray

    @classmethod
    def of(cls, pixels: np.ndarray) -> Self:
        """The picture of pixels (h, w, 3), sRGB-encoded floats."""
        codes = (pixels.clip(0, 1) * np.float32(255)).round().astype(np.uint8)
        outside = np.abs(pixels - np.float32(0.5)).max(-1) > 0.5 + _ROUNDING
        return cls(codes, outside)

    def part(self, box: Box) -> "Drawn":
        """What lies in a box."""
        left, top, width, height = box
        place = (slice(top, top + height), slice(left, left + width))
        return Drawn(self.codes[place], self.outside[place])

    def marks(self, clipping: bool, gamut: bool) -> np.ndarray:
        """(h, w, 4) uint8: `MARKS` where a channel is at white or black, or a colour outside of sRGB; else nothing."""
        marks = np.zeros((*self.codes.shape[:2], 4), np.uint8)
        if clipping:
            marks[(self.codes == 0).any(-1)] = (*MARKS["black"], 255)
            marks[(self.codes == 255).any(-1)] = (*MARKS["white"], 255)
        if gamut:
            marks[self.outside] = (*MARKS["outside"], 255)
        return marks


def part_of(photo: Photo, box: Box) -> Photo:
    """What of a photo lies in a box."""
    left, top, width, height = box
    place = (slice(top, top + height), slice(left, left + width))
    alpha = None if photo.alpha is None else photo.alpha[place]
    return replace(photo, pixels=photo.pixels[place], alpha=alpha, exact_codes=None, extra=None)


def box_of(numbers: object, size: Sequence[int]) -> Box:
    """A part of a photo of a size (width, height), as a page asks for it.

    Raises:
        Refused: it is no list of left, top, width and height that lies in the photo, or is too large.
    """
    if isinstance(numbers, str):
        numbers = [int(each) if each.isascii() and each.isdigit() and len(each) < 7 else None for each in numbers.split(",")]
    if not isinstance(numbers, list) or len(numbers) != 4 or not all(type(each) is int and each >= 0 for each in numbers):
        raise Refused(f"box must be left, top, width and height in pixels, got {numbers!r}")
    left, top, width, height = numbers
    if min(width, height) < 1 or left + width > size[0] or top + height > size[1] or width * height > MOST_PIXELS:
        raise Refused(f"box must lie in the photo of {size[0]} x {size[1]} and hold 1 to {MOST_PIXELS} pixels, got {numbers!r}")
    return left, top, width, height
