"""The field solver: a small table of affine transforms is fitted to the style in tens of steps (DESIGN: Objective)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn import functional as F

from photostyle.events import Callback, Progress, ignore
from photostyle.field.bilateral import BilateralField, GridSize, Slicer, homogeneous, luminance
from photostyle.field.start import colour_moments, monge_kantorovich
from photostyle.look import Look
from photostyle.regions import Pair
from photostyle.solvers.field_objective import FieldObjective, FieldWeights, matched_regions

WARM_UP = 10  # steps until the full rate: the first ones must not throw away the closed-form start
LINEAR = 3.0  # the unit of the unknowns that act on a colour's distance from grey: about 1 / 3 is as far as colours go
GENTLE = 0.5  # how much of the whole photo's transfer a region without a partner gets


@dataclass
class FieldSolution:
    """The fitted field, and the objective's terms at each step."""

    field: BilateralField
    history: list[dict[str, float]] = field(default_factory=list)


class _Table:
    """The unknowns: per region a coarse and a fine grid, summed at the fine grid's nodes, over the closed-form start.

    An unknown transform is a matrix on a colour's distance from its node's grey, and what that grey becomes: the two
    hardly depend on each other, which a descent needs, and the step from node to node is a step in what one sees.
    Regions that are not `matched` keep their start.
    """

    def __init__(self, start: Tensor, matched: Tensor, grids: Sequence[GridSize]):
        self.start, self.fine, self.regions = start, grids[-1], len(start)
        self.matched = matched.reshape(-1, 1, 1, 1, 1)
        zeros = [start.new_zeros(self.regions, 12, g.depth, g.rows, g.cols) for g in grids]
        self.levels = [z.requires_grad_() for z in zeros]

    def __call__(self) -> Tensor:
        """(R, depth, rows, cols, 4, 3) offsets at the fine grid's nodes."""
        size = (self.fine.depth, self.fine.rows, self.fine.cols)
        total = self.start.new_zeros(())
        for level in self.levels:
            same = level.shape[2:] == size
            total = total + (level if same else F.interpolate(level, size, mode="trilinear", align_corners=True))
        grey = torch.linspace(0, 1, self.fine.depth).to(total).reshape(-1, 1, 1)
        linear, shade = LINEAR * total[:, :9], total[:, 9:]
        offset = shade - grey * linear.unflatten(1, (3, 3)).sum(1)
        total = self.start.mT.reshape(self.regions, 12, 1, 1, 1) + torch.cat([linear, offset], 1) * self.matched
        return total.permute(0, 2, 3, 4, 1).reshape(self.regions, *size, 4, 3)

    def unchanged(self) -> Tensor:
        """The closed-form start in the same form, before any step."""
        size = (self.regions, self.fine.depth, self.fine.rows, self.fine.cols, 4, 3)
        return self.start.mT.reshape(self.regions, 1, 1, 1, 4, 3).expand(size)

    def roughness(self) -> Tensor:
        """Mean squared step between neighbouring nodes, over levels and axes."""
        return sum(level.diff(dim=d).pow(2).mean() for level in self.levels for d in (2, 3, 4))


class _Descent:
    """Adam on a table; its state and its rate run on from one size of the photo to the next."""

    def __init__(self, table: _Table, weights: FieldWeights, callback: Callback):
        self.table, self.weights, self.callback, self.history = table, weights, callback, []
        fused = table.start.device.type == "cuda"
        self.adam = torch.optim.Adam(table.levels, lr=weights.rate, betas=(0.9, 0.95), fused=fused)

    def __call__(self, objective: FieldObjective, slicer: Slicer, steps: int) -> Tensor:
        """The cells of least objective in some steps; a photo already in the style's light is left as it is."""
        with torch.no_grad():
            best = self.table.unchanged()
            least = float(sum(objective(objective.pixels + slicer(best).T).values()))
        for _ in range(steps):
            cells = self.table()
            terms = objective(objective.pixels + slicer(cells).T)
            terms["smooth"] = self.weights.smooth * self.table.roughness()
            terms["total"] = sum(terms.values())
            self._step(terms)
            if self.history[-1]["total"] < least:
                best, least = cells.detach(), self.history[-1]["total"]
        return best

    def _step(self, terms: dict[str, Tensor]) -> None:
        done, steps = len(self.history), self.weights.steps
        for group in self.adam.param_groups:
            group["lr"] = self.weights.rate * min(1.0, (done + 1) / WARM_UP) * (1 - done / steps)
        self.adam.zero_grad(set_to_none=True)
        terms["total"].backward()
        self.adam.step()
        self.history.append({n: float(t.detach()) for n, t in terms.items()})
        self.callback(Progress("solve", done + 1, steps, self.history[-1]))


def closed_form_start(content: Tensor, masks: Tensor, pairs: Sequence[Pair], look: Look) -> Tensor:
    """(R, 3, 4) Monge-Kantorovich offsets: each region towards its row of the look.

    A protected region gets none; one without a partner gets a part of the whole photo's transfer to the whole style.
    """
    colours, everywhere = content.flatten(1), masks.new_ones(masks[0].numel())
    factors = {"matched": 1.0, "protected": 0.0, "global": GENTLE, "ignored": GENTLE}
    starts = []
    for mask, row, pair in zip(masks.flatten(1), look.rows(pairs), pairs, strict=True):
        moments = colour_moments(colours, mask if pair.kind == "matched" else everywhere)
        goal = look.means[row].to(content), look.covariances[row].to(content)
        starts.append(factors[pair.kind] * monge_kantorovich(*moments, *goal))
    return torch.stack(starts)


def solve_field(
    content: Tensor,
    masks: Tensor,
    pairs: Sequence[Pair],
    look: Look,
    encoder,
    weights: FieldWeights = FieldWeights(),  # noqa: B008 (frozen)
    seed: int = 0,
    callback: Callback = ignore,
) -> FieldSolution:
    """Fit a field that gives content (3, H, W) the look, region by region.

    Args:
        content: at working size, in [0, 1].
        masks: (R, H, W), a partition of unity.
        pairs: R, what each region takes from.
        look: the style statistics, measured with `encoder`.
        weights, seed: of the objective, and of its random directions.
        callback: told of each step, with the terms of the objective.
    """
    start, matched = closed_form_start(content, masks, pairs, look), matched_regions(pairs).to(content)
    table = _Table(start, matched, weights.grids)
    descend = _Descent(table, weights, callback)
    coarse = weights.steps // 2
    for share, steps in ((0.5, coarse), (1.0, weights.steps - coarse)):
        if steps:
            size = [max(round(share * side), encoder.smallest) for side in content.shape[1:]]
            pixels, parts = _shrunk(content, size), _shrunk(masks, size)
            objective = FieldObjective(pixels, parts, pairs, look, encoder, weights, seed)
            slicer = Slicer(homogeneous(pixels), luminance(pixels).clamp(0, 1), parts, table.fine)
            cells = descend(objective, slicer, steps)
    return FieldSolution(BilateralField(cells.mT.contiguous(), tuple(p.content for p in pairs)), descend.history)


def _shrunk(planes: Tensor, size: Sequence[int]) -> Tensor:
    """Planes (C, H, W) at a smaller size, each pixel the mean of what it covers."""
    return planes if list(planes.shape[1:]) == list(size) else F.interpolate(planes[None], size, mode="area")[0]
