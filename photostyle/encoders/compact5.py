"""The five-level encoder that ships with photostyle, distilled by scripts/distill_compact5.py."""

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from photostyle.encoders.encoder import Encoder, Step, Window

CHANNELS = {"relu1_1": 16, "relu2_1": 40, "relu3_1": 96, "relu4_1": 96, "relu5_1": 96}


class Compact5(Encoder):
    """Five levels at strides 1, 2, 4, 8 and 16, in place of VGG's relu1_1, relu2_1, relu3_1, relu4_1 and relu5_1.

    A level is a linear view of what it stands for: the principal components of VGG's channels, turned so that each has
    the same mean. Distances between Gram matrices are thus VGG's own, but for the components that are left out. The next
    level reads that view (a linear bottleneck, Sandler et al. 2018). As in `Compact`, most convolutions run at a coarser
    stride than VGG's. Maps are continued by their own frame, so that no border looks like an edge.
    """

    name: ClassVar[str] = "compact5"
    style_layers: ClassVar[tuple[str, ...]] = tuple(CHANNELS)
    content_layer: ClassVar[str] = "relu4_1"

    def __init__(self) -> None:
        super().__init__()
        self.channels = dict(CHANNELS)
        self.links = nn.ModuleDict(_links())
        self.steps = nn.ModuleList(_step(key, link) for key, link in self.links.items())
        self.to(memory_format=torch.channels_last)

    def prepare(self, x: Tensor) -> Tensor:
        """The photo, its channels side by side in memory, which the CPU's convolutions like better."""
        return x.contiguous(memory_format=torch.channels_last)

    def load_weights(self, weights: Mapping[str, Tensor]) -> None:
        """Take a state dict with keys such as `halve4.weight`; 16-bit numbers are widened.

        Raises:
            RuntimeError: weights are missing, or have other shapes.
        """
        self.links.load_state_dict(dict(weights))


def _links() -> dict[str, nn.Module]:
    """The convolutions by their names in the state dict, in order."""
    one, two, three, four, five = CHANNELS.values()
    return {
        "conv1_1": _Convolution(3, 32),
        "level1": nn.Conv2d(32, one, 1),
        "halve2": _Convolution(one, 32, size=4, stride=2),
        "conv2_1": _Convolution(32, 48),
        "level2": nn.Conv2d(48, two, 1),
        "conv2_2": _Pooled(two, 48),
        "conv3_1": _Convolution(48, 96),
        "level3": nn.Conv2d(96, three, 1),
        "halve4": _Convolution(three, 112, size=4, stride=2),
        "block4_1": _Residual(112, 112),
        "block4_2": _Residual(112, 112),
        "level4": nn.Conv2d(112, four, 1),
        "halve5": _Convolution(four, 144, size=4, stride=2),
        "block5_1": _Residual(144, 144),
        "block5_2": _Residual(144, 144),
        "level5": nn.Conv2d(144, five, 1),
    }


def _step(key: str, link: nn.Module) -> Step:
    """A link with the windows that it slides over its input and, where it ends a level, the layer's name."""
    if key.startswith("level"):
        return Step(link, [], f"relu{key[-1]}_1")
    if key.startswith("halve"):
        return Step(link, [Window(4, 2, 1)])
    if key == "conv2_2":
        return Step(link, [Window(3, 1, 1), Window(2, 2)])
    return Step(link, [Window(3, 1, 1)])


class _Convolution(nn.Conv2d):
    """relu(convolution(x)), the map continued by its own frame.

    Args:
        before, after: channels.
        size: side of the convolution's box in pixels.
        stride: input pixels from one box to the next.
    """

    def __init__(self, before: int, after: int, size: int = 3, stride: int = 1) -> None:
        super().__init__(before, after, size, stride)

    def convolve(self, x: Tensor) -> Tensor:
        return super().forward(F.pad(x, (1, 1, 1, 1), mode="replicate"))

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.convolve(x), inplace=True)


class _Pooled(_Convolution):
    """The same with 2x2 max pooling after it."""

    def forward(self, x: Tensor) -> Tensor:
        # The maximum first: it commutes with relu, which then has a quarter of the values to look at.
        return F.relu(F.max_pool2d(self.convolve(x), 2), inplace=True)


class _Residual(_Convolution):
    """relu(x + convolution(x))."""

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.convolve(x), inplace=True)
