"""Closed-form matting Laplacian (Levin et al. 2008) as a sparse matrix, and its quadratic form."""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from matting.arguments import check_epsilon, check_image, check_plane
from matting.assembly import Assembly
from matting.ordered import OrderedMatrix
from matting.stencil import Pattern, csr_matrix, empty


def matting_laplacian(
    image: Tensor,
    epsilon: float = 1e-7,
    radius: int = 1,
    known: Tensor | None = None,
    dtype: torch.dtype = torch.float64,
) -> Tensor:
    """Assemble the matting Laplacian of an image (Levin et al. 2008, eq. 12).

    `L_ij = sum_k [d_ij - (1 + (I_i - mu_k)^T (S_k + eps/n Id)^-1 (I_j - mu_k)) / n]` over the windows k of n pixels
    that hold both i and j and lie inside the image. L is symmetric, positive semi-definite, its rows sum to 0, and
    `x^T L x = 0` for x affine in the colours of every window (up to epsilon). No gradient flows back to the image;
    `MattingOperator` has one.

    Summed in float64 whatever the types of the image and of the result; peak memory is about 1.2 times the result's.

    Args:
        image: Colours (C, H, W), one or three channels, nominally 0 to 1; at least 2 * radius + 1 pixels each way.
        epsilon: Regularisation of the colour covariance, in squared units of the image; larger is smoother.
        radius: Windows are (2 * radius + 1) pixels square.
        known: Pixels (H, W) whose value is settled, nonzero where so. Windows of known pixels alone are left out, as
            they say nothing about the others; rows of pixels without windows are 0.
        dtype: Type of the values, float32 or float64.

    Returns:
        Sparse CSR matrix (H * W, H * W) over the pixels in row-major order, on the image's device. Each row stores the
        whole (4 * radius + 1)^2 stencil inside the image, zeros included. Indices are int32 where they fit.

    Raises:
        ValueError: If the image is smaller than a window, not finite, or an argument is out of range.

    >>> L = matting_laplacian(torch.rand(3, 4, 5))
    >>> L.shape, L.values().numel()
    (torch.Size([20, 20]), 266)
    """
    check_image(image, radius)
    check_epsilon(epsilon)
    if dtype not in (torch.float32, torch.float64):
        raise ValueError(f"dtype must be torch.float32 or torch.float64, got {dtype}")
    if known is not None:
        check_plane("known", known, image)
        known = known != 0
    height, width = image.shape[1:]
    pattern = Pattern(height, width, radius)
    values = empty(pattern.entries, dtype, image.device)
    Assembly(image.detach(), epsilon, pattern, values, known).run()
    return csr_matrix(pattern.row_pointers(image.device), pattern.column_indices(image.device), values)


def quadratic_form(L: Tensor | OrderedMatrix, v: Tensor) -> Tensor:
    """Sum over channels of `v_c^T L v_c` for a symmetric L, with gradient `2 L v` (Luan et al. 2017, eq. 2).

    One sparse product serves the value and the gradient; L is a constant. Differentiable once.

    Args:
        L: Symmetric matrix (N, N), sparse, dense or ordered.
        v: Channels as columns (N,) or (N, C), or as planes (..., H, W) with H * W = N; in the type of L.

    Returns:
        A scalar.

    Raises:
        ValueError: If the sizes or the types of L and v differ.

    >>> L = matting_laplacian(torch.rand(3, 4, 5, dtype=torch.float64))
    >>> bool(quadratic_form(L, torch.ones(3, 4, 5, dtype=torch.float64)).abs() < 1e-12)
    True
    """
    columns = v
    if v.ndim >= 3:
        columns = v.flatten(0, -3).flatten(1).T
    if v.ndim == 0 or columns.shape[0] != L.shape[0]:
        expected = f"(N,), (N, C) or (..., H, W) of N = {L.shape[0]} pixels"
        raise ValueError(f"v must have shape {expected}, got {tuple(v.shape)}; reshape it")
    if v.dtype != L.dtype:
        raise ValueError(f"v must have the type of L, {L.dtype}, got {v.dtype}; convert v, or build L with that dtype")
    form: Tensor = _QuadraticForm.apply(columns, L)
    return form


class _QuadraticForm(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, v: Tensor, L: Tensor | OrderedMatrix) -> Tensor:
        product = L @ v
        ctx.save_for_backward(product)
        return (v * product).sum()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        (product,) = ctx.saved_tensors
        return 2 * grad * product, None
