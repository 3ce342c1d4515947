"""Windows of an image, centred on their mean and whitened by their covariance (Levin et al. 2008, eq. 12)."""

import torch
from torch import Tensor

from matting.boxes import window_sums


def whiten(image: Tensor, epsilon: float, out: Tensor) -> list[list[Tensor]]:
    """Centre and whiten every window of an image, so that inner products give the matting affinity.

    For window k of n pixels, with mean mu and covariance S, the y_a of its pixels a satisfy
    `y_a . y_b = (I_a - mu)^T (S + eps/n Id)^-1 (I_b - mu) / n`: they solve `K y = (I - mu) / sqrt(n)` by forward
    substitution, with K the Cholesky factor of the regularised covariance.

    Works plane by plane: an operation on a plane of a strip stays in cache, and on one core.

    Args:
        image: Colours (C, h, w), any float type; computed in the type of `out`.
        epsilon: Regularisation of the covariance.
        out: Memory (C, size, size, h - size + 1, w - size + 1) to write to.

    Returns:
        For each channel the n planes of y, one for each place in the window in row-major order.
    """
    size, height, width = out.shape[2:]
    deviations = []
    for channel, memory in zip(image.unbind(0), out.flatten(1, 2).unbind(0), strict=True):
        pixels = channel.to(out.dtype) / size
        mean = window_sums(pixels, size).div_(size * size)
        planes = list(memory.unbind(0))
        for place, y in enumerate(planes):
            dy, dx = divmod(place, size)
            torch.sub(pixels[dy : dy + height, dx : dx + width], mean, out=y)
        deviations.append(planes)

    factor = _inverse_pivots_cholesky(deviations, epsilon / size**2)
    for c, planes in enumerate(deviations):
        for place, y in enumerate(planes):
            for d in range(c):
                y.addcmul_(factor[c][d], deviations[d][place], value=-1)
            y.mul_(factor[c][c])
    return deviations


def _inverse_pivots_cholesky(deviations: list[list[Tensor]], ridge: float) -> list[list[Tensor]]:
    """Rows of the Cholesky factor of each window's covariance + ridge, with the inverse of its diagonal."""
    factor: list[list[Tensor]] = []
    for c, planes in enumerate(deviations):
        row: list[Tensor] = []
        for d in range(c):
            entry = _dot(planes, deviations[d])
            for e in range(d):
                entry.addcmul_(row[e], factor[d][e], value=-1)
            row.append(entry.mul_(factor[d][d]))
        pivot = _dot(planes, planes).add_(ridge)
        for entry in row:
            pivot.addcmul_(entry, entry, value=-1)
        factor.append([*row, pivot.rsqrt_()])
    return factor


def _dot(left: list[Tensor], right: list[Tensor]) -> Tensor:
    """Sum of the products of two lists of planes."""
    total = left[0] * right[0]
    for x, y in zip(left[1:], right[1:], strict=True):
        total.addcmul_(x, y)
    return total
