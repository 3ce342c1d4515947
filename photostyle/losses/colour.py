"""Distance between colour distributions: sliced Wasserstein (Bonneel et al. 2015) in CIE Lab."""

import math

import torch
from torch import Tensor

QUANTILES = 256
_XYZ = ((0.412456, 0.357576, 0.180438), (0.212673, 0.715152, 0.072175), (0.019334, 0.119192, 0.950304))
_AXES = ((0, 1.16, 0), (5, -5, 0), (0, 2, -2))  # L, a and b / 100, from the cube roots
_WHITE = (0.950470, 1.0, 1.088830)  # D65


def lab(colours: Tensor) -> Tensor:
    """sRGB-encoded colours (3, ...) in [0, 1] -> CIE 1976 L*a*b* (D65) divided by 100, (3, ...).

    Outside [0, 1] the curves go on as straight lines, so that the gradient never vanishes or explodes.
    """
    v = colours.clamp(1e-4, 1)
    linear = torch.where(v > 0.04045, ((v + 0.055) / 1.055) ** 2.4, v / 12.92) + (colours - v) / 12.92
    matrix = colours.new_tensor(_XYZ) / colours.new_tensor(_WHITE)[:, None]
    t = torch.tensordot(matrix, linear, 1)
    f = torch.where(t > 216 / 24389, t.clamp_min(1e-6) ** (1 / 3), t * (24389 / 27 / 116) + 16 / 116)
    return torch.tensordot(colours.new_tensor(_AXES), f, 1) - colours.new_tensor([0.16, 0, 0]).reshape(3, *[1] * (f.ndim - 1))


def directions(count: int = 48) -> Tensor:
    """(count, 3) unit vectors spread evenly over half a sphere (Fibonacci lattice): a direction and its opposite are one."""
    k = torch.arange(count, dtype=torch.float32) + 0.5
    z, angle = 1 - k / count, k * math.pi * (3 - math.sqrt(5))
    r = (1 - z * z).sqrt()
    return torch.stack([r * angle.cos(), r * angle.sin(), z], 1)


def quantiles(values: Tensor, count: int = QUANTILES) -> Tensor:
    """(D, n) samples -> (D, count) values at the mid-quantiles (k + 1/2) / count, linear between the sorted samples."""
    ordered, n = values.sort(dim=1)[0], values.shape[1]
    at = ((torch.arange(count, device=values.device) + 0.5) / count * n - 0.5).clamp(0, n - 1)
    low = at.floor().long()
    t = at - low
    return ordered[:, low] * (1 - t) + ordered[:, (low + 1).clamp(max=n - 1)] * t


def sliced_wasserstein(colours: Tensor, goal: Tensor, along: Tensor) -> Tensor:
    """Mean squared 2-Wasserstein distance along directions, between colours (3, n) and goal quantiles (D, Q); along (D, 3)."""
    return (quantiles(along @ colours, goal.shape[1]) - goal).pow(2).mean()


def transport_targets(projected: Tensor, levels: Tensor) -> Tensor:
    """Where the optimal transport along each direction sends each sample: (D, n) samples, (D, n) levels -> (D, n).

    Levels are what the samples become, from the least to the greatest: `quantiles` of the goal, as many as samples.
    The squared distance to fixed targets is an upper bound of the Wasserstein distance, tight where they were made.
    """
    if projected.device.type == "cpu":  # numpy's sort is four times as fast as torch's there
        order = torch.from_numpy(projected.numpy().argsort(1))
    else:
        order = projected.argsort(1)
    return torch.empty_like(projected).scatter_(1, order, levels)
