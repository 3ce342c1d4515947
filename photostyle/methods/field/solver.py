"""The field solver: a small table of affine transforms is fitted to the style in tens of steps."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from photostyle.colour import colour_moments, lab_to_srgb, luminance, monge_kantorovich
from photostyle.encoders import Encoder
from photostyle.events import ProgressCallback, ignore, showing
from photostyle.look import Look
from photostyle.methods.field.correspondence import CELLS, distances, found_colours
from photostyle.methods.field.descent import Descent
from photostyle.methods.field.fitting import fit
from photostyle.methods.field.groups import grouped
from photostyle.methods.field.objective import FieldObjective, FieldWeights, reach
from photostyle.methods.field.table import FieldTable
from photostyle.prepared import MOST_ENLARGED, Prepared
from photostyle.regions import Pair
from photostyle.transforms.field.bilateral import BilateralField, GridSize, Slicer, homogeneous
from photostyle.transforms.field.guide import Guide, shrunk

START_FLOOR = 0.01  # of the covariances: the start must not amplify what is hardly there
GENTLE = 0.5  # how much of the whole photo's transfer a region without a partner gets
IN_STYLE = 0.005  # distance of a region's colours from its partner's, in Lab / 100, up to which it is in the style's light,
OUT_OF_STYLE = 0.025  # and from which it is not at all
COARSE = 0.5  # of the working size, at which the first share of the steps is taken


@dataclass(frozen=True)
class FieldSolution:
    """The fitted field, the objective's terms at each step, and the mean colours of the nodes (R, depth, rows, cols, 3)."""

    field: BilateralField
    history: list[dict[str, float]]
    centres: Tensor


def closed_form_start(content: Tensor, masks: Tensor, pairs: Sequence[Pair], look: Look, visible: Tensor) -> Tensor:
    """(R, 3, 4) Monge-Kantorovich offsets: each region, as far as it is visible (H, W), towards its row of the look.

    A protected region gets none; one without a partner gets a part of the whole photo's transfer to the whole style.
    """
    colours = content.flatten(1)
    everywhere = visible.flatten()
    starts = []
    for mask, row, pair in zip((masks * visible).flatten(1), look.rows(pairs), pairs, strict=True):
        members = everywhere
        factor = GENTLE
        if pair.in_full:
            members = mask
            factor = 1.0
        elif pair.kind == "protected":
            factor = 0.0
        mean, covariance = colour_moments(colours, members)
        goal_mean = look.means[row].to(content)
        goal_covariance = look.covariances[row].to(content)
        starts.append(factor * monge_kantorovich(mean, covariance, goal_mean, goal_covariance, START_FLOOR))
    return torch.stack(starts)


def solve_field(
    content: Tensor,
    masks: Tensor,
    pairs: Sequence[Pair],
    look: Look,
    encoder: Encoder,
    weights: FieldWeights = FieldWeights(),  # noqa: B008 (frozen)
    callback: ProgressCallback = ignore,
    visible: Tensor | None = None,
    bearable: Tensor | None = None,
) -> FieldSolution:
    """Fit a field that gives content (3, H, W) the look, region by region.

    Args:
        content: at working size, in [0, 1].
        masks: (R, H, W), a partition of unity.
        pairs: R, what each region takes from.
        look: the style statistics, measured with `encoder`.
        weights: of the objective.
        callback: told of each step, with the terms of the objective and the field as it is then.
        visible: (H, W) in [0, 1], how much of each pixel is seen and counts; None for all.
        bearable: (R, depth of the finest grid), the gains that the photo's noise bears; None for any.

    Returns:
        A transform for each of the R regions; those that take from one style region have the same.
    """
    groups = grouped(pairs)
    transformed = groups.parts(masks)
    counted = groups.counted(masks)
    guide = Guide.of(content)
    if visible is None:
        visible = torch.ones_like(content[0])
    start = closed_form_start(content, counted, groups.pairs, look, visible)
    found = wanted_colours(content, counted * visible, transformed * visible, groups.pairs, look, encoder, weights)
    goal: Tensor | None = None
    if found is not None:
        goal = shrunk(found, [max(1, round(side / CELLS)) for side in found.shape[1:]])

    def at(share: float) -> tuple[FieldObjective, Slicer]:
        """The objective and the slicer of the photo at a share of its size."""
        size = [max(round(share * side), encoder.smallest) for side in content.shape[1:]]
        pixels = shrunk(content, size)
        seen = shrunk(visible[None], size)[0]
        objective = FieldObjective(pixels, shrunk(counted, size), groups.pairs, look, encoder, weights, seen, goal)
        return objective, Slicer(homogeneous(pixels), guide(luminance(pixels)), shrunk(transformed, size), weights.grids[-1])

    def field_of(cells: Tensor) -> BilateralField:
        """The regions' field, of the groups' cells (G, depth, rows, cols, 4, 3)."""
        return BilateralField(groups.of_regions(cells).mT.contiguous(), tuple(pair.content for pair in pairs))

    (share, steps), *later = _stages(weights)
    objective, slicer = at(share)
    table = FieldTable(start, groups.pairs, weights.grids, slicer)
    if found is not None:
        fit_to_colours(table, content, transformed, guide, found, weights.grids[-1])
    descent = Descent(table, weights, groups.least(bearable), showing(callback, field_of))
    if found is None:
        descent.choose_start(objective, slicer)
    cells = descent(objective, slicer, steps)
    for share, steps in later:
        cells = descent(*at(share), steps)
    return FieldSolution(field_of(cells), descent.history, groups.of_regions(table.centres))


