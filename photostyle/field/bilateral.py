"""A field: per region, a bilateral grid (Chen et al. 2007; Gharbi et al. 2017) of affine colour transforms.

The table holds *offsets from the identity*, so a strength is a factor on the table, and 0 is exactly no change.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

LUMA = (0.299, 0.587, 0.114)
IDENTITY = torch.eye(3, 4)


class GridSize(NamedTuple):
    """Nodes of a bilateral grid: down the photo, across it, and from dark to bright."""

    rows: int
    cols: int
    depth: int


def luminance(pixels: Tensor) -> Tensor:
    """Luma (Rec. 601) of sRGB-encoded colours, (..., 3, H, W) -> (..., H, W)."""
    return torch.einsum("c,...chw->...hw", pixels.new_tensor(LUMA), pixels)


@dataclass(frozen=True)
class BilateralField:
    """The solved transforms.

    Args:
        table: (R, depth, rows, cols, 3, 4) offsets; a pixel v of region r becomes v + T[..., :3] v + T[..., 3].
        names: the R region names, in the order of the masks that it is rendered with.
    """

    table: Tensor
    names: tuple[str, ...]

    @property
    def grid(self) -> GridSize:
        depth, rows, cols = self.table.shape[1:4]
        return GridSize(rows, cols, depth)

    def scaled(self, strength: Tensor | float) -> "BilateralField":
        """The field blended with the identity: 0 changes nothing, 1 is the field as solved; (R,) for one per region."""
        factor = torch.as_tensor(strength, dtype=self.table.dtype, device=self.table.device)
        return BilateralField(self.table * factor.reshape(-1, 1, 1, 1, 1, 1), self.names)

    def to(self, device) -> "BilateralField":
        return BilateralField(self.table.to(device), self.names)


def _axis(position: Tensor, nodes: int) -> tuple[Tensor, Tensor]:
    """Positions in [0, 1] -> index of the node before each (long) and the weight of the node after it."""
    scaled = position.clamp(0, 1) * (nodes - 1)
    before = scaled.floor().clamp(max=max(nodes - 2, 0))
    return before.long(), scaled - before


def pixel_positions(count: int, device=None) -> Tensor:
    """Centres of `count` pixels along an axis of length 1, so that a field fits photos of every size alike."""
    return (torch.arange(count, device=device) + 0.5) / count


class Slicer:
    """Slicing and applying a field as one sparse matrix times one table.

    Row p holds, for each node of each region's grid and each of (red, green, blue, 1), the trilinear weight of pixel
    p at the node, times its mask, times its colour. The guide and the masks do not change during a solve, so the
    matrix and its transpose are built once, and a step costs two sparse products.

    Args:
        content: (3, H, W), the colours that are transformed.
        guide: (H, W) in [0, 1], what the grid's depth is indexed by.
        masks: (R, H, W), a partition of unity.
        grid: nodes of each region's grid.
    """

    def __init__(self, content: Tensor, guide: Tensor, masks: Tensor, grid: GridSize):
        columns, values = _trilinear(guide, grid)
        cells = grid.rows * grid.cols * grid.depth
        flat = masks.flatten(1)
        columns = torch.cat([columns + r * cells for r in range(len(flat))], 1)
        values = torch.cat([values * m[:, None] for m in flat], 1)
        homogeneous = torch.cat([content, torch.ones_like(content[:1])]).flatten(1).T.contiguous()
        self.matrix, self.transpose = _csr_pair(columns, values, homogeneous, cells * len(flat))

    def __call__(self, table: Tensor) -> Tensor:
        """(R, depth, rows, cols, 4, 3) offsets -> change of each pixel's colour (pixels, 3); differentiable."""
        return _Product.apply(table.reshape(-1, 3), self.matrix, self.transpose)


def _trilinear(guide: Tensor, grid: GridSize) -> tuple[Tensor, Tensor]:
    """(pixels, 8) nodes around each pixel and their weights."""
    height, width = guide.shape
    y, wy = _axis(pixel_positions(height, guide.device), grid.rows)
    x, wx = _axis(pixel_positions(width, guide.device), grid.cols)
    z, wz = _axis(guide, grid.depth)
    nodes, weights = [], []
    for dz, dy, dx in ((a, b, c) for a in (0, 1) for b in (0, 1) for c in (0, 1)):
        plane = (z + dz).clamp(max=grid.depth - 1) * grid.rows + (y + dy).clamp(max=grid.rows - 1)[:, None]
        nodes.append((plane * grid.cols + (x + dx).clamp(max=grid.cols - 1)).flatten())
        along = torch.outer(wy if dy else 1 - wy, wx if dx else 1 - wx)
        weights.append((along * (wz if dz else 1 - wz)).flatten())
    return torch.stack(nodes, 1), torch.stack(weights, 1)


def _csr_pair(columns: Tensor, values: Tensor, homogeneous: Tensor, cells: int) -> tuple[Tensor, Tensor]:
    """(pixels, 4 cells) CSR matrix and its transpose, from nodes and weights (pixels, k) and colours (pixels, 4)."""
    keep = values > 1e-4
    counts = keep.sum(1)
    columns, values = columns[keep], values[keep]
    pixels = torch.arange(len(counts), device=columns.device).repeat_interleave(counts)
    starts = torch.cat([counts.new_zeros(1), counts.cumsum(0)]) * 4
    channel = torch.arange(4, device=columns.device)
    wide = (columns[:, None] * 4 + channel).flatten()
    entries = (values[:, None] * homogeneous[pixels]).flatten()
    shape = (len(counts), cells * 4)
    matrix = torch.sparse_csr_tensor(starts.int(), wide.int(), entries, shape)
    order = torch.argsort(columns)
    per_node = torch.bincount(columns, minlength=cells)
    t_counts = per_node.repeat_interleave(4)
    t_starts = torch.cat([t_counts.new_zeros(1), t_counts.cumsum(0)])
    begin = torch.cat([per_node.new_zeros(1), per_node.cumsum(0)])[:-1]
    node = columns[order]
    rank = torch.arange(len(order), device=order.device) - begin[node]
    slot = (t_starts[:-1].view(-1, 4)[node] + rank[:, None]).flatten()
    t_rows, t_values = torch.empty_like(slot, dtype=torch.int32), torch.empty_like(entries)
    t_rows[slot] = pixels[order].int().repeat_interleave(4)
    t_values[slot] = entries.view(-1, 4)[order].flatten()
    return matrix, torch.sparse_csr_tensor(t_starts.int(), t_rows, t_values, shape[::-1])


class _Product(torch.autograd.Function):
    """Sparse matrix times dense table, whose gradient is the stored transpose times the gradient."""

    @staticmethod
    def forward(ctx, table, matrix, transpose):
        ctx.transpose = transpose
        return matrix @ table

    @staticmethod
    def backward(ctx, grad):
        return ctx.transpose @ grad.contiguous(), None, None
