"""Evenness: plain surfaces stay plain, so that colours which a region has no tones for are not spread over it by place."""

import torch
from torch import Tensor
from torch.nn import functional as F

from matting.laplacian import matting_laplacian
from photostyle.colour import luminance
from photostyle.losses.photorealism import photorealism


class Evenness:
    """The photorealism of a small picture, that of its colour above that of its light.

    The matting Laplacian's windows are three pixels wide: a ramp of colour across a plain wall costs next to nothing in
    them, and much in a picture of a few dozen cells. A ramp of light is a shading that photos have; one of colour is not.

    Args:
        content: (3, H, W), at least 3 pixels a side.
        cells: of the small picture's long side.
        chroma: the weight of colour, against that of light.
    """

    def __init__(self, content: Tensor, cells: int = 56, chroma: float = 12.0):
        short, long = sorted(content.shape[1:])
        self.box, self.chroma = max(1, min(long // cells, short // 3)), chroma**0.5
        self.laplacian = matting_laplacian(F.avg_pool2d(content, self.box), dtype=torch.float32)

    def __call__(self, picture: Tensor) -> Tensor:
        small = F.avg_pool2d(picture, self.box)
        light = luminance(small)
        parts = [light, self.chroma * (small[0] - light), self.chroma * (small[2] - light)]
        return photorealism(torch.stack(parts), self.laplacian)
