"""The transfer curve of sRGB (IEC 61966-2-1), continued as a straight line outside [0, 1].

Solvers move colours past black and white. A clamp would stop the gradient there and a power would make it explode, so both
ends go on with the slope that the curve has near black, 1 / 12.92.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from photostyle.errors import PhotoError

BLACK_SLOPE = 12.92  # encoded over linear, near black
ENCODED_KNEE = 0.04045  # where the curve's line meets its power
LINEAR_KNEE = ENCODED_KNEE / BLACK_SLOPE
SMALLEST = 1e-4  # the power is never taken of less, which keeps its gradient finite


def decoded(colours: Tensor) -> Tensor:
    """sRGB-encoded values -> linear light, of any shape; white is 1 in both."""
    inside = colours.clamp(SMALLEST, 1)
    power = ((inside + 0.055) / 1.055) ** 2.4
    curve = torch.where(inside > ENCODED_KNEE, power, inside / BLACK_SLOPE)
    return curve + (colours - inside) / BLACK_SLOPE


def encoded(linear: Tensor) -> Tensor:
    """Linear light -> sRGB-encoded values, of any shape: the inverse of `decoded`."""
    inside = linear.clamp(LINEAR_KNEE / 2, 1)
    power = 1.055 * inside ** (1 / 2.4) - 0.055
    curve = torch.where(inside > LINEAR_KNEE, power, inside * BLACK_SLOPE)
    return curve + (linear - inside) * BLACK_SLOPE


def mixed(matrix: Tensor, channels: Tensor) -> Tensor:
    """(3, 3) matrix times each colour of (3, ...)."""
    product: Tensor = torch.tensordot(matrix, channels, 1)
    return product


def converted(convert: Callable[[Tensor], Tensor], pixels: NDArray[Any]) -> NDArray[Any]:
    """A numpy picture (H, W, 3) through a conversion of tensors (3, H, W); float64 stays float64 and float32 float32.

    Raises:
        PhotoError: the picture does not hold floats, or its last axis is not of three channels.
    """
    if pixels.dtype not in (np.float32, np.float64) or pixels.shape[-1:] != (3,):
        came = f"{pixels.dtype} {pixels.shape}"
        raise PhotoError(f"pixels must be float32 or float64 with shape (H, W, 3), got {came}; divide 8-bit values by 255")
    planes = torch.from_numpy(np.array(np.moveaxis(pixels, -1, 0), order="C"))
    return np.ascontiguousarray(np.moveaxis(convert(planes).numpy(), 0, -1))
