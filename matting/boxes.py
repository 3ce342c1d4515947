"""Sums over square windows, in a number of additions that grows with the logarithm of their side."""

from torch import Tensor
from torch.nn.functional import pad


def running_sum(x: Tensor, size: int, dim: int) -> Tensor:
    """Sum every run of `size` values along a dimension.

    Doubles the length of the partial sums and adds up those that make `size`: no subtraction, so nothing is lost in
    float32, unlike with an integral image.

    Args:
        x: Values of any shape and type.
        size: Length of a run, at least 1 and at most that of the dimension.
        dim: The dimension.

    Returns:
        The sums, in the type of `x`; the dimension is shorter by size - 1.

    >>> import torch
    >>> running_sum(torch.arange(6.0), 3, 0)
    tensor([ 3.,  6.,  9., 12.])
    """
    length = x.shape[dim] - size + 1
    total: Tensor | None = None
    start = 0
    partial = x  # sums of `span` values
    span = 1
    while True:
        if size & span:
            piece = partial.narrow(dim, start, length)
            if total is None:
                total = piece
            else:
                total = total + piece
            start += span
        if 2 * span > size and total is not None:
            return total
        rest = partial.shape[dim] - span
        partial = partial.narrow(dim, 0, rest) + partial.narrow(dim, span, rest)
        span *= 2


def window_sums(x: Tensor, size: int) -> Tensor:
    """Sum `x` (..., H, W) over every size x size window that lies inside: (..., H - size + 1, W - size + 1)."""
    return running_sum(running_sum(x, size, -2), size, -1)


def spread_sums(x: Tensor, size: int) -> Tensor:
    """Sum, at each pixel, values `x` (..., h, w) of the windows that hold it: the transpose of `window_sums`."""
    return window_sums(pad(x, (size - 1,) * 4), size)


def box_mean(x: Tensor, radius: int) -> Tensor:
    """Mean of `x` (..., H, W) over the (2 * radius + 1)^2 window round each pixel, cut at the border."""
    rows = _inside(x, -2, radius)
    columns = _inside(x, -1, radius)
    return window_sums(pad(x, (radius,) * 4), 2 * radius + 1) / (rows[:, None] * columns)


def _inside(x: Tensor, dim: int, radius: int) -> Tensor:
    """How many of the 2 * radius + 1 positions round each one along a dimension lie inside, in the type of `x`."""
    ones = x.new_ones(x.shape[dim])
    return running_sum(pad(ones, (radius, radius)), 2 * radius + 1, 0)
