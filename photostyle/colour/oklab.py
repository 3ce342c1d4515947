"""OKLab (Ottosson 2020), from sRGB-encoded colours and back: distances and blends that follow the eye, blues included."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from photostyle.colour.constants import constant, inverse_rows
from photostyle.colour.srgb import converted, decoded, encoded, mixed

# Ottosson 2020, "A perceptual color space for image processing": linear sRGB to cone responses, their roots to L, a, b.
_CONES = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
_AXES = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)
_FROM_CONES = inverse_rows(np.array(_CONES))
_FROM_AXES = inverse_rows(np.array(_AXES))
# Under this response, less than one step of 16 bits, the cube root is a straight line through 0: its own slope there has
# no bound, and gradients would not be finite at black.
_SMALLEST = 1e-6
_ROOT_OF_SMALLEST = 1e-2
_SLOPE = _ROOT_OF_SMALLEST / _SMALLEST


def srgb_to_oklab(colours: Tensor) -> Tensor:
    """OKLab (Ottosson 2020) of sRGB-encoded colours.

    Args:
        colours: (3, ...), sRGB-encoded, nominally in [0, 1]; outside, the curves go on (`photostyle.colour.srgb`).

    Returns:
        (3, ...): L in [0, 1], a and b in about [-0.4, 0.4].

    >>> srgb_to_oklab(torch.tensor([1.0, 0.0, 0.0])).round(decimals=3)
    tensor([0.6280, 0.2250, 0.1260])
    """
    cones = mixed(constant(_CONES, colours), decoded(colours))
    size = cones.abs()
    power = cones.sign() * size.clamp_min(_SMALLEST) ** (1 / 3)
    roots = torch.where(size > _SMALLEST, power, cones * _SLOPE)
    return mixed(constant(_AXES, colours), roots)


def oklab_to_srgb(oklab: Tensor) -> Tensor:
    """sRGB-encoded colours of OKLab: the inverse of `srgb_to_oklab`, outside [0, 1] too.

    Args:
        oklab: (3, ...): L, a and b.

    Returns:
        (3, ...), sRGB-encoded. Colours that sRGB does not have come out below 0 or above 1; clamp them to write a photo.
    """
    roots = mixed(constant(_FROM_AXES, oklab), oklab)
    cones = torch.where(roots.abs() > _ROOT_OF_SMALLEST, roots**3, roots / _SLOPE)
    return encoded(mixed(constant(_FROM_CONES, oklab), cones))


def oklab_of_pixels(pixels: NDArray[Any]) -> NDArray[Any]:
    """OKLab of a picture in a numpy array; see `srgb_to_oklab`.

    Args:
        pixels: (H, W, 3), sRGB-encoded, nominally in [0, 1], float32 or float64.

    Returns:
        (H, W, 3): L, a and b, in the type of the pixels.

    Raises:
        PhotoError: the array has another type or shape.
    """
    return converted(srgb_to_oklab, pixels)


def pixels_of_oklab(oklab: NDArray[Any]) -> NDArray[Any]:
    """sRGB-encoded colours of a numpy array of OKLab: the inverse of `oklab_of_pixels`; see `oklab_to_srgb`.

    Args:
        oklab: (H, W, 3): L, a and b, float32 or float64.

    Returns:
        (H, W, 3), sRGB-encoded, not clamped to [0, 1], in the type given.

    Raises:
        PhotoError: the array has another type or shape.
    """
    return converted(oklab_to_srgb, oklab)
