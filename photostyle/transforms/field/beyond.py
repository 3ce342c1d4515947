"""What a field does with colours that its sample did not hold: what it does with the nearest that it did, less the further off.

A field's affine maps are right for the colours that they were solved on, and mean nothing for others: a map for yellow makes
blue black. So beyond its sample a field hands over, within a short distance, to the mean change of the sample's own colours,
nearer ones counting for more (Shepard 1968, with powers of 4), and that fades out with the distance. A change of light fades
on a longer way the larger it is, so that brighter stays brighter: it may not come back faster than light itself goes on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import embedding_bag

from photostyle.colour import luminance
from photostyle.transforms.field.bilateral import BilateralField, axis_taps
from photostyle.transforms.field.rolloff import rolled_off
from photostyle.transforms.field.sample import CELL, POINTS, ColourSample, grid_colours

INSIDE = 2 * CELL  # a colour as near as this to the sample is one of its own
HANDED_OVER = 5 * CELL  # from here on nothing is left of the field's maps
SHORTEST_FADE = 0.25  # on which a change fades out; of the range from black to white
FADE = 3.0  # how much longer than a change of light is the way on which it fades out: sqrt(3) for greys, and some
SOFTNESS = 2 * CELL  # of the mean of the sample's changes
LEAST_MASK = 1e-6  # a region with less of a pixel has no say there


@dataclass(frozen=True, eq=False, repr=False)
class Beyond:
    """What is to be done with each colour, region by region, on the grid of a `ColourSample`.

    Args:
        grid: (R, POINTS^3, 4) float32: the share of the field's own change that is left out, and the change that is added.
        outside: (R, POINTS^3, 1) float32: how much of a colour counts as not held by the sample.
    """

    grid: Tensor
    outside: Tensor

    def of_rows(self, rows: Sequence[int]) -> "Beyond":
        """Some of the rows, in another order."""
        return Beyond(self.grid[list(rows)], self.outside[list(rows)])

    def mixed(self, maps: Tensor) -> "Beyond":
        """With the added changes through maps (R, 3, 3) of changes, as `control.mixing` makes them."""
        added = torch.einsum("rij,rnj->rni", maps.to(self.grid), self.grid[..., 1:])
        return Beyond(torch.cat([self.grid[..., :1], added], -1).contiguous(), self.outside)

    def __call__(self, pixels: Tensor, masks: Tensor) -> tuple[Tensor, Tensor]:
        """What a field's masks (R, H, W) become, and what is added to pixels (3, H, W) beside the field's change."""
        nodes, weights = cube_corners(pixels)
        kept = torch.empty_like(masks)
        added = torch.zeros_like(pixels)
        for region, (mask, grid) in enumerate(zip(masks, self.grid.to(pixels), strict=True)):
            kept[region] = mask
            if mask.amax() > LEAST_MASK:
                found = embedding_bag(nodes, grid, per_sample_weights=weights, mode="sum").T.reshape(4, *mask.shape)
                kept[region] = mask * (1 - found[0])
                added += mask * found[1:]
        return kept, added

    def share_outside(self, pixels: Tensor, masks: Tensor, visible: Tensor) -> float:
        """The share of what is seen (H, W) of a photo (3, H, W) with regions (R, H, W) whose colours the sample does not hold."""
        nodes, weights = cube_corners(pixels)
        total = torch.zeros(())
        for mask, outside in zip(masks, self.outside, strict=True):
            found = embedding_bag(nodes, outside, per_sample_weights=weights, mode="sum")[:, 0]
            total = total + ((mask * visible).flatten() * found).sum()
        return float(total / visible.sum().clamp_min(1e-6))


def beyond(field: BilateralField, sample: ColourSample) -> Beyond:
    """What a field's regions do with colours that its sample does not hold, as a `Beyond` of R + 1 rows.

    The last row is for regions that the sample did not show: they take what its regions, taken together, do with a colour.

    Args:
        field: as it was solved, of the sample's R regions.
        sample: the colours that it was solved on.
    """
    sums = []
    weights = []
    for table, held in zip(field.table.cpu(), sample.held, strict=True):
        total, weight = _spread(_changes(table) * held, held)
        sums.append(total)
        weights.append(weight)
    sums.append(torch.stack(sums).sum(0))
    weights.append(torch.stack(weights).sum(0))
    grids = []
    outside = _rising((sample.distances - INSIDE) / (HANDED_OVER - INSIDE))
    left_out = outside.clone()
    left_out[-1] = 1  # there are no maps
    for total, weight, share, distance in zip(sums, weights, left_out, sample.distances, strict=True):
        added = share * _faded(total / weight.clamp_min(1e-6), distance)
        grids.append(torch.cat([share[None], added]).flatten(1).T)
    return Beyond(torch.stack(grids).contiguous(), outside.reshape(len(outside), -1, 1))


def _faded(change: Tensor, distance: Tensor) -> Tensor:
    """Changes (3, ...), less the further off; large ones of light over a longer way, so that light keeps its order."""
    light = luminance(change.flatten(2)).reshape(distance.shape)
    colour = change - light
    fade = (FADE * light.abs()).clamp_min(SHORTEST_FADE)
    kept_light = 1 - _rising((distance - INSIDE) / fade)
    kept_colour = 1 - _rising((distance - INSIDE) / SHORTEST_FADE)
    return kept_light * light + kept_colour * colour


def _changes(table: Tensor) -> Tensor:
    """(3, S, S, S) what a region's transforms (depth, rows, cols, 3, 4) do to each of the S^3 colours, over the whole photo."""
    colours = grid_colours()
    by_tone = table.mean((1, 2))
    tone = luminance(colours.flatten(2))
    before, weight = axis_taps(tone, len(by_tone))
    after = (before + 1).clamp(max=len(by_tone) - 1)
    affine = torch.lerp(by_tone[before], by_tone[after], weight[..., None, None])
    flat = colours.flatten(2)
    change = torch.einsum("hwij,jhw->ihw", affine[..., :3], flat) + affine[..., 3].permute(2, 0, 1)
    return (rolled_off(flat, flat + change) - flat).reshape(colours.shape)


