"""Structure kept: structural similarity (Wang et al. 2004) of the light and of its gradients (Chen et al. 2006)."""

from collections.abc import Callable

import numpy as np
from scipy.ndimage import gaussian_filter
from skimage.filters import sobel_h, sobel_v
from skimage.metrics import structural_similarity

GRADIENT_RANGE = 0.25  # data range of gradient magnitudes, of which a unit step has 1
SIGMA = 1.5  # of the Gaussian window, in pixels

# scikit-image has no types.
_ssim: Callable[..., float] = structural_similarity
_sobel_down: Callable[..., np.ndarray] = sobel_h
_sobel_across: Callable[..., np.ndarray] = sobel_v


def gradient_magnitude(light: np.ndarray) -> np.ndarray:
    """Sobel gradient magnitude (H, W) of (H, W); a unit step has 1."""
    magnitude: np.ndarray = np.hypot(_sobel_down(light), _sobel_across(light))
    return magnitude


def similarity(content: np.ndarray, result: np.ndarray, data_range: float = 1.0) -> float:
    """Mean SSIM of two planes (Wang et al. 2004, eq. 13): Gaussian window, sigma 1.5.

    Args:
        content: (H, W).
        result: (H, W), of the same size.
        data_range: of the planes, from the least to the largest value that is possible.

    Returns:
        In [-1, 1], 1 is identical.
    """
    return float(
        _ssim(
            content,
            result,
            data_range=data_range,
            gaussian_weights=True,
            sigma=SIGMA,
            use_sample_covariance=False,
        )
    )


def gradient_similarity(content: np.ndarray, result: np.ndarray) -> float:
    """Mean SSIM of the gradient magnitudes of two planes (H, W) (G-SSIM, Chen et al. 2006), in [-1, 1], 1 is identical."""
    return similarity(gradient_magnitude(content), gradient_magnitude(result), GRADIENT_RANGE)


def gradient_structure(content: np.ndarray, result: np.ndarray) -> float:
    """Mean structure term of the SSIM of gradient magnitudes: 1 where each edge stays in place, whatever its strength.

    `s = (cov(x, y) + C3) / (sd(x) sd(y) + C3)`, `C3 = (0.03 range)^2 / 2` (Wang et al. 2004, eq. 10), in Gaussian windows.

    Args:
        content: light (H, W).
        result: light (H, W), of the same size.

    >>> light = np.random.default_rng(0).random((32, 32))
    >>> round(gradient_structure(light, 0.5 * light), 2)
    1.0
    """
    x = gradient_magnitude(content)
    y = gradient_magnitude(result)
    mean_x = _blurred(x)
    mean_y = _blurred(y)
    variance_x = np.maximum(_blurred(x * x) - mean_x * mean_x, 0)
    variance_y = np.maximum(_blurred(y * y) - mean_y * mean_y, 0)
    covariance = _blurred(x * y) - mean_x * mean_y
    c3 = (0.03 * GRADIENT_RANGE) ** 2 / 2
    return float(((covariance + c3) / (np.sqrt(variance_x * variance_y) + c3)).mean())


def _blurred(plane: np.ndarray) -> np.ndarray:
    """The mean of a Gaussian window round each pixel, the window that `similarity` has."""
    means: np.ndarray = gaussian_filter(plane, SIGMA, truncate=3.5)
    return means
