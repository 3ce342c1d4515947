"""Total variation of a picture (Johnson et al. 2016, section 3.2)."""

from torch import Tensor


def total_variation(picture: Tensor) -> Tensor:
    """Mean squared difference between neighbours (Johnson et al. 2016, section 3.2, squared form).

    Args:
        picture: (..., H, W), at least 2 pixels a side.

    Returns:
        A scalar, 0 for a flat picture, in squared units of the picture.
    """
    across = picture.diff(dim=-1).pow(2).mean()
    down = picture.diff(dim=-2).pow(2).mean()
    return across + down
