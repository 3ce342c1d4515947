"""Geometric multigrid as a preconditioner for matting systems (Lee and Wu 2014, "Scalable matting").

Each level keeps every other pixel each way; values between are bilinear. The matrices of the coarse levels are Galerkin
products P^T A P, whose stencil is again 5 x 5, so all coarse levels together cost a third of the finest.
Iterations of conjugate gradients then hardly grow with the distance to the nearest known pixel, as with Jacobi's.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from matting.solver import inverse_diagonal
from matting.stencil import csr_matrix

# Below this many pixels a matrix is inverted.
COARSEST = 500
# Damping of Jacobi's smoothing, times the largest eigenvalue of D^-1 A; must stay below 2. Measured: 4/3, the usual
# for Laplacians, takes a tenth more iterations; more smoothing (Chebyshev, degrees 2 to 4) takes more time.
DAMPING = 1.6


@dataclass(frozen=True)
class _Level:
    """One grid: its matrix, the damped inverse of its diagonal (n, 1), and the ways to and from the next grid."""

    A: Tensor
    damped: Tensor
    prolongation: Tensor
    restriction: Tensor


class Multigrid:
    """One V-cycle of multigrid for a matrix over some pixels of a grid; a preconditioner of `conjugate_gradients`.

    Args:
        A: Sparse CSR matrix (n, n), symmetric positive (semi-)definite, couplings short, rows in row-major pixel order.
        pixels: Which pixels (H, W) the rows are, n of them True.

    Raises:
        ValueError: If the number of pixels is not that of the rows.
    """

    def __init__(self, A: Tensor, pixels: Tensor) -> None:
        if pixels.ndim != 2 or pixels.dtype != torch.bool or int(pixels.sum()) != A.shape[0]:
            given = f"{pixels.dtype} {tuple(pixels.shape)} with {int(pixels.sum())}"
            raise ValueError(f"pixels must be a boolean plane with {A.shape[0]} True, one for each row of A, got {given}")
        self.levels: list[_Level] = []
        while A.shape[0] > COARSEST:
            P, R, pixels = _transfers(pixels, A.dtype)
            if P.shape[1] > 0.8 * P.shape[0]:
                break
            self.levels.append(_Level(A, _damped_inverse_diagonal(A), P, R))
            A = R @ (A @ P)
        self.coarsest: Tensor = torch.linalg.pinv(A.to_dense(), hermitian=True)

    def __call__(self, r: Tensor) -> Tensor:
        """Approximate solution of A x = r for the columns of r, (n,) or (n, K)."""
        columns = r.reshape(len(r), -1).to(self.coarsest.dtype)
        return self._cycle(columns, 0).reshape(r.shape).to(r.dtype)

    def _cycle(self, b: Tensor, depth: int) -> Tensor:
        """Smooth, correct from the next grid, smooth again: columns (n, K) at a depth."""
        if depth == len(self.levels):
            return self.coarsest @ b
        level = self.levels[depth]
        x = level.damped * b
        correction = self._cycle(level.restriction @ (b - level.A @ x), depth + 1)
        x = x + level.prolongation @ correction
        smoothed: Tensor = x + level.damped * (b - level.A @ x)
        return smoothed


def _transfers(pixels: Tensor, dtype: torch.dtype) -> tuple[Tensor, Tensor, Tensor]:
    """Bilinear interpolation (fine, coarse) from every other pixel, its transpose, and the coarse pixels it reads."""
    height = pixels.shape[0] // 2 + 1
    width = pixels.shape[1] // 2 + 1
    y, x = torch.nonzero(pixels, as_tuple=True)
    between_y = y % 2 == 1
    between_x = x % 2 == 1
    right = torch.arange(4, device=y.device) % 2 == 1
    below = torch.arange(4, device=y.device) // 2 == 1
    read = (between_y[:, None] | ~below) & (between_x[:, None] | ~right)
    node = ((y[:, None] // 2 + below.long()) * width + x[:, None] // 2 + right.long())[read]
    weights: Tensor = 0.5 ** (between_y.to(dtype) + between_x.to(dtype))
    fine = torch.arange(len(y), device=y.device)[:, None].expand(-1, 4)[read]

    coarse = torch.zeros(height * width, dtype=torch.bool, device=y.device)
    coarse[node] = True
    node = (torch.cumsum(coarse, 0) - 1)[node]
    count = int(coarse.sum())
    order = torch.argsort(node, stable=True)
    P = csr_matrix(_pointers(fine, len(y)), node.int(), weights[fine], count)
    R = csr_matrix(_pointers(node, count), fine[order].int(), weights[fine[order]], len(y))
    return P, R, coarse.view(height, width)


def _pointers(rows: Tensor, count: int) -> Tensor:
    """CSR row pointers of entries in these rows."""
    return torch.nn.functional.pad(torch.bincount(rows, minlength=count).cumsum(0), (1, 0)).int()


def _damped_inverse_diagonal(A: Tensor) -> Tensor:
    """Inverse diagonal (n, 1) over the largest eigenvalue of D^-1 A, from a few power steps with a margin, damped."""
    inverse = inverse_diagonal(A)[:, None]
    x = torch.randn(A.shape[0], 1, generator=torch.Generator().manual_seed(0), dtype=A.dtype).to(A.device)
    for _ in range(12):
        x = inverse * (A @ (x / torch.linalg.vector_norm(x)))
    scale: Tensor = DAMPING / (1.1 * torch.linalg.vector_norm(x))
    return inverse * scale
