"""Guided filter (He et al. 2013), with grey or colour guides, and its fast form with coefficients of low size."""

import torch
from torch import Tensor

from matting.boxes import box_mean
from matting.covariance import inverse


def guided_filter(guide: Tensor, source: Tensor, radius: int, epsilon: float) -> Tensor:
    """Smooth `source` so that its edges are those of `guide` (He et al. 2013, eqs. 14 to 16).

    In each window the output is affine in the guide; windows are cut at the border. Differentiable in both.

    Args:
        guide: What gives the edges (B, Cg, H, W), usually the photo, nominally 0 to 1.
        source: What is filtered (B, C, H, W), a mask or an image; B may be 1 in either.
        radius: Windows are (2 * radius + 1) pixels square.
        epsilon: Regularisation, in squared units of the guide: edges of the guide with less variance are smoothed.
            In float32 keep it above about 1e-6.

    Returns:
        The filtered source (B, C, H, W).

    Raises:
        ValueError: If shapes or types do not fit, or radius or epsilon is out of range.

    >>> flat = torch.full((1, 1, 5, 7), 0.25)
    >>> torch.allclose(guided_filter(torch.rand(1, 3, 5, 7), flat, 2, 1e-2), flat)
    True
    """
    return apply_coefficients(*guided_coefficients(guide, source, radius, epsilon), guide)


def guided_coefficients(guide: Tensor, source: Tensor, radius: int, epsilon: float) -> tuple[Tensor, Tensor]:
    """Coefficients a, b of the guided filter, averaged over windows, so that the output is `sum_g a_g I_g + b`.

    Taken from small copies of guide and source, they can be applied to the full-size guide: the fast guided filter
    (He and Sun 2015). Scale the radius with the copies.

    Args:
        guide: What gives the edges (B, Cg, H, W).
        source: What is filtered (B, C, H, W).
        radius: As for `guided_filter`.
        epsilon: As for `guided_filter`.

    Returns:
        a (B, C, Cg, H, W) and b (B, C, H, W).

    Raises:
        ValueError: As for `guided_filter`.
    """
    _check(guide, source, radius, epsilon)
    mean_I = box_mean(guide, radius)
    mean_p = box_mean(source, radius)
    cov_II = box_mean(guide[:, :, None] * guide[:, None], radius) - mean_I[:, :, None] * mean_I[:, None]
    cov_Ip = box_mean(source[:, :, None] * guide[:, None], radius) - mean_p[:, :, None] * mean_I[:, None]
    precision = inverse(cov_II.movedim(0, 2), epsilon).movedim(2, 0)
    a = (cov_Ip[:, :, :, None] * precision[:, None]).sum(2)
    b = mean_p - (a * mean_I[:, None]).sum(2)
    return box_mean(a, radius), box_mean(b, radius)


def apply_coefficients(
    a: Tensor, b: Tensor, guide: Tensor, corner: tuple[int, int] = (0, 0), size: tuple[int, int] | None = None
) -> Tensor:
    """Apply coefficients of the guided filter to a guide of any size, or to a tile of it.

    The coefficients are interpolated bilinearly, pixel centres at halves, edges held; at their own size they are used
    as they are.

    Args:
        a: (B, C, Cg, h, w), from `guided_coefficients`.
        b: (B, C, h, w).
        guide: Full-size guide (B, Cg, H, W), or a tile of one.
        corner: Line and column of the tile's first pixel in the full-size guide.
        size: Height and width of the full-size guide; by default `guide` is all of it.

    Returns:
        The output (B, C, H, W) for the guide or the tile.

    Raises:
        ValueError: If the tile reaches outside the full size.
    """
    lines, columns = guide.shape[-2:]
    height, width = size or (lines, columns)
    top, left = corner
    if min(top, left) < 0 or top + lines > height or left + columns > width:
        tile = f"{lines} x {columns} at {corner}"
        raise ValueError(f"guide must lie inside the full size {height} x {width}, got {tile}; give corner and size")
    if (height, width) != tuple(b.shape[-2:]):
        a = stretched(stretched(a, -2, height, top, lines), -1, width, left, columns)
        b = stretched(stretched(b, -2, height, top, lines), -1, width, left, columns)
    else:
        a = a[..., top : top + lines, left : left + columns]
        b = b[..., top : top + lines, left : left + columns]
    output = b.clone()
    for channel in range(guide.shape[1]):
        output = output.addcmul_(a[:, :, channel], guide[:, None, channel])
    return output


def stretched(x: Tensor, dim: int, length: int, start: int, count: int) -> Tensor:
    """Values of `x`, stretched along one of its last two dimensions to `length`, at `count` places from `start` on.

    Bilinear, pixel centres at halves, edges held; the rest of the stretched tensor is never made.

    Args:
        x: Values (..., h, w).
        dim: -2 or -1.
        length: Of the whole stretched dimension.
        start: First place that is wanted.
        count: How many are.

    Returns:
        `x` with `count` values along the dimension.
    """
    short = x.shape[dim]
    place = torch.arange(start, start + count, device=x.device, dtype=torch.float64)
    place = ((place + 0.5) * (short / length) - 0.5).clamp(0, short - 1)
    before = place.long().clamp(max=max(short - 2, 0))
    after = (before + 1).clamp(max=short - 1)
    weight = (place - before).to(x.dtype)
    if dim == -2:
        return torch.lerp(x.index_select(dim, before), x.index_select(dim, after), weight[:, None])
    along = (*x.shape[:-1], count)  # on a processor `index_select` takes ten times as long as `gather` within rows
    return torch.lerp(x.gather(-1, before.expand(along)), x.gather(-1, after.expand(along)), weight)


def _check(guide: Tensor, source: Tensor, radius: int, epsilon: float) -> None:
    if guide.ndim != 4 or source.ndim != 4:
        shapes = f"{tuple(guide.shape)} and {tuple(source.shape)}"
        raise ValueError(f"guide and source must have shape (B, C, H, W), got {shapes}; add a batch axis")
    if guide.shape[-2:] != source.shape[-2:]:
        shapes = f"{tuple(guide.shape[-2:])} and {tuple(source.shape[-2:])}"
        raise ValueError(f"guide and source must have the same height and width, got {shapes}; resize one")
    if guide.dtype != source.dtype or not guide.is_floating_point():
        raise ValueError(f"guide and source must be floats of one type, got {guide.dtype}, {source.dtype}; convert one")
    if not isinstance(radius, int) or radius < 1 or not epsilon > 0:
        raise ValueError(f"radius must be at least 1 and epsilon above 0, got {radius} and {epsilon}; try 8 and 1e-4")
