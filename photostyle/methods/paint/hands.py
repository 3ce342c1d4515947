"""What the hand of a picture is taken to be: one class each, chosen by name.

gram      second moments of features (Gatys et al. 2016, eq. 3 and 4)
moments   their means and covariances (as in Wasserstein style losses)
nn        the features themselves, each matched with its nearest (Kolkin et al. 2022)

Each measures sums over pixels, so that those of the tiles of a large picture add up to those of the whole, and those of several
styles mix by their shares. Covariances do not add up: they are made from second moments after the mixing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import torch
from torch import Tensor
from torch.nn import functional as F

from photostyle.losses import MaskedGram, nearest_distance

Normalise = Literal["relative", "gatys", "mean", "johnson"]

FLOOR = 0.01  # a relative distance under this is as good as none
CLASSIC_UNIT = 255 * 0.226  # features of networks that take 0 to 255, to those of ours, whose input is over its deviation
LEAST_OF_MOMENT = 0.01  # of a second moment: a covariance is not measured against less, as that of a flat colour would be
SAMPLES = 2048  # features kept of each region of a style
NEAREST = "nearest"  # what is measured over all layers at once
STRIDE = 4  # pixels from one feature to the next where all layers are matched at once

Planes = Mapping[str, Tensor]  # layer -> features (C, h, w), or masks (R, h, w)


@dataclass(frozen=True)
class Styled:
    """One style at one scale.

    Args:
        features: layer -> (C, h, w).
        masks: layer -> (R, h, w), what each region of the content takes from.
        shares: (R,), of this style in what the region takes.
    """

    features: Planes
    masks: Planes
    shares: Tensor


class Hand(Protocol):
    """Measures a picture, or a part of it, against styles."""

    def sums(self, features: Planes, masks: Planes) -> dict[str, Tensor]:
        """What is measured, by layer; masks (R, h, w) are such that those of the whole picture sum to 1."""
        ...

    def distances(self, sums: Planes) -> dict[str, Tensor]:
        """(R,) the distance of each region, by layer, from sums over the whole picture."""
        ...


class Gram:
    """Second moments of features, region by region.

    Args:
        styles: what is aimed at.
        normalise: relative is |G - T| / |T|, not squared: what is far must not drown the rest. mean is the mean of (G - T)^2 over
            its entries, as most programs have it; gatys a quarter of that, as the paper has it; and johnson that over the square
            of the channels, whose Gram matrices are over C H W. All three with features in the units of networks that take 0 to
            255.
    """

    def __init__(self, styles: Sequence[Styled], normalise: Normalise = "relative"):
        self.normalise = normalise
        self.goals = _mixed([self.sums(each.features, _normalised(each.masks)) for each in styles], styles)

    def sums(self, features: Planes, masks: Planes) -> dict[str, Tensor]:
        """Layer -> (R, C, C)."""
        return {layer: _second_moments(features[layer], masks[layer]) for layer in masks}

    def distances(self, sums: Planes) -> dict[str, Tensor]:
        return {layer: self._distance(gram, self.goals[layer]) for layer, gram in sums.items()}

    def _distance(self, gram: Tensor, goal: Tensor) -> Tensor:
        squared = (gram - goal).pow(2)
        if self.normalise == "relative":
            return (squared.sum((1, 2)) / goal.pow(2).sum((1, 2)).clamp_min(1e-8) + FLOOR**2).sqrt()
        mean = squared.mean((1, 2)) * CLASSIC_UNIT**4
        if self.normalise == "gatys":
            return mean / 4
        if self.normalise == "johnson":
            return mean / goal.shape[1] ** 2
        return mean


class Moments:
    """Means and covariances of features, region by region, relative as those of `Gram`."""

    def __init__(self, styles: Sequence[Styled]):
        self.goals = _mixed([self.sums(each.features, _normalised(each.masks)) for each in styles], styles)

    def sums(self, features: Planes, masks: Planes) -> dict[str, Tensor]:
        """Layer -> (R, C + 1, C + 1): the second moments of features with a 1 beside them, which hold their means."""
        return {layer: _second_moments(_with_one(features[layer]), masks[layer]) for layer in masks}

    def distances(self, sums: Planes) -> dict[str, Tensor]:
        return {layer: _moments_apart(own, self.goals[layer]) for layer, own in sums.items()}


class Nearest:
    """Features of all layers beside each other, each matched with its nearest of the style's own region.

    The styles' samples lie in one pool, as many of each as its share.
    """

    def __init__(self, styles: Sequence[Styled]):
        pools: list[list[Tensor]] = [[] for _ in styles[0].shares]
        for each in styles:
            columns, masks = _columns(each.features, each.masks)
            for region, (mask, share) in enumerate(zip(masks, each.shares.tolist(), strict=True)):
                inside = mask.gt(0.5 * mask.max().clamp_min(1e-6)).nonzero()[:, 0]
                wanted = round(share * SAMPLES)
                if wanted and len(inside):
                    pools[region].append(columns[inside[:: max(1, len(inside) // wanted)]])
        self.samples = [torch.cat(pool) - torch.cat(pool).mean(0) if pool else None for pool in pools]

    def sums(self, features: Planes, masks: Planes) -> dict[str, Tensor]:
        """{"nearest": (R,)}, sums of distances."""
        columns, weights = _columns(features, masks)
        totals = []
        for mask, samples in zip(weights, self.samples, strict=True):
            inside = mask.nonzero()[:, 0]
            if samples is None or not len(inside):
                totals.append(columns.new_zeros(()))
                continue
            own = columns[inside]
            totals.append((mask[inside] * nearest_distance(own - own.detach().mean(0), samples)).sum())
        return {NEAREST: torch.stack(totals)}

    def distances(self, sums: Planes) -> dict[str, Tensor]:
        return dict(sums)


def hand_named(name: str, styles: Sequence[Styled], normalise: Normalise = "relative") -> Hand:
    """The hand of a name: gram, moments or nn."""
    if name == "gram":
        return Gram(styles, normalise)
    if name == "moments":
        return Moments(styles)
    return Nearest(styles)


def _normalised(masks: Planes) -> dict[str, Tensor]:
    """Masks whose weights sum to 1 in each region."""
    return {layer: each / each.sum((1, 2), keepdim=True).clamp_min(1e-6) for layer, each in masks.items()}


def _mixed(sums: Sequence[Planes], styles: Sequence[Styled]) -> dict[str, Tensor]:
    """The sums of all styles, each by its share of the region."""
    mixed = {}
    for layer in sums[0]:
        mixed[layer] = torch.stack(
            [own[layer] * style.shares[:, None, None] for own, style in zip(sums, styles, strict=True)]
        ).sum(0)
    return mixed


def _second_moments(features: Tensor, masks: Tensor) -> Tensor:
    """(R, C, C) sums of outer products of features (C, h, w), weighted by masks (R, h, w)."""
    shares = masks.sum((1, 2))[:, None, None]
    scaled = masks / masks.amax((1, 2), keepdim=True).clamp_min(1e-12)  # `MaskedGram` leaves out what has little of a region
    grams: Tensor = MaskedGram(scaled)(features)
    return grams * shares


def _with_one(features: Tensor) -> Tensor:
    return torch.cat([features, torch.ones_like(features[:1])])


def _moments_apart(own: Tensor, goal: Tensor) -> Tensor:
    """(R,) the mean relative distance of covariances and of means, from second moments with a 1 (R, C + 1, C + 1)."""
    own_mean, goal_mean = own[:, :-1, -1], goal[:, :-1, -1]
    own_covariance = own[:, :-1, :-1] - own_mean[:, :, None] * own_mean[:, None]
    goal_covariance = goal[:, :-1, :-1] - goal_mean[:, :, None] * goal_mean[:, None]
    least = (LEAST_OF_MOMENT * goal[:, :-1, :-1].flatten(1).norm(dim=1)).pow(2).clamp_min(1e-8)
    spread = (own_covariance - goal_covariance).pow(2).sum((1, 2)) / goal_covariance.pow(2).sum((1, 2)).maximum(least)
    middle = (own_mean - goal_mean).pow(2).sum(1) / goal_mean.pow(2).sum(1).clamp_min(1e-8)
    return ((spread + FLOOR**2).sqrt() + (middle + FLOOR**2).sqrt()) / 2


def _columns(features: Planes, masks: Planes) -> tuple[Tensor, Tensor]:
    """All layers beside each other, each over the root of its mean square: (pixels, C), and masks (R, pixels), at stride 4.

    A layer that is finer is averaged to the size of the first layer that is no finer than that, a coarser one enlarged.
    """
    widest = max(each.shape[2] for each in features.values())
    size = next((each.shape[1:] for each in features.values() if each.shape[2] * STRIDE <= widest), None)
    if size is None:
        size = list(features.values())[-1].shape[1:]
    columns = []
    for each in features.values():
        resized = each[None]
        if each.shape[1:] != size:
            mode = "area" if each.shape[2] > size[1] else "bilinear"
            resized = F.interpolate(resized, tuple(size), mode=mode)
        columns.append(resized[0] / resized.detach().pow(2).sum(1).mean().sqrt().clamp_min(1e-6))
    fitting = next(mask for layer, mask in masks.items() if mask.shape[1:] == size)
    return torch.cat(columns).flatten(1).T, fitting.flatten(1)
