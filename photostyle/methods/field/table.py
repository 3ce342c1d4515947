"""The unknowns of the field solver: a table of affine transforms in coordinates in which a descent runs evenly."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from photostyle.colour import LUMA, constant
from photostyle.methods.field.objective import matched_regions, stiffness
from photostyle.regions import Pair
from photostyle.transforms.field.bilateral import GridSize, Slicer, axis_taps

COLOUR_UNIT = 1 / 3  # a step in a matrix counts, against a step in a colour, for as far as colours lie from a node's own
PRIOR_WEIGHT = 0.3  # of the grey that a node is taken to hold where it has no pixels, in pixels of an average node
PRIOR_SPREAD = 0.3  # standard deviation of the colours about that grey
TINT_SPREAD = 0.3  # of the colours about a node's own, to which neighbours should give one tint
SPREAD_FLOOR = 0.33  # the least spread of colours that is believed: less would let noise be amplified at no cost


class Unknown(NamedTuple):
    """What the table adds to its start, at the fine grid's nodes (R, depth, rows, cols, ...).

    `linear` (3, 3) acts from the left on a colour's distance from its node's own, as a row; `shade` (3) is what is added to that.
    """

    linear: Tensor
    shade: Tensor


class FieldTable:
    """Per region a coarse and a fine grid, summed at the fine grid's nodes, over the closed-form start.

    A node's transform is a matrix on a colour's distance from the mean colour of the node's pixels, whitened by their
    covariance, and what that mean becomes. All twelve unknowns then change the picture alike and hardly depend on one
    another: a natural gradient by change of variables. Regions that take nothing in full keep their start.

    Args:
        start: (R, 3, 4) offsets from the identity.
        pairs: R, what each region takes from.
        grids: from coarse to fine.
        slicer: of the photo at hand, on the fine grid; its pixels are what nodes are centred and whitened by.
    """

    def __init__(self, start: Tensor, pairs: Sequence[Pair], grids: Sequence[GridSize], slicer: Slicer):
        fine = grids[-1]
        self.size = (fine.depth, fine.rows, fine.cols)
        self.stiffness = stiffness(pairs).to(start)
        self.matched = matched_regions(pairs).to(start).reshape(-1, 1, 1, 1, 1, 1)
        self.start = start.mT.reshape(len(start), 1, 1, 1, 4, 3)
        self.centres, self.whitening = node_colours(slicer, len(start), self.size)
        self.levels: list[Tensor] = []
        self.between: list[list[Tensor]] = []  # of each level, the matrices that carry its three axes to the fine nodes
        for grid in grids:
            nodes = (grid.depth, grid.rows, grid.cols)
            level = start.new_zeros(len(start), 12, *nodes)
            self.levels.append(level.requires_grad_())
            self.between.append([_stretching(few, many).to(start) for few, many in zip(nodes, self.size, strict=True)])

    def __call__(self) -> Unknown:
        """The grids, summed at the nodes of the fine one."""
        fine = [_at_fine_nodes(level, matrices) for level, matrices in zip(self.levels, self.between, strict=True)]
        total = fine[0]
        for level in fine[1:]:
            total = total + level
        numbers = total.movedim(1, -1)
        linear = numbers[..., :9].reshape(*numbers.shape[:-1], 3, 3)
        return Unknown(self.whitening @ linear, numbers[..., 9:])

    def cells(self, unknown: Unknown) -> Tensor:
        """(R, depth, rows, cols, 4, 3) offsets from the identity."""
        linear, shade = unknown
        offset = shade[..., None, :] - self.centres[..., None, :] @ linear
        return self.start + torch.cat([linear, offset], -2) * self.matched

    def begin_here(self) -> None:
        """Make the transforms as they are now the start, from which what is added to them counts."""
        with torch.no_grad():
            self.start = self.cells(self())
            for level in self.levels:
                level.zero_()

    def unchanged(self, share: float = 1.0) -> Tensor:
        """A share of the start in the same form, before any step."""
        return share * self.start.expand(len(self.start), *self.size, 4, 3)


def _at_fine_nodes(level: Tensor, matrices: Sequence[Tensor]) -> Tensor:
    """A level (R, 12, depth, rows, cols) at the fine grid's nodes.

    As products with small matrices: the gradient of torch's own interpolation is summed in no fixed order on a graphics card.
    """
    for dim, matrix in enumerate(matrices, 2):
        if matrix.shape[0] != matrix.shape[1]:
            level = (level.movedim(dim, -1) @ matrix.T).movedim(-1, dim)
    return level


def _stretching(few: int, many: int) -> Tensor:
    """(many, few), linear interpolation from the nodes of an axis to more of them, the ends on the ends."""
    before, after = axis_taps(torch.linspace(0, 1, many), few)
    matrix = torch.zeros(many, few)
    rows = torch.arange(many)
    matrix.index_put_((rows, before), 1 - after, accumulate=True)
    matrix.index_put_((rows, (before + 1).clamp(max=few - 1)), after, accumulate=True)
    return matrix


def roughness(unknown: Unknown) -> tuple[Tensor, Tensor]:
    """(R,) mean squared step between neighbouring nodes, over tones and across the photo; an axis of one node has none."""
    units = torch.cat([COLOUR_UNIT * unknown.linear.flatten(-2), unknown.shade], -1)
    tones = _each_mean(units.diff(dim=1).pow(2))
    rows = _each_mean(units.diff(dim=2).pow(2))
    columns = _each_mean(units.diff(dim=3).pow(2))
    return tones, rows + columns


def _each_mean(values: Tensor) -> Tensor:
    """(R,) of (R, ...); 0 where there are none."""
    return values.flatten(1).sum(1) / max(1, values[0].numel())


def patchiness(cells: Tensor, centres: Tensor) -> Tensor:
    """(R,) mean squared difference, between neighbours across the photo, of the tints that they would give to the same colours.

    Light may well change from place to place, but one thing should not turn blue here and red there so that the region as a
    whole has the style's colours. Tint is what is left when the grey is taken away; luminance may differ.

    Args:
        cells: (R, depth, rows, cols, 4, 3) offsets.
        centres: (R, depth, rows, cols, 3), each node's own colour; the colours compared lie round those of both neighbours.
    """
    tints = cells - (cells * constant(LUMA, cells)).sum(-1, keepdim=True)
    total = cells.new_zeros(len(cells))
    for dim in (2, 3):
        step = tints.diff(dim=dim)
        linear = step[..., :3, :]
        offset = step[..., 3:, :]
        steps = cells.shape[dim] - 1
        between = (centres.narrow(dim, 0, steps) + centres.narrow(dim, 1, steps)) / 2
        middle = between[..., None, :] @ linear + offset
        squares = middle.pow(2).sum((-2, -1)) + TINT_SPREAD**2 * linear.pow(2).sum((-2, -1))
        total = total + _each_mean(squares)
    return total


def excess_gain(cells: Tensor, most: float, bearable: Tensor | None = None) -> Tensor:
    """Mean squared excess over `most` of the Frobenius norm of the nodes' matrices, which bounds their largest gain.

    Args:
        cells: (R, depth, rows, cols, 4, 3) offsets.
        most: the bound on the norm.
        bearable: (R, depth) gains that noise bears, at least 1; None for any. A matrix of one such gain and two of 1 is free.
    """
    linear = cells[..., :3, :] + torch.eye(3, dtype=cells.dtype, device=cells.device)
    bound = constant(most, cells)
    if bearable is not None:
        bound = (bearable.to(cells).square() + 2).sqrt().clamp(max=most)[..., None, None]
    return (linear.pow(2).sum((-2, -1)).sqrt() - bound).clamp_min(0).pow(2).mean()


def node_colours(slicer: Slicer, regions: int, size: tuple[int, int, int]) -> tuple[Tensor, Tensor]:
    """Mean colour (R, depth, rows, cols, 3) of each node's pixels, and the inverse root (..., 3, 3) of their covariance.

    Both are drawn towards the node's grey and a wide spread where pixels are few.
    """
    colours = slicer.inputs[:, :3]
    outer = (colours[:, :, None] * colours[:, None]).flatten(1)
    sums = slicer.transpose @ torch.cat([torch.ones_like(colours[:, :1]), colours, outer], 1)
    sums = sums.reshape(regions, *size, 13)
    mass = sums[..., :1]
    colour_sums = sums[..., 1:4]
    outer_sums = sums[..., 4:].reshape(regions, *size, 3, 3)
    mean = colour_sums / mass.clamp_min(1e-6)
    prior = PRIOR_WEIGHT * len(colours) / slicer.transpose.shape[0]
    grey = torch.linspace(0, 1, size[0]).to(mean).reshape(-1, 1, 1, 1)
    scatter = outer_sums - mass[..., None] * mean[..., :, None] * mean[..., None, :]
    eye = torch.eye(3, dtype=mean.dtype, device=mean.device)
    covariance = (scatter + prior * PRIOR_SPREAD**2 * eye) / (mass + prior)[..., None] + SPREAD_FLOOR**2 * eye
    values, vectors = torch.linalg.eigh(covariance)
    whitening = (vectors * values.rsqrt()[..., None, :]) @ vectors.mT
    return (colour_sums + prior * grey) / (mass + prior), whitening
