"""Light kept: what was brighter than its neighbour still is, and what had detail still has."""

import numpy as np
from scipy.ndimage import gaussian_filter

SCALES = (1.0, 4.0)  # sigma of the Gaussians, in pixels
AGAINST = -0.5  # cosine under which a gradient counts as inverted


def light_order(content: np.ndarray, result: np.ndarray) -> tuple[float, float]:
    """How far the light gradients of the result point where those of the content do.

    Of the stronger half of the content's gradients, weighted by their strength, mean of two scales: the mean cosine between
    the gradients, and the share whose cosine is under -0.5. A gradient that is gone counts 0 in the first.

    Args:
        content: light (H, W), such as `luminance_of_pixels` gives.
        result: light (H, W), of the same size.

    Returns:
        (order, inverted): in [-1, 1], 1 is all kept; in [0, 1], 0 is none inverted.

    >>> light = np.linspace(0, 1, 64)[None] ** 2 * np.ones((64, 1))
    >>> [round(v, 2) for v in light_order(light, 1 - light)]
    [-1.0, 1.0]
    """
    scores = np.array([_order_at(content, result, sigma) for sigma in SCALES])
    order, inverted = scores.mean(0).tolist()
    return order, inverted


def _order_at(content: np.ndarray, result: np.ndarray, sigma: float) -> tuple[float, float]:
    """`light_order` of light smoothed by a Gaussian of sigma pixels."""
    ours = _smooth_gradient(content, sigma)
    theirs = _smooth_gradient(result, sigma)
    strength = np.hypot(ours[0], ours[1])
    other = np.hypot(theirs[0], theirs[1])
    weights = strength * (strength > np.median(strength))
    total = weights.sum()
    if total == 0:  # a flat photo has no order to lose
        return 1.0, 0.0
    cosine = (ours * theirs).sum(0) / (strength * (other + 1e-6) + 1e-9)
    return (weights * cosine).sum() / total, weights[cosine < AGAINST].sum() / total


def _smooth_gradient(light: np.ndarray, sigma: float) -> np.ndarray:
    """(2, H, W): the gradient down and across of light (H, W) smoothed by a Gaussian."""
    return np.stack(np.gradient(gaussian_filter(light.astype(np.float64), sigma)))


def newly_clipped(content: np.ndarray, result: np.ndarray) -> float:
    """Share of pixels with a channel at 0 or 255 in 8 bits that in the content was not there.

    Args:
        content: (H, W, 3), nominally in [0, 1].
        result: (H, W, 3), of the same size.

    Returns:
        In [0, 1], 0 is best.
    """
    before = np.rint(content * 255.0)
    after = np.rint(result * 255.0)
    low = (after <= 0) & (before > 0)
    high = (after >= 255) & (before < 255)
    return float((low | high).any(2).mean())
