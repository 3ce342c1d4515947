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


@dataclass(frozen=True)
class FieldWeights:
    """Weights of the objective's terms, and the shape of the solve."""

    gram: float = 1.0
    colour: float = 10.0
    photorealism: float = 30.0
    order: float = 0.1
    smooth: float = 0.3
    range: float = 10.0
    steps: int = 80
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
    """The unknowns: per region a coarse and a fine grid, summed at the fine grid's nodes, over the closed-form start."""

    def __init__(self, start: Tensor, grids: Sequence[GridSize]):
        self.start, self.fine, self.regions = start, grids[-1], len(start)
        zeros = [start.new_zeros(self.regions, 12, g.depth, g.rows, g.cols) for g in grids]
        self.levels = [z.requires_grad_() for z in zeros]

    def __call__(self) -> Tensor:
        """(R, depth, rows, cols, 4, 3) offsets at the fine grid's nodes."""
        size = (self.fine.depth, self.fine.rows, self.fine.cols)
        total = self.start.mT.reshape(self.regions, 12, 1, 1, 1).expand(-1, -1, *size)
        for level in self.levels:
            same = level.shape[2:] == size
            total = total + (level if same else F.interpolate(level, size, mode="trilinear", align_corners=True))
        return total.permute(0, 2, 3, 4, 1).reshape(self.regions, *size, 4, 3)

    def roughness(self) -> Tensor:
        """Mean squared step between neighbouring nodes, over levels and axes."""
        return sum(level.diff(dim=d).pow(2).mean() * 12 for level in self.levels for d in (2, 3, 4))


class FieldObjective:
    """style + w_k colour + lambda/N sum_c V_c^T L V_c + w_o order + w_s |grad field|^2 + w_r range (DESIGN)."""

    def __init__(self, content: Tensor, masks: Tensor, look: Look, rows: Sequence[int], encoder, w: FieldWeights, seed: int):
        self.w, self.encoder, self.masks, self.size = w, encoder, masks, content.shape[1:]
        self.layers = tuple(look.grams)
        self.goals = {n: g[rows].to(content) for n, g in look.grams.items()}
        self.grams = {n: MaskedGram(m[0]) for n, m in encoder.spread(masks[None], self.layers).items()}
        self.area = masks.mean((1, 2))
        self.pixels = content.flatten(1).contiguous()
        self.laplacian = matting_laplacian(content, dtype=torch.float32)
        self.order = LightOrder(content)
        self.colour = _ColourTransport(masks, look.quantiles[rows].to(content), w, seed)

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

    def __init__(self, masks: Tensor, goals: Tensor, w: FieldWeights, seed: int):
        self.w, self.random, self.step = w, torch.Generator().manual_seed(seed), 0
        self.along = directions(goals.shape[1]).to(goals)
        self.parts = []
        for mask, goal in zip(masks.flatten(1), goals, strict=True):
            members, share = mask.gt(0.5).nonzero()[:, 0], float(mask.mean())
            if len(members) >= 16:
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


def closed_form_start(content: Tensor, masks: Tensor, look: Look, rows: Sequence[int]) -> Tensor:
    """(R, 3, 4) Monge-Kantorovich offsets, each region towards its row of the look."""
    colours = content.flatten(1)
    moments = [colour_moments(colours, m) for m in masks.flatten(1)]
    goals = [(look.means[r].to(content), look.covariances[r].to(content)) for r in rows]
    return torch.stack([monge_kantorovich(*m, *g) for m, g in zip(moments, goals, strict=True)])


def solve_field(
    content: Tensor,
    masks: Tensor,
    names: Sequence[str],
    look: Look,
    rows: Sequence[int],
    encoder,
    weights: FieldWeights = FieldWeights(),  # noqa: B008 (frozen)
    seed: int = 0,
    callback: Callback = ignore,
) -> FieldSolution:
    """Fit a field that gives content (3, H, W) the look, region by region.

    Args:
        content: at working size, in [0, 1].
        masks: (R, H, W), a partition of unity; names: their R names.
        look, rows: the style statistics, and the row of them that each region takes from (`Look.rows`).
        encoder: the one that measured the look.
    """
    objective = FieldObjective(content, masks, look, rows, encoder, weights, seed)
    table = _Table(closed_form_start(content, masks, look, rows), weights.grids)
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
    return FieldSolution(BilateralField(table().detach().mT.contiguous(), tuple(names)), history)
