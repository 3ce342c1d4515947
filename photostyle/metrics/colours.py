"""How far the colours of a region are from the style's: sliced Wasserstein distance (Bonneel et al. 2015) in CIE Lab.

Measured with other directions and finer quantiles than the loss of `photostyle.colour.transport`, which is not to judge itself.
"""

import numpy as np
from skimage.color import rgb2lab

DIRECTIONS = 256
QUANTILES = 1024
BINS = 8192
REACH = 200.0  # Lab colours along a direction lie within +-REACH


def colour_quantiles(pixels: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Quantiles of Lab colours along fixed directions, of each region.

    From histograms of 8192 bins, weighted by the masks, so that the cost is one pass over the pixels a direction.

    Args:
        pixels: (H, W, 3), sRGB-encoded in [0, 1].
        masks: (R, H, W) in [0, 1].

    Returns:
        (R, 256, 1024): directions, mid-quantiles; in units of Lab, L* from 0 to 100.
    """
    lab = rgb2lab(np.asarray(pixels, np.float64)).reshape(-1, 3)
    found = []
    for mask in masks.reshape(len(masks), -1):
        inside = mask > 0
        found.append(_quantiles(lab[inside], mask[inside]))
    return np.stack(found)


def colour_distance(quantiles: np.ndarray, goal: np.ndarray) -> float:
    """Sliced 2-Wasserstein distance (Bonneel et al. 2015, eq. 10, its root) of colours from a goal.

    Args:
        quantiles: (D, Q) of the colours, one region of `colour_quantiles`.
        goal: (D, Q) of the goal, along the same directions.

    Returns:
        The distance in units of Lab, 0 where they are equal.
    """
    return float(np.sqrt(np.square(quantiles - goal).mean()))


def _quantiles(colours: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(n, 3) colours, (n,) weights -> (256, 1024) mid-quantiles, linear inside a bin."""
    edges = np.linspace(-REACH, REACH, BINS + 1)
    at = (np.arange(QUANTILES) + 0.5) / QUANTILES
    counted: np.ndarray | None = weights
    if (weights == 1).all():
        counted = None  # plain counts are quicker
    quantiles = np.empty((DIRECTIONS, QUANTILES))
    for k, direction in enumerate(_directions()):
        bins = ((colours @ direction + REACH) * (BINS / (2 * REACH))).astype(np.int32)
        counts = np.bincount(bins, counted, BINS)
        below = np.concatenate([[0.0], np.cumsum(counts)])
        quantiles[k] = np.interp(at * below[-1], below, edges)
    return quantiles


def _directions() -> np.ndarray:
    """(256, 3) unit vectors, drawn once and for all."""
    drawn = np.random.default_rng(0).normal(size=(DIRECTIONS, 3))
    units: np.ndarray = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    return units
