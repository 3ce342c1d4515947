"""CIELAB (CIE 15:2004), as profiles and files use it."""

import numpy as np

from photostyle.photo.colour_management.icc import D50


def light_of_lightness(lightness: np.ndarray) -> np.ndarray:
    """Luminance in [0, 1] of CIELAB lightness / 100."""
    cubed = ((lightness * np.float32(100) + np.float32(16)) / np.float32(116)) ** 3
    return np.where(lightness > 0.08, cubed, lightness * np.float32(2700 / 24389)).astype(np.float32)


def lightness_of_light(light: np.ndarray) -> np.ndarray:
    """CIELAB lightness / 100 of luminance in [0, 1], the inverse of `light_of_lightness`."""
    root = np.cbrt(light) * np.float32(1.16) - np.float32(0.16)
    return np.where(light > 216 / 24389, root, light * np.float32(24389 / 2700)).astype(np.float32)


def xyz_of_lab(lab: np.ndarray) -> np.ndarray:
    """D50 XYZ of CIELAB with lightness from 0 to 100, (..., 3) float32."""
    y = (lab[..., 0] + 16) / 116
    roots = np.stack([y + lab[..., 1] / 500, y, y - lab[..., 2] / 200], axis=-1)
    ratios = np.where(roots > 6 / 29, roots**3, (roots - 4 / 29) * (3 * (6 / 29) ** 2))
    xyz: np.ndarray = (ratios * D50).astype(np.float32)
    return xyz
