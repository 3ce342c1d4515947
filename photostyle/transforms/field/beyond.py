"""What a field does with colours that its sample did not hold: what it does with the nearest that it did, less the further off.

A field's affine maps are right for the colours that they were solved on, and mean nothing for others: a map for yellow makes
blue black. So beyond its sample a field hands over, within a short distance, to the mean change of the sample's own colours,
nearer ones counting for more (Shepard 1968, with powers of 4), and that fades out with the distance. A change of light fades
on a longer way the larger it is, so that brighter stays brighter: it may not come back faster than light itself goes on.

What then still goes too far is limited: see `limits`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import embedding_bag

from photostyle.colour import luminance
from photostyle.transforms.field.bilateral import BilateralField, axis_taps
from photostyle.transforms.field.limits import UNSEEN, Crushing, is_crushed, most_to_be_kept, most_within_the_shown
from photostyle.transforms.field.rolloff import rolled_off
from photostyle.transforms.field.sample import CELL, POINTS, ColourSample, distances_to, grid_colours, many

INSIDE = 2 * CELL  # a colour as near as this to the sample is one of its own
HANDED_OVER = 5 * CELL  # from here on nothing is left of the field's maps
SHORTEST_FADE = 0.25  # on which a change fades out; of the range from black to white
FADE = 3.0  # how much longer than a change of light is the way on which it fades out: sqrt(3) for greys, and some
LIMITED = 5 * CELL  # on which colours that the sample has little of come under the limits
SOFTNESS = 2 * CELL  # of the mean of the sample's changes
LEAST_MASK = 1e-6  # a region with less of a pixel has no say there


@dataclass(frozen=True, eq=False, repr=False)
class Beyond:
    """What is to be done with each colour, region by region, on the grid of a `ColourSample`.

    Args:
        grid: (R, POINTS^3, 4) float32: the share of the field's own change that is left out, and the change that is added.
        maps: (R, POINTS^3, 3) float32: what the field's maps do to the colour, over the whole photo.
        outside: (R, POINTS^3, 1) float32: how much of a colour counts as not held by the sample.
        crushing: what goes to black or white.
    """

    grid: Tensor
    maps: Tensor
    outside: Tensor
    crushing: Crushing

    @cached_property
    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """For the compiled loop: the grid (R, POINTS, POINTS, POINTS, 4), and its `idle_cells`."""
        grid = self.grid.reshape(len(self.grid), POINTS, POINTS, POINTS, 4).float().contiguous().numpy()
        return grid, idle_cells(grid)

    def of_rows(self, rows: Sequence[int]) -> "Beyond":
        """Some of the rows, in another order."""
        chosen = list(rows)
        return Beyond(self.grid[chosen], self.maps[chosen], self.outside[chosen], self.crushing.of_rows(chosen))

    def mixed(self, maps: Tensor) -> "Beyond":
        """With the added changes through maps (R, 3, 3) of changes, as `control.mixing` makes them."""
        added = torch.einsum("rij,rnj->rni", maps.to(self.grid), self.grid[..., 1:])
        return replace(self, grid=torch.cat([self.grid[..., :1], added], -1).contiguous())

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
        return _share(self.outside, pixels, masks, visible)

    def share_crushed(self, pixels: Tensor, masks: Tensor, visible: Tensor) -> float:
        """The share of what is seen of a photo that would go to black or white."""
        return _share(self.crushing.crushed, pixels, masks, visible)

    def gentler(self, share_crushed: float) -> "Beyond":
        """For a photo of which so much would go to black or white: held back as far as that is more than in the sample."""
        grid = _scaled(self.grid, self.maps, self.crushing.strength(share_crushed))
        return replace(self, grid=grid)


def _share(of_colours: Tensor, pixels: Tensor, masks: Tensor, visible: Tensor) -> float:
    """The share of what is seen of a photo that shares of colours (R, POINTS^3, 1) come to."""
    nodes, weights = cube_corners(pixels)
    total = torch.zeros(())
    for mask, shares in zip(masks, of_colours, strict=True):
        found = embedding_bag(nodes, shares, per_sample_weights=weights, mode="sum")[:, 0]
        total = total + ((mask * visible).flatten() * found).sum()
    return float(total / visible.sum().clamp_min(1e-6))


def _scaled(grid: Tensor, maps: Tensor, strength: Tensor) -> Tensor:
    """A grid as that of `Beyond` of which each colour is given with a strength.

    The less of it, the more of the field's change is what its maps do to the colour itself, and the less what they do to the
    single pixel, which lies in lighter or darker surroundings: at a tenth of a steep map that could be as much as all.

    Args:
        grid: (R, N, 4).
        maps: (R, N, 3) what the field's maps do to each colour.
        strength: (R, N, 1) in [0, 1].
    """
    of_field = strength * (1 - grid[..., :1])
    added = strength * grid[..., 1:] + of_field * (1 - strength) * maps
    return torch.cat([1 - of_field * strength, added], -1).contiguous()


def beyond(field: BilateralField, sample: ColourSample) -> Beyond:
    """What a field's regions do with colours that its sample does not hold, as a `Beyond` of R + 1 rows.

    The last row is for regions that the sample did not show: they take what its regions, taken together, do with a colour.

    Args:
        field: as it was solved, of the sample's R regions.
        sample: the colours that it was solved on.
    """
    sums = []
    weights = []
    maps = []
    for table, held in zip(field.table.cpu(), sample.held, strict=True):
        change = _changes(table)
        total, weight = _spread(_rolled(change) * held, held)
        sums.append(total)
        weights.append(weight)
        maps.append(change)
    sums.append(torch.stack(sums).sum(0))
    weights.append(torch.stack(weights).sum(0))
    maps.append(torch.zeros_like(sums[-1]))
    grids = []
    outside = _rising((sample.distances - INSIDE) / (HANDED_OVER - INSIDE))
    left_out = outside.clone()
    left_out[-1] = 1  # there are no maps
    for total, weight, share, distance in zip(sums, weights, left_out, sample.distances, strict=True):
        added = share * _faded(total / weight.clamp_min(1e-6), distance)
        grids.append(torch.cat([share[None], added]).flatten(1).T)
    return _limited(torch.stack(grids), outside.reshape(len(outside), -1, 1), torch.stack(maps), sample)


def _limited(grid: Tensor, outside: Tensor, maps: Tensor, sample: ColourSample) -> Beyond:
    """A `Beyond` that is held back where a colour would come out as none that the sample showed, or crushed.

    Args:
        grid, outside: as of `Beyond`, without limits.
        maps: (R + 1, 3, POINTS, POINTS, POINTS) what the field's maps do to each colour, not bounded.
        sample: the colours that the field was found on.
    """
    colours = grid_colours()
    shares = [*sample.shares, sample.shares.sum(0)]
    strengths = []
    keeping = []
    crushed = []
    own = 0.0
    all_shown = torch.zeros_like(shares[-1], dtype=torch.bool)
    for number, (row, change, share) in enumerate(zip(grid, maps, shares, strict=True)):
        left_out, added = row.T.reshape(4, *share.shape).split([1, 3])
        whole = (1 - left_out) * change + added
        common = many(share)
        far = _rising((distances_to(common) - INSIDE) / LIMITED)
        shown = common | many(_moved(share, colours + _rolled(change)))
        if number == len(sample.shares):
            shown = all_shown
        all_shown |= shown
        half = most_to_be_kept(colours, whole)
        strength = most_within_the_shown(colours, whole, distances_to(shown)).minimum(torch.lerp(torch.ones(()), half, far))
        if number == len(sample.shares):
            strength = strength * torch.lerp(torch.ones(()), torch.tensor(UNSEEN), far)
        strengths.append(strength.reshape(-1, 1))
        keeping.append((half / strength.clamp_min(1e-6)).clamp(max=1).reshape(-1, 1))
        crushed.append(is_crushed(colours, strength * whole).reshape(-1, 1))
        own += float((share * is_crushed(colours, change)).sum())
    strength = torch.stack(strengths)
    crushing = Crushing(torch.stack(crushed), torch.stack(keeping), own)
    by_colour = maps.flatten(2).transpose(1, 2)
    return Beyond(_scaled(grid, by_colour, strength), by_colour, outside.maximum(1 - strength), crushing)


def _moved(share: Tensor, made: Tensor) -> Tensor:
    """Shares of colours (POINTS, POINTS, POINTS) where the colours come out, (3, POINTS, POINTS, POINTS)."""
    places = (made.clamp(0, 1) * (POINTS - 1)).round().long().flatten(1)
    cells = (places[0] * POINTS + places[1]) * POINTS + places[2]
    return torch.bincount(cells, share.flatten(), POINTS**3).reshape(share.shape)


def _faded(change: Tensor, distance: Tensor) -> Tensor:
    """Changes (3, ...), less the further off; large ones of light over a longer way, so that light keeps its order."""
    light = _luminance(change)
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
    return change.reshape(colours.shape)


def _rolled(change: Tensor) -> Tensor:
    """What is left of changes of all the colours once they stay within black and white."""
    colours = grid_colours()
    return rolled_off(colours, colours + change) - colours


def _luminance(colours: Tensor) -> Tensor:
    """(S, S, S) of colours, or changes, (3, S, S, S)."""
    return luminance(colours.flatten(2)).reshape(colours.shape[1:])


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


def idle_cells(grid: np.ndarray) -> np.ndarray:
    """(R, S - 1, S - 1, S - 1) bool: the cells of a grid (R, S, S, S, 4) that have zeros at all their corners.

    >>> bool(idle_cells(np.ones((1, 3, 3, 3, 4), np.float32)).any())
    False
    """
    moves = (grid != 0).any(-1)
    for axis in (1, 2, 3):
        before, after = (np.delete(moves, place, axis) for place in (-1, 0))
        moves = before | after
    idle: np.ndarray = ~moves
    return idle
