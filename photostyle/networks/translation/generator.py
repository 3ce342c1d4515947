"""CycleGAN's generator (Zhu et al. 2017): a residual network between two sets of pictures.

Departures: nearest upsampling and a convolution in place of a transposed one (Odena et al. 2016), any size in and the same size
out, and, where the shape says so, a network that adds to the photo and does not paint it anew.
"""

from dataclasses import dataclass
from functools import partial
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from photostyle.errors import OptionError
from photostyle.networks.convolutions import Doubled, Mirrored
from photostyle.networks.stylizer import (
    STRIDE,
    Moments,
    Norms,
    Stylizer,
    channels_of_norms,
    check_shape,
    gains_and_offsets,
    own_moments,
    to_whole_strides,
)
from photostyle.networks.translation.layers import Normed, Residual, instance_norm


@dataclass(frozen=True)
class GeneratorShape:
    """What distinguishes one generator from another.

    Args:
        width: channels at the photo's own size (64 in the paper); twice and four times as many at a half and a quarter of it.
        residuals: blocks at a quarter of the size (9 in the paper; 6 at 128 pixels).
        adds: whether what comes out is added to the photo. It then begins as no change at all, keeps what is shown, and learns
            what differs in fewer steps.
    """

    width: int = 32
    residuals: int = 6
    adds: bool = False
    affine: bool = False


class ResidualGenerator(nn.Module):
    """A picture of one set as one of the other.

    Args:
        shape: how wide and deep.

    Example:
        >>> ResidualGenerator(GeneratorShape(width=4, residuals=1))(torch.rand(1, 3, 13, 9)).shape
        torch.Size([1, 3, 13, 9])
    """

    def __init__(self, shape: GeneratorShape) -> None:
        super().__init__()
        self.shape = shape
        width = shape.width
        self.stem = Mirrored(3, width, 7)
        self.halve = nn.ModuleList([Mirrored(width, 2 * width, stride=2), Mirrored(2 * width, 4 * width, stride=2)])
        self.residuals = nn.ModuleList(Residual(4 * width) for _ in range(shape.residuals))
        self.enlarge = nn.ModuleList([Doubled(4 * width, 2 * width), Doubled(2 * width, width)])
        self.paint = Mirrored(width, 3, 7)
        self.channels = channels_of_norms(width, shape.residuals)
        self.norms = nn.Parameter(gains_and_offsets(self.channels)) if shape.affine else None

    @property
    def reach(self) -> int:
        """How many pixels away a pixel of the photo may matter, norms aside; a multiple of `STRIDE`."""
        return reach_of(self.shape.residuals)

    def forward(self, photo: Tensor, moments: Moments | None = None) -> Tensor:
        """Translate.

        Args:
            photo: (B, 3, H, W), sRGB-encoded in [0, 1].
            moments: where the norms take mean and variance from; None for each picture's own.

        Returns:
            (B, 3, H, W) in [0, 1]; a network that adds may leave that range while it is trained.

        Raises:
            OptionError: the photo has no such shape.
        """
        check_shape(photo)
        height, width = photo.shape[2:]
        normed = self._norms(moments or own_moments)
        whole = to_whole_strides(photo)
        x = encoded(self, whole, normed)
        for convolution in self.enlarge:
            x = F.relu(normed(convolution(x)))
        made = painted(self.paint(x), whole, self.shape.adds, self.training)
        return made[:, :, :height, :width].contiguous()

    @torch.no_grad()
    def begin_with(self, stylizer: Stylizer, norms: Tensor) -> None:
        """Become a stylizer in one style: what comes out is the same.

        Args:
            stylizer: of the same width and depth.
            norms: (N,), of the style.

        Raises:
            OptionError: this network has no gains and offsets, it adds to the photo, or the stylizer is of another shape.
        """
        of = stylizer.shape
        if self.norms is None or self.shape.adds or (of.width, of.residuals) != (self.shape.width, self.shape.residuals):
            raise OptionError(f"a generator of {self.shape} cannot begin with a stylizer of {of}")
        for name, weight in self.named_parameters():
            weight.zero_()
            if name == "norms":
                weight.copy_(norms)
            elif not name.endswith("bias") or name == "paint.bias":  # a norm takes other offsets away
                _middle(weight).copy_(stylizer.get_parameter(name))
        self.stem.weight.div_(2)  # it is given the photo in [-1, 1]
        for part in self.paint.parameters():
            part.div_(2)  # sigmoid(x) = (tanh(x / 2) + 1) / 2

    def _norms(self, moments: Moments) -> Normed:
        if self.norms is None:
            return partial(instance_norm, moments=moments)
        return Norms(self.channels, self.norms[None], moments)


def _middle(weight: Tensor) -> Tensor:
    """The part of 7 x 7 weights that 3 x 3 weights fill; others as they are."""
    return weight[..., 2:-2, 2:-2] if weight.ndim == 4 and weight.shape[-1] == 7 else weight


class Encoding(Protocol):
    """A network that halves a photo twice, with blocks behind."""

    stem: Mirrored
    halve: nn.ModuleList
    residuals: nn.ModuleList


def encoded(network: Encoding, photo: Tensor, normed: Normed) -> Tensor:
    """(B, C, H/4, W/4) features of photos (B, 3, H, W) in [0, 1], after a generator's first layers and blocks."""
    x = (2 * photo - 1).contiguous(memory_format=torch.channels_last)
    x = F.relu(normed(network.stem(x)))
    for convolution in network.halve:
        x = F.relu(normed(convolution(x)))
    for block in network.residuals:
        x = block(x, normed)
    return x


def painted(drawn: Tensor, photo: Tensor, adds: bool, training: bool) -> Tensor:
    """The picture that a network's last layer stands for.

    Args:
        drawn: (B, 3, h, w), of that layer.
        photo: (B, 3, h, w), that it was given.
        adds: whether it is added to the photo.
        training: whether what is added may leave [0, 1], where its gradient would be lost.
    """
    if not adds:
        return (drawn.tanh() + 1) / 2
    made = photo + drawn.tanh()
    return made if training else made.clamp(0, 1)


def reach_of(residuals: int) -> int:
    """How many pixels away a pixel may matter in a network of a stem, two halvings, blocks, two doublings and a last layer."""
    stem_and_halving = 3 + 1 + 2
    doubling_and_painting = 2 + 1 + 3
    rounding = STRIDE  # a doubled map repeats each pixel
    needed = stem_and_halving + 2 * STRIDE * residuals + doubling_and_painting + rounding
    return -(-needed // STRIDE) * STRIDE


def initialise(network: nn.Module, seed: int) -> None:
    """Random weights by a seed: deviations of 0.02, as in the paper; offsets zero. One that adds begins with less still.

    A network of a higher gain may begin with colours turned round, and keep them so (the paper's own threads).
    """
    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for part in network.modules():
            if isinstance(part, nn.Conv2d | nn.Linear):
                part.weight.copy_(0.02 * torch.randn(part.weight.shape, generator=random))
                if part.bias is not None:
                    part.bias.zero_()
        last = getattr(network, "paint", None)
        if isinstance(last, nn.Conv2d) and getattr(network.shape, "adds", False):
            last.weight.mul_(0.1)
