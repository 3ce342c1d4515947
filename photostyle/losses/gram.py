"""Masked Gram matrices of encoder features (Luan et al. 2017, eq. 3)."""

from typing import Any, NamedTuple

import torch
from torch import Tensor

LEAST_WEIGHT = 1e-3  # a pixel with less of a region is left out of it


class _Members(NamedTuple):
    """The pixels of one region: their indices (n,), or None where all pixels belong to it, and their weights (n,)."""

    inside: Tensor | None
    weights: Tensor

    def pick(self, features: Tensor) -> Tensor:
        """The rows of (pixels, C) that belong to the region."""
        if self.inside is None:
            return features
        return features.index_select(0, self.inside)


class MaskedGram:
    """G_r = F diag(m_r) F^T / sum m_r (Luan et al. 2017, eq. 3): the mean outer product of the features of each region.

    Each region's pixels are gathered once, so the cost does not grow with the number of regions; the gradient
    `(dG + dG^T) F diag(m)` is scattered back the same way. An empty region gives zeros, not NaN.

    Args:
        masks: (R, h, w) in [0, 1], spread to the features' layer through its receptive field (`Encoder.spread`).
        most: pixels of a region to take at most, spread evenly; 0 for all.
    """

    def __init__(self, masks: Tensor, most: int = 0) -> None:
        self.members = [_members(mask, most) for mask in masks.flatten(1)]

    def __call__(self, features: Tensor) -> Tensor:
        """(C, h, w) features -> (R, C, C); free of copies where the features are channels-last."""
        rows = features.flatten(1).T.contiguous()
        grams: Tensor = _Gram.apply(rows, self.members)
        return grams


def _members(mask: Tensor, most: int) -> _Members:
    """The pixels of one region (pixels,), of which `most` at most, and weights that sum to 1."""
    inside = mask.gt(LEAST_WEIGHT).nonzero()[:, 0]
    if most and len(inside) > most:
        step = -(-len(inside) // most)
        inside = inside[:: step | 1]  # an odd step: rows of an even width do not line up
    weights = mask[inside] / mask[inside].sum().clamp_min(1e-6)
    if len(inside) == len(mask):
        return _Members(None, weights)
    return _Members(inside, weights)


class _Gram(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, features: Tensor, members: list[_Members]) -> Tensor:
        weighted = []
        grams = []
        for region in members:
            picked = region.pick(features)
            weighted.append(picked * region.weights[:, None])
            grams.append(weighted[-1].T @ picked)
        ctx.members = members
        ctx.size = features.shape
        ctx.save_for_backward(*weighted)
        return torch.stack(grams)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        grad = grads[0]
        total = grad.new_zeros(ctx.size)
        for g, weighted, region in zip(grad + grad.mT, ctx.saved_tensors, ctx.members, strict=True):
            if region.inside is None:
                total.addmm_(weighted, g)
            else:
                total.index_add_(0, region.inside, weighted @ g)
        return total, None


def masked_gram(features: Tensor, masks: Tensor) -> Tensor:
    """The Gram matrices of one picture's features (Luan et al. 2017, eq. 3); see `MaskedGram`.

    Args:
        features: (C, h, w).
        masks: (R, h, w) in [0, 1].

    Returns:
        (R, C, C), one for each region; zeros for an empty one.
    """
    return MaskedGram(masks)(features)


def gram_distance(gram: Tensor, goal: Tensor) -> Tensor:
    """|G - G_s|^2 / |G_s|^2 of each region (Frobenius). Relative, so that one weight serves every layer.

    Args:
        gram: (R, C, C), of the picture.
        goal: (R, C, C), of the style.

    Returns:
        (R,), 0 where they are equal.
    """
    difference = (gram - goal).pow(2).sum((1, 2))
    return difference / goal.pow(2).sum((1, 2)).clamp_min(1e-8)
