"""Distance of features from the content's own (Gatys et al. 2016, eq. 1)."""

from torch import Tensor


def content_distance(features: Tensor, goal: Tensor) -> Tensor:
    """Mean squared difference of two feature maps (Gatys et al. 2016, eq. 1, per entry).

    Args:
        features: (C, h, w) or any other shape, an encoder's features of the picture.
        goal: the content's features, in the same shape.

    Returns:
        A scalar, 0 where they are equal, in squared units of the features.
    """
    return (features - goal).pow(2).mean()
