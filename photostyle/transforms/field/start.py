"""The closed-form start: the linear Monge-Kantorovich map between two colour distributions."""

import torch
from torch import Tensor


def colour_moments(colours: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Weighted mean (3,) and covariance (3, 3) of colours (3, N) with weights (N,)."""
    share = weights / weights.sum().clamp_min(1e-9)
    mean = colours @ share
    centred = colours - mean[:, None]
    return mean, (centred * share) @ centred.T


def _power(matrix: Tensor, exponent: float) -> Tensor:
    values, vectors = torch.linalg.eigh(matrix.double())
    return ((vectors * values.clamp_min(1e-8) ** exponent) @ vectors.T).to(matrix.dtype)


def monge_kantorovich(
    mean: Tensor, covariance: Tensor, goal_mean: Tensor, goal_covariance: Tensor, floor: float = 1e-3
) -> Tensor:
    """The linear map of least colour movement that carries one Gaussian to another (Pitie & Kokaram 2007, eq. 6).

    Args:
        mean, covariance: (3,) and (3, 3) of the content's colours; goal_mean, goal_covariance: of the style's.
        floor: added to both covariances; it bounds the gain on flat colours to about sqrt(cov / floor).

    Returns:
        (3, 4) affine offset from the identity.
    """
    eye = torch.eye(3, dtype=mean.dtype, device=mean.device)
    covariance, goal_covariance = covariance + floor * eye, goal_covariance + floor * eye
    half, inverse = _power(covariance, 0.5), _power(covariance, -0.5)
    linear = inverse @ _power(half @ goal_covariance @ half, 0.5) @ inverse
    return torch.cat([linear - eye, (goal_mean - linear @ mean)[:, None]], 1)
