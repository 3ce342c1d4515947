"""A feature pyramid network for semantic segmentation (Kirillov et al. 2019, "Panoptic Feature Pyramid Networks").

Parameters carry the names that segmentation-models-pytorch gives them; what that does not have is the second head.
"""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, normalize

from photostyle.errors import PhotoError
from photostyle.networks.regnet import RegNetY

STRIDE = 32  # of the encoder's coarsest map
GROUPS = 32  # of the group norms
OUTPUT_STRIDE = 4  # of the pyramid's finest level, from which the logits are interpolated


class Fpn(nn.Module):
    """Class logits from the sum of all levels of a feature pyramid.

    Args:
        encoder: gives the feature maps at strides 4, 8, 16 and 32.
        classes: how many.
        pyramid_width: channels of each level of the pyramid.
        segmentation_width: channels of the branches that bring the levels to one size.
        dropout: the chance in training that a channel is left out before the logits.
        embedding_width: channels of a second head, `embedding_head`; 0 for none.
    """

    def __init__(
        self,
        encoder: RegNetY,
        classes: int,
        *,
        pyramid_width: int = 128,
        segmentation_width: int = 96,
        dropout: float = 0.1,
        embedding_width: int = 0,
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = PyramidDecoder(encoder.widths, pyramid_width, segmentation_width, dropout)
        upsample = nn.Upsample(scale_factor=OUTPUT_STRIDE, mode="bilinear", align_corners=True)
        self.segmentation_head = nn.Sequential(nn.Conv2d(segmentation_width, classes, 1), upsample)
        self.embedding_head: EmbeddingHead | None = None
        if embedding_width:
            self.embedding_head = EmbeddingHead((segmentation_width, *encoder.widths), embedding_width)

    def forward(self, photo: Tensor) -> Tensor:
        """The logits of each class at each pixel.

        Args:
            photo: (B, 3, H, W), normalised; H and W are multiples of 32.

        Returns:
            (B, classes, H, W).

        Raises:
            PhotoError: when a side is no multiple of 32.
        """
        logits: Tensor = self.segmentation_head(self.features(photo)[0])
        return logits

    def both_heads(self, photo: Tensor) -> tuple[Tensor, Tensor]:
        """The logits of `forward`, and the embedding: (B, embedding_width, H/4, W/4), of length 1 over the channels.

        Only of a network that has the second head.
        """
        if self.embedding_head is None:
            raise ValueError("the network has no second head; build it with embedding_width")
        features = self.features(photo)
        return self.segmentation_head(features[0]), normalize(self.embedding_head(features), dim=1)

    def features(self, photo: Tensor) -> tuple[Tensor, ...]:
        """What the heads read: the decoder's (B, segmentation_width, H/4, W/4), then the encoder's at strides 4 to 32."""
        height, width = photo.shape[-2:]
        if height % STRIDE or width % STRIDE:
            raise PhotoError(f"the sides must be multiples of {STRIDE}, got {width} x {height}; resize the photo")
        encoded = self.encoder(photo)
        return self.decoder(encoded), *encoded

    @torch.no_grad()
    def initialise(self) -> None:
        """Random weights for training from scratch: He et al. 2015 for convolutions, Glorot & Bengio 2010 for the logits."""
        self.encoder.initialise()
        for convolution in _convolutions(self.decoder):
            nn.init.kaiming_uniform_(convolution.weight, nonlinearity="relu")
            if convolution.bias is not None:
                convolution.bias.zero_()
        for head in (self.segmentation_head, self.embedding_head):
            for convolution in _convolutions(head):
                nn.init.xavier_uniform_(convolution.weight)
                if convolution.bias is not None:
                    convolution.bias.zero_()


class EmbeddingHead(nn.Module):
    """A linear map of features at several strides, which know more of kinds than what the decoder keeps for the classes.

    Args:
        widths: channels of the features, the finest first.
        width: of the embedding.
    """

    def __init__(self, widths: Sequence[int], width: int) -> None:
        super().__init__()
        self.maps = nn.ModuleList()
        for number, width_in in enumerate(widths):
            self.maps.append(nn.Conv2d(width_in, width, 1, bias=number == 0))

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        """(B, width, h, w) at the size of the first of the features."""
        total: Tensor = self.maps[0](features[0])
        for project, feature in zip(self.maps[1:], features[1:], strict=True):
            total = total + interpolate(project(feature), total.shape[2:], mode="bilinear", align_corners=False)
        return total


class PyramidDecoder(nn.Module):
    """The pyramid, from coarse to fine, and the sum of its levels at stride 4 (Kirillov et al. 2019, fig. 3)."""

    def __init__(self, widths: Sequence[int], pyramid_width: int, segmentation_width: int, dropout: float) -> None:
        super().__init__()
        self.p5 = nn.Conv2d(widths[3], pyramid_width, 1)
        self.p4 = FinerLevel(widths[2], pyramid_width)
        self.p3 = FinerLevel(widths[1], pyramid_width)
        self.p2 = FinerLevel(widths[0], pyramid_width)
        self.seg_blocks = nn.ModuleList()
        for doublings in (3, 2, 1, 0):
            self.seg_blocks.append(SegmentationBranch(pyramid_width, segmentation_width, doublings))
        self.dropout = nn.Dropout2d(dropout)

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        """(B, segmentation_width, H/4, W/4) from the encoder's four feature maps, finest first."""
        c2, c3, c4, c5 = features
        p5 = self.p5(c5)
        p4 = self.p4(p5, c4)
        p3 = self.p3(p4, c3)
        p2 = self.p2(p3, c2)
        total: Tensor = self.seg_blocks[0](p5)
        for branch, level in zip(self.seg_blocks[1:], (p4, p3, p2), strict=True):
            total = total + branch(level)
        dropped: Tensor = self.dropout(total)
        return dropped


class FinerLevel(nn.Module):
    """A level of the pyramid: the coarser one, doubled in size, plus the encoder's map of this stride."""

    def __init__(self, width_in: int, width: int) -> None:
        super().__init__()
        self.skip_conv = nn.Conv2d(width_in, width, 1)

    def forward(self, coarser: Tensor, feature: Tensor) -> Tensor:
        skipped: Tensor = self.skip_conv(feature)
        return interpolate(coarser, scale_factor=2.0, mode="nearest") + skipped


class SegmentationBranch(nn.Module):
    """Brings a level to stride 4: one 3x3 convolution a doubling, and one where there is nothing to double."""

    def __init__(self, width_in: int, width: int, doublings: int) -> None:
        super().__init__()
        self.block = nn.Sequential(ConvNormRelu(width_in, width, doubles=doublings > 0))
        for _ in range(1, doublings):
            self.block.append(ConvNormRelu(width, width, doubles=True))

    def forward(self, level: Tensor) -> Tensor:
        y: Tensor = self.block(level)
        return y


class ConvNormRelu(nn.Module):
    """A 3x3 convolution, group norm (Wu & He 2018) and ReLU, then twice the size if asked for."""

    def __init__(self, width_in: int, width: int, *, doubles: bool) -> None:
        super().__init__()
        self.doubles = doubles
        self.block = nn.Sequential(
            nn.Conv2d(width_in, width, 3, padding=1, bias=False), nn.GroupNorm(GROUPS, width), nn.ReLU(inplace=True)
        )

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.block(x)
        if self.doubles:
            y = interpolate(y, scale_factor=2.0, mode="bilinear", align_corners=True)
        return y


def _convolutions(module: nn.Module | None) -> Iterator[nn.Conv2d]:
    for part in module.modules() if module is not None else ():
        if isinstance(part, nn.Conv2d):
            yield part
