"""The few codes that float32 cannot bring back, kept so that an unchanged pixel returns as it came.

A dark, saturated Adobe RGB colour is the small difference of large sRGB values: the way there and back can miss its
16-bit code. Such pixels are found on reading and their codes kept; on writing they are used wherever the pixel is
still the one that was read.
"""

from dataclasses import dataclass, field

import numpy as np

from photostyle.photo.colour_management.spaces import ColourSpace, Matrix
from photostyle.photo.dither import SLACK
from photostyle.photo.raster import Raster

# Two decodings of one code differ by less than this; two 16-bit codes differ by more.
_SAME = 1e-6
_MOST_SPARSE = 0.3
_STRIP_ROWS = 64


@dataclass(frozen=True)
class ExactCodes:
    """Codes as they were read, of some pixels or of all.

    Args:
        space: the colour space that they are in.
        top: the code value of full white.
        codes: (n, C) of the pixels at the flat positions `index`, or (H, W, C) of all where `index` is None.
        index: (n,) rising, or None.
    """

    space: ColourSpace
    top: float
    codes: np.ndarray = field(repr=False)
    index: np.ndarray | None = field(default=None, repr=False)

    def restore(self, pixels: np.ndarray, codes: np.ndarray, first_row: int) -> None:
        """Put the codes that were read into `codes` (h, W, C) wherever `pixels` (h, W, 3) are as they were read."""
        height, width = pixels.shape[:2]
        if self.index is None:
            read = self.codes[first_row : first_row + height]
            same = self._same(read, pixels)
            np.copyto(codes, read, where=same[..., None], casting="unsafe")
            return
        low, high = np.searchsorted(self.index, (first_row * width, (first_row + height) * width))
        place = self.index[low:high] - first_row * width
        read = self.codes[low:high]
        same = self._same(read, pixels.reshape(-1, 3)[place])
        codes[place[same] // width, place[same] % width] = read[same]

    def unchanged(self, pixels: np.ndarray) -> bool:
        """Whether all pixels (H, W, 3) are as they were read; only known where all codes are kept."""
        if self.index is not None:
            return False
        for row in range(0, len(pixels), _STRIP_ROWS):
            strip = slice(row, row + _STRIP_ROWS)
            if not self._same(self.codes[strip], pixels[strip]).all():
                return False
        return True

    def _same(self, codes: np.ndarray, pixels: np.ndarray) -> np.ndarray:
        """Whether each pixel (..., 3) is what its code (..., C) was read as, (...)."""
        read = pixels_of_codes(self.space, codes, self.top)
        same: np.ndarray = (np.abs(read - pixels) <= _SAME * np.maximum(1, np.abs(pixels))).all(axis=-1)
        return same


def pixels_of_codes(space: ColourSpace, codes: np.ndarray, top: float) -> np.ndarray:
    """Pixels (..., 3) of codes (..., C)."""
    if isinstance(space, Matrix) and codes.dtype.kind == "u":
        return space.decode_codes(codes)
    values: np.ndarray = np.divide(codes, np.float32(top), dtype=np.float32, casting="unsafe")
    return space.decode(values)


class ExactCodesFinder:
    """Collects, strip by strip, the codes that do not come back by themselves.

    Args:
        space: the colour space of the file.
        raster: its codes.
        top: the code value of full white.
    """

    def __init__(self, space: ColourSpace, raster: Raster, top: float) -> None:
        self._space = space
        self._raster = raster
        self._top = top
        self._fragile: int | None = None
        self._parts: list[tuple[np.ndarray, np.ndarray]] = []  # flat positions, and the codes there
        self._all = space.returns == "never" or (space.returns == "mostly" and top not in SLACK)

    def examine(self, first_row: int, codes: np.ndarray, pixels: np.ndarray) -> None:
        """Note the codes of one strip that its pixels do not give back; several threads may call it.

        Args:
            first_row: where in the photo the strip begins.
            codes: (h, W, C) as they were read.
            pixels: (h, W, 3) that they became.
        """
        if self._space.returns == "always" or self._all:
            return
        flat = codes.reshape(-1, codes.shape[-1])
        colours = pixels.reshape(-1, 3)
        doubtful = self._doubtful(flat)
        back = np.clip(self._space.encode(colours[doubtful]), 0, 1) * np.float32(self._top)
        lost = doubtful[(np.abs(back - flat[doubtful]) > SLACK[self._top]).any(axis=-1)]
        if len(lost):
            self._parts.append((lost + first_row * self._raster.width, flat[lost]))

    def _doubtful(self, flat: np.ndarray) -> np.ndarray:
        """The places of codes (n, C) that may not come back."""
        if not isinstance(self._space, Matrix):
            return np.arange(len(flat))
        if self._fragile is None:
            self._fragile = self._space.fragile_below(int(self._top), SLACK[self._top])
        doubtful = flat[:, 0] < self._fragile
        for channel in range(1, flat.shape[1]):
            doubtful |= flat[:, channel] < self._fragile
        return np.flatnonzero(doubtful)

    def found(self) -> ExactCodes | None:
        """What has to be kept, or None."""
        if self._space.returns == "always":
            return None
        count = sum(len(index) for index, _ in self._parts)
        if self._all or count > _MOST_SPARSE * self._raster.width * self._raster.height:
            return ExactCodes(self._space, self._top, self._raster.whole()[..., : self._space.channels])
        if count == 0:
            return None
        parts = sorted(self._parts, key=lambda part: part[0][0])
        index = np.concatenate([index for index, _ in parts])
        codes = np.concatenate([codes for _, codes in parts])
        return ExactCodes(self._space, self._top, codes, index)
