"""The sRGB curve and primaries (IEC 61966-2-1), beyond [0, 1] too."""

import numpy as np

from photostyle.photo.colour_management.icc import D50

# Linear sRGB to XYZ, Bradford-adapted to D50 (IEC 61966-2-1; Lindbloom), its white put on D50 exactly.
SRGB_TO_XYZ = np.array([[0.4360747, 0.3850649, 0.1430804], [0.2225045, 0.7168786, 0.0606169], [0.0139322, 0.0971045, 0.7141733]])
SRGB_TO_XYZ *= (D50 / SRGB_TO_XYZ.sum(axis=1))[:, None]
XYZ_TO_SRGB = np.linalg.inv(SRGB_TO_XYZ)


def srgb_encoded(linear: np.ndarray) -> np.ndarray:
    """Linear light to sRGB values, the curve mirrored at 0 for colours outside sRGB."""
    size = np.abs(linear)
    curved: np.ndarray = np.power(size, np.float32(1 / 2.4))
    curved *= np.float32(1.055)
    curved -= np.float32(0.055)
    np.copyto(curved, size * np.float32(12.92), where=size <= np.float32(0.0031308))
    mirrored: np.ndarray = np.copysign(curved, linear)
    return mirrored


def srgb_linear(encoded: np.ndarray) -> np.ndarray:
    """sRGB values to linear light, the inverse of `srgb_encoded`."""
    size = np.abs(encoded)
    curved: np.ndarray = size + np.float32(0.055)
    curved /= np.float32(1.055)
    np.power(curved, np.float32(2.4), out=curved)
    np.copyto(curved, size / np.float32(12.92), where=size <= np.float32(0.04045))
    mirrored: np.ndarray = np.copysign(curved, encoded)
    return mirrored
