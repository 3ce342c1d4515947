"""Preconditioned conjugate gradients for symmetric positive (semi-)definite systems (Hestenes and Stiefel 1952)."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import torch
from torch import Tensor


class Linear(Protocol):
    """Anything with a shape and a diagonal that multiplies: a dense or sparse tensor, a `MattingOperator`."""

    @property
    def shape(self) -> torch.Size: ...

    def __matmul__(self, x: Tensor, /) -> Tensor: ...

    def diagonal(self) -> Tensor: ...


class Solution(NamedTuple):
    """What a solver found, and how far it came."""

    x: Tensor
    iterations: int
    residual: float
    """Norm of b - A x relative to that of b, the largest over the columns."""
    converged: bool


def jacobi(A: Linear) -> Callable[[Tensor], Tensor]:
    """Preconditioner that divides by the diagonal of A; rows whose diagonal is 0 stay as they are.

    Args:
        A: Matrix (N, N).

    Returns:
        A function of residuals (N,) or (N, K).
    """
    inverse = inverse_diagonal(A)

    def divided(r: Tensor) -> Tensor:
        factors = inverse.to(r.dtype)
        if r.ndim == 2:
            factors = factors[:, None]
        return factors * r

    return divided


def inverse_diagonal(A: Linear) -> Tensor:
    """Inverse (N,) of the diagonal of A, 1 where that is 0."""
    if isinstance(A, Tensor) and A.layout == torch.sparse_csr:
        diagonal = _csr_diagonal(A)
    else:
        diagonal = A.diagonal()
    return torch.where(diagonal > 0, 1 / diagonal, 1)


def conjugate_gradients(
    A: Linear,
    b: Tensor,
    x0: Tensor | None = None,
    *,
    preconditioner: Callable[[Tensor], Tensor] | None = None,
    tolerance: float = 1e-6,
    max_iterations: int = 2000,
    callback: Callable[[int, float], None] | None = None,
) -> Solution:
    """Solve A x = b for each column of b by preconditioned conjugate gradients.

    The columns run side by side, each with its own step lengths. The residual is read every iteration on the CPU and
    every 16 on other devices, so that these need not wait for it.

    Args:
        A: Symmetric positive definite matrix (N, N), or semi-definite with b in its range.
        b: Right-hand sides (N,) or (N, K); 0 gives x = 0 at once.
        x0: Where to start, in the shape of b; zero by default.
        preconditioner: Maps residuals to approximate solutions, symmetric positive definite; `jacobi(A)` by default.
        tolerance: Norm of b - A x, relative to that of b, at which to stop.
        max_iterations: Where to stop if not converged.
        callback: Called with the iteration and the relative residual whenever that is read.

    Returns:
        The last iterate, with `converged` False where the tolerance was not reached.

    Raises:
        ValueError: If the shapes of A, b and x0 do not fit or an option is out of range.

    >>> conjugate_gradients(torch.diag(torch.tensor([2.0, 4.0])), torch.tensor([2.0, 2.0])).x
    tensor([1.0000, 0.5000])
    """
    _check(A, b, x0, tolerance, max_iterations)
    scale = torch.linalg.vector_norm(b, dim=0)
    if not bool((scale > 0).any()):
        return Solution(torch.zeros_like(b), 0, 0.0, True)
    scale = torch.where(scale > 0, scale, 1)
    precondition = preconditioner or jacobi(A)
    every = 16
    if b.device.type == "cpu":
        every = 1

    x = x0
    if x is None:
        x = torch.zeros_like(b)
    r = b - A @ x
    residual = _largest(r, scale)
    z = precondition(r)
    p = z
    rho = (r * z).sum(0)
    iteration = 0
    while residual > tolerance and iteration < max_iterations:
        for _ in range(min(every, max_iterations - iteration)):
            iteration += 1
            q = A @ p
            alpha = _ratio(rho, (p * q).sum(0))
            x = x + alpha * p
            r = r - alpha * q
            z = precondition(r)
            previous = rho
            rho = (r * z).sum(0)
            p = z + _ratio(rho, previous) * p
        residual = _largest(r, scale)
        if callback is not None:
            callback(iteration, residual)
    return Solution(x, iteration, residual, residual <= tolerance)


def _check(A: Linear, b: Tensor, x0: Tensor | None, tolerance: float, max_iterations: int) -> None:
    size = A.shape[0]
    if A.shape != (size, size) or b.ndim not in (1, 2) or b.shape[0] != size:
        shapes = f"{tuple(A.shape)} and {tuple(b.shape)}"
        raise ValueError(f"A and b must have shapes (N, N) and (N,) or (N, K), got {shapes}; reshape them")
    if x0 is not None and x0.shape != b.shape:
        raise ValueError(f"x0 must have the shape of b, {tuple(b.shape)}, got {tuple(x0.shape)}; reshape it")
    if not tolerance > 0 or max_iterations < 0:
        given = f"{tolerance} and {max_iterations}"
        raise ValueError(f"tolerance must be above 0 and max_iterations at least 0, got {given}; 1e-6 and 2000 do")


def _largest(r: Tensor, scale: Tensor) -> float:
    """Largest relative norm of the columns; waits for the device."""
    return float((torch.linalg.vector_norm(r, dim=0) / scale).max())


def _ratio(numerator: Tensor, denominator: Tensor) -> Tensor:
    """Quotient, 0 where the denominator is: a column that is solved exactly takes no more steps."""
    return torch.where(denominator != 0, numerator / denominator, 0)


def _csr_diagonal(A: Tensor) -> Tensor:
    """Diagonal of a sparse CSR matrix."""
    pointers = A.crow_indices()
    columns = A.col_indices()
    values = A.values()
    rows = torch.arange(A.shape[0], device=values.device, dtype=pointers.dtype)
    on_diagonal = columns == torch.repeat_interleave(rows, pointers.diff(), output_size=columns.numel())
    diagonal = torch.zeros(A.shape[0], dtype=values.dtype, device=values.device)
    return diagonal.index_add_(0, columns[on_diagonal], values[on_diagonal])
