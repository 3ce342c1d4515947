"""Closeness to the style region by region: moments of an encoder's features, and distributions of Lab colours."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from skimage.color import rgb2lab
from torch import Tensor

from photostyle.losses import masked_gram

DIRECTIONS, QUANTILES, BINS, REACH = 256, 1024, 8192, 200.0  # Lab colours along a direction lie within +-REACH


class Judging(Protocol):
    """What is asked of an encoder: the layers that are style, feature maps there, and masks carried to them."""

    style_layers: tuple[str, ...]

    def __call__(self, x: Tensor, layers: tuple[str, ...]) -> dict[str, Tensor]: ...

    def spread(self, masks: Tensor, layers: tuple[str, ...]) -> dict[str, Tensor]: ...


@dataclass(frozen=True)
class Moments:
    """Second and first moments of features in each region: layer name -> (R, C, C) and (R, C), float64."""

    grams: dict[str, Tensor]
    means: dict[str, Tensor]

    def distances(self, goal: "Moments") -> dict[str, np.ndarray]:
        """Relative distances `|X - X_s| / |X_s|` (Frobenius): "gram", "cov", "mean" -> (layers, R)."""
        both = (self, goal)
        found = {
            "gram": [[m.grams[n] for m in both] for n in goal.grams],
            "cov": [[m.grams[n] - m.means[n][:, :, None] * m.means[n][:, None] for m in both] for n in goal.grams],
            "mean": [[m.means[n] for m in both] for n in goal.grams],
        }
        return {name: np.stack([_relative(*pair) for pair in pairs]) for name, pairs in found.items()}


def _relative(x: Tensor, goal: Tensor) -> np.ndarray:
    x, goal = x.flatten(1), goal.flatten(1)
    return ((x - goal).norm(dim=1) / goal.norm(dim=1).clamp_min(1e-12)).numpy()


@torch.no_grad()
def feature_moments(pixels: np.ndarray, masks: np.ndarray, encoder: Judging) -> Moments:
    """Masked Gram matrices (Luan et al. 2017, eq. 3) and means of a picture (H, W, 3) in each of its regions (R, H, W)."""
    layers = tuple(encoder.style_layers)
    picture = torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1), np.float32))[None]
    features = encoder(picture, layers)
    spread = encoder.spread(torch.from_numpy(masks)[None].float(), layers)
    grams, means = {}, {}
    for name in layers:
        feature, mask = features[name][0].cpu().double(), spread[name][0].cpu().double()
        grams[name] = masked_gram(feature, mask)
        means[name] = mask.flatten(1) @ feature.flatten(1).T / mask.sum((1, 2))[:, None].clamp_min(1e-9)
    return Moments(grams, means)


def colour_quantiles(pixels: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Quantiles of Lab colours along fixed directions: (H, W, 3), masks (R, H, W) -> (R, 256, 1024).

    From histograms of 8192 bins, weighted by the masks, so that the cost is one pass over the pixels a direction.
    """
    lab = rgb2lab(np.asarray(pixels, np.float64)).reshape(-1, 3)
    return np.stack([_quantiles(lab[m > 0], m[m > 0]) for m in masks.reshape(len(masks), -1)])


def _quantiles(colours: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(n, 3) colours, (n,) weights -> (256, 1024) mid-quantiles, linear inside a bin."""
    edges = np.linspace(-REACH, REACH, BINS + 1)
    at = (np.arange(QUANTILES) + 0.5) / QUANTILES
    hard = bool((weights == 1).all())
    quantiles = np.empty((DIRECTIONS, QUANTILES))
    for k, direction in enumerate(_directions()):
        bins = ((colours @ direction + REACH) * (BINS / (2 * REACH))).astype(np.int32)
        counts = np.bincount(bins, None if hard else weights, BINS)
        below = np.concatenate([[0.0], np.cumsum(counts)])
        quantiles[k] = np.interp(at * below[-1], below, edges)
    return quantiles


def _directions() -> np.ndarray:
    """(256, 3) unit vectors, drawn once and for all."""
    drawn = np.random.default_rng(0).normal(size=(DIRECTIONS, 3))
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def sliced_wasserstein(quantiles: np.ndarray, goal: np.ndarray) -> float:
    """Sliced 2-Wasserstein distance (Bonneel et al. 2015) between quantiles (D, Q) along the same directions, in Lab units."""
    return float(np.sqrt(np.square(quantiles - goal).mean()))
