"""Inverses of many small symmetric matrices, held as planes."""

import torch
from torch import Tensor


def inverse(matrices: Tensor, ridge: float) -> Tensor:
    """Inverse of symmetric positive semi-definite matrices + ridge, by sweeps (Beaton 1964).

    Elimination keeps digits that determinants lose: three channels of a grey photo are one, three times.

    Args:
        matrices: (C, C, ...), one matrix at each of the further places.
        ridge: Added to the diagonals, above 0 unless the matrices are positive definite.

    Returns:
        (C, C, ...), in the type of the matrices.

    >>> inverse(torch.diag(torch.tensor([1.0, 3.0])), 1.0) + 0.0
    tensor([[0.5000, 0.0000],
            [0.0000, 0.2500]])
    """
    size = len(matrices)
    M = [list(row.unbind(0)) for row in matrices]
    for i in range(size):
        M[i][i] = M[i][i] + ridge
    for k in range(size):
        _sweep(M, k)
    return -torch.stack([torch.stack(row) for row in M])


def _sweep(M: list[list[Tensor]], k: int) -> None:
    """Sweep all matrices on their k-th diagonal entry; after all sweeps M is minus the inverse."""
    size = len(M)
    pivot = 1 / M[k][k]
    column = [M[i][k] for i in range(size)]
    for i in range(size):
        for j in range(size):
            if i != k and j != k:
                M[i][j] = M[i][j] - column[i] * column[j] * pivot
    for i in range(size):
        scaled = column[i] * pivot
        M[i][k] = scaled
        M[k][i] = scaled
    M[k][k] = -pivot
