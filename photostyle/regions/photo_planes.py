"""Photos as planes (3, H, W), which is how masks are refined beside them."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from photostyle.errors import MaskError
from photostyle.photo import resample

Pixels = NDArray[np.float32] | Tensor


def planes_of(pixels: Pixels) -> Tensor:
    """(3, H, W) float32 of a photo (H, W, 3) or (3, H, W).

    Raises:
        MaskError: another shape.
    """
    image = torch.as_tensor(pixels, dtype=torch.float32)
    if image.ndim != 3 or 3 not in (image.shape[0], image.shape[2]):
        raise MaskError(f"pixels must have shape (H, W, 3) or (3, H, W), got {tuple(image.shape)}")
    if image.shape[2] == 3 and image.shape[0] != 3:
        return image.permute(2, 0, 1)
    return image


def planes_at_size(image: Tensor, size: tuple[int, int]) -> Tensor:
    """(3, height, width) of a photo (3, H, W) on the CPU, in [0, 1]."""
    height, width = size
    if tuple(image.shape[1:]) == size:
        return image.clamp(0, 1).contiguous()
    small = resample(image.permute(1, 2, 0).numpy(), (width, height))
    return torch.from_numpy(small).permute(2, 0, 1).clamp(0, 1).contiguous()
