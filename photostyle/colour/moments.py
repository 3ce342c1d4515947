"""Weighted mean and covariance of colours."""

from torch import Tensor


def colour_moments(colours: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Weighted mean and covariance of a set of colours.

    Args:
        colours: (3, N), in any colour space.
        weights: (N,), at least 0, such as a region's mask. They need not sum to 1; where all are 0, so are the moments.

    Returns:
        The mean (3,) and the covariance (3, 3), divided by the sum of the weights.
    """
    share = weights / weights.sum().clamp_min(1e-9)
    mean = colours @ share
    centred = colours - mean[:, None]
    covariance = (centred * share) @ centred.T
    return mean, covariance
