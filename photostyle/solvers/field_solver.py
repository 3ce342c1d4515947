"""The field solver: a small table of affine transforms is fitted to the style in tens of steps (DESIGN: Objective)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn import functional as F

from matting.laplacian import matting_laplacian
from photostyle.events import Callback, Progress, ignore
from photostyle.field.bilateral import BilateralField, GridSize, Slicer, luminance
from photostyle.field.start import colour_moments, monge_kantorovich
from photostyle.look import Look
from photostyle.losses import (
    LightOrder,
    MaskedGram,
    directions,
    gram_distance,
    lab,
    photorealism,
    transport_targets,
)
from photostyle.regions import Pair

GENTLE = 0.5  # how much of the whole photo's transfer a region without a partner gets


@dataclass(frozen=True)
class FieldWeights:
    """Weights of the objective's terms, and the shape of the solve."""

    gram: float = 1.0
    colour: float = 10.0
    photorealism: float = 30.0
    order: float = 0.1
    smooth: float = 0.3
    range: float = 10.0
    steps: int = 60
    size: int = 320
    rate: float = 0.05
    grids: tuple[GridSize, ...] = (GridSize(4, 6, 6), GridSize(12, 16, 8))
    samples: int = 8192
    slices: int = 16
    refresh: int = 4


@dataclass
class FieldSolution:
    """The fitted field, and the objective's terms at each step."""

    field: BilateralField
    history: list[dict[str, float]] = field(default_factory=list)


class _Table:
    """The unknowns: per region a coarse and a fine grid, summed at the fine grid's nodes, over the closed-form start.

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
        total = self.start.mT.reshape(self.regions, 12, 1, 1, 1).expand(-1, -1, *size)
        for level in self.levels:
            same = level.shape[2:] == size
            level = level if same else F.interpolate(level, size, mode="trilinear", align_corners=True)
            total = total + level * self.matched
        return total.permute(0, 2, 3, 4, 1).reshape(self.regions, *size, 4, 3)

    def roughness(self) -> Tensor:
        """Mean squared step between neighbouring nodes, over levels and axes."""
        return sum(level.diff(dim=d).pow(2).mean() * 12 for level in self.levels for d in (2, 3, 4))


class FieldObjective:
    """style + w_k colour + lambda/N sum_c V_c^T L V_c + w_o order + w_s |grad field|^2 + w_r range (DESIGN)."""

    def __init__(self, content: Tensor, masks: Tensor, pairs: Sequence[Pair], look: Look, encoder, w: FieldWeights, seed: int):
        self.w, self.encoder, self.masks, self.size = w, encoder, masks, content.shape[1:]
        rows = look.rows(pairs)
        self.layers = tuple(look.grams)
        self.goals = {n: g[rows].to(content) for n, g in look.grams.items()}
        self.grams = {n: MaskedGram(m[0]) for n, m in encoder.spread(masks[None], self.layers).items()}
        self.area = masks.mean((1, 2)) * matched_regions(pairs).to(masks)
        self.pixels = content.flatten(1).contiguous()
        self.laplacian = matting_laplacian(content, dtype=torch.float32)
        self.order = LightOrder(content)
        self.colour = _ColourTransport(masks, self.area, look.quantiles[rows].to(content), w, seed)

    def __call__(self, picture: Tensor) -> dict[str, Tensor]:
        """The weighted terms for a picture (3, N)."""
        w, height, width = self.w, *self.size
        over = picture - picture.clamp(0, 1)
        shown = (picture - 0.95 * over).view(3, height, width)
        terms = {"style": w.gram * self._style(shown), "colour": w.colour * self.colour(shown.flatten(1))}
        terms["photorealism"] = w.photorealism * photorealism(picture.view(3, height, width), self.laplacian)
        terms["order"] = w.order * self.order(picture.view(3, height, width))
        terms["range"] = w.range * over.pow(2).mean() * 3
        return terms

    def _style(self, shown: Tensor) -> Tensor:
        features = self.encoder(shown[None], self.layers)
        return sum(
            (self.area * gram_distance(self.grams[n](features[n][0].float()), self.goals[n])).sum()
            for n in self.layers
        )


class _ColourTransport:
    """The colour term: samples of each region move along random directions towards the style's quantiles."""

    def __init__(self, masks: Tensor, area: Tensor, goals: Tensor, w: FieldWeights, seed: int):
        self.w, self.random, self.step = w, torch.Generator().manual_seed(seed), 0
        self.along = directions(goals.shape[1]).to(goals)
        self.parts = []
        for mask, share, goal in zip(masks.flatten(1), area.tolist(), goals, strict=True):
            members = mask.gt(0.5).nonzero()[:, 0]
            if len(members) >= 16 and share > 0:
                count = min(len(members), max(512, round(w.samples * share)))
                order = torch.randperm(len(members), generator=self.random)[:count].to(members.device)
                self.parts.append((members[order], goal, share))

    def __call__(self, colours: Tensor) -> Tensor:
        if self.step % self.w.refresh == 0:
            self.some = torch.randperm(len(self.along), generator=self.random)[: self.w.slices].to(colours.device)
            self.targets = [None] * len(self.parts)
        self.step += 1
        total = colours.new_zeros(())
        for k, (members, goal, share) in enumerate(self.parts):
            projected = self.along[self.some] @ lab(colours[:, members])
            if self.targets[k] is None:
                self.targets[k] = transport_targets(projected.detach(), goal[self.some])
            total = total + share * (projected - self.targets[k]).pow(2).mean()
        return total


def matched_regions(pairs: Sequence[Pair]) -> Tensor:
    """(R,) 1 for regions that take from a style region, 0 for those that are protected, ignored or without a partner."""
    return torch.tensor([float(pair.kind == "matched") for pair in pairs])


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
    objective = FieldObjective(content, masks, pairs, look, encoder, weights, seed)
    matched = matched_regions(pairs).to(content)
    table = _Table(closed_form_start(content, masks, pairs, look), matched, weights.grids)
    slicer = Slicer(content, luminance(content).clamp(0, 1), masks, table.fine)
    adam = torch.optim.Adam(table.levels, lr=weights.rate, betas=(0.9, 0.95), fused=content.device.type == "cuda")
    history = []
    for step in range(weights.steps):
        for group in adam.param_groups:
            group["lr"] = weights.rate * (1 - step / weights.steps) ** 0.5
        terms = objective(objective.pixels + slicer(table()).T)
        terms["smooth"] = weights.smooth * table.roughness()
        total = sum(terms.values())
        adam.zero_grad(set_to_none=True)
        total.backward()
        adam.step()
        history.append({n: float(t.detach()) for n, t in terms.items()} | {"total": float(total.detach())})
        callback(Progress("solve", step + 1, weights.steps, history[-1]))
    return FieldSolution(BilateralField(table().detach().mT.contiguous(), tuple(p.content for p in pairs)), history)
