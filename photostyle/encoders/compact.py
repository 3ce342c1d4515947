"""The encoder that ships with photostyle: four levels, distilled by scripts/distill_encoder.py."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from photostyle.encoders.encoder import Encoder, Step, Window

LEVELS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
_THREE = Window(3, 1, 1)
_HALVE = Window(4, 2, 1)
_POOL = Window(2, 2)


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
        """The widths that a state dict was saved with.

        Raises:
            KeyError: the state dict is another network's.
        """

        def out(key: str) -> int:
            return weights[f"{key}.convolution.weight"].shape[0]

        levels = (out("conv1_1"), out("conv2_1"), out("conv3_1"), out("conv4_1"))
        hidden = (out("halve2"), out("conv2_2"), out("halve4"))
        blocks = 0
        while f"block4_{blocks}.convolution.weight" in weights:
            blocks += 1
        return cls(levels, hidden, blocks)


class Compact(Encoder):
    """Four levels at strides 1, 2, 4 and 8, in place of VGG's relu1_1, relu2_1, relu3_1 and relu4_1.

    Only level 1 convolves every pixel: a 4x4 convolution of stride 2 sees the same pixels as a 3x3 convolution with
    2x2 pooling and computes a quarter of the positions. It does so before levels 2 and 4; before level 3 true pooling
    is as cheap. The depth of level 4 follows at stride 8, where it costs little. Everything runs channels-last, which
    the CPU's convolutions like better when channels are few.
    """

    name: ClassVar[str] = "compact"
    style_layers: ClassVar[tuple[str, ...]] = LEVELS
    content_layer: ClassVar[str] = "relu4_1"

    def __init__(self, widths: Widths = Widths()) -> None:
        super().__init__()
        self.channels = dict(zip(LEVELS, widths.levels, strict=True))
        self.links = nn.ModuleDict(_links(widths))
        self.steps = nn.ModuleList(_step(key, link) for key, link in self.links.items())
        self.to(memory_format=torch.channels_last)

    def prepare(self, x: Tensor) -> Tensor:
        """The photo mirrored by a pixel at its frame, which must not look like a black border; layers further in are not."""
        x = x.contiguous(memory_format=torch.channels_last)
        if x.is_cuda:
            return _mirrored(x)
        return F.pad(x, (1, 1, 1, 1), mode="reflect")

    def load_weights(self, weights: Mapping[str, Tensor]) -> None:
        """Take a state dict with keys such as `halve4.convolution.weight`.

        Raises:
            RuntimeError: weights are missing, or have other shapes.
        """
        self.links.load_state_dict(dict(weights))


def _mirrored(x: Tensor) -> Tensor:
    """`F.pad` by one mirrored pixel, whose gradient is summed in one order; torch's own is summed in none on a graphics card."""
    tall = torch.cat([x[:, :, 1:2], x, x[:, :, -2:-1]], 2)
    return torch.cat([tall[..., 1:2], tall, tall[..., -2:-1]], 3)


def _links(widths: Widths) -> dict[str, nn.Module]:
    """The convolutions by their names in the state dict, in order."""
    c = widths.levels
    h = widths.hidden
    links: dict[str, nn.Module] = {
        "conv1_1": _Rectified(nn.Conv2d(3, c[0], 3), centred=False),
        "halve2": _Rectified(nn.Conv2d(c[0], h[0], 4, 2, 1), centred=True),
        "conv2_1": _Rectified(nn.Conv2d(h[0], c[1], 3, 1, 1), centred=False),
        "conv2_2": _Pooled(nn.Conv2d(c[1], h[1], 3, 1, 1), centred=True),
        "conv3_1": _Rectified(nn.Conv2d(h[1], c[2], 3, 1, 1), centred=False),
        "halve4": _Rectified(nn.Conv2d(c[2], h[2], 4, 2, 1), centred=True),
    }
    for k in range(widths.blocks):
        links[f"block4_{k}"] = _Residual(nn.Conv2d(h[2], h[2], 3, 1, 1), centred=False)
    links["conv4_1"] = _Rectified(nn.Conv2d(h[2], c[3], 3, 1, 1), centred=False)
    return links


def _step(key: str, link: nn.Module) -> Step:
    """A link with the windows that it slides over its input and, where it ends a level, the layer's name."""
    if key.startswith("halve"):
        return Step(link, [_HALVE])
    if key == "conv2_2":
        return Step(link, [_THREE, _POOL])
    if key.startswith("block"):
        return Step(link, [_THREE])
    return Step(link, [_THREE], "relu" + key.removeprefix("conv"))


class _Rectified(nn.Module):
    """relu(convolution(x - shift)).

    The shift is the mean of a layer's features. Most of a feature is its mean, and what differs between photos is a
    small part on top of it: centred, that part is what is learnt, and the frame of zeros around the map is neutral.
    """

    shift: Tensor | None

    def __init__(self, convolution: nn.Conv2d, centred: bool) -> None:
        super().__init__()
        self.convolution = convolution
        shift = None
        if centred:
            shift = torch.zeros(convolution.in_channels, 1, 1)
        self.register_buffer("shift", shift)

    def convolve(self, x: Tensor) -> Tensor:
        """The convolution of (B, C, H, W) less the shift."""
        if self.shift is not None:
            x = x - self.shift
        value: Tensor = self.convolution(x)
        return value

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.convolve(x), inplace=True)


class _Pooled(_Rectified):
    """The same with 2x2 max pooling after it."""

    def forward(self, x: Tensor) -> Tensor:
        # The maximum first: it commutes with relu, which then has a quarter of the values to look at.
        return F.relu(F.max_pool2d(self.convolve(x), 2), inplace=True)


class _Residual(_Rectified):
    """relu(x + convolution(x))."""

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.convolve(x), inplace=True)
