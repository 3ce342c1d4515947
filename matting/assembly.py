"""Values of the matting Laplacian: sums over windows, strip by strip, written into the stencil's CSR order.

The matrix is symmetric, so only the offsets j - i that point right or down (13 of 25 for 3x3 windows) are summed, each
as a plane over the pixels i; the others are the same planes, shifted. A strip of a few lines goes through all the
arithmetic while it is in cache, and its last lines, which the next strip's windows still add to, are carried over.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import cache

import torch
from torch import Tensor

from matting.boxes import window_sums
from matting.stencil import Band, Pattern
from matting.windows import whiten

# Torch runs an operation on fewer than 32768 numbers on one core: strips are parallel, not the operations in them, for
# a team that meets after every operation waits milliseconds each time when another program takes one of its cores.
CPU_STRIP, CUDA_STRIP = 32767, 4_000_000
# An operation on a strip takes some ten microseconds, one or two of them under the interpreter's lock.
MOST_WORKERS = 8


@cache
def _offsets(radius: int) -> list[tuple[int, int]]:
    """Offsets (dy, dx) of the stencil's upper half, the diagonal first."""
    reach = range(-2 * radius, 2 * radius + 1)
    return [(dy, dx) for dy in reach for dx in reach if (dy, dx) >= (0, 0)]


@cache
def _pairs(radius: int) -> list[tuple[int, int, int]]:
    """(offset, a, b) for all places a <= b of a window: the index of b - a in the upper half, and both places."""
    size = 2 * radius + 1
    index = {offset: i for i, offset in enumerate(_offsets(radius))}
    places = [divmod(place, size) for place in range(size * size)]
    pairs = [
        (index[(yb - ya, xb - xa)], a, b)
        for a, (ya, xa) in enumerate(places)
        for b, (yb, xb) in enumerate(places)
        if a <= b
    ]
    return sorted(pairs)


def _shared_windows(length: int, radius: int, device: torch.device) -> Tensor:
    """Along one axis, how many windows hold both a position and its neighbour at -2r..2r: (4r + 1, length)."""
    here = torch.arange(length, device=device)
    there = here + torch.arange(-2 * radius, 2 * radius + 1, device=device)[:, None]
    first = (torch.maximum(here, there) - 2 * radius).clamp(min=0)
    last = torch.minimum(here, there).clamp(max=length - 1 - 2 * radius)
    return (last - first + 1).clamp(min=0).double()


