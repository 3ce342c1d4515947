"""A network that paints in one pass: Johnson et al. 2016, with conditional instance norms (Dumoulin et al. 2017).

Departures: convolutions of 3 x 3 throughout, nearest upsampling before a convolution in place of a transposed one (Odena et al.
2016), and a sigmoid at the end. A style is a row of numbers, the gains and offsets of all norms: rows of several styles can be
mixed, and a predictor may give the row of a style that the network was not trained on (Ghiasi et al. 2017).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from photostyle.errors import OptionError
from photostyle.networks.convolutions import Doubled, Mirrored, moments_over
from photostyle.networks.predictor import StylePredictor

STRIDE = 4  # pixels of the photo to one of the residual blocks
SMALLEST = 2 * STRIDE  # a map must have two pixels a side to be mirrored
EPSILON = 1e-5  # added to variances

Moments = Callable[[Tensor], tuple[Tensor, Tensor]]  # (B, C, h, w) -> mean and variance, (B or 1, C, 1, 1) each


@dataclass(frozen=True)
class StylizerShape:
    """What distinguishes one stylizer from another.

    Args:
        styles: how many, at least 1.
        width: channels at the photo's own size; twice and four times as many at a half and a quarter of it.
        residuals: blocks at a quarter of the size.
        numbers: how many describe any other style, for a predictor of its norms; 0 where there is none.
    """

    styles: int = 1
    width: int = 16
    residuals: int = 3
    numbers: int = 0


class Stylizer(nn.Module):
    """A photo painted in a style: any size in, the same size out.

    Args:
        shape: how many styles, how wide, how deep.

    Attributes:
        norms: (styles, N): of each style the gains, then the offsets, of each norm in turn.
        predictor: gives the norms of any style by numbers that describe it; None where the network has its own styles alone.

    Example:
        >>> network = Stylizer(StylizerShape(styles=2, width=4, residuals=1))
        >>> network(torch.rand(1, 3, 13, 7), network.mixed([0.6, 0.4])).shape
        torch.Size([1, 3, 13, 7])
    """

    def __init__(self, shape: StylizerShape = StylizerShape()) -> None:
        super().__init__()
        self.shape = shape
        width = shape.width
        self.stem = Mirrored(3, width, bias=False)  # a norm follows, and takes any offset away
        self.halve = nn.ModuleList(
            [Mirrored(width, 2 * width, stride=2, bias=False), Mirrored(2 * width, 4 * width, stride=2, bias=False)]
        )
        self.residuals = nn.ModuleList(_Residual(4 * width) for _ in range(shape.residuals))
        self.enlarge = nn.ModuleList([Doubled(4 * width, 2 * width, bias=False), Doubled(2 * width, width, bias=False)])
        self.paint = Mirrored(width, 3)
        self.channels = channels_of_norms(width, shape.residuals)
        self.norms = nn.Parameter(gains_and_offsets(self.channels).repeat(shape.styles, 1))
        self.predictor = StylePredictor(shape.numbers, self.norms.shape[1]) if shape.numbers else None

    @property
    def reach(self) -> int:
        """How many pixels away a pixel of the photo may matter, norms aside; a multiple of `STRIDE`."""
        stem_and_halving = 1 + 1 + 2
        doubling_and_painting = 2 + 1 + 1
        rounding = STRIDE
        return stem_and_halving + 2 * STRIDE * self.shape.residuals + doubling_and_painting + rounding

    def initialise(self, seed: int) -> None:
        """Random weights by a seed: He et al. 2015; the last convolution small, so that a training begins with grey."""
        random = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for part in self.modules():
                if isinstance(part, nn.Conv2d):
                    deviation = math.sqrt(2 / (part.in_channels * 9))
                    part.weight.copy_(deviation * torch.randn(part.weight.shape, generator=random))
            self.paint.weight.mul_(0.1)
            if self.paint.bias is not None:
                self.paint.bias.zero_()
            if self.predictor is not None:
                self.predictor.initialise(self.norms[0], random)

    def mixed(self, weights: Sequence[float] | Tensor) -> Tensor:
        """(B, N): norms mixed by the weights of the styles, (styles,) or (B, styles)."""
        rows = torch.as_tensor(weights, dtype=self.norms.dtype, device=self.norms.device)
        if rows.ndim == 1:
            rows = rows[None]
        return rows @ self.norms

    def forward(self, photo: Tensor, norms: Tensor, moments: Moments | None = None) -> Tensor:
        """Paint.

        Args:
            photo: (B, 3, H, W), sRGB-encoded in [0, 1].
            norms: (B, N) or (1, N), as `mixed` or the predictor gives them.
            moments: where the norms take mean and variance from; None for each picture's own.

        Returns:
            (B, 3, H, W) in [0, 1].

        Raises:
            OptionError: the photo has no such shape.
        """
        check_shape(photo)
        height, width = photo.shape[2:]
        normed = Norms(self.channels, norms, moments or own_moments)
        whole = to_whole_strides(photo).contiguous(memory_format=torch.channels_last)
        x = F.relu(normed(self.stem(whole)), inplace=True)
        for convolution in self.halve:
            x = F.relu(normed(convolution(x)), inplace=True)
        for block in self.residuals:
            x = block(x, normed)
        for convolution in self.enlarge:
            x = F.relu(normed(convolution(x)), inplace=True)
        made = torch.sigmoid(self.paint(x))
        return made[:, :, :height, :width].contiguous()


class _Residual(nn.Module):
    """x + norm(convolution(relu(norm(convolution(x)))))."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = Mirrored(channels, channels, bias=False)
        self.second = Mirrored(channels, channels, bias=False)

    def forward(self, x: Tensor, normed: "Norms") -> Tensor:
        inside = F.relu(normed(self.first(x)), inplace=True)
        return x + normed(self.second(inside))


