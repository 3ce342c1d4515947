"""Masked Gram matrices of encoder features (Luan et al. 2017, eq. 3)."""

import torch
from torch import Tensor


class MaskedGram:
    """G_r = F diag(m_r) F^T / sum m_r, the mean outer product of the features inside each region.

    Each region's pixels are gathered once, so the cost does not grow with the number of regions; the gradient
    `(dG + dG^T) F diag(m)` is scattered back the same way. An empty region gives zeros, not NaN.

    Args:
        masks: (R, h, w) in [0, 1], spread to the features' layer through its receptive field (`Encoder.spread`).
        most: pixels of a region to take at most, spread evenly; 0 for all.
    """

    def __init__(self, masks: Tensor, most: int = 0):
        flat = masks.flatten(1)
        self.members = []
        for mask in flat:
            inside = mask.gt(1e-3).nonzero()[:, 0]
            if most and len(inside) > most:
                inside = inside[:: -(-len(inside) // most) | 1]  # an odd step: rows of an even width do not line up
            weights = mask[inside] / mask[inside].sum().clamp_min(1e-6)
            self.members.append((None if len(inside) == len(mask) else inside, weights))

    def __call__(self, features: Tensor) -> Tensor:
        """(C, h, w) features -> (R, C, C); free of copies where the features are channels-last."""
        return _Gram.apply(features.flatten(1).T.contiguous(), self.members)


class _Gram(torch.autograd.Function):
    @staticmethod
    def forward(ctx, features, members):
        picked = [features if inside is None else features.index_select(0, inside) for inside, _ in members]
        weighted = [f * w[:, None] for f, (_, w) in zip(picked, members, strict=True)]
        ctx.members, ctx.size = members, features.shape
        ctx.save_for_backward(*weighted)
        return torch.stack([w.T @ f for w, f in zip(weighted, picked, strict=True)])

    @staticmethod
    def backward(ctx, grad):
        total = grad.new_zeros(ctx.size)
        for g, weighted, (inside, _) in zip(grad + grad.mT, ctx.saved_tensors, ctx.members, strict=True):
            if inside is None:
                total.addmm_(weighted, g)
            else:
                total.index_add_(0, inside, weighted @ g)
        return total, None


def masked_gram(features: Tensor, masks: Tensor) -> Tensor:
    """The Gram matrices of one picture: (C, h, w) features, (R, h, w) masks -> (R, C, C); see `MaskedGram`."""
    return MaskedGram(masks)(features)


def gram_distance(gram: Tensor, goal: Tensor) -> Tensor:
    """|G - G_s|^2 / |G_s|^2 per region: (R, C, C), (R, C, C) -> (R,). Relative, so one weight serves every layer."""
    return (gram - goal).pow(2).sum((1, 2)) / goal.pow(2).sum((1, 2)).clamp_min(1e-8)
