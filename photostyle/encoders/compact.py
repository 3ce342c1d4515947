"""The encoder that ships with photostyle: four levels, distilled by scripts/distill_encoder.py."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from photostyle.encoders.encoder import Encoder, Step, Window

LEVELS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
_THREE, _HALVE, _POOL = Window(3, 1, 1), Window(4, 2, 1), Window(2, 2)


@dataclass(frozen=True)
class Widths:
    """Channels of the compact network.

    Args:
        levels: channels of the four layers given out.
        hidden: channels inside levels 2, 3 and 4.
        blocks: residual convolutions at stride 8.
    """

    levels: tuple[int, int, int, int] = (10, 15, 38, 27)
    hidden: tuple[int, int, int] = (16, 16, 64)
    blocks: int = 3

    @classmethod
    def of(cls, weights: Mapping[str, Tensor]) -> "Widths":
        """The widths that a state dict was saved with."""
        out = lambda key: weights[f"{key}.convolution.weight"].shape[0]
        blocks = sum(key.startswith("block4_") and key.endswith("weight") for key in weights)
        levels = tuple(out(f"conv{k}_1") for k in (1, 2, 3, 4))
        return cls(levels, (out("halve2"), out("conv2_2"), out("halve4")), blocks)


class Compact(Encoder):
    """Four levels at strides 1, 2, 4 and 8 that stand for VGG's relu1_1, relu2_1, relu3_1 and relu4_1.

    Only level 1 convolves every pixel: a 4x4 convolution of stride 2 sees the same pixels as a 3x3 convolution with
    2x2 pooling and computes a quarter of the positions. It does so before levels 2 and 4; before level 3 true pooling
    is as cheap. The depth of level 4 follows at stride 8, where it costs little. Everything runs channels-last, which
    the CPU's convolutions like better when channels are few.
    """

    name: ClassVar[str] = "compact"
    style_layers: ClassVar[tuple[str, ...]] = LEVELS
    content_layer: ClassVar[str] = "relu4_1"

    def __init__(self, widths: Widths = Widths()):
        super().__init__()
        c, h = widths.levels, widths.hidden
        self.channels = dict(zip(LEVELS, c, strict=True))
        self.links = nn.ModuleDict(
            {
                "conv1_1": _Rectified(nn.Conv2d(3, c[0], 3), centred=False),
                "halve2": _Rectified(nn.Conv2d(c[0], h[0], 4, 2, 1), centred=True),
                "conv2_1": _Rectified(nn.Conv2d(h[0], c[1], 3, 1, 1), centred=False),
                "conv2_2": _Pooled(nn.Conv2d(c[1], h[1], 3, 1, 1), centred=True),
                "conv3_1": _Rectified(nn.Conv2d(h[1], c[2], 3, 1, 1), centred=False),
                "halve4": _Rectified(nn.Conv2d(c[2], h[2], 4, 2, 1), centred=True),
                **{
                    f"block4_{k}": _Residual(nn.Conv2d(h[2], h[2], 3, 1, 1), centred=False)
                    for k in range(widths.blocks)
                },
                "conv4_1": _Rectified(nn.Conv2d(h[2], c[3], 3, 1, 1), centred=False),
            }
        )
        self.steps = nn.ModuleList(Step(link, *_seen(key)) for key, link in self.links.items())
        self.to(memory_format=torch.channels_last)

    def prepare(self, x: Tensor) -> Tensor:
        # Mirrored by a pixel here, and by none further in: the photo's frame must not look like a black border.
        return F.pad(x.contiguous(memory_format=torch.channels_last), (1, 1, 1, 1), mode="reflect")

    def load_weights(self, weights: Mapping[str, Tensor]) -> None:
        """Takes a state dict with keys such as `halve4.convolution.weight`."""
        self.links.load_state_dict(dict(weights))


def _seen(key: str) -> tuple[list[Window], str | None]:
    """(windows, layer name) of a link."""
    if key.startswith("halve"):
        return [_HALVE], None
    if key == "conv2_2":
        return [_THREE, _POOL], None
    return [_THREE], f"relu{key[4:]}" if key.startswith("conv") else None


class _Rectified(nn.Module):
    """relu(convolution(x - shift)).

    The shift is the mean of a layer's features. Most of a feature is its mean, and what differs between photos is a
    small part on top of it: centred, that part is what is learnt, and the frame of zeros around the map is neutral.
    """

    def __init__(self, convolution: nn.Conv2d, centred: bool):
        super().__init__()
        self.convolution = convolution
        self.register_buffer("shift", torch.zeros(convolution.in_channels, 1, 1) if centred else None)

    def convolve(self, x: Tensor) -> Tensor:
        return self.convolution(x if self.shift is None else x - self.shift)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.convolve(x), inplace=True)


class _Pooled(_Rectified):
    def forward(self, x: Tensor) -> Tensor:
        # The maximum first: it commutes with relu, which then has a quarter of the values to look at.
        return F.relu(F.max_pool2d(self.convolve(x), 2), inplace=True)


class _Residual(_Rectified):
    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.convolve(x), inplace=True)
