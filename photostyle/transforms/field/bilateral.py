"""A field: per region, a bilateral grid (Chen et al. 2007; Gharbi et al. 2017) of affine colour transforms.

The table holds *offsets from the identity*, so a strength is a factor on the table, and 0 is exactly no change.
"""

import warnings
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from matting.ordered import in_order

MASK_FLOOR = 1e-4  # a region with less of a pixel has no say there


class GridSize(NamedTuple):
    """Nodes of a bilateral grid: down the photo, across it, and from dark to bright."""

    rows: int
    cols: int
    depth: int


@dataclass(frozen=True)
class BilateralField:
    """The solved transforms.

    Args:
        table: (R, depth, rows, cols, 3, 4) offsets T; a pixel v becomes v + T (v, 1).
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

    def to(self, device: torch.device | str) -> "BilateralField":
        """The field on a device."""
        return BilateralField(self.table.to(device), self.names)


def homogeneous(pixels: Tensor) -> Tensor:
    """(3, H, W) colours -> (4, H, W): the colours and 1, what affine transforms are linear in."""
    return torch.cat([pixels, torch.ones_like(pixels[:1])])


def axis_taps(position: Tensor, nodes: int) -> tuple[Tensor, Tensor]:
    """Where linear interpolation between the nodes of an axis reads.

    Args:
        position: places along the axis, in [0, 1].
        nodes: how many nodes the axis has.

    Returns:
        The index of the node before each place (int64), and the weight of the node after it.
    """
    scaled = position.clamp(0, 1) * (nodes - 1)
    before = scaled.floor().clamp(max=max(nodes - 2, 0))
    return before.long(), scaled - before


def pixel_positions(count: int, device: torch.device | None = None) -> Tensor:
    """Centres of `count` pixels along an axis of length 1, so that a field fits photos of every size alike."""
    return (torch.arange(count, device=device) + 0.5) / count


class Slicer:
    """Slicing and applying a field as one sparse matrix times one table.

    Row p holds, for each node of each region's grid, the trilinear weight of pixel p at the node, times its mask; the
    product is the transform of each pixel, which then meets the pixel's inputs. The guide and the masks do not change
    during a solve, so the matrix and its transpose are built once, and a step costs two sparse products.

    Args:
        inputs: (K, H, W), what the transforms are linear in (`homogeneous`).
        guide: (H, W) in [0, 1], what the grid's depth is indexed by.
        masks: (R, H, W), a partition of unity.
        grid: nodes of each region's grid.
    """

    def __init__(self, inputs: Tensor, guide: Tensor, masks: Tensor, grid: GridSize):
        self.inputs = inputs.flatten(1).T.contiguous()
        self.repeated = self.inputs.repeat_interleave(3, 1)  # one for each entry of a transform (K, 3)
        self.gather = torch.eye(3).repeat(self.inputs.shape[1], 1).to(self.inputs)
        matrix, transpose = _csr_pair(*trilinear(guide, grid), masks.flatten(1), grid)
        self.matrix = in_order(matrix)
        self.transpose = in_order(transpose)

    def __call__(self, table: Tensor) -> Tensor:
        """(R, depth, rows, cols, K, 3) offsets -> change of each pixel's colour (pixels, 3); differentiable."""
        changes: Tensor = _Product.apply(table.reshape(self.matrix.shape[1], -1), self)
        return changes


def trilinear(guide: Tensor, grid: GridSize, top: int = 0, height: int | None = None) -> tuple[Tensor, Tensor]:
    """(pixels, 8) nodes around each pixel of a strip (rows, W), from row `top` of `height`, and their weights."""
    rows, width = guide.shape
    y, wy = axis_taps(pixel_positions(height or rows, guide.device)[top : top + rows], grid.rows)
    x, wx = axis_taps(pixel_positions(width, guide.device), grid.cols)
    z, wz = axis_taps(guide, grid.depth)
    nodes = []
    weights = []
    for deep, z_weight in zip(_both_nodes(z, grid.depth), (1 - wz, wz), strict=True):
        for down, y_weight in zip(_both_nodes(y, grid.rows), (1 - wy, wy), strict=True):
            for across, x_weight in zip(_both_nodes(x, grid.cols), (1 - wx, wx), strict=True):
                plane = deep * grid.rows + down[:, None]
                nodes.append((plane * grid.cols + across).flatten())
                weights.append((torch.outer(y_weight, x_weight) * z_weight).flatten())
    return torch.stack(nodes, 1), torch.stack(weights, 1)


def _both_nodes(before: Tensor, nodes: int) -> tuple[Tensor, Tensor]:
    """The index of the node before each place, and of the one after it; the last node has itself after it."""
    return before, (before + 1).clamp(max=nodes - 1)


def _csr_pair(nodes: Tensor, weights: Tensor, masks: Tensor, grid: GridSize) -> tuple[Tensor, Tensor]:
    """(pixels, nodes of all regions) CSR matrix and its transpose, from each pixel's 8 nodes and weights, and (R, pixels)."""
    cells = grid.rows * grid.cols * grid.depth
    region, pixel = (masks > MASK_FLOOR).nonzero(as_tuple=True)
    pixel, order = pixel.sort(stable=True)
    region = region[order]
    columns = (nodes[pixel] + region[:, None] * cells).int().flatten()
    values = (weights[pixel] * masks[region, pixel][:, None]).flatten()
    shape = (masks.shape[1], cells * len(masks))
    matrix = csr(_starts(torch.bincount(pixel, minlength=shape[0])) * nodes.shape[1], columns, values, shape)
    order = columns.argsort()
    rows = torch.div(order, nodes.shape[1], rounding_mode="floor")
    flipped = csr(_starts(torch.bincount(columns, minlength=shape[1])), pixel[rows], values[order], shape[::-1])
    return matrix, flipped


def _starts(counts: Tensor) -> Tensor:
    return torch.cat([counts.new_zeros(1), counts.cumsum(0)])


def csr(starts: Tensor, columns: Tensor, values: Tensor, shape: tuple[int, int]) -> Tensor:
    """A sparse CSR matrix with 32-bit indices, without torch's warnings about its beta state."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.sparse_csr_tensor(starts.int(), columns.int(), values, shape)


class _Product(torch.autograd.Function):
    """Sparse matrix times dense table, met by the inputs; the gradient is the stored transpose times theirs.

    The sums over a transform's rows are products with `gather`, of zeros and ones: seven times as fast as sums over
    axes of three and four.
    """

    @staticmethod
    def forward(ctx: Any, table: Tensor, slicer: Slicer) -> Tensor:
        ctx.slicer = slicer
        return (slicer.matrix @ table).mul_(slicer.repeated) @ slicer.gather

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        outer = (grad @ ctx.slicer.gather.T).mul_(ctx.slicer.repeated)
        return ctx.slicer.transpose @ outer, None
