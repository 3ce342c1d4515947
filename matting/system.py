"""The linear system of the pixels whose alpha is unknown, assembled strip by strip so that the whole matrix is never held."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import pad

from matting.laplacian import matting_laplacian
from matting.stencil import csr_matrix

STRIP = 1 << 16  # pixels of the image whose rows of the matrix are made at once
REACH = 2  # rows and columns from a pixel to those that share a window of 3 x 3 with it


def unknown_system(image: Tensor, values: Tensor, known: Tensor, epsilon: float) -> tuple[Tensor, Tensor]:
    """Rows and columns of the matting Laplacian (Levin et al. 2008, eq. 12) of unknown pixels, and what the known ones add.

    Minimising `x^T L x` with some of x known is solving `L_uu x_u = -L_uk x_k` for the unknown part.

    Args:
        image: Colours (C, H, W).
        values: (K, H, W), read where known.
        known: (H, W), True where the values are settled; at least one pixel is not.
        epsilon: Regularisation of the Laplacian.

    Returns:
        The sparse CSR matrix (n, n) of n unknown pixels, and right-hand sides (n, K), both float64.
    """
    unknown = torch.nonzero(~known.flatten()).flatten()
    number = torch.full((known.numel(),), -1, dtype=torch.int32, device=image.device)
    number[unknown] = torch.arange(len(unknown), dtype=torch.int32, device=image.device)
    problem = _Problem(image, values.flatten(1).T.double(), known, number, epsilon)

    step = max(1, STRIP // known.shape[1])
    strips = []
    for top in range(0, len(known), step):
        bottom = min(top + step, len(known))
        if not known[top:bottom].all():
            strips.append(_strip(problem, top, bottom))
    lengths = torch.cat([strip.lengths for strip in strips])
    columns = torch.cat([strip.columns for strip in strips])
    entries = torch.cat([strip.entries for strip in strips])
    right = torch.cat([strip.right for strip in strips])
    starts = pad(lengths.cumsum(0), (1, 0)).int()
    return csr_matrix(starts, columns, entries), right


@dataclass(frozen=True)
class _Problem:
    """What every strip is made of.

    Args:
        image: (C, H, W).
        values: (H W, K) float64.
        known: (H, W) bool.
        number: (H W,) int32, the place of each pixel among the unknown ones, -1 if it is known.
        epsilon: of the Laplacian.
    """

    image: Tensor
    values: Tensor
    known: Tensor
    number: Tensor
    epsilon: float


class _Strip(NamedTuple):
    """Rows of the system: entries in each (n,), their columns and values, and the right-hand sides (n, K)."""

    lengths: Tensor
    columns: Tensor
    entries: Tensor
    right: Tensor


def _strip(problem: _Problem, top: int, bottom: int) -> _Strip:
    """The rows of the system of the unknown pixels in lines top..bottom, of which there is at least one."""
    height, width = problem.known.shape
    across = torch.nonzero(~problem.known[top:bottom].all(0)).flatten()
    up = max(top - REACH, 0)
    down = min(bottom + REACH, height)
    left = max(int(across[0]) - REACH, 0)
    right = min(int(across[-1]) + 1 + REACH, width)
    known = problem.known[up:down, left:right]
    L = matting_laplacian(problem.image[:, up:down, left:right], problem.epsilon, known=known)

    own = torch.zeros_like(known)
    own[top - up : bottom - up] = ~problem.known[top:bottom, left:right]
    rows = torch.nonzero(own.flatten()).flatten()
    row, columns, entries = _entries(L, rows)
    columns = (columns // (right - left) + up) * width + columns % (right - left) + left  # in the whole image

    inside = problem.number[columns] >= 0
    b = problem.values.new_zeros(len(rows), problem.values.shape[1])
    b.index_add_(0, row[~inside], entries[~inside, None] * problem.values[columns[~inside]], alpha=-1)
    lengths = torch.bincount(row[inside], minlength=len(rows))
    return _Strip(lengths, problem.number[columns[inside]], entries[inside], b)


def _entries(L: Tensor, rows: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The entries of some rows of a CSR matrix: the place in `rows`, the column and the value of each."""
    pointers = L.crow_indices().long()
    lengths = pointers.diff()[rows]
    row = torch.repeat_interleave(torch.arange(len(rows), device=L.device), lengths)
    shift = pointers[rows] - (lengths.cumsum(0) - lengths)
    place = torch.arange(len(row), device=L.device) + shift[row]
    return row, L.col_indices()[place], L.values()[place].double()
