"""What is known to go wrong with unpaired translation, as numbers (LSGAN losses tell nothing of it).

All take pictures (N, 3, h, w), sRGB-encoded in [0, 1].
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from photostyle.colour import luminance
from photostyle.encoders import Encoder

HOLE = 0.02  # of a range of luminance: darker than this where the photo is not, or as near to white


@torch.no_grad()
def light_kept(before: Tensor, after: Tensor) -> float:
    """The mean correlation of luminance before and after: -1 where light is turned round (junyanz/CycleGAN#91)."""
    correlations = []
    for one, other in zip(before, after, strict=True):
        pair = torch.stack([luminance(one).flatten(), luminance(other).flatten()]).double()
        pair = pair - pair.mean(1, keepdim=True)
        correlations.append(float((pair[0] * pair[1]).sum() / (pair[0].norm() * pair[1].norm()).clamp_min(1e-9)))
    return sum(correlations) / len(correlations)


@torch.no_grad()
def changed(before: Tensor, after: Tensor) -> float:
    """The mean difference: near 0 where the network copies its input."""
    return float((after - before).abs().mean())


@torch.no_grad()
def checkerboard(pictures: Tensor) -> float:
    """How much more the pictures vary with the period of two pixels than with that of three: about 1 or less in photos."""
    two = _at_period(pictures, 2)
    three = _at_period(pictures, 3)
    return float(two / three.clamp_min(1e-9))


@torch.no_grad()
def holes(before: Tensor, after: Tensor) -> float:
    """The share of pixels that became black or white, where the photo was neither."""
    was, now = (torch.stack([luminance(each) for each in pictures]) for pictures in (before, after))
    open_before = (was > 5 * HOLE) & (was < 1 - 5 * HOLE)
    shut = (now < HOLE) | (now > 1 - HOLE)
    return float((open_before & shut).double().mean())


@torch.no_grad()
def diversity(before: Tensor, after: Tensor, encoder: Encoder) -> float:
    """How unlike each other the made pictures are, against how unlike their photos are; near 0 in a collapse."""
    return float(_spread(pooled(after, encoder)) / _spread(pooled(before, encoder)).clamp_min(1e-9))


@torch.no_grad()
def learnt_by_heart(made: Tensor, shown: Tensor, others: Tensor, encoder: Encoder) -> float:
    """How near made pictures come to what was trained on, against how near to others of that set: near 0 where it repeats them.

    Args:
        made: pictures.
        shown: of the wanted set, trained on.
        others: of the wanted set, not trained on; as many as `shown`, or the nearest of more would be nearer.
        encoder: that measures likeness.
    """
    features = pooled(made, encoder)
    to_shown = torch.cdist(features, pooled(shown, encoder)).amin(1)
    to_others = torch.cdist(features, pooled(others, encoder)).amin(1)
    return float(to_shown.mean() / to_others.mean().clamp_min(1e-9))


@torch.no_grad()
def pooled(pictures: Tensor, encoder: Encoder, layers: Sequence[str] | None = None) -> Tensor:
    """(N, features), the mean and deviation of each channel of some layers; each layer weighs as much as another."""
    parts = []
    for picture in pictures:
        found = encoder(picture[None], tuple(layers or encoder.style_layers))
        row = []
        for features in found.values():
            flat = features[0].flatten(1).float()
            numbers = torch.cat([flat.mean(1), flat.std(1)])
            row.append(numbers / len(numbers) ** 0.5)
        parts.append(torch.cat(row))
    return torch.stack(parts).cpu()


def kernel_distance(one: Tensor, other: Tensor) -> float:
    """The squared maximum mean discrepancy of two sets of features under a cubic kernel, unbiased: Binkowski et al. 2018's KID.

    It is about 0 for two parts of one set, whatever their numbers, and may come out a little below.

    Args:
        one, other: (N, features) and (M, features), at least two each; scaled by the deviations of `other`.

    >>> kernel_distance(torch.zeros(4, 3), torch.zeros(5, 3))
    0.0
    """
    spread = other.double().std(0).clamp_min(1e-6)
    a, b = one.double() / spread, other.double() / spread
    middle = b.mean(0)
    a, b = a - middle, b - middle
    within_a, within_b, between = (_cubic(*pair) for pair in ((a, a), (b, b), (a, b)))
    n, m = len(a), len(b)
    own = (within_a.sum() - within_a.diagonal().sum()) / (n * (n - 1))
    theirs = (within_b.sum() - within_b.diagonal().sum()) / (m * (m - 1))
    return float(own + theirs - 2 * between.mean())


def _cubic(one: Tensor, other: Tensor) -> Tensor:
    return (one @ other.T / one.shape[1] + 1).pow(3)


def _spread(features: Tensor) -> Tensor:
    """The mean distance between two of them."""
    return torch.pdist(features).mean()


def _at_period(pictures: Tensor, period: int) -> Tensor:
    """How much the means of rows and columns vary from one place within a period to another."""
    height, width = (side // 6 * 6 for side in pictures.shape[2:])  # whole periods of two and of three
    cut = pictures[:, :, :height, :width].double()
    parts = []
    for axis in (2, 3):
        steps = cut.diff(dim=axis).abs().mean((0, 1, 5 - axis))
        steps = steps[: len(steps) // period * period].reshape(-1, period)
        parts.append(steps.mean(0).std(correction=0) / steps.mean().clamp_min(1e-9))
    return torch.stack(parts).mean() + 0.01
