"""Rows of code values, a strip at a time, so that no step needs a second copy of a big photo."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

STRIP_PIXELS = 1 << 18
THREADS = 2


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
    dtype: np.dtype
    rows: Callable[[int, int], np.ndarray]

    @classmethod
    def from_array(cls, codes: np.ndarray) -> "Raster":
        """The rows of an array (H, W) or (H, W, C), which is not copied."""
        codes = codes[..., None] if codes.ndim == 2 else codes
        height, width, channels = codes.shape
        return cls(height, width, channels, codes.dtype, lambda top, bottom: codes[top:bottom])

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
        strips = list(self.strips())
        if len(strips) == 1:
            work(*strips[0], self.rows(*strips[0]))
            return
        with ThreadPoolExecutor(THREADS) as pool:
            for _ in pool.map(lambda strip: work(*strip, self.rows(*strip)), strips):
                pass

    def mapped(self, work: Callable[[int, int], object]) -> Iterator:
        """`work(top, bottom)` for every strip, over two threads; the results in order, few of them waiting.

        No thread lives on between two results: an iterator that a failed writer leaves behind is closed by the garbage
        collector, at any moment and in any thread, where waiting for a thread can wait for ever.
        """
        strips = list(self.strips())
        for start in range(0, len(strips), 4 * THREADS):
            with ThreadPoolExecutor(THREADS) as pool:
                made = list(pool.map(lambda strip: work(*strip), strips[start : start + 4 * THREADS]))
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
        turned = self.whole().swapaxes(0, 1)
        return Raster.from_array(turned)._flipped(rows=orientation in (7, 8), columns=orientation in (6, 7))

    def _flipped(self, *, rows: bool, columns: bool) -> "Raster":
        def turned(top: int, bottom: int) -> np.ndarray:
            strip = self.rows(self.height - bottom, self.height - top)[::-1] if rows else self.rows(top, bottom)
            return strip[:, ::-1] if columns else strip

        return Raster(self.height, self.width, self.channels, self.dtype, turned)