class Assembly:
    """Sums the values of a matting Laplacian; all sums in float64, whatever the type of the image or the values."""

    def __init__(self, image: Tensor, epsilon: float, pattern: Pattern, values: Tensor, known: Tensor | None) -> None:
        self.image, self.epsilon, self.pattern, self.values = image, epsilon, pattern, values
        self.radius, self.reach, self.size = pattern.reach // 2, pattern.reach, pattern.reach + 1
        height, width, device = pattern.height, pattern.width, image.device
        self.window_lines = height - self.reach
        self.vertical = _shared_windows(height, self.radius, device)
        self.horizontal = _shared_windows(width, self.radius, device)
        self.used = None if known is None else window_sums(known.double(), self.size) < self.size**2
        self.edge = min(width, 2 * self.reach)
        margins = (len(_offsets(self.radius)), height, self.edge)
        self.left = torch.empty(margins, dtype=torch.float64, device=device)
        self.right = torch.empty(margins, dtype=torch.float64, device=device)

    def run(self) -> None:
        """Write all values."""
        workers = min(torch.get_num_threads(), MOST_WORKERS) if self.image.device.type == "cpu" else 1
        share = max(-(-self.window_lines // workers), 8 * self.reach)
        starts = range(0, self.window_lines, share)
        if len(starts) == 1:
            self._run_lines(0, self.window_lines)
        else:
            with ThreadPoolExecutor(len(starts), "matting") as pool:
                list(pool.map(lambda first: self._run_lines(first, min(first + share, self.window_lines)), starts))
        _, first, last = self._column_bands()
        self._emit(self.left, 0, 0, (0, self.pattern.height), first)
        self._emit(self.right, 0, self.pattern.width - self.edge, (0, self.pattern.height), last)

    def _column_bands(self) -> tuple[list[Band], list[Band], list[Band]]:
        """Bands of columns away from the border, at its left and at its right."""
        bands = self.pattern.columns
        inner = [band for band in bands if band.back == band.ahead == self.reach]
        left = [band for band in bands if band not in inner and band.start < self.reach]
        return inner, left, [band for band in bands if band not in inner and band not in left]

    def _strip_lines(self) -> int:
        """How many lines of windows are summed at a time: a small part of the whole, so that memory is the matrix's."""
        pixels = self.pattern.height * self.pattern.width
        most = CPU_STRIP if self.image.device.type == "cpu" else CUDA_STRIP
        return max(1, min(most, max(pixels // 8, 4096)) // self.pattern.width - self.reach)

    def _run_lines(self, first: int, last: int) -> None:
        """Write the values of the pixels whose last window lies in lines first..last of windows."""
        with torch.inference_mode():
            start = max(first - 2 * self.reach, 0)
            step = min(self._strip_lines(), last - start)
            width, kw = self.pattern.width, self.pattern.width - self.reach
            kind = {"dtype": torch.float64, "device": self.image.device}
            planes = torch.empty(len(_offsets(self.radius)), step + 2 * self.reach, width, **kind)
            memory = torch.empty(self.image.shape[0], self.size, self.size, step, kw, **kind)
            targets = self._targets(planes, step)
            fresh = start
            for line in range(start, last, step):
                count = min(step, last - line)
                if count < step:
                    memory, targets = memory[..., :count, :], self._targets(planes, count)
                self._begin(planes, line - self.reach, fresh, line + count + self.reach)
                fresh = line + count + self.reach
                self._add_windows(targets, memory, line)
                done = self.pattern.height if line + count == self.window_lines else line + count
                self._finish(planes, line - self.reach, (max(line, first), done))
                for plane in planes.unbind(0):
                    plane[: 2 * self.reach] = plane[count : count + 2 * self.reach].clone()

    def _begin(self, planes: Tensor, top: int, first: int, last: int) -> None:
        """Start lines first..last of pixels with the terms of eq. 12 that only count windows; 0 if some are skipped."""
        n = self.size**2
        for index, (dy, dx) in enumerate(_offsets(self.radius)):
            lines = planes[index, first - top : last - top]
            if self.used is None:
                weight = 1 - 1 / n if index == 0 else -1 / n
                down = self.vertical[dy + self.reach, first:last, None] * weight
                torch.mul(down, self.horizontal[dx + self.reach], out=lines)
            else:
                lines.zero_()

    def _targets(self, planes: Tensor, lines: int) -> list[Tensor]:
        """For each pair of places, the part of its offset's plane that some lines of windows add to."""
        width = self.pattern.width - self.reach
        places = ((index, *divmod(a, self.size)) for index, a, _ in _pairs(self.radius))
        return [planes[index, self.reach + y : self.reach + y + lines, x : x + width] for index, y, x in places]

    def _add_windows(self, targets: list[Tensor], memory: Tensor, line: int) -> None:
        """Add some lines of windows, from `line` on, to the planes."""
        lines = memory.shape[-2]
        n = self.size**2
        deviations = whiten(self.image[:, line : line + lines + self.reach], self.epsilon, memory)
        used = None if self.used is None else self.used[line : line + lines].double()
        if used is not None:
            for y in (y for places in deviations for y in places):
                y.mul_(used)
        for total, (index, a, b) in zip(targets, _pairs(self.radius), strict=True):
            for places in deviations:
                total.addcmul_(places[a], places[b], value=-1)
            if used is not None:
                total.add_(used, alpha=1 - 1 / n if index == 0 else -1 / n)

    def _finish(self, planes: Tensor, top: int, lines: tuple[int, int]) -> None:
        """Write finished lines of pixels to the values, and keep their ends, which are written together at the end."""
        first, last = lines
        if first >= last:
            return
        self._emit(planes, top, 0, lines, self._column_bands()[0])
        self.left[:, first:last] = planes[:, first - top : last - top, : self.edge]
        self.right[:, first:last] = planes[:, first - top : last - top, self.pattern.width - self.edge :]

    def _emit(self, planes: Tensor, top: int, left: int, lines: tuple[int, int], bands: list[Band]) -> None:
        """Copy planes, whose first pixel is (top, left), to the values of some lines of pixels and bands of columns."""
        index = {offset: i for i, offset in enumerate(_offsets(self.radius))}
        for rows in self.pattern.rows:
            first, last = max(rows.start, lines[0]) - top, min(rows.stop, lines[1]) - top
            if first >= last:
                continue
            for columns in bands:
                start, stop = columns.start - left, columns.stop - left
                entries = self.pattern.view(self.values, rows, columns, first + top, last + top).flatten(2).unbind(2)
                offsets = [(dy, dx) for dy in rows.offsets for dx in columns.offsets]
                for entry, (dy, dx) in zip(entries, offsets, strict=True):
                    if (dy, dx) >= (0, 0):
                        source = planes[index[dy, dx], first:last, start:stop]
                    else:
                        source = planes[index[-dy, -dx], first + dy : last + dy, start + dx : stop + dx]
                    entry.copy_(source)
