"""What generators and discriminators are made of."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from photostyle.networks.stylizer import EPSILON, Moments


class Mirrored(nn.Conv2d):
    """A convolution of a map that is mirrored at its frame by half the kernel: the same size out, or the half with stride 2."""

    def __init__(self, channels_in: int, channels: int, side: int = 3, stride: int = 1, *, bias: bool = True) -> None:
        super().__init__(channels_in, channels, side, stride, side // 2, bias=bias, padding_mode="reflect")


def instance_norm(x: Tensor, moments: Moments) -> Tensor:
    """(x - mean) / deviation of each channel (Ulyanov et al. 2016), without gains and offsets."""
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


def doubled(x: Tensor) -> Tensor:
    """A map at twice its size, each pixel repeated: a transposed convolution would draw checkerboards (Odena et al. 2016)."""
    return F.interpolate(x, scale_factor=2.0, mode="nearest")


class Residual(nn.Module):
    """x + norm(convolution(relu(norm(convolution(x)))))."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = Mirrored(channels, channels)
        self.second = Mirrored(channels, channels)

    def forward(self, x: Tensor, moments: Moments) -> Tensor:
        inside = F.relu(instance_norm(self.first(x), moments))
        return x + instance_norm(self.second(inside), moments)
