"""What generators and discriminators are made of."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from photostyle.networks.convolutions import Mirrored
from photostyle.networks.stylizer import EPSILON, Moments, own_moments

Normed = Callable[[Tensor], Tensor]  # a map (B, C, h, w) after the next norm of a network


def instance_norm(x: Tensor, moments: Moments) -> Tensor:
    """(x - mean) / deviation of each channel (Ulyanov et al. 2016), without gains and offsets."""
    if moments is own_moments and len(x) == 1:  # of one picture that is a batch norm, which is one fast pass
        return F.batch_norm(x, None, None, training=True, eps=EPSILON)
    mean, variance = moments(x)
    return (x - mean) * (variance + EPSILON).rsqrt()


def instance_and_layer_norm(x: Tensor, share: Tensor, moments: Moments) -> Tensor:
    """share * instance norm + (1 - share) * layer norm: Kim et al. 2020, equation 1.

    The layer's mean and variance follow from those of its channels, so that a tile can be normed as the whole photo is.

    Args:
        x: (B, C, h, w).
        share: (C,) in [0, 1], the paper's rho.
        moments: where mean and variance of each channel come from.
    """
    mean, variance = moments(x)
    layer_mean = mean.mean(1, keepdim=True)
    layer_variance = (variance + (mean - layer_mean).pow(2)).mean(1, keepdim=True)
    by_channel = (x - mean) * (variance + EPSILON).rsqrt()
    by_layer = (x - layer_mean) * (layer_variance + EPSILON).rsqrt()
    return torch.lerp(by_layer, by_channel, share[:, None, None])


class Residual(nn.Module):
    """x + norm(convolution(relu(norm(convolution(x)))))."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = Mirrored(channels, channels)
        self.second = Mirrored(channels, channels)

    def forward(self, x: Tensor, normed: Normed) -> Tensor:
        inside = F.relu(normed(self.first(x)))
        return x + normed(self.second(inside))
