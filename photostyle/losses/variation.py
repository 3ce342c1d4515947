"""Total variation of a picture."""

from torch import Tensor


def total_variation(picture: Tensor) -> Tensor:
    """Mean squared difference between neighbours, (..., H, W) (Johnson et al. 2016, section 3.2, squared form)."""
    return picture.diff(dim=-1).pow(2).mean() + picture.diff(dim=-2).pow(2).mean()
