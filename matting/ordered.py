"""Sparse products whose sums are taken in one order, so that a graphics card gives the same bits each time.

Of cuSPARSE's algorithms for CSR matrices one alone promises that (CUSPARSE_SPMM_CSR_ALG3), and torch does not let one choose it.
"""

import torch
from torch import Tensor

WIDTH = 32  # entries of a row that are summed at once


class OrderedMatrix:
    """A sparse matrix that multiplies by gathering and summing, in an order that its pattern alone decides.

    Rows are cut into runs of `WIDTH` entries at most, filled up with zeros, and each run is summed. The sums of a row's runs are
    summed in the same way, until there is one. Takes as much memory as its entries times the columns of what it multiplies.

    Args:
        matrix: Sparse CSR matrix (N, M).

    >>> A = torch.tensor([[0.0, 2.0], [0.0, 0.0], [1.0, 3.0]])
    >>> OrderedMatrix(A.to_sparse_csr()) @ torch.tensor([10.0, 1.0])
    tensor([ 2.,  0., 13.])
    """

    def __init__(self, matrix: Tensor) -> None:
        self.shape = matrix.shape
        self.dtype = matrix.dtype
        starts, columns, values = matrix.crow_indices(), matrix.col_indices(), matrix.values()
        self.steps: list[tuple[Tensor, Tensor]] = []
        while True:
            gathered, weights, starts = _runs(starts, columns, values)
            self.steps.append((gathered, weights))
            if len(gathered) == len(starts) - 1:
                break
            columns = torch.arange(len(gathered), device=matrix.device)
            values = torch.ones_like(columns, dtype=matrix.dtype)

    def __matmul__(self, x: Tensor) -> Tensor:
        """The product with vectors (M,) or (M, K)."""
        for columns, values in self.steps:
            taken = x.index_select(0, columns.flatten()).view(*columns.shape, *x.shape[1:])
            x = (taken * values.view(*values.shape, *(1 for _ in x.shape[1:]))).sum(1)
        return x


def _runs(starts: Tensor, columns: Tensor, values: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The runs of a CSR matrix: columns and values (runs, width), and where each row's runs start (rows + 1,).

    A row without entries has one run of zeros.
    """
    lengths = starts.diff().long()
    counts = ((lengths + WIDTH - 1) // WIDTH).clamp_min(1)
    run_starts = torch.cat([counts.new_zeros(1), counts.cumsum(0)])
    width = max(1, min(WIDTH, int(lengths.max())))
    row = torch.repeat_interleave(torch.arange(len(counts), device=starts.device), counts)
    begin = (torch.arange(len(row), device=starts.device) - run_starts[row]) * WIDTH  # within the row
    within = begin[:, None] + torch.arange(width, device=starts.device)
    is_there = within < lengths[row, None]
    entry = (starts[row].long()[:, None] + within).where(is_there, 0)
    if not len(values):
        return entry, torch.zeros_like(entry, dtype=values.dtype), run_starts
    return columns[entry].long().where(is_there, 0), values[entry] * is_there, run_starts


def in_order(matrix: Tensor) -> Tensor | OrderedMatrix:
    """A sparse CSR matrix as one whose products are the same bits each time; on a processor they are so already."""
    if matrix.device.type == "cuda":
        return OrderedMatrix(matrix)
    return matrix