def channels_of_norms(width: int, residuals: int) -> tuple[int, ...]:
    """How many channels each norm of a network has: a stem, two halvings, blocks, two doublings.

    >>> channels_of_norms(16, 1)
    (16, 32, 64, 64, 64, 32, 16)
    """
    return (width, 2 * width, 4 * width, *(2 * residuals * (4 * width,)), 2 * width, width)


def gains_and_offsets(channels: Sequence[int]) -> Tensor:
    """(N,), ones and zeros for each norm in turn."""
    return torch.cat([part for each in channels for part in (torch.ones(each), torch.zeros(each))])


class Norms:
    """The norms of one pass, in turn: gain * (x - mean) / deviation + offset.

    Args:
        channels: of each norm.
        norms: (B, N) or (1, N): the gains, then the offsets, of each norm in turn.
        moments: where they take mean and variance from.
    """

    def __init__(self, channels: Sequence[int], norms: Tensor, moments: Moments) -> None:
        sizes = [size for each in channels for size in (each, each)]
        self.numbers = iter(torch.split(norms, sizes, 1))
        self.moments = moments

    def __call__(self, x: Tensor) -> Tensor:
        gain, offset = next(self.numbers), next(self.numbers)
        if (
            self.moments is own_moments and len(x) == len(gain) == 1
        ):  # of one picture that is a batch norm, which is one fast pass
            return F.batch_norm(x, None, None, gain[0], offset[0], training=True, eps=EPSILON)
        gain, offset = gain[:, :, None, None], offset[:, :, None, None]
        mean, variance = self.moments(x)
        scale = gain * (variance + EPSILON).rsqrt()
        if torch.is_grad_enabled():
            return x * scale + (offset - mean * scale)
        return x.mul_(scale).add_(offset - mean * scale)  # no memory anew: of a large photo that takes longer than the numbers


def own_moments(x: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and variance over the pixels of each picture: instance norm (Ulyanov et al. 2016)."""
    return moments_over(x, (2, 3))


class MeasuredMoments:
    """Mean and variance over several pictures together, kept in turn: what one pass measures, `FixedMoments` gives again."""

    def __init__(self) -> None:
        self.found: list[tuple[Tensor, Tensor]] = []

    def __call__(self, x: Tensor) -> tuple[Tensor, Tensor]:
        mean, variance = moments_over(x, (0, 2, 3))
        self.found.append((mean, variance))
        return mean, variance


class FixedMoments:
    """Mean and variance that were measured before, so that a tile is painted as its place in the whole is. For one pass."""

    def __init__(self, measured: MeasuredMoments) -> None:
        self.found = iter(measured.found)

    def __call__(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return next(self.found)


def check_shape(photo: Tensor) -> None:
    """Refuse what is no batch of RGB pictures.

    Raises:
        OptionError: its shape is another.
    """
    if photo.ndim != 4 or photo.shape[1] != 3:
        raise OptionError(f"photo must have shape (B, 3, H, W), got {tuple(photo.shape)}; give RGB with a batch axis")


def to_whole_strides(photo: Tensor) -> Tensor:
    """The photo, its last row and column repeated until its sides are multiples of the stride."""
    height, width = photo.shape[2:]
    down = max(SMALLEST, -(-height // STRIDE) * STRIDE) - height
    across = max(SMALLEST, -(-width // STRIDE) * STRIDE) - width
    if down == across == 0:
        return photo
    return F.pad(photo, (0, across, 0, down), mode="replicate")
