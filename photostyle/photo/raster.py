"""Rows of code values, a strip at a time, so that no step needs a second copy of a big photo."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

STRIP_PIXELS = 1 << 18
THREADS = 2

_Made = TypeVar("_Made")


def with_channel_axis(codes: np.ndarray) -> np.ndarray:
    """(H, W) as (H, W, 1); anything else as it is."""
    if codes.ndim == 2:
        return codes[..., None]
    return codes


def full_scale(dtype: np.dtype[Any]) -> float:
    """The code value of full white: 255 or 65535 for whole numbers, 1 for floats."""
    if dtype.kind == "u":
        return {1: 255.0, 2: 65535.0}[dtype.itemsize]
    return 1.0


@dataclass(frozen=True)
class Raster:
    """A picture of `height` x `width` pixels whose rows are made when they are asked for.

    Args:
        height, width, channels: its size; `channels` counts alpha.
        dtype: of the code values: uint8, uint16 or a float type.
        rows: `rows(top, bottom)` gives the codes (bottom - top, width, channels); several threads may call it.
    """

    height: int
    width: int
    channels: int
    dtype: np.dtype[Any]
    rows: Callable[[int, int], np.ndarray]

    @classmethod
    def from_array(cls, codes: np.ndarray) -> "Raster":
        """The rows of an array (H, W) or (H, W, C), which is not copied."""
        three_axes = with_channel_axis(codes)
        height, width, channels = three_axes.shape

        def rows(top: int, bottom: int) -> np.ndarray:
            return three_axes[top:bottom]

        return cls(height, width, channels, codes.dtype, rows)

    @property
    def strip_rows(self) -> int:
        """Rows of a strip of about `STRIP_PIXELS` pixels."""
        return max(1, STRIP_PIXELS // self.width)

    def strips(self) -> Iterator[tuple[int, int]]:
        """Tops and bottoms of strips of `strip_rows`, from the first row to the last."""
        for top in range(0, self.height, self.strip_rows):
            yield top, min(self.height, top + self.strip_rows)

    def each(self, work: Callable[[int, int, np.ndarray], None]) -> None:
        """Call `work(top, bottom, rows)` once for every strip, over two threads."""

        def work_on(strip: tuple[int, int]) -> None:
            top, bottom = strip
            work(top, bottom, self.rows(top, bottom))

        strips = list(self.strips())
        if len(strips) == 1:
            work_on(strips[0])
            return
        with ThreadPoolExecutor(THREADS) as pool:
            for _ in pool.map(work_on, strips):
                pass

    def mapped(self, work: Callable[[int, int], _Made]) -> Iterator[_Made]:
        """`work(top, bottom)` for every strip, over two threads; the results in order, few of them waiting.

        No thread lives on between two results: an iterator that a failed writer leaves behind is closed by the garbage
        collector, at any moment and in any thread, where waiting for a thread can wait for ever.
        """

        def work_on(strip: tuple[int, int]) -> _Made:
            return work(*strip)

        strips = list(self.strips())
        for start in range(0, len(strips), 4 * THREADS):
            with ThreadPoolExecutor(THREADS) as pool:
                made = list(pool.map(work_on, strips[start : start + 4 * THREADS]))
            yield from made

    def whole(self) -> np.ndarray:
        """All rows as one contiguous array (H, W, C)."""
        codes = np.empty((self.height, self.width, self.channels), self.dtype)

        def fill(top: int, bottom: int, rows: np.ndarray) -> None:
            codes[top:bottom] = rows

        self.each(fill)
        return codes

    def upright(self, orientation: int) -> "Raster":
        """The same picture with its EXIF orientation (1 to 8; EXIF 2.32, tag 0x0112) applied."""
        if orientation not in range(2, 9):
            return self
        if orientation <= 4:
            return self._flipped(rows=orientation in (3, 4), columns=orientation in (2, 3))
        turned = Raster.from_array(self.whole().swapaxes(0, 1))
        return turned._flipped(rows=orientation in (7, 8), columns=orientation in (6, 7))

    def _flipped(self, *, rows: bool, columns: bool) -> "Raster":
        def flipped_rows(top: int, bottom: int) -> np.ndarray:
            if rows:
                strip = self.rows(self.height - bottom, self.height - top)[::-1]
            else:
                strip = self.rows(top, bottom)
            if columns:
                strip = strip[:, ::-1]
            return strip

        return Raster(self.height, self.width, self.channels, self.dtype, flipped_rows)
