"""Moving one set of colours to another: the linear map between two Gaussians, and sliced optimal transport."""

import math

import numpy as np
import torch
from torch import Tensor

QUANTILES = 256  # levels that a distribution of colours is described by, along one direction


def monge_kantorovich(
    mean: Tensor, covariance: Tensor, goal_mean: Tensor, goal_covariance: Tensor, floor: float = 1e-3
) -> Tensor:
    """The linear map of least colour movement that carries one Gaussian to another (Pitie & Kokaram 2007, eq. 6).

    Args:
        mean: (3,), of the content's colours, as `colour_moments` gives it.
        covariance: (3, 3), of the content's colours.
        goal_mean: (3,), of the style's colours.
        goal_covariance: (3, 3), of the style's colours.
        floor: added to both covariances; it bounds the gain on flat colours to about sqrt(cov / floor).

    Returns:
        (3, 4) affine map as an offset from the identity: a colour v becomes v + T (v, 1).
    """
    eye = torch.eye(3, dtype=mean.dtype, device=mean.device)
    source = covariance + floor * eye
    goal = goal_covariance + floor * eye
    half = _matrix_power(source, 0.5)
    inverse_half = _matrix_power(source, -0.5)
    linear = inverse_half @ _matrix_power(half @ goal @ half, 0.5) @ inverse_half
    shift = goal_mean - linear @ mean
    return torch.cat([linear - eye, shift[:, None]], 1)


def _matrix_power(matrix: Tensor, exponent: float) -> Tensor:
    """Power of a symmetric positive matrix, by its eigenvalues in float64."""
    values, vectors = torch.linalg.eigh(matrix.double())
    powers: Tensor = values.clamp_min(1e-8) ** exponent
    powered: Tensor = ((vectors * powers) @ vectors.T).to(matrix.dtype)
    return powered


def directions(count: int = 48) -> Tensor:
    """Unit vectors spread evenly over half a sphere: a direction and its opposite are one (Fibonacci lattice, Swinbank 2006).

    Returns:
        (count, 3) float32.
    """
    k = torch.arange(count, dtype=torch.float32) + 0.5
    z = 1 - k / count
    angle = k * math.pi * (3 - math.sqrt(5))
    r = (1 - z * z).sqrt()
    return torch.stack([r * angle.cos(), r * angle.sin(), z], 1)


def quantiles(values: Tensor, count: int = QUANTILES) -> Tensor:
    """Values at the mid-quantiles (k + 1/2) / count of some samples, linear between the sorted samples.

    Args:
        values: (D, n), n samples along each of D directions.
        count: Q, how many quantiles.

    Returns:
        (D, Q), ascending along each direction.
    """
    ordered = _ascending(values)
    n = values.shape[1]
    at = ((torch.arange(count, device=values.device) + 0.5) / count * n - 0.5).clamp(0, n - 1)
    low = at.floor().long()
    high = (low + 1).clamp(max=n - 1)
    t = at - low
    return ordered[:, low] * (1 - t) + ordered[:, high] * t


def _ascending(values: Tensor) -> Tensor:
    """The values (D, n), sorted along each direction; differentiable where they need it."""
    if values.device.type == "cpu" and not values.requires_grad:  # numpy sorts ten times as fast as torch there
        return torch.from_numpy(np.sort(values.numpy(), axis=1))
    return values.sort(dim=1)[0]


def sliced_wasserstein(colours: Tensor, goal: Tensor, along: Tensor) -> Tensor:
    """Mean squared 2-Wasserstein distance along directions (Bonneel et al. 2015, eq. 10); differentiable in the colours.

    Args:
        colours: (3, n), in any colour space.
        goal: (D, Q), the `quantiles` of the goal's colours along each direction.
        along: (D, 3) unit vectors, as `directions` makes them.

    Returns:
        A scalar, in squared units of the colours.
    """
    return (quantiles(along @ colours, goal.shape[1]) - goal).pow(2).mean()


def sliced_transfer(colours: Tensor, levels: Tensor, rounds: int, share: float = 1.0) -> Tensor:
    """Colours moved until they are distributed as a goal, each as little as may be (Rabin et al. 2011, section 3).

    Each round moves every colour by the mean of what the optimal transports along all directions ask of it.

    Args:
        colours: (3, n), in the space of the levels.
        levels: (D, Q), the `quantiles` of the goal along `directions(D)`.
        rounds: how often they are moved; after ten they lie where they will.
        share: of the way to go, 0 to 1.

    Returns:
        (3, n).
    """
    along = directions(len(levels)).to(colours)
    wanted = quantiles(levels, colours.shape[1])
    moved = colours
    for _ in range(rounds):
        projected = along @ moved
        steps = transport_targets(projected, wanted) - projected
        moved = moved + 3 / len(along) * (along.T @ steps)  # directions over a sphere: their outer products have the mean 1/3
    return colours + share * (moved - colours)


def transport_targets(projected: Tensor, levels: Tensor) -> Tensor:
    """Where the optimal transport along each direction sends each sample: the lowest sample to the lowest level, and so on.

    The squared distance to fixed targets is an upper bound of the Wasserstein distance, tight where they were made.

    Args:
        projected: (D, n) samples along each direction, without gradient.
        levels: (D, n), ascending: the `quantiles` of the goal, as many as there are samples.

    Returns:
        (D, n), a target for each sample.
    """
    if projected.device.type == "cpu":  # numpy's sort is four times as fast as torch's there
        order = torch.from_numpy(projected.numpy().argsort(1))
    else:
        order = projected.argsort(1)
    return torch.empty_like(projected).scatter_(1, order, levels)
