"""U-GAT-IT's generator (Kim et al. 2020): attention by an auxiliary classifier, and norms whose gains depend on the photo.

Departure: features are pooled to 8 x 8 before the layers that give gains and offsets. The published full mode has a layer for
each pixel of one size of photo; its light mode pools to one number a channel, of features whose mean the norms have just taken
away, and learns nothing.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from photostyle.networks.convolutions import Doubled, Mirrored
from photostyle.networks.stylizer import Moments, check_shape, own_moments, to_whole_strides
from photostyle.networks.translation.generator import GeneratorShape, encoded, painted, reach_of
from photostyle.networks.translation.layers import (
    Residual,
    instance_and_layer_norm,
    instance_norm,
)

POOLED = 8  # rows and columns of the features that gains and offsets are made of
Codes = Callable[[Tensor], Tensor]  # features (B, C, h, w) -> (B or 1, C, POOLED, POOLED)
SHARE = 0.9  # of instance norm in adaptive blocks, to begin with; none in the layers after them


class Attended(NamedTuple):
    """Features after an auxiliary classifier.

    Args:
        features: (B, C, h, w), weighted by what the classifier looks at.
        logits: (B, 2), that the picture is of one's own set, by the mean and by the largest of each channel.
        heat: (B, 1, h, w), where it looks.
    """

    features: Tensor
    logits: Tensor
    heat: Tensor


class Attention(nn.Module):
    """An auxiliary classifier whose weights are the attention: Zhou et al. 2016, as in Kim et al. 2020, section 3.1.

    Args:
        channels: of the features.
        slope: of what comes out below zero.
    """

    def __init__(self, channels: int, slope: float = 0.0) -> None:
        super().__init__()
        self.of_means = nn.Linear(channels, 1, bias=False)
        self.of_largest = nn.Linear(channels, 1, bias=False)
        self.mix = nn.Conv2d(2 * channels, channels, 1)
        self.slope = slope

    def forward(self, x: Tensor) -> Attended:
        logits = torch.cat([self.of_means(x.mean((2, 3))), self.of_largest(x.amax((2, 3)))], 1)
        by_mean = x * self.of_means.weight[:, :, None, None]
        by_largest = x * self.of_largest.weight[:, :, None, None]
        features = F.leaky_relu(self.mix(torch.cat([by_mean, by_largest], 1)), self.slope)
        return Attended(features, logits, features.sum(1, keepdim=True))


class AdaptiveResidual(nn.Module):
    """A residual block whose norms (AdaLIN) have the gains and offsets of the photo."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = Mirrored(channels, channels, bias=False)
        self.second = Mirrored(channels, channels, bias=False)
        self.shares = nn.Parameter(torch.full((2, channels), SHARE))

    def forward(self, x: Tensor, gain: Tensor, offset: Tensor, moments: Moments) -> Tensor:
        inside = instance_and_layer_norm(self.first(x), self.shares[0], moments)
        inside = F.relu(gain * inside + offset)
        inside = instance_and_layer_norm(self.second(inside), self.shares[1], moments)
        return x + gain * inside + offset


class Enlarging(nn.Module):
    """Twice the size, a convolution, and a norm with gains, offsets and share of its own."""

    def __init__(self, channels_in: int, channels: int) -> None:
        super().__init__()
        self.convolution = Doubled(channels_in, channels, bias=False)
        self.shares = nn.Parameter(torch.zeros(1, channels))
        self.gain = nn.Parameter(torch.ones(channels, 1, 1))
        self.offset = nn.Parameter(torch.zeros(channels, 1, 1))

    def forward(self, x: Tensor, moments: Moments) -> Tensor:
        normed = instance_and_layer_norm(self.convolution(x), self.shares[0], moments)
        return F.relu(self.gain * normed + self.offset)


class Translated(NamedTuple):
    """What an attention generator gives.

    Args:
        picture: (B, 3, H, W) in [0, 1].
        logits: (B, 2), that the photo is of the set that the network translates from.
        heat: (B, 1, h, w), where it looks.
    """

    picture: Tensor
    logits: Tensor
    heat: Tensor


