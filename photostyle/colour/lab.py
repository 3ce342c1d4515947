"""CIE 1976 L*a*b* under D65, divided by 100, from sRGB-encoded colours and back."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from photostyle.colour.constants import constant, inverse_rows
from photostyle.colour.srgb import converted, decoded, encoded, mixed

# From linear sRGB to CIE XYZ (IEC 61966-2-1, with D65 as chromaticity x = 0.3127, y = 0.3290), and the XYZ of white.
_XYZ = ((0.412456, 0.357576, 0.180438), (0.212673, 0.715152, 0.072175), (0.019334, 0.119192, 0.950304))
_WHITE = (0.950470, 1.0, 1.088830)
_FROM_XYZ = inverse_rows(np.array(_XYZ) / np.array(_WHITE)[:, None])
# L*, a* and b*, all / 100, from the cube roots of X, Y and Z; L* less its constant.
_AXES = ((0, 1.16, 0), (5, -5, 0), (0, 2, -2))
_OFFSET = (0.16, 0, 0)
_FROM_AXES = inverse_rows(np.array(_AXES))
# The root is a straight line near black (CIE 15:2018, equations 8.6 to 8.8): under EPSILON, of slope KAPPA / 116.
_EPSILON = 216 / 24389
_KAPPA = 24389 / 27
_ROOT_OF_EPSILON = 6 / 29


def srgb_to_lab(colours: Tensor) -> Tensor:
    """CIE 1976 L*a*b* / 100 (CIE 15:2018, section 8.2.1) of sRGB-encoded colours.

    Outside [0, 1] the curves go on as straight lines, so that the gradient never vanishes or explodes.

    Args:
        colours: (3, ...), sRGB-encoded, nominally in [0, 1].

    Returns:
        (3, ...): L* / 100 in [0, 1], a* / 100 and b* / 100 in about [-1.1, 1.1].

    >>> srgb_to_lab(torch.ones(3)).round(decimals=3).abs()
    tensor([1., 0., 0.])
    """
    matrix = constant(_XYZ, colours) / constant(_WHITE, colours)[:, None]
    xyz = mixed(matrix, decoded(colours))
    power = xyz.clamp_min(1e-6) ** (1 / 3)
    roots = torch.where(xyz > _EPSILON, power, xyz * (_KAPPA / 116) + 16 / 116)
    return mixed(constant(_AXES, colours), roots) - _column(_OFFSET, roots)


def lab_to_srgb(lab: Tensor) -> Tensor:
    """sRGB-encoded colours of CIE 1976 L*a*b* / 100: the inverse of `srgb_to_lab`, outside [0, 1] too.

    Args:
        lab: (3, ...), L*, a* and b*, all / 100.

    Returns:
        (3, ...), sRGB-encoded. Colours that sRGB does not have come out below 0 or above 1; clamp them to write a photo.
    """
    roots = mixed(constant(_FROM_AXES, lab), lab + _column(_OFFSET, lab))
    line = (roots - 16 / 116) / (_KAPPA / 116)
    xyz = torch.where(roots > _ROOT_OF_EPSILON, roots**3, line)
    return encoded(mixed(constant(_FROM_XYZ, lab), xyz))


def lab_of_pixels(pixels: NDArray[Any]) -> NDArray[Any]:
    """CIE L*a*b* / 100 of a picture in a numpy array; see `srgb_to_lab`.

    Args:
        pixels: (H, W, 3), sRGB-encoded, nominally in [0, 1], float32 or float64.

    Returns:
        (H, W, 3): L* / 100, a* / 100, b* / 100, in the type of the pixels.

    Raises:
        PhotoError: the array has another type or shape.

    >>> round(float(lab_of_pixels(np.full((1, 1, 3), 0.5))[0, 0, 0]), 3)
    0.534
    """
    return converted(srgb_to_lab, pixels)


def pixels_of_lab(lab: NDArray[Any]) -> NDArray[Any]:
    """sRGB-encoded colours of a numpy array of L*a*b* / 100: the inverse of `lab_of_pixels`; see `lab_to_srgb`.

    Args:
        lab: (H, W, 3): L* / 100, a* / 100, b* / 100, float32 or float64.

    Returns:
        (H, W, 3), sRGB-encoded, not clamped to [0, 1], in the type given.

    Raises:
        PhotoError: the array has another type or shape.
    """
    return converted(lab_to_srgb, lab)


def _column(values: tuple[float, ...], like: Tensor) -> Tensor:
    """One value a channel, in a shape that broadcasts over `like` (3, ...)."""
    return constant(values, like).reshape(3, *[1] * (like.ndim - 1))
