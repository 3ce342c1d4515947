"""The few codes that float32 cannot bring back, kept so that an unchanged pixel returns as it came.

A dark, saturated Adobe RGB colour is the small difference of large sRGB values: the way there and back can miss its
16-bit code. Such pixels are found on reading and their codes kept; on writing they are used wherever the pixel is
still the one that was read.
"""

from dataclasses import dataclass

import numpy as np

from photostyle.photo.colour import ColourSpace, Matrix
from photostyle.photo.dither import SLACK
from photostyle.photo.raster import Raster

# Two decodings of one code differ by less than this; two 16-bit codes differ by more.
_SAME = 1e-6
_MOST_SPARSE = 0.3


@dataclass(frozen=True)
class KeptCodes:
    """Codes (n, C) of the pixels at the flat positions `index`, or (H, W, C) of all where `index` is None."""

    space: ColourSpace
    top: float
    codes: np.ndarray
    index: np.ndarray | None = None

    def restore(self, pixels: np.ndarray, codes: np.ndarray, first_row: int) -> None:
        """Put the kept codes into `codes` (h, W, C) wherever `pixels` (h, W, 3) are as they were read."""
        height, width = pixels.shape[:2]
        if self.index is None:
            kept = self.codes[first_row : first_row + height]
            same = self._same(kept, pixels)
            np.copyto(codes, kept, where=same[..., None], casting="unsafe")
            return
        low, high = np.searchsorted(self.index, (first_row * width, (first_row + height) * width))
        place = self.index[low:high] - first_row * width
        kept = self.codes[low:high]
        same = self._same(kept, pixels.reshape(-1, 3)[place])
        codes[place[same] // width, place[same] % width] = kept[same]

    def unchanged(self, pixels: np.ndarray) -> bool:
        """Whether all pixels (H, W, 3) are as they were read; only known where all codes are kept."""
        if self.index is not None:
            return False
        steps = range(0, len(pixels), 64)
        return all(bool(self._same(self.codes[row : row + 64], pixels[row : row + 64]).all()) for row in steps)

    def _same(self, kept: np.ndarray, pixels: np.ndarray) -> np.ndarray:
        read = decoded_codes(self.space, kept, self.top)
        return (np.abs(read - pixels) <= _SAME * np.maximum(1, np.abs(pixels))).all(axis=-1)


def decoded_codes(space: ColourSpace, codes: np.ndarray, top: float) -> np.ndarray:
    """Pixels (..., 3) of codes (..., C)."""
    if isinstance(space, Matrix) and codes.dtype.kind == "u":
        return space.decode_codes(codes)
    values = np.divide(codes, np.float32(top), dtype=np.float32, casting="unsafe")
    return space.decode(values)


class Keeper:
    """Collects, strip by strip, the codes that do not come back by themselves."""

    def __init__(self, space: ColourSpace, raster: Raster, top: float) -> None:
        self.space, self.raster, self.top = space, raster, top
        self._fragile: int | None = None
        self._found: list[tuple[int, np.ndarray, np.ndarray]] = []
        self._all = space.returns == "never" or (space.returns == "mostly" and top not in SLACK)

    def look(self, first_row: int, codes: np.ndarray, pixels: np.ndarray) -> None:
        """Note the codes of one strip that its pixels do not give back."""
        if self.space.returns == "always" or self._all:
            return
        flat, colours = codes.reshape(-1, codes.shape[-1]), pixels.reshape(-1, 3)
        doubtful = self._doubtful(flat)
        back = np.clip(self.space.encode(colours[doubtful]), 0, 1) * np.float32(self.top)
        lost = doubtful[(np.abs(back - flat[doubtful]) > SLACK[self.top]).any(axis=-1)]
        if len(lost):
            self._found.append((first_row, lost + first_row * self.raster.width, flat[lost]))

    def _doubtful(self, flat: np.ndarray) -> np.ndarray:
        """The places of codes (n, C) that may not come back."""
        if not isinstance(self.space, Matrix):
            return np.arange(len(flat))
        if self._fragile is None:
            self._fragile = self.space.fragile_below(int(self.top), SLACK[self.top])
        doubtful = flat[:, 0] < self._fragile
        for channel in range(1, flat.shape[1]):
            doubtful |= flat[:, channel] < self._fragile
        return np.flatnonzero(doubtful)

    def kept(self) -> KeptCodes | None:
        """What has to be kept, or None."""
        if self.space.returns == "always":
            return None
        count = sum(len(index) for _, index, _ in self._found)
        if self._all or count > _MOST_SPARSE * self.raster.width * self.raster.height:
            return KeptCodes(self.space, self.top, self.raster.whole()[..., : self.space.channels])
        if not count:
            return None
        parts = sorted(self._found, key=lambda part: part[0])
        index = np.concatenate([index for _, index, _ in parts])
        return KeptCodes(self.space, self.top, np.concatenate([codes for _, _, codes in parts]), index)
