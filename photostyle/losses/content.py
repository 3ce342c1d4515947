"""Distance of features from the content's own (Gatys et al. 2016, eq. 1)."""

from torch import Tensor


def content_distance(features: Tensor, goal: Tensor) -> Tensor:
    """Mean squared difference of two feature maps of one shape."""
    return (features - goal).pow(2).mean()
