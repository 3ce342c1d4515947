"""Values of the matting Laplacian: sums over windows, strip by strip, written into the stencil's CSR order.

The matrix is symmetric, so only the offsets j - i that point right or down (`matting.offsets`) are summed, each as a plane
over the pixels i; the others are the same planes, shifted. A strip of a few lines goes through all the arithmetic while it
is in cache, and its last lines, which the next strip's windows still add to, are carried over.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import torch
from torch import Tensor

from matting.boxes import window_sums
from matting.offsets import index_of_offset, place_pairs, shared_windows, upper_half
from matting.stencil import Band, Pattern
from matting.windows import whiten

# Torch runs an operation on fewer than 32768 numbers on one core: strips are parallel, not the operations in them, for
# a team that meets after every operation waits milliseconds each time when another program takes one of its cores.
CPU_STRIP = 32767
CUDA_STRIP = 4_000_000
# An operation on a strip takes some ten microseconds, one or two of them under the interpreter's lock.
MOST_WORKERS = 8


@dataclass(frozen=True)
class _Planes:
    """Sums over windows of some lines of pixels, one plane for each offset of the stencil's upper half.

    Args:
        sums: (offsets, lines, columns).
        top: the line of the image that the first one is.
        left: the column of the image that the first one is.
    """

    sums: Tensor
    top: int
    left: int


class Assembly:
    """Sums the values of a matting Laplacian; all sums in float64, whatever the type of the image or the values.

    Args:
        image: Colours (C, H, W).
        epsilon: Regularisation of the colour covariance.
        pattern: Where the matrix has entries.
        values: (entries,), written to.
        known: (H, W) bool; windows of known pixels alone are left out. None where none are known.
    """

    def __init__(self, image: Tensor, epsilon: float, pattern: Pattern, values: Tensor, known: Tensor | None) -> None:
        self.image = image
        self.epsilon = epsilon
        self.pattern = pattern
        self.values = values
        self.reach = pattern.reach
        self.radius = pattern.reach // 2
        self.size = pattern.reach + 1
        self.on_cpu = image.device.type == "cpu"
        self.window_lines = pattern.height - self.reach
        self.vertical = shared_windows(pattern.height, self.radius, image.device)
        self.horizontal = shared_windows(pattern.width, self.radius, image.device)
        self.used = None
        if known is not None:
            self.used = window_sums(known.double(), self.size) < self.size**2
        self.edge = min(pattern.width, 2 * self.reach)
        margins = (len(upper_half(self.radius)), pattern.height, self.edge)
        self.left = torch.empty(margins, dtype=torch.float64, device=image.device)
        self.right = torch.empty(margins, dtype=torch.float64, device=image.device)

    def run(self) -> None:
        """Write all values."""
        self._run_all_lines()
        everywhere = (0, self.pattern.height)
        first, last = self._border_columns()
        self._emit(_Planes(self.left, 0, 0), everywhere, first)
        self._emit(_Planes(self.right, 0, self.pattern.width - self.edge), everywhere, last)

    def _run_all_lines(self) -> None:
        """Write all values but those of the border columns, the lines of windows shared out between workers."""
        workers = 1
        if self.on_cpu:
            workers = min(torch.get_num_threads(), MOST_WORKERS)
        share = max(-(-self.window_lines // workers), 8 * self.reach)
        starts = range(0, self.window_lines, share)
        if len(starts) == 1:
            self._run_lines(0, self.window_lines)
            return

        def run_share(first: int) -> None:
            self._run_lines(first, min(first + share, self.window_lines))

        with ThreadPoolExecutor(len(starts), "matting") as pool:
            list(pool.map(run_share, starts))

    def _inner_columns(self) -> list[Band]:
        """Bands of columns away from the border."""
        return [band for band in self.pattern.columns if band.back == band.ahead == self.reach]

    def _border_columns(self) -> tuple[list[Band], list[Band]]:
        """Bands of columns at the left and at the right border."""
        inner = self._inner_columns()
        left = []
        right = []
        for band in self.pattern.columns:
            if band in inner:
                continue
            if band.start < self.reach:
                left.append(band)
            else:
                right.append(band)
        return left, right

    def _strip_lines(self) -> int:
        """How many lines of windows are summed at a time: a small part of the whole, so that memory is the matrix's."""
        pixels = self.pattern.height * self.pattern.width
        most = CUDA_STRIP
        if self.on_cpu:
            most = CPU_STRIP
        return max(1, min(most, max(pixels // 8, 4096)) // self.pattern.width - self.reach)

    def _run_lines(self, first: int, last: int) -> None:
        """Write the values of the pixels whose last window lies in lines first..last of windows."""
        with torch.inference_mode():
            start = max(first - 2 * self.reach, 0)
            step = min(self._strip_lines(), last - start)
            planes = self._memory(len(upper_half(self.radius)), step + 2 * self.reach, self.pattern.width)
            memory = self._memory(self.image.shape[0], self.size, self.size, step, self.pattern.width - self.reach)
            targets = self._targets(planes, step)
            fresh = start  # the first line of pixels that no window has added to yet
            for line in range(start, last, step):
                count = min(step, last - line)
                if count < step:
                    memory = memory[..., :count, :]
                    targets = self._targets(planes, count)
                strip = _Planes(planes, line - self.reach, 0)
                self._begin(strip, fresh, line + count + self.reach)
                fresh = line + count + self.reach
                self._add_windows(targets, memory, line)
                done = line + count
                if done == self.window_lines:
                    done = self.pattern.height
                self._finish(strip, max(line, first), done)
                for plane in planes.unbind(0):
                    plane[: 2 * self.reach] = plane[count : count + 2 * self.reach].clone()

    def _memory(self, *shape: int) -> Tensor:
        return torch.empty(shape, dtype=torch.float64, device=self.image.device)

    def _begin(self, strip: _Planes, first: int, last: int) -> None:
        """Start lines first..last of pixels with the terms of eq. 12 that only count windows; 0 if some are skipped."""
        for index, (dy, dx) in enumerate(upper_half(self.radius)):
            lines = strip.sums[index, first - strip.top : last - strip.top]
            if self.used is None:
                down = self.vertical[dy + self.reach, first:last, None] * self._window_term(index)
                torch.mul(down, self.horizontal[dx + self.reach], out=lines)
            else:
                lines.zero_()

    def _window_term(self, index: int) -> float:
        """What a window of n pixels adds to an entry whatever its colours (Levin et al. 2008, eq. 12): d_ij - 1 / n."""
        n = self.size**2
        if index == 0:
            return 1 - 1 / n
        return -1 / n

    def _targets(self, planes: Tensor, lines: int) -> list[Tensor]:
        """For each pair of places, the part of its offset's plane that some lines of windows add to."""
        width = self.pattern.width - self.reach
        targets = []
        for index, a, _ in place_pairs(self.radius):
            y, x = divmod(a, self.size)
            targets.append(planes[index, self.reach + y : self.reach + y + lines, x : x + width])
        return targets

    def _add_windows(self, targets: list[Tensor], memory: Tensor, line: int) -> None:
        """Add some lines of windows, from `line` on, to the planes."""
        lines = memory.shape[-2]
        deviations = whiten(self.image[:, line : line + lines + self.reach], self.epsilon, memory)
        used = None
        if self.used is not None:
            used = self.used[line : line + lines].double()
            for channel in deviations:
                for y in channel:
                    y.mul_(used)
        for total, (index, a, b) in zip(targets, place_pairs(self.radius), strict=True):
            for channel in deviations:
                total.addcmul_(channel[a], channel[b], value=-1)
            if used is not None:
                total.add_(used, alpha=self._window_term(index))

    def _finish(self, strip: _Planes, first: int, last: int) -> None:
        """Write finished lines of pixels to the values, and keep their ends, which are written together at the end."""
        if first >= last:
            return
        self._emit(strip, (first, last), self._inner_columns())
        lines = strip.sums[:, first - strip.top : last - strip.top]
        self.left[:, first:last] = lines[:, :, : self.edge]
        self.right[:, first:last] = lines[:, :, self.pattern.width - self.edge :]

    def _emit(self, planes: _Planes, lines: tuple[int, int], bands: list[Band]) -> None:
        """Copy planes to the values of some lines of pixels and bands of columns."""
        for rows in self.pattern.rows:
            first = max(rows.start, lines[0])
            last = min(rows.stop, lines[1])
            if first < last:
                for columns in bands:
                    self._emit_block(planes, rows, columns, (first, last))

    def _emit_block(self, planes: _Planes, rows: Band, columns: Band, lines: tuple[int, int]) -> None:
        """Copy planes to the values of some lines of one band of rows and one of columns."""
        first = lines[0] - planes.top
        last = lines[1] - planes.top
        start = columns.start - planes.left
        stop = columns.stop - planes.left
        index = index_of_offset(self.radius)
        entries = iter(self.pattern.view(self.values, rows, columns, *lines).flatten(2).unbind(2))
        for dy in rows.offsets:
            for dx in columns.offsets:
                if (dy, dx) >= (0, 0):
                    source = planes.sums[index[dy, dx], first:last, start:stop]
                else:
                    source = planes.sums[index[-dy, -dx], first + dy : last + dy, start + dx : stop + dx]
                next(entries).copy_(source)
