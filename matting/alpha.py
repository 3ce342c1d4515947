"""Alpha mattes by closed-form matting (Levin et al. 2008): from a trimap, or in a band around the border of a mask."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import max_pool2d

from matting.arguments import check_plane
from matting.multigrid import Multigrid
from matting.solver import Solution, conjugate_gradients
from matting.system import unknown_system


def alpha_from_trimap(
    image: Tensor,
    trimap: Tensor,
    *,
    epsilon: float = 1e-7,
    tolerance: float = 1e-4,
    max_iterations: int = 1000,
    callback: Callable[[int, float], None] | None = None,
) -> Solution:
    """Share of the foreground in each pixel: the minimum of `a^T L a` that keeps the known pixels of a trimap.

    Known pixels are constraints, not penalties (Levin et al. weigh them by 100).

    Args:
        image: Colours (C, H, W), nominally 0 to 1, at least 3 x 3 pixels.
        trimap: (H, W): 0 and below is background, 1 and above is foreground, anything between is unknown.
        epsilon: Regularisation of the Laplacian; larger gives smoother mattes.
        tolerance: Relative residual at which to stop.
        max_iterations: Where to stop if not converged; `converged` tells.
        callback: Called with the iteration and the relative residual.

    Returns:
        Solution whose x is alpha (H, W) in [0, 1], in the type of the image.

    Raises:
        ValueError: If the trimap knows no pixel, does not fit the image, or the image is too small.
    """
    check_plane("trimap", trimap, image)
    known = (trimap <= 0) | (trimap >= 1)
    foreground = (trimap >= 1).to(image.dtype)[None]
    solution = fill_unknown(image, foreground, known, epsilon, tolerance, max_iterations, callback)
    return solution._replace(x=solution.x[0].clamp(0, 1))


def refine_mask(
    image: Tensor,
    mask: Tensor,
    band: int,
    *,
    epsilon: float = 1e-5,
    tolerance: float = 1e-4,
    max_iterations: int = 500,
    callback: Callable[[int, float], None] | None = None,
) -> Solution:
    """Let the border of a mask follow the image: closed-form matting in a band round it, the rest kept as it is.

    Several masks are refined together. Where they sum to 1, so do the refined ones: the matte is linear in what is
    known. A mask without border comes back unchanged, after no iterations.

    Args:
        image: Colours (C, H, W), nominally 0 to 1, at least 3 x 3 pixels.
        mask: One mask (H, W) or several (R, H, W), 0 to 1.
        band: How far from a border, in pixels, masks may change; along rows and columns.
        epsilon: Regularisation of the Laplacian; the default keeps noise and compression out of the mattes.
        tolerance: Relative residual at which to stop.
        max_iterations: Where to stop if not converged; `converged` tells.
        callback: Called with the iteration and the relative residual.

    Returns:
        Solution whose x is the soft mask or masks in the shape of `mask`, in [0, 1].

    Raises:
        ValueError: If band is below 1, if it leaves no pixel known, or if mask does not fit the image.
    """
    masks = mask
    if mask.ndim == 2:
        masks = mask[None]
    if masks.ndim != 3:
        raise ValueError(f"mask must have shape (H, W) or (R, H, W), got {tuple(mask.shape)}; drop or add an axis")
    if not masks.is_floating_point():
        raise ValueError(f"mask must hold floats, in 0 to 1, got {mask.dtype}; convert it")
    check_plane("mask", masks[0], image)
    if not isinstance(band, int) or band < 1:
        raise ValueError(f"band must be a whole number of pixels, at least 1, got {band!r}")
    known = ~_border(masks, band)
    if known.all():
        return Solution(mask.clone(), 0, 0.0, True)
    solution = fill_unknown(image, masks, known, epsilon, tolerance, max_iterations, callback)
    refined = solution.x.clamp(0, 1)
    if len(masks) > 1:
        total = masks.sum(0)
        refined = refined * (total / refined.sum(0).clamp(min=torch.finfo(refined.dtype).tiny))
    return solution._replace(x=torch.where(known, masks, refined).reshape(mask.shape))


def fill_unknown(
    image: Tensor,
    values: Tensor,
    known: Tensor,
    epsilon: float,
    tolerance: float,
    max_iterations: int,
    callback: Callable[[int, float], None] | None = None,
) -> Solution:
    """Carry known values into the other pixels by minimising `x^T L x`, for each plane of `values`.

    Args:
        image: Colours (C, H, W).
        values: (K, H, W), read where known.
        known: (H, W), True where settled.
        epsilon: As for `alpha_from_trimap`.
        tolerance: As for `alpha_from_trimap`.
        max_iterations: As for `alpha_from_trimap`.
        callback: As for `alpha_from_trimap`.

    Returns:
        Solution whose x is (K, H, W), known values in place, in the type of `values`.

    Raises:
        ValueError: If no pixel is known.
    """
    if not known.any():
        raise ValueError("some pixels must be known, got none; give a trimap with 0s and 1s, or a narrower band")
    x = values.clone()
    if known.all():
        return Solution(x, 0, 0.0, True)
    A, b = unknown_system(image, values, known, epsilon)
    solution = conjugate_gradients(
        A,
        b,
        preconditioner=Multigrid(A, ~known),
        tolerance=tolerance,
        max_iterations=max_iterations,
        callback=callback,
    )
    x[:, ~known] = solution.x.T.to(x.dtype)
    return solution._replace(x=x)


def _border(masks: Tensor, band: int) -> Tensor:
    """Pixels (H, W) that have a pixel of another label within `band` rows and columns.

    A label is which of several masks (R, H, W) is the largest; of one mask, whether it is at least a half.
    """
    if len(masks) > 1:
        labels = masks.max(0).indices
    else:
        labels = masks[0] >= 0.5
    levels = labels.to(torch.float32)[None, None]
    return (_highest(levels, band) != -_highest(-levels, band))[0, 0]


def _highest(x: Tensor, reach: int) -> Tensor:
    """The largest value of (1, 1, H, W) within `reach` rows and columns of each pixel."""
    tall = max_pool2d(x, (2 * reach + 1, 1), 1, (reach, 0))
    return max_pool2d(tall, (1, 2 * reach + 1), 1, (0, reach))
