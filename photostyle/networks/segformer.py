"""SegFormer (Xie et al. 2021): a Mix Transformer and a decoder of linear layers.

Parameters carry the names that segmentation-models-pytorch gives them.
"""

from collections import OrderedDict
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from photostyle.networks.mix_transformer import MixTransformer

OUTPUT_STRIDE = 4


class SegFormer(nn.Module):
    """Class logits of a photo.

    Args:
        encoder: gives the feature maps at strides 4, 8, 16 and 32.
        classes: how many.
        width: channels of the decoder.
    """

    def __init__(self, encoder: MixTransformer, classes: int, *, width: int = 256) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = LinearDecoder(encoder.widths, width)
        upsample = nn.Upsample(scale_factor=OUTPUT_STRIDE, mode="bilinear", align_corners=True)
        self.segmentation_head = nn.Sequential(nn.Conv2d(width, classes, 1), upsample)

    def forward(self, photo: Tensor) -> Tensor:
        """The logits of each class at each pixel.

        Args:
            photo: (B, 3, H, W), normalised; H and W are multiples of 4.

        Returns:
            (B, classes, H, W).
        """
        logits: Tensor = self.segmentation_head(self.decoder(self.encoder(photo)))
        return logits


class LinearDecoder(nn.Module):
    """All maps brought to one width and to stride 4, then mixed at each pixel (Xie et al. 2021, eq. 4)."""

    def __init__(self, widths: Sequence[int], width: int) -> None:
        super().__init__()
        self.mlp_stage = nn.ModuleList()
        for width_in in reversed(widths):
            self.mlp_stage.append(nn.Sequential(OrderedDict(linear=nn.Linear(width_in, width))))
        self.fuse_stage = nn.Sequential(
            nn.Conv2d(len(widths) * width, width, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True)
        )

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        """(B, width, H/4, W/4) from the encoder's four feature maps, finest first."""
        size = features[0].shape[2:]
        maps = []
        for layer, feature in zip(self.mlp_stage, reversed(features), strict=True):
            projected = layer(feature.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
            maps.append(interpolate(projected, size, mode="bilinear", align_corners=False))
        fused: Tensor = self.fuse_stage(torch.cat(maps, 1))
        return fused
