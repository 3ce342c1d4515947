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
        premultiplied: whether the colours are multiplied by alpha, which is then the last channel of `codes`.
    """

    space: ColourSpace
    top: float
    codes: np.ndarray = field(repr=False)
    index: np.ndarray | None = field(default=None, repr=False)
    premultiplied: bool = False

    def restore(self, pixels: np.ndarray, codes: np.ndarray, first_row: int) -> None:
        """Put the codes that were read into `codes` (h, W, C) wherever `pixels` (h, W, 3) are as they were read.

        Where colours are multiplied by alpha, `codes` has it already, and it has to be as it was read too.
        """
        height, width = pixels.shape[:2]
        if self.index is None:
            read = self.codes[first_row : first_row + height]
            same = self._same(read, pixels) & self._same_alpha(read, codes)
            np.copyto(codes, read, where=same[..., None], casting="unsafe")
            return
        low, high = np.searchsorted(self.index, (first_row * width, (first_row + height) * width))
        place = self.index[low:high] - first_row * width
        read = self.codes[low:high]
        rows = place // width
        columns = place % width
        same = self._same(read, pixels[rows, columns]) & self._same_alpha(read, codes[rows, columns])
        codes[rows[same], columns[same]] = read[same]

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
        read = pixels_of_codes(self.space, codes, self.top, premultiplied=self.premultiplied)
        same: np.ndarray = (np.abs(read - pixels) <= _SAME * np.maximum(1, np.abs(pixels))).all(axis=-1)
        return same

    def _same_alpha(self, read: np.ndarray, codes: np.ndarray) -> np.ndarray:
        """Whether alpha is as it was read, (...), where colours depend on it."""
        if not self.premultiplied:
            return np.ones(read.shape[:-1], bool)
        same: np.ndarray = read[..., -1] == codes[..., -1]
        return same


def pixels_of_codes(space: ColourSpace, codes: np.ndarray, top: float, *, premultiplied: bool = False) -> np.ndarray:
    """Pixels (..., 3) of codes (..., C); alpha follows the colours where they are multiplied by it."""
    if premultiplied:
        return space.decode(straight(codes))
    if isinstance(space, Matrix) and codes.dtype.kind == "u":
        return space.decode_codes(codes)
    values: np.ndarray = np.divide(codes, np.float32(top), dtype=np.float32, casting="unsafe")
    return space.decode(values)


def straight(codes: np.ndarray) -> np.ndarray:
    """Colours in [0, 1] of codes that are multiplied by alpha: divided by it, and 0 where alpha is 0.

    Args:
        codes: (..., C + 1), alpha last. Whole numbers that exceed alpha, as they should not, count as full white.
    """
    numbers = codes.astype(np.float32)
    alpha = numbers[..., -1:]
    visible = alpha > 0
    colours = np.where(visible, numbers[..., :-1], 0) / np.where(visible, alpha, 1)
    brightest = np.float32(1)
    if codes.dtype.kind == "f":
        brightest = np.float32(np.finfo(np.float16).max)
    limited: np.ndarray = np.clip(colours, -brightest, brightest)
    return limited


def straight_codes(codes: np.ndarray) -> np.ndarray:
    """Codes (..., C + 1) whose colours are multiplied by alpha, the last channel, as codes whose colours are not."""
    colours = straight(codes)
    if codes.dtype.kind == "u":
        colours = np.rint(colours * np.float32(np.iinfo(codes.dtype).max))
    return np.concatenate([colours.astype(codes.dtype), codes[..., -1:]], axis=-1)


class ExactCodesFinder:
    """Collects, strip by strip, the codes that do not come back by themselves.

    Args:
        space: the colour space of the file.
        raster: its codes.
        top: the code value of full white.
        premultiplied: whether colours are multiplied by alpha, which follows them.
    """

    def __init__(self, space: ColourSpace, raster: Raster, top: float, *, premultiplied: bool = False) -> None:
        self._space = space
        self._raster = raster
        self._top = top
        self._premultiplied = premultiplied
        self._always = space.returns == "always" and not premultiplied
        self._fragile: int | None = None
        self._parts: list[tuple[np.ndarray, np.ndarray]] = []  # flat positions, and the codes there
        self._all = space.returns == "never" or (not self._always and top not in SLACK)

    def examine(self, first_row: int, codes: np.ndarray, pixels: np.ndarray) -> None:
        """Note the codes of one strip that its pixels do not give back; several threads may call it.

        Args:
            first_row: where in the photo the strip begins.
            codes: (h, W, C) as they were read, with alpha where it multiplies them.
            pixels: (h, W, 3) that they became.
        """
        if self._always or self._all:
            return
        flat = codes.reshape(-1, codes.shape[-1])
        colours = pixels.reshape(-1, 3)
        doubtful = self._doubtful(flat)
        back = self._space.encode(colours[doubtful])
        if self._premultiplied:
            back = back * (flat[doubtful, -1:] / np.float32(self._top))
        back = np.clip(back, 0, 1) * np.float32(self._top)
        lost = doubtful[(np.abs(back - flat[doubtful, : back.shape[1]]) > SLACK[self._top]).any(axis=-1)]
        if len(lost):
            self._parts.append((lost + first_row * self._raster.width, flat[lost]))

    def _doubtful(self, flat: np.ndarray) -> np.ndarray:
        """The places of codes (n, C) that may not come back."""
        if self._premultiplied or not isinstance(self._space, Matrix):
            return np.arange(len(flat))
        if self._fragile is None:
            self._fragile = self._space.fragile_below(int(self._top), SLACK[self._top])
        doubtful = flat[:, 0] < self._fragile
        for channel in range(1, flat.shape[1]):
            doubtful |= flat[:, channel] < self._fragile
        return np.flatnonzero(doubtful)

    def found(self) -> ExactCodes | None:
        """What has to be kept, or None."""
        if self._always:
            return None
        channels = self._space.channels
        if self._premultiplied:
            channels += 1
        count = sum(len(index) for index, _ in self._parts)
        if self._all or count > _MOST_SPARSE * self._raster.width * self._raster.height:
            kept = self._raster.whole()[..., :channels]
            return ExactCodes(self._space, self._top, kept, None, self._premultiplied)
        if count == 0:
            return None
        parts = sorted(self._parts, key=lambda part: part[0][0])
        index = np.concatenate([index for index, _ in parts])
        codes = np.concatenate([codes for _, codes in parts])
        return ExactCodes(self._space, self._top, codes, index, self._premultiplied)
