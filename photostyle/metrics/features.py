"""Closeness to the style region by region: first and second moments of an encoder's features."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from photostyle.losses import masked_gram


class FeatureEncoder(Protocol):
    """What is asked of an encoder: the layers that are style, feature maps there, and masks carried to them."""

    style_layers: tuple[str, ...]

    def __call__(self, x: Tensor, layers: tuple[str, ...]) -> dict[str, Tensor]: ...

    def spread(self, masks: Tensor, layers: tuple[str, ...]) -> dict[str, Tensor]: ...


@dataclass(frozen=True)
class FeatureMoments:
    """Moments of features in each of R regions, layer by layer, float64.

    Args:
        grams: layer name -> (R, C, C), the mean outer product of the features.
        means: layer name -> (R, C), their mean.
    """

    grams: dict[str, Tensor]
    means: dict[str, Tensor]

    def covariance(self, layer: str) -> Tensor:
        """(R, C, C) of one layer."""
        mean = self.means[layer]
        return self.grams[layer] - mean[:, :, None] * mean[:, None]

    def distances(self, goal: "FeatureMoments") -> dict[str, np.ndarray]:
        """Relative distances `|X - X_s| / |X_s|` (Frobenius) from the style's moments, which have the same layers.

        Returns:
            "gram", "cov" and "mean" -> (layers, R), 0 where they are equal.
        """
        found: dict[str, list[np.ndarray]] = {"gram": [], "cov": [], "mean": []}
        for layer in goal.grams:
            found["gram"].append(_relative(self.grams[layer], goal.grams[layer]))
            found["cov"].append(_relative(self.covariance(layer), goal.covariance(layer)))
            found["mean"].append(_relative(self.means[layer], goal.means[layer]))
        return {name: np.stack(rows) for name, rows in found.items()}


def _relative(x: Tensor, goal: Tensor) -> np.ndarray:
    """(R,) the norm of x - goal over that of the goal, of each region."""
    difference = (x - goal).flatten(1).norm(dim=1)
    size = goal.flatten(1).norm(dim=1).clamp_min(1e-12)
    distances: np.ndarray = (difference / size).numpy()
    return distances


@torch.no_grad()
def feature_moments(pixels: np.ndarray, masks: np.ndarray, encoder: FeatureEncoder) -> FeatureMoments:
    """Masked Gram matrices (Luan et al. 2017, eq. 3) and means of a picture's features in each of its regions.

    Args:
        pixels: (H, W, 3), sRGB-encoded in [0, 1].
        masks: (R, H, W) in [0, 1].
        encoder: its `style_layers` are taken.
    """
    layers = tuple(encoder.style_layers)
    picture = torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1), np.float32))[None]
    features = encoder(picture, layers)
    spread = encoder.spread(torch.from_numpy(masks)[None].float(), layers)
    grams = {}
    means = {}
    for name in layers:
        feature = features[name][0].cpu().double()
        mask = spread[name][0].cpu().double()
        area = mask.sum((1, 2))[:, None].clamp_min(1e-9)
        grams[name] = masked_gram(feature, mask)
        means[name] = mask.flatten(1) @ feature.flatten(1).T / area
    return FeatureMoments(grams, means)