def _spread(changes: Tensor, held: Tensor) -> tuple[Tensor, Tensor]:
    """The sum of changes (3, S, S, S) at all points, each weighed by a power of how near it is, and the sum of the weights."""
    values = torch.cat([changes, held[None].to(changes)]).double()
    size = [2 * POINTS] * 3  # so large that nothing comes in from the other side
    spectrum = torch.fft.rfftn(values, size) * _nearness()
    sums = torch.fft.irfftn(spectrum, size)[:, :POINTS, :POINTS, :POINTS].float()
    return sums[:3], sums[3]


@cache
def _nearness() -> Tensor:
    """The spectrum of the weights by which a point counts for others."""
    steps = torch.arange(2 * POINTS, dtype=torch.float64)
    squares = (CELL * torch.minimum(steps, 2 * POINTS - steps)) ** 2
    distance = squares[:, None, None] + squares[:, None] + squares
    spectrum: Tensor = torch.fft.rfftn((distance + SOFTNESS**2) ** -2)
    return spectrum


def _rising(place: Tensor) -> Tensor:
    """From 0 at 0 to 1 at 1, without a kink at either."""
    t = place.clamp(0, 1)
    return t * t * (3 - 2 * t)


def cube_corners(pixels: Tensor) -> tuple[Tensor, Tensor]:
    """(pixels, 8) points of the grid around the colours (3, H, W), and their trilinear weights."""
    before, weight = axis_taps(pixels.flatten(1), POINTS)
    nodes = []
    weights = []
    for red in (0, 1):
        for green in (0, 1):
            for blue in (0, 1):
                place = ((before[0] + red) * POINTS + before[1] + green) * POINTS + before[2] + blue
                nodes.append(place)
                share = _weight(weight[0], red) * _weight(weight[1], green) * _weight(weight[2], blue)
                weights.append(share)
    return torch.stack(nodes, 1), torch.stack(weights, 1)


def _weight(after: Tensor, corner: int) -> Tensor:
    if corner:
        return after
    return 1 - after


def grid_array(grid: Tensor) -> np.ndarray:
    """(R, POINTS, POINTS, POINTS, 4) for the compiled loop."""
    return grid.reshape(len(grid), POINTS, POINTS, POINTS, 4).float().contiguous().numpy()
