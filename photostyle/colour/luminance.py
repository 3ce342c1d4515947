"""How bright a colour is: luma by Rec. 601, of sRGB-encoded values.

The only luminance of the package. The field is indexed by it, the light order is kept in it, results are judged by it.
"""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from photostyle.colour.constants import constant

LUMA = (0.299, 0.587, 0.114)  # of red, green and blue: ITU-R BT.601-7, section 2.5.1


def luminance(pixels: Tensor) -> Tensor:
    """Luma of sRGB-encoded colours (ITU-R BT.601-7, section 2.5.1): Y = 0.299 R + 0.587 G + 0.114 B.

    Args:
        pixels: (..., 3, H, W), nominally in [0, 1]; differentiable and linear, so it serves changes of colour too.

    Returns:
        (..., H, W), in the type of the pixels.

    >>> luminance(torch.tensor([1.0, 0.0, 0.0]).reshape(3, 1, 1))
    tensor([[0.2990]])
    """
    return torch.einsum("c,...chw->...hw", constant(LUMA, pixels), pixels)


def luminance_of_pixels(pixels: NDArray[Any]) -> NDArray[np.float64]:
    """Luma of sRGB-encoded colours in a numpy array; see `luminance`.

    Args:
        pixels: (H, W, 3) of any type of number, nominally in [0, 1].

    Returns:
        (H, W) float64.
    """
    light: NDArray[np.float64] = pixels.astype(np.float64) @ np.array(LUMA)
    return light
