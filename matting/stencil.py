"""The fixed sparsity of a matting Laplacian: every pixel against its (4r+1) x (4r+1) neighbours, cut at the border.

Where a pixel's entries lie in the CSR arrays follows from the size of the image alone, so row pointers and columns are
written by arithmetic and the values into strided views; nothing is sorted.
"""

import warnings
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

LARGEST_INT32 = 2**31 - 1


class Band(NamedTuple):
    """A run of positions along one axis that reach equally far back and ahead: offsets -back..ahead stay inside."""

    start: int
    stop: int
    back: int
    ahead: int

    @property
    def offsets(self) -> range:
        """Offsets of the neighbours inside the image."""
        return range(-self.back, self.ahead + 1)

    @property
    def entries(self) -> int:
        """How many offsets stay inside the image."""
        return self.back + self.ahead + 1

    @property
    def length(self) -> int:
        """How many positions the run has."""
        return self.stop - self.start

    @property
    def pairs(self) -> int:
        """How many pairs of a position and a neighbour the run has."""
        return self.length * self.entries


def bands(length: int, reach: int) -> list[Band]:
    """Cut an axis into runs whose neighbours within `reach` are clipped alike.

    >>> bands(6, 2)[2]
    Band(start=2, stop=4, back=2, ahead=2)
    >>> [band.entries for band in bands(3, 2)]
    [3, 3, 3]
    """
    if length <= 2 * reach:
        edges = list(range(length + 1))
    else:
        edges = [*range(reach + 1), *range(length - reach, length + 1)]
    found = []
    for start, stop in pairwise(edges):
        if stop > start:
            found.append(Band(start, stop, min(start, reach), min(length - stop, reach)))
    return found


def neighbours(length: int, reach: int) -> int:
    """Count the pairs (i, j) along one axis with |i - j| <= reach, both inside.

    >>> neighbours(10, 2)
    44
    """
    return pairs_of(bands(length, reach))


def pairs_of(runs: Iterable[Band]) -> int:
    """Count the pairs of all positions of some runs with their neighbours."""
    return sum(band.pairs for band in runs)


def empty(count: int, dtype: torch.dtype, device: torch.device | str) -> Tensor:
    """Uninitialised memory; on the CPU taken from numpy, which asks the kernel for huge pages where torch does not.

    Touching a gigabyte for the first time in 4 KiB pages costs about as much as computing what is written there.
    """
    if torch.device(device).type != "cpu":
        return torch.empty(count, dtype=dtype, device=device)
    return torch.from_numpy(np.empty(count * dtype.itemsize, np.uint8)).view(dtype)


class Pattern:
    """CSR sparsity of the stencil on an image of `height` x `width` pixels in row-major order.

    Attributes:
        reach: How many rows and columns away a neighbour may be.
        rows: Bands of the rows of pixels.
        columns: Bands of the columns of pixels.
        per_line: Pairs of a column and a neighbouring column.
        entries: Of the whole matrix.
        index_dtype: int32 where the entries can be counted in it, else int64.
    """

    def __init__(self, height: int, width: int, radius: int) -> None:
        self.height = height
        self.width = width
        self.reach = 2 * radius
        self.rows = bands(height, self.reach)
        self.columns = bands(width, self.reach)
        self.per_line = pairs_of(self.columns)
        self.entries = pairs_of(self.rows) * self.per_line
        self.index_dtype = torch.int32
        if self.entries > LARGEST_INT32:
            self.index_dtype = torch.int64

    def _line_start(self, rows: Band) -> int:
        """Index of the first entry of a band of rows."""
        return self._pairs_before(self.rows, rows) * self.per_line

    @staticmethod
    def _pairs_before(runs: list[Band], run: Band) -> int:
        """Pairs of the runs that end where `run` starts or before."""
        return sum(band.pairs for band in runs if band.stop <= run.start)

    def row_pointers(self, device: torch.device) -> Tensor:
        """Row pointers (N + 1,) of the CSR matrix."""
        pointers = torch.empty(self.height * self.width + 1, dtype=self.index_dtype, device=device)
        pointers[-1] = self.entries
        lines = pointers[:-1].view(self.height, self.width)
        widths = torch.cat([torch.full((band.length,), band.entries, device=device) for band in self.columns])
        before = (widths.cumsum(0) - widths).to(self.index_dtype)
        for band in self.rows:
            starts = torch.arange(band.length, device=device, dtype=self.index_dtype)
            starts = starts * (band.entries * self.per_line) + self._line_start(band)
            torch.add(starts[:, None], before[None] * band.entries, out=lines[band.start : band.stop])
        return pointers

    def column_indices(self, device: torch.device) -> Tensor:
        """Column indices (entries,) of the CSR matrix, ascending within each row."""
        indices = empty(self.entries, self.index_dtype, device)
        for rows in self.rows:
            line = torch.empty(rows.entries * self.per_line, dtype=self.index_dtype, device=device)
            across = torch.arange(rows.entries, device=device) - rows.back
            for columns in self.columns:
                x = torch.arange(columns.start, columns.stop, device=device)
                dx = torch.arange(columns.entries, device=device) - columns.back
                neighbour = x[:, None, None] + across[None, :, None] * self.width + dx
                self._segment(line, rows, columns).copy_(neighbour)
            start = self._line_start(rows)
            block = indices[start : start + rows.length * line.numel()].view(rows.length, -1)
            first = torch.arange(rows.start, rows.stop, device=device, dtype=self.index_dtype) * self.width
            torch.add(first[:, None], line, out=block)
        return indices

    def _segment(self, line: Tensor, rows: Band, columns: Band) -> Tensor:
        """View of one line's entries (..., per line of pixels) as (..., columns, dy, dx) for one band of columns."""
        start = self._pairs_before(self.columns, columns) * rows.entries
        piece = line[..., start : start + columns.pairs * rows.entries]
        return piece.view(*line.shape[:-1], columns.length, rows.entries, columns.entries)

    def view(self, values: Tensor, rows: Band, columns: Band, first: int, last: int) -> Tensor:
        """View of `values` (entries,) for the pixels in lines first..last of one band of rows and one of columns.

        Returns:
            A view (lines, columns, dy, dx) into `values`.
        """
        length = rows.entries * self.per_line
        start = self._line_start(rows) + (first - rows.start) * length
        lines = values[start : start + (last - first) * length].view(last - first, length)
        return self._segment(lines, rows, columns)


def csr_matrix(pointers: Tensor, indices: Tensor, values: Tensor, columns: int | None = None) -> Tensor:
    """Sparse CSR matrix of parts that are right by construction; without torch's warning about CSR.

    Args:
        pointers: Where each row starts (N + 1,).
        indices: The column of each entry, ascending within a row.
        values: Of the entries.
        columns: How many columns the matrix has; by default it is square.
    """
    rows = pointers.numel() - 1
    if columns is None:
        columns = rows
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta", category=UserWarning)
        return torch.sparse_csr_tensor(pointers, indices, values, (rows, columns), check_invariants=False)