def wanted_colours(
    content: Tensor,
    masks: Tensor,
    parts: Tensor,
    pairs: Sequence[Pair],
    look: Look,
    encoder: Encoder,
    weights: FieldWeights,
) -> Tensor | None:
    """(3, h, w) in Lab / 100, the colours that the things of a photo should have; None for a look that cannot say.

    A region that can reach a part of the style's tones only is not asked for all of them, and one in the style's light already
    for its own.
    """
    if look.exemplars is None or not weights.correspondence:
        return None
    rows = look.rows(pairs)
    exemplars = [look.exemplars[row].to(content.device) for row in rows]
    levels = look.quantiles[rows].to(content)
    shares = reach(content, masks, look.covariances[rows].to(content), weights.most)
    wanting = distances(content, masks, levels).sub(IN_STYLE).div(OUT_OF_STYLE - IN_STYLE).clamp(0, 1)
    return found_colours(content, masks, wanting[:, None, None] * parts, exemplars, levels, shares, encoder)


def fit_to_colours(table: FieldTable, content: Tensor, masks: Tensor, guide: Guide, found: Tensor, grid: GridSize) -> None:
    """Start a table where it gives a content (3, H, W) the colours found for its things (3, h, w), as nearly as it may."""
    size = found.shape[1:]
    pixels = shrunk(content, size)
    slicer = Slicer(homogeneous(pixels), guide(luminance(pixels)), shrunk(masks, size), grid)
    fit(table, slicer, pixels.flatten(1), lab_to_srgb(found.flatten(1)))
    table.begin_here()


def _stages(weights: FieldWeights) -> list[tuple[float, int]]:
    """The sizes that are solved at, as shares of the working size, each with its steps; at least one step in all."""
    coarse = round(weights.steps * weights.coarse)
    stages = [(COARSE, coarse), (1.0, weights.steps - coarse)]
    return [(share, steps) for share, steps in stages if steps]


def solve_prepared(
    content: Prepared,
    pairs: Sequence[Pair],
    look: Look,
    encoder: Encoder,
    weights: FieldWeights,
    device: torch.device,
    callback: ProgressCallback = ignore,
    bearable: Tensor | None = None,
) -> FieldSolution:
    """`solve_field` for a prepared photo at the working size of the weights; nothing is taken in full from a flat style."""
    if look.flat:
        pairs = [_gently(pair) for pair in pairs]
    small = content.at_working_size(weights.size, smallest=encoder.smallest, most_enlarged=MOST_ENLARGED).to(device)
    masks = content.masks_at((small.shape[1], small.shape[2])).to(device)
    visible = content.visible_at((small.shape[1], small.shape[2])).to(device)
    return solve_field(small, masks, pairs, look, encoder, weights, callback, visible, bearable)


def _gently(pair: Pair) -> Pair:
    """The pair, with nothing taken in full."""
    if pair.in_full:
        return replace(pair, kind="global")
    return pair
