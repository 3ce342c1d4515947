"""A generator that gives no pixels but a field: a bilateral grid of affine colour maps (Gharbi et al. 2017), from a small view.

What it makes is photorealistic by construction: colours move, smoothly over the photo and from dark to bright, and nothing is
drawn. It sees a small view of a photo of any size, and its field is applied at the photo's own.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from photostyle.errors import OptionError
from photostyle.networks.stylizer import check_shape

LEVELS = 4  # halvings of the view
GLOBAL = 4  # rows and columns of what the whole photo is told by
DARK, LIGHT = 0.003, 0.997  # shares of a view's pixels that lie below what levels take for black and for white
LEAST_RANGE = 0.2  # from black to white; of a flat photo no more is made than five times the contrast
GAINS = (0.5, 3.0)  # of contrast, by a photo's own statistics
FLAT = 1e-4  # variance below which a channel has no contrast
FIRST = 0.1  # of the usual strength, of the last layer to begin with: a field that changes little


@dataclass(frozen=True)
class FieldShape:
    """What distinguishes one field generator from another.

    Args:
        width: channels of the first layer; twice, four and eight times as many after it.
        rows, cols, depth: nodes of the grid.
        view: long side in pixels of what it sees of a photo: that of what it was trained on, so that things are as large.
        levels: whether it begins with each channel stretched from black to white.
        own: whether it begins with each channel's mean and contrast moved, by rules that its training measured; as is best where
            photos of the one set differ from each other in what is to be changed, as faded prints do.
    """

    width: int = 8
    rows: int = 12
    cols: int = 12
    depth: int = 8
    view: int = 256
    levels: bool = False
    own: bool = False


class FieldGenerator(nn.Module):
    """A picture of one set in the light of the other.

    Args:
        shape: how wide, and how fine its grid is.

    Example:
        >>> FieldGenerator(FieldShape(width=4, rows=3, cols=4, depth=2)).table(torch.rand(1, 3, 40, 60)).shape
        torch.Size([1, 2, 3, 4, 3, 4])
    """

    means: Tensor  # how a photo's own are moved; only where `own`
    contrasts: Tensor

    def __init__(self, shape: FieldShape) -> None:
        super().__init__()
        self.shape = shape
        channels = [shape.width * 2**k for k in range(LEVELS)]
        deep = channels[-1]
        before = [6 if shape.levels or shape.own else 3, *channels[:-1]]
        self.seen = nn.ModuleList(nn.Conv2d(a, b, 3, 2, 1) for a, b in zip(before, channels, strict=True))
        self.local = nn.ModuleList(nn.Conv2d(deep, deep, 3, 1, 1) for _ in range(2))
        self.whole = nn.ModuleList([nn.Linear(deep * GLOBAL * GLOBAL, deep), nn.Linear(deep, deep)])
        self.paint = nn.Conv2d(deep, shape.depth * 12, 1)
        if shape.own:
            self.register_buffer("means", torch.zeros(3, 4))
            self.register_buffer("contrasts", torch.zeros(3, 4))

    @torch.no_grad()
    def initialise(self, seed: int) -> None:
        """Random weights by a seed, as strong as rectifiers need (He et al. 2015); the last layer's are small.

        With the small weights of generators that have norms, five layers would let nothing of the photo through.
        """
        random = torch.Generator().manual_seed(seed)
        for part in self.modules():
            if isinstance(part, nn.Conv2d | nn.Linear):
                deviation = (2 / part.weight[0].numel()) ** 0.5
                part.weight.copy_(deviation * torch.randn(part.weight.shape, generator=random))
                torch.nn.init.zeros_(part.bias)  # type: ignore[arg-type]
        self.paint.weight.mul_(FIRST)

    @torch.no_grad()
    def begin_with(self, table: Tensor) -> None:
        """Begin with the same at all nodes of a depth, for every photo; what is learnt is added to it.

        Args:
            table: (depth, 3, 4), offsets from the identity; what comes after levels, where it has them.
        """
        self.paint.weight.zero_()
        self.paint.bias.copy_(table.flatten())  # type: ignore[union-attr]

    def first(self, view: Tensor) -> tuple[Tensor, Tensor] | tuple[None, None]:
        """Gains and offsets (B, 3) of channels that come before all else, for views (B, 3, h, w); None where nothing does."""
        if self.shape.levels:
            return levels_of(view)
        if not self.shape.own:
            return None, None
        mean, contrast = statistics_of(view)
        gain = (_moved(contrast, self.contrasts) / 2).exp().clamp(*GAINS)
        return gain, mean + _moved(mean, self.means) - gain * mean

    def table(self, photo: Tensor) -> Tensor:
        """(B, depth, rows, cols, 3, 4): what is added to the identity at each node; as the table of a `BilateralField`.

        Args:
            photo: (B, 3, H, W), sRGB-encoded in [0, 1], of any size.

        Raises:
            OptionError: the photo has no such shape.
        """
        check_shape(photo)
        view = view_of(photo, self.shape.view)
        gain, offset = self.first(view)
        x = 2 * view - 1
        if gain is not None and offset is not None:
            x = torch.cat([x, 2 * leveled(view, gain, offset) - 1], 1)
        for convolution in self.seen:
            x = F.relu(convolution(x))
        code = F.adaptive_avg_pool2d(x, GLOBAL).flatten(1)
        code = F.relu(self.whole[0](code))
        code = self.whole[1](code)
        x = F.adaptive_avg_pool2d(x, (self.shape.rows, self.shape.cols))
        x = self.local[1](F.relu(self.local[0](x)))
        drawn = self.paint(F.relu(x + code[:, :, None, None]))
        by_node: Tensor = drawn.reshape(len(drawn), self.shape.depth, 3, 4, self.shape.rows, self.shape.cols)
        table = by_node.permute(0, 1, 4, 5, 2, 3)
        return table if gain is None or offset is None else after_levels(table, gain, offset)

    def forward(self, photo: Tensor, guide: Tensor) -> Tensor:
        """The photo in the other light; (B, 3, H, W), which may leave [0, 1] while it is trained.

        Args:
            photo: (B, 3, H, W), sRGB-encoded in [0, 1].
            guide: (B, H, W) in [0, 1], what indexes the depth of the grid, as a field's `Guide` gives it.

        Raises:
            OptionError: the photo has no such shape.
        """
        table = self.table(photo)
        made = sliced(table, photo, guide)
        return made if self.training else made.clamp(0, 1)


def view_of(photo: Tensor, side: int) -> Tensor:
    """Photos (B, 3, H, W), their long side of so many pixels at most, each pixel the mean of what it covers."""
    height, width = photo.shape[2:]
    scale = min(1.0, side / max(height, width))
    size = [max(1, round(side * scale)) for side in (height, width)]
    return photo if size == [height, width] else F.interpolate(photo, size, mode="area")


@torch.no_grad()
def statistics_of(view: Tensor) -> tuple[Tensor, Tensor]:
    """Means and contrasts (B, 3) of the channels of views (B, 3, h, w); contrast is the logarithm of the variance."""
    return view.mean((2, 3)), (view.var((2, 3), correction=0) + FLAT).log()


def _moved(values: Tensor, rule: Tensor) -> Tensor:
    """By how much values (B, 3) move, by a rule (3, 4) as `monge_kantorovich` gives it."""
    return values @ rule[:, :3].T + rule[:, 3]


@torch.no_grad()
def levels_of(view: Tensor) -> tuple[Tensor, Tensor]:
    """Gains and offsets (B, 3) that stretch each channel of views (B, 3, h, w) from black to white.

    Example:
        >>> gain, offset = levels_of(torch.linspace(0.25, 0.75, 500).expand(1, 3, 1, 500))
        >>> [round(float(each[0, 0]), 1) for each in (gain, offset)]
        [2.0, -0.5]
    """
    ends = torch.quantile(view.flatten(2), view.new_tensor([DARK, LIGHT]), dim=2)
    gain = 1 / (ends[1] - ends[0]).clamp_min(LEAST_RANGE)
    return gain, -gain * ends[0]


def leveled(pictures: Tensor, gain: Tensor, offset: Tensor) -> Tensor:
    """Pictures (B, 3, h, w) whose channels are stretched by gains and offsets (B, 3)."""
    return gain[:, :, None, None] * pictures + offset[:, :, None, None]


def after_levels(table: Tensor, gain: Tensor, offset: Tensor) -> Tensor:
    """The table of levels and of a field after them, (B, depth, rows, cols, 3, 4): affine maps after affine maps.

    Args:
        table: of the field, offsets from the identity.
        gain, offset: (B, 3), of the levels.
    """
    by, add = gain[:, None, None, None], offset[:, None, None, None]
    matrix, shift = table[..., :3], table[..., 3]
    moved = matrix * by[..., None, :] + torch.diag_embed(by - 1)
    return torch.cat([moved, (shift + add + (matrix * add[..., None, :]).sum(-1))[..., None]], -1)


def sliced(table: Tensor, photos: Tensor, guides: Tensor) -> Tensor:
    """Photos met by their fields, as `BilateralField` says, for a batch; differentiable in the table and in the photos.

    Args:
        table: (B, depth, rows, cols, 3, 4).
        photos: (B, 3, H, W).
        guides: (B, H, W) in [0, 1].

    Raises:
        OptionError: they are not of one batch.
    """
    count, _, height, width = photos.shape
    if len(table) != count or guides.shape != (count, height, width):
        raise OptionError(f"table, photos and guides are of {len(table)}, {count} and {tuple(guides.shape)}; give one batch")
    down = node_shares((torch.arange(height, device=photos.device) + 0.5) / height, table.shape[2])
    across = node_shares((torch.arange(width, device=photos.device) + 0.5) / width, table.shape[3])
    deep = node_shares(guides, table.shape[1]).movedim(-1, 1)
    planes = down @ table.permute(0, 1, 4, 5, 2, 3) @ across.T  # (B, depth, 3, 4, H, W)
    change: Tensor = (planes.flatten(2, 3) * deep[:, :, None]).sum(1).reshape(count, 3, 4, height, width)
    return photos + (change[:, :, :3] * photos[:, None]).sum(2) + change[:, :, 3]


def node_shares(places: Tensor, nodes: int) -> Tensor:
    """(..., nodes), how much each node of an axis weighs at places in [0, 1]: linear interpolation, as a matrix."""
    away = places[..., None] * (nodes - 1) - torch.arange(nodes, device=places.device)
    return (1 - away.abs()).clamp_min(0)
