"""What indexes the depth of a field: a photo's luminance less its fine detail, edges kept.

Sliced by plain luminance, the slope of a field's tone curve is also the contrast of the finest texture. A guided filter of
the luminance by itself (He et al. 2013, section 3.2) sets the two apart: tones go by the guide, texture by the matrices.
Its coefficients are taken from a small copy and met by the photo at its own size, so every size is indexed alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from matting.guided import apply_coefficients, guided_coefficients
from photostyle.colour import luminance
from photostyle.regions.resampling import size_within

SIZE = 448  # long side of the copy
REACH = 1 / 64  # radius of the filter's windows, of the long side
DETAIL = 0.04  # squared luminance: a window that varies less is taken to be texture


def shrunk(planes: Tensor, size: Sequence[int]) -> Tensor:
    """Planes (C, H, W) at a smaller size (h, w), each pixel the mean of what it covers."""
    if list(planes.shape[1:]) == list(size):
        return planes
    return F.interpolate(planes[None], list(size), mode="area")[0]


class AreaMeans:
    """`shrunk` as two products with matrices: its gradient is the same each time on a graphics card too.

    Args:
        like: (..., H, W), of the size, type and device of what will be shrunk.
        size: (h, w) to shrink to.
    """

    def __init__(self, like: Tensor, size: Sequence[int]) -> None:
        self.rows = _averaging(like.shape[-2], size[0]).to(like)
        self.columns = _averaging(like.shape[-1], size[1]).to(like)

    def __call__(self, planes: Tensor) -> Tensor:
        """Planes (C, H, W) -> (C, h, w); differentiable."""
        return self.rows @ (planes @ self.columns.T)


def _averaging(many: int, few: int) -> Tensor:
    """(few, many), the mean over what each of fewer pixels of an axis covers, whole pixels counted."""
    first = torch.arange(few) * many // few
    end = -(-(torch.arange(few) + 1) * many // few)
    at = torch.arange(many)
    inside = ((at >= first[:, None]) & (at < end[:, None])).float()
    return inside / inside.sum(1, keepdim=True)


@dataclass(frozen=True)
class Guide:
    """The guide of a photo of any size, strip by strip.

    Args:
        slope, constant: (h, w), the guide is slope * luminance + constant.
    """

    slope: Tensor
    constant: Tensor

    @classmethod
    def of(cls, pixels: Tensor) -> "Guide":
        """The guide of a photo (3, H, W), from the photo or from a smaller copy of it.

        Example:
            >>> grey = torch.full((3, 4, 5), 0.25)
            >>> Guide.of(grey)(luminance(grey)).unique()
            tensor([0.2500])
        """
        height, width = pixels.shape[1:]
        size = size_within((height, width), SIZE)
        light = luminance(shrunk(pixels, size)).clamp(0, 1)[None, None]
        slope, constant = guided_coefficients(light, light, max(1, round(REACH * max(size))), DETAIL)
        return cls(slope[0, 0, 0], constant[0, 0])

    def __call__(self, light: Tensor, top: int = 0, height: int | None = None, left: int = 0, width: int | None = None) -> Tensor:
        """(rows, columns) in [0, 1], for the luminance of a photo or of a part of it.

        Args:
            light: of the part.
            top, left: its first row and column.
            height, width: of the photo; those of the part, where they are not given.
        """
        size = (height or light.shape[0], width or light.shape[1])
        slope = self.slope[None, None, None]
        constant = self.constant[None, None]
        return apply_coefficients(slope, constant, light.clamp(0, 1)[None, None], (top, left), size)[0, 0].clamp(0, 1)

    def to(self, device: torch.device | str) -> "Guide":
        """The guide on a device."""
        return Guide(self.slope.to(device), self.constant.to(device))
