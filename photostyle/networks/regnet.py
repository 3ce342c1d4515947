"""RegNetY (Radosavovic et al. 2020): residual blocks of group convolutions with squeeze-and-excitation.

Parameters carry the names that timm gives them, under `model`, as segmentation-models-pytorch saves them.
"""

import math
from collections import OrderedDict
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import relu


@dataclass(frozen=True)
class RegNetShape:
    """What distinguishes one RegNetY from another.

    Args:
        depths: the number of blocks of each of the four stages.
        widths: the channels of each stage.
        group_width: channels in each group of the 3x3 convolutions.
        stem_width: channels of the first convolution.
    """

    depths: tuple[int, int, int, int]
    widths: tuple[int, int, int, int]
    group_width: int
    stem_width: int = 32


REGNETY_400MF = RegNetShape(depths=(1, 3, 6, 6), widths=(48, 104, 208, 440), group_width=8)
SQUEEZE = 4  # a block's input has this many times the channels of its squeezed vector


class RegNetY(nn.Module):
    """The convolutional part of a RegNetY, which gives a feature map at strides 4, 8, 16 and 32.

    Args:
        shape: which RegNetY.
    """

    def __init__(self, shape: RegNetShape = REGNETY_400MF) -> None:
        super().__init__()
        self.widths = shape.widths
        self.model = nn.ModuleDict({"stem": ConvNorm(3, shape.stem_width, kernel=3, stride=2)})
        width_in = shape.stem_width
        for number, (depth, width) in enumerate(zip(shape.depths, shape.widths, strict=True), start=1):
            self.model[f"s{number}"] = _stage(depth, width_in, width, shape.group_width)
            width_in = width

    def forward(self, photo: Tensor) -> list[Tensor]:
        """The feature maps of a photo.

        Args:
            photo: (B, 3, H, W), normalised.

        Returns:
            Four maps, (B, C, H/4, W/4) to (B, C, H/32, W/32), where C is the stage's width.
        """
        x = relu(self.model["stem"](photo), inplace=True)
        features = []
        for number in range(1, len(self.widths) + 1):
            x = self.model[f"s{number}"](x)
            features.append(x)
        return features

    @torch.no_grad()
    def initialise(self) -> None:
        """Random weights for training from scratch (He et al. 2015, by fan-out); each residual block starts as identity."""
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                fan_out = module.out_channels * math.prod(module.kernel_size) // module.groups
                module.weight.normal_(0, math.sqrt(2 / fan_out))
                if module.bias is not None:
                    module.bias.zero_()
            if isinstance(module, YBlock):
                module.conv3.bn.weight.zero_()


class YBlock(nn.Module):
    """A bottleneck block with ratio 1: 1x1, grouped 3x3, squeeze-and-excitation, 1x1 (Radosavovic et al. 2020, fig. 4)."""

    def __init__(self, width_in: int, width: int, *, stride: int, group_width: int) -> None:
        super().__init__()
        self.conv1 = ConvNorm(width_in, width)
        self.conv2 = ConvNorm(width, width, kernel=3, stride=stride, groups=width // group_width)
        self.se = SqueezeExcitation(width, width_in // SQUEEZE)
        self.conv3 = ConvNorm(width, width)
        self.downsample: nn.Module = nn.Identity()
        if stride > 1 or width_in != width:
            self.downsample = ConvNorm(width_in, width, stride=stride)

    def forward(self, x: Tensor) -> Tensor:
        y = relu(self.conv1(x), inplace=True)
        y = relu(self.conv2(y), inplace=True)
        y = self.conv3(self.se(y))
        return relu(y + self.downsample(x), inplace=True)


class ConvNorm(nn.Module):
    """A convolution and batch norm (Ioffe & Szegedy 2015)."""

    def __init__(self, width_in: int, width: int, *, kernel: int = 1, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width_in, width, kernel, stride, padding=kernel // 2, groups=groups, bias=False)
        self.bn = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.bn(self.conv(x))
        return y


class SqueezeExcitation(nn.Module):
    """Weighs each channel by what the mean of all channels says (Hu et al. 2018)."""

    def __init__(self, width: int, squeezed: int) -> None:
        super().__init__()
        self.fc1 = nn.Conv2d(width, squeezed, 1)
        self.fc2 = nn.Conv2d(squeezed, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        mean = x.mean((2, 3), keepdim=True)
        gate: Tensor = self.fc2(relu(self.fc1(mean), inplace=True))
        return x * gate.sigmoid()


def _stage(depth: int, width_in: int, width: int, group_width: int) -> nn.Sequential:
    """`depth` blocks of which the first halves the resolution."""
    blocks: OrderedDict[str, nn.Module] = OrderedDict()
    blocks["b1"] = YBlock(width_in, width, stride=2, group_width=group_width)
    for number in range(2, depth + 1):
        blocks[f"b{number}"] = YBlock(width, width, stride=1, group_width=group_width)
    return nn.Sequential(blocks)
