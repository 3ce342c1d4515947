"""Mix Transformer, the encoder of SegFormer (Xie et al. 2021, section 3.1), in its sizes b0 to b5.

Parameters carry the names of the authors' checkpoints. Inside, feature maps lie as (B, h, w, C). Stochastic depth,
with which the authors trained, is left out.
"""

from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn.functional import gelu, scaled_dot_product_attention

NORM_EPSILON = 1e-6
EXPANSION = 4  # of the channels inside a feed-forward block
_HEADS = (1, 2, 5, 8)
_REDUCTIONS = (8, 4, 2, 1)


@dataclass(frozen=True)
class MixTransformerShape:
    """What distinguishes one size from another.

    Args:
        widths: the channels of each of the four stages.
        depths: the number of transformer blocks of each.
    """

    widths: tuple[int, int, int, int]
    depths: tuple[int, int, int, int]


_NARROW, _WIDE = (32, 64, 160, 256), (64, 128, 320, 512)
MIX_TRANSFORMERS: dict[str, MixTransformerShape] = {
    "mit_b0": MixTransformerShape(_NARROW, depths=(2, 2, 2, 2)),
    "mit_b1": MixTransformerShape(_WIDE, depths=(2, 2, 2, 2)),
    "mit_b2": MixTransformerShape(_WIDE, depths=(3, 4, 6, 3)),
    "mit_b3": MixTransformerShape(_WIDE, depths=(3, 4, 18, 3)),
    "mit_b4": MixTransformerShape(_WIDE, depths=(3, 8, 27, 3)),
    "mit_b5": MixTransformerShape(_WIDE, depths=(3, 6, 40, 3)),
}


class MixTransformer(nn.ModuleDict):
    """Four stages of transformer blocks without position embeddings, which give maps at strides 4, 8, 16 and 32.

    Args:
        shape: a value of `MIX_TRANSFORMERS`.
    """

    def __init__(self, shape: MixTransformerShape) -> None:
        super().__init__()
        self.widths = shape.widths
        width_in = 3
        for stage, width in enumerate(shape.widths):
            heads = _HEADS[stage]
            reduction = _REDUCTIONS[stage]
            blocks = nn.Sequential()
            for _ in range(shape.depths[stage]):
                blocks.append(TransformerBlock(width, heads, reduction))
            self[f"patch_embed{stage + 1}"] = PatchEmbedding(width_in, width, first=stage == 0)
            self[f"block{stage + 1}"] = blocks
            self[f"norm{stage + 1}"] = nn.LayerNorm(width, eps=NORM_EPSILON)
            width_in = width

    def forward(self, photo: Tensor) -> list[Tensor]:
        """The feature maps of a photo.

        Args:
            photo: (B, 3, H, W), normalised.

        Returns:
            Four maps, (B, C, H/4, W/4) to (B, C, H/32, W/32), where C is the stage's width.
        """
        x = photo
        features = []
        for stage in range(1, len(self.widths) + 1):
            x = self[f"patch_embed{stage}"](x)
            x = self[f"block{stage}"](x)
            x = self[f"norm{stage}"](x).permute(0, 3, 1, 2)
            features.append(x)
        return features


class PatchEmbedding(nn.Module):
    """Overlapping patches as vectors: a quarter of the size in the first stage, half of it in the others."""

    def __init__(self, width_in: int, width: int, *, first: bool) -> None:
        super().__init__()
        if first:
            self.proj = nn.Conv2d(width_in, width, 7, stride=4, padding=3)
        else:
            self.proj = nn.Conv2d(width_in, width, 3, stride=2, padding=1)
        self.norm = nn.LayerNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        """(B, h, w, C) from (B, C_in, H, W)."""
        y: Tensor = self.norm(self.proj(x).permute(0, 2, 3, 1))
        return y


class TransformerBlock(nn.Module):
    """Self-attention and a feed-forward block, each added to what came in."""

    def __init__(self, width: int, heads: int, reduction: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=NORM_EPSILON)
        self.attn = ReducedAttention(width, heads, reduction)
        self.norm2 = nn.LayerNorm(width, eps=NORM_EPSILON)
        self.mlp = MixFeedForward(width)

    def forward(self, x: Tensor) -> Tensor:
        """(B, h, w, C) to the same shape."""
        x = x + self.attn(self.norm1(x))
        y: Tensor = x + self.mlp(self.norm2(x))
        return y


class ReducedAttention(nn.Module):
    """Self-attention whose keys and values come from a smaller map (Xie et al. 2021, eq. 1 and 2).

    Args:
        width: channels.
        heads: how many.
        reduction: the sides of the map are divided by it for keys and values.
    """

    def __init__(self, width: int, heads: int, reduction: int) -> None:
        super().__init__()
        self.heads = heads
        self.q = nn.Linear(width, width)
        self.kv = nn.Linear(width, 2 * width)
        self.proj = nn.Linear(width, width)
        self.reduces = reduction > 1
        if self.reduces:
            self.sr = nn.Conv2d(width, width, reduction, stride=reduction)
            self.norm = nn.LayerNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        """(B, h, w, C) to the same shape."""
        batch, height, width, channels = x.shape
        depth = channels // self.heads
        source = x
        if self.reduces:
            source = self.norm(self.sr(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1))
        queries = self.q(x).reshape(batch, height * width, self.heads, depth).transpose(1, 2)
        keys, values = self.kv(source).reshape(batch, -1, 2, self.heads, depth).permute(2, 0, 3, 1, 4)
        mixed = scaled_dot_product_attention(queries, keys, values)
        y: Tensor = self.proj(mixed.transpose(1, 2).reshape(batch, height, width, channels))
        return y


class MixFeedForward(nn.Module):
    """A feed-forward block that learns of positions from a depthwise 3x3 convolution (Xie et al. 2021, eq. 3)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        inside = EXPANSION * width
        self.fc1 = nn.Linear(width, inside)
        self.dwconv = nn.ModuleDict({"dwconv": nn.Conv2d(inside, inside, 3, padding=1, groups=inside)})
        self.fc2 = nn.Linear(inside, width)

    def forward(self, x: Tensor) -> Tensor:
        """(B, h, w, C) to the same shape."""
        inside = self.fc1(x).permute(0, 3, 1, 2)
        inside = self.dwconv["dwconv"](inside).permute(0, 2, 3, 1)
        y: Tensor = self.fc2(gelu(inside))
        return y
