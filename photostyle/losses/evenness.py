"""Evenness: a plain surface stays plain, so that a region's new colours are not spread over it as blotches."""

import torch
from torch import Tensor
from torch.nn import functional as F

from matting.laplacian import matting_laplacian
from matting.ordered import in_order
from photostyle.colour import luminance
from photostyle.losses.photorealism import photorealism


class Evenness:
    """The photorealism of a small copy of the picture, in which colour weighs more than light.

    The matting Laplacian's windows are three pixels wide: a ramp of colour across a plain wall costs next to nothing in
    them, and much in a picture of a few dozen cells. A ramp of light is a shading that photos have; one of colour is not.

    Args:
        content: (3, H, W), sRGB-encoded in [0, 1], at least 3 pixels a side.
        cells: how many pixels the long side of the small copy has, about.
        chroma: the weight of colour, against 1 for light.
    """

    def __init__(self, content: Tensor, cells: int = 56, chroma: float = 12.0) -> None:
        height, width = content.shape[1:]
        wanted = max(height, width) // cells
        largest = min(height, width) // 3  # a window of the Laplacian needs three cells
        self.box = max(1, min(wanted, largest))
        self.chroma = chroma**0.5
        self.laplacian = in_order(matting_laplacian(F.avg_pool2d(content, self.box), dtype=torch.float32))

    def __call__(self, picture: Tensor) -> Tensor:
        """The penalty of a picture (3, H, W) of the content's size: a scalar, at least 0."""
        small = F.avg_pool2d(picture, self.box)
        light = luminance(small)
        red = self.chroma * (small[0] - light)
        blue = self.chroma * (small[2] - light)
        return photorealism(torch.stack([light, red, blue]), self.laplacian)
