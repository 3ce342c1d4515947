"""VGG-16 and VGG-19 (Simonyan & Zisserman 2015) with torchvision's ImageNet weights, layers by the field's names."""

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn

from photostyle.encoders.encoder import Encoder, Step, Window

_WIDTHS = (64, 128, 256, 512, 512)
# Of ImageNet's photos, red, green and blue, in [0, 1]: what torchvision's weights were trained with.
_IMAGENET_MEAN = (0.485, 0.456, 0.406)
_IMAGENET_STD = (0.229, 0.224, 0.225)


class Vgg(Encoder):
    """Five blocks of 3x3 convolutions with 2x2 max pooling between; every `reluB_K` is a layer.

    Style is measured at relu1_1 ... relu5_1 and content at relu4_2, as in Luan et al. 2017, section 4.
    """

    depths: ClassVar[tuple[int, ...]]  # convolutions in each block
    style_layers: ClassVar[tuple[str, ...]] = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
    content_layer: ClassVar[str] = "relu4_2"
    mean: Tensor
    std: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.channels = {}
        steps = []
        before = 3
        for block, (width, depth) in enumerate(zip(_WIDTHS, self.depths, strict=True), start=1):
            for k in range(1, depth + 1):
                name = f"relu{block}_{k}"
                steps.append(Step(nn.Conv2d(before, width, 3, padding=1), [Window(3, 1, 1)]))
                steps.append(Step(nn.ReLU(inplace=True), name=name))
                self.channels[name] = width
                before = width
            if block < len(_WIDTHS):
                steps.append(Step(nn.MaxPool2d(2), [Window(2, 2)]))
        self.steps = nn.ModuleList(steps)
        self.register_buffer("mean", torch.tensor(_IMAGENET_MEAN)[None, :, None, None], persistent=False)
        self.register_buffer("std", torch.tensor(_IMAGENET_STD)[None, :, None, None], persistent=False)

    def prepare(self, x: Tensor) -> Tensor:
        """Colours less ImageNet's mean, over its deviation, as torchvision's weights expect them."""
        return (x - self.mean) / self.std

    def load_weights(self, weights: Mapping[str, Tensor]) -> None:
        """Take torchvision's state dict; the classifier is left aside.

        Raises:
            RuntimeError: the features' weights are missing, or have other shapes.
        """
        renamed = {}
        for key, value in weights.items():
            part, _, rest = key.partition(".")
            if part == "features":
                index, _, parameter = rest.partition(".")
                renamed[f"steps.{index}.module.{parameter}"] = value
        self.load_state_dict(renamed)


class Vgg19(Vgg):
    """VGG-19, the encoder of the paper."""

    name: ClassVar[str] = "vgg19"
    depths: ClassVar[tuple[int, ...]] = (2, 2, 4, 4, 4)


class Vgg16(Vgg):
    """VGG-16, somewhat cheaper."""

    name: ClassVar[str] = "vgg16"
    depths: ClassVar[tuple[int, ...]] = (2, 2, 3, 3, 3)
