"""CycleGAN's generator (Zhu et al. 2017): a residual network between two sets of pictures.

Departures: nearest upsampling and a convolution in place of a transposed one (Odena et al. 2016), any size in and the same size
out, and, where the shape says so, a network that adds to the photo and does not paint it anew.
"""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from photostyle.networks.convolutions import Doubled, Mirrored
from photostyle.networks.stylizer import STRIDE, Moments, check_shape, own_moments, to_whole_strides
from photostyle.networks.translation.layers import Residual, instance_norm


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
        measured = moments or own_moments
        whole = to_whole_strides(photo)
        x = encoded(self, whole, measured)
        for convolution in self.enlarge:
            x = F.relu(instance_norm(convolution(x), measured))
        made = painted(self.paint(x), whole, self.shape.adds, self.training)
        return made[:, :, :height, :width].contiguous()


class Encoding(Protocol):
    """A network that halves a photo twice, with blocks behind."""

    stem: Mirrored
    halve: nn.ModuleList
    residuals: nn.ModuleList


def encoded(network: Encoding, photo: Tensor, moments: Moments) -> Tensor:
    """(B, C, H/4, W/4) features of photos (B, 3, H, W) in [0, 1], after a generator's first layers and blocks."""
    x = (2 * photo - 1).contiguous(memory_format=torch.channels_last)
    x = F.relu(instance_norm(network.stem(x), moments))
    for convolution in network.halve:
        x = F.relu(instance_norm(convolution(x), moments))
    for block in network.residuals:
        x = block(x, moments)
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