class AttentionGenerator(nn.Module):
    """A picture of one set as one of the other, with attention. A half of the blocks (rounded up) adapt to the photo.

    Args:
        shape: how wide and deep.

    Example:
        >>> AttentionGenerator(GeneratorShape(width=4, residuals=2)).translate(torch.rand(1, 3, 21, 18)).picture.shape
        torch.Size([1, 3, 21, 18])
    """

    def __init__(self, shape: GeneratorShape) -> None:
        super().__init__()
        self.shape = shape
        width = shape.width
        deep = 4 * width
        adaptive = (shape.residuals + 1) // 2
        self.stem = Mirrored(3, width, 7)
        self.halve = nn.ModuleList([Mirrored(width, 2 * width, stride=2), Mirrored(2 * width, deep, stride=2)])
        self.residuals = nn.ModuleList(Residual(deep) for _ in range(shape.residuals - adaptive))
        self.attention = Attention(deep)
        self.code = nn.ModuleList([nn.Linear(deep * POOLED * POOLED, deep), nn.Linear(deep, deep)])
        self.gain = nn.Linear(deep, deep, bias=False)
        self.offset = nn.Linear(deep, deep, bias=False)
        self.adaptive = nn.ModuleList(AdaptiveResidual(deep) for _ in range(adaptive))
        self.enlarge = nn.ModuleList([Enlarging(deep, 2 * width), Enlarging(2 * width, width)])
        self.paint = Mirrored(width, 3, 7)

    @property
    def reach(self) -> int:
        """How many pixels away a pixel of the photo may matter, norms aside; a multiple of `STRIDE`."""
        return reach_of(self.shape.residuals)

    def forward(self, photo: Tensor, moments: Moments | None = None) -> Tensor:
        """(B, 3, H, W) in [0, 1]; see `translate`."""
        return self.translate(photo, moments).picture

    def translate(self, photo: Tensor, moments: Moments | None = None, codes: Codes | None = None) -> Translated:
        """Translate, and say what was looked at.

        Args:
            photo: (B, 3, H, W), sRGB-encoded in [0, 1].
            moments: where the norms take mean and variance from; None for each picture's own.
            codes: what gains and offsets are made of; None for each picture's own features, pooled.

        Raises:
            OptionError: the photo has no such shape.
        """
        check_shape(photo)
        height, width = photo.shape[2:]
        measured = moments or own_moments
        whole = to_whole_strides(photo)
        attended = self.attention(encoded(self, whole, partial(instance_norm, moments=measured)))
        x = attended.features
        gain, offset = self._numbers((codes or own_code)(x))
        for adaptive in self.adaptive:
            x = adaptive(x, gain, offset, measured)
        for layer in self.enlarge:
            x = layer(x, measured)
        made = painted(self.paint(x), whole, self.shape.adds, self.training)
        return Translated(made[:, :, :height, :width].contiguous(), attended.logits, attended.heat)

    @torch.no_grad()
    def bound_shares(self) -> None:
        """Bring the shares of instance norm back into [0, 1], as after each step of the optimiser."""
        for part in self.modules():
            if isinstance(part, AdaptiveResidual | Enlarging):
                part.shares.clamp_(0, 1)

    def _numbers(self, pooled: Tensor) -> tuple[Tensor, Tensor]:
        """(B, C, 1, 1) gains and offsets of the adaptive norms."""
        code = pooled.flatten(1)
        for layer in self.code:
            code = F.relu(layer(code))
        return self.gain(code)[:, :, None, None], self.offset(code)[:, :, None, None]


def own_code(x: Tensor) -> Tensor:
    """(B, C, POOLED, POOLED), the means of each picture's features in its parts."""
    return F.adaptive_avg_pool2d(x, POOLED)


class MeasuredCode:
    """The code of photos from windows that are evenly spread over them, kept: what one pass measures, `FixedCode` gives again.

    Of several photos it is the mean.

    Args:
        rows, cols: how many windows there are, down and across; each a divisor of `POOLED`.
    """

    def __init__(self, rows: int, cols: int) -> None:
        self.rows = rows
        self.cols = cols
        self.found: Tensor | None = None

    def __call__(self, x: Tensor) -> Tensor:
        down, across = POOLED // self.rows, POOLED // self.cols
        parts = F.adaptive_avg_pool2d(x, (down, across)).reshape(-1, self.rows, self.cols, x.shape[1], down, across).mean(0)
        self.found = parts.permute(2, 0, 3, 1, 4).reshape(1, x.shape[1], POOLED, POOLED)
        return self.found


class FixedCode:
    """The code that was measured before, so that a tile is painted as its place in the whole is."""

    def __init__(self, measured: MeasuredCode) -> None:
        self.measured = measured

    def __call__(self, x: Tensor) -> Tensor:
        if self.measured.found is None:
            raise RuntimeError("no code was measured before")
        return self.measured.found
