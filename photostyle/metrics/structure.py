"""Structure kept: structural similarity (Wang et al. 2004) of the light and of its gradients (Chen et al. 2006)."""

import numpy as np
from scipy.ndimage import gaussian_filter
from skimage.filters import sobel_h, sobel_v
from skimage.metrics import structural_similarity

GRADIENT_RANGE = 0.25  # data range of gradient magnitudes, of which a unit step has 1
SIGMA = 1.5  # of the Gaussian window, in pixels


def gradient_magnitude(light: np.ndarray) -> np.ndarray:
    """Sobel gradient magnitude (H, W) of (H, W); a unit step has 1."""
    return np.hypot(sobel_h(light), sobel_v(light))


def similarity(content: np.ndarray, result: np.ndarray, data_range: float = 1.0) -> float:
    """Mean SSIM of two planes (H, W) (Wang et al. 2004): Gaussian window, sigma 1.5. 1 is identical."""
    options = {"gaussian_weights": True, "sigma": SIGMA, "use_sample_covariance": False}
    return float(structural_similarity(content, result, data_range=data_range, **options))


def gradient_similarity(content: np.ndarray, result: np.ndarray) -> float:
    """Mean SSIM of the gradient magnitudes of two planes (H, W) (G-SSIM, Chen et al. 2006)."""
    return similarity(gradient_magnitude(content), gradient_magnitude(result), GRADIENT_RANGE)


def gradient_structure(content: np.ndarray, result: np.ndarray) -> float:
    """Mean structure term of the SSIM of gradient magnitudes: 1 where each edge stays in place, whatever its strength.

    `s = (cov(x, y) + C3) / (sd(x) sd(y) + C3)`, `C3 = (0.03 range)^2 / 2` (Wang et al. 2004, eq. 10), in Gaussian windows.

    Args:
        content, result: light (H, W).

    >>> light = np.random.default_rng(0).random((32, 32))
    >>> round(gradient_structure(light, 0.5 * light), 2)
    1.0
    """
    x, y = gradient_magnitude(content), gradient_magnitude(result)
    mean_x, mean_y = _blurred(x), _blurred(y)
    variances = [np.maximum(_blurred(z * z) - m * m, 0) for z, m in ((x, mean_x), (y, mean_y))]
    covariance = _blurred(x * y) - mean_x * mean_y
    c3 = (0.03 * GRADIENT_RANGE) ** 2 / 2
    return float(((covariance + c3) / (np.sqrt(variances[0] * variances[1]) + c3)).mean())


def _blurred(plane: np.ndarray) -> np.ndarray:
    return gaussian_filter(plane, SIGMA, truncate=3.5)
