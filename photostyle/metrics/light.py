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
        content, result: light (H, W).

    Returns:
        (order, inverted): in [-1, 1], 1 is all kept; in [0, 1], 0 is none inverted.

    >>> light = np.linspace(0, 1, 64)[None] ** 2 * np.ones((64, 1))
    >>> [round(v, 2) for v in light_order(light, 1 - light)]
    [-1.0, 1.0]
    """
    scores = np.array([_order_at(content, result, sigma) for sigma in SCALES])
    return tuple(scores.mean(0).tolist())


def _order_at(content: np.ndarray, result: np.ndarray, sigma: float) -> tuple[float, float]:
    ours, theirs = (np.stack(np.gradient(gaussian_filter(v.astype(np.float64), sigma))) for v in (content, result))
    strength, other = np.hypot(*ours), np.hypot(*theirs)
    weights = strength * (strength > np.median(strength))
    total = weights.sum()
    if total == 0:  # a flat photo has no order to lose
        return 1.0, 0.0
    cosine = (ours * theirs).sum(0) / (strength * (other + 1e-6) + 1e-9)
    return (weights * cosine).sum() / total, weights[cosine < AGAINST].sum() / total


def newly_clipped(content: np.ndarray, result: np.ndarray) -> float:
    """Share of pixels (H, W, 3) with a channel at 0 or 255 in 8 bits that in the content was not there."""
    level = [np.rint(v * 255.0) for v in (content, result)]
    low, high = ((level[1] <= 0) & (level[0] > 0)), ((level[1] >= 255) & (level[0] < 255))
    return float((low | high).any(2).mean())
