"""Seams: edges that a change of light draws along the borders of its regions, where the photo itself has none."""

import numpy as np
from scipy.ndimage import distance_transform_edt

NEAR = 2.0  # pixels from a border up to which a pixel is at it
FAR = 8.0  # pixels from a border from which on a pixel is inside
FLAT = 0.02  # a gradient of the content that halves a pixel's weight, per pixel


def seam_energy(content: np.ndarray, result: np.ndarray, masks: np.ndarray) -> float:
    """Extra gradient of the change across region borders, in 8-bit levels per pixel.

    The change is result - content. Where the content has an edge at the border of two regions, the change may have one too:
    nobody sees it. So each pixel weighs `1 / (1 + (g / 0.02)^2)`, g the content's gradient, and the root mean square of
    the change's gradient within 2 px of a border, less that at 8 px or more from any, is the seam (squares, so that a hard line
    counts more than a ramp of the same height). 0 is no seam; a flat sky cut along a line by 40 levels has 12.

    Args:
        content: (H, W, 3), sRGB-encoded in [0, 1].
        result: (H, W, 3), of the same size.
        masks: (R, H, W), soft or hard; a border is where the largest changes.

    Returns:
        The seam; 0 where there is no border or nothing inside. May be a little under 0.
    """
    distance = _distance_to_border(masks.argmax(0))
    near = distance <= NEAR
    inside = distance >= FAR
    if not near.any() or not inside.any():
        return 0.0
    weights = 1 / (1 + (_gradient(content) / FLAT) ** 2)
    change = _gradient(result.astype(np.float64) - content)
    return 255 * (_root_mean_square(change, weights * near) - _root_mean_square(change, weights * inside))


def _distance_to_border(labels: np.ndarray) -> np.ndarray:
    """Pixels from each pixel to the nearest that has a neighbour of another label."""
    border = np.zeros(labels.shape, bool)
    across = labels[:, 1:] != labels[:, :-1]
    down = labels[1:] != labels[:-1]
    border[:, 1:] |= across
    border[:, :-1] |= across
    border[1:] |= down
    border[:-1] |= down
    if not border.any():
        return np.full(labels.shape, np.inf)
    distances: np.ndarray = distance_transform_edt(~border)
    return distances


def _gradient(picture: np.ndarray) -> np.ndarray:
    """Root of the summed squares of central differences over the channels, (H, W)."""
    rows, columns = np.gradient(picture.astype(np.float64), axis=(0, 1))
    strength: np.ndarray = np.sqrt((rows**2 + columns**2).sum(2))
    return strength


def _root_mean_square(values: np.ndarray, weights: np.ndarray) -> float:
    """Of values with weights, both (H, W); 0 where all weights are."""
    return float(np.sqrt((values**2 * weights).sum() / max(weights.sum(), 1e-12)))
