"""Moving the code of a photo to that of a style: colours by optimal transport, all else by whitening and colouring.

Statistics are weighted by masks, so that each region takes from its own partner, and computed in float64.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from photostyle.colour import LUMA, constant, directions, evenly_spread, quantiles, transport_targets

SAMPLES = 4096  # pixels of a region whose colours are moved
GOAL_SAMPLES = 8192  # of its partner's
MOMENT_SAMPLES = 1 << 15  # of either, for means and covariances
LEAST_WEIGHT = 1e-3  # a pixel with less of a region is left out of it
DIRECTIONS = 48
ROUNDS = 6  # in which colours are moved
RIDGE = 1e-4  # squared colour: it holds curves back where there are few colours
KNOTS = tuple(k / 8 for k in range(1, 8))  # of luma, at which tones bend
OWN_KNOTS = (0.25, 0.5, 0.75)  # of red, green and blue
BEND = 24.0  # sharpness of a bend, per unit of colour
COLOUR_ROWS = slice(1 + len(KNOTS), 4 + len(KNOTS))  # of tones, that are the colours


@dataclass(frozen=True)
class CodeMap:
    """An affine map of a code: z becomes linear z + shift.

    Args:
        linear: (M, N) float64; M is N, or fewer where the first channels only are wanted.
        shift: (M,) float64.
    """

    linear: Tensor
    shift: Tensor

    def __call__(self, code: Tensor) -> Tensor:
        """(N, pixels) -> (M, pixels), of the code's type."""
        return torch.addmm(self.shift.to(code)[:, None], self.linear.to(code), code)

    @classmethod
    def of_rows(cls, code: Tensor, rows: slice) -> "CodeMap":
        """The map that gives some channels of a code (N, pixels) as they are."""
        linear = torch.eye(len(code), dtype=torch.float64, device=code.device)[rows]
        return cls(linear, linear.new_zeros(len(linear)))


def mixed(maps: Sequence[CodeMap], shares: Sequence[float], still: CodeMap) -> CodeMap:
    """Maps mixed by shares; what these lack to 1 is `still`. Maps of least movement stay such maps when they are mixed.

    >>> still = CodeMap.of_rows(torch.zeros(1, 5), slice(1))
    >>> mixed([CodeMap(3 * still.linear, still.shift)], [0.5], still).linear.item()
    2.0
    """
    linear, shift = still.linear.clone(), still.shift.clone()
    for each, share in zip(maps, shares, strict=True):
        linear += share * (each.linear - still.linear)
        shift += share * (each.shift - still.shift)
    return CodeMap(linear, shift)


def moved(code: Tensor, masks: Tensor, maps: Sequence[CodeMap]) -> Tensor:
    """What the maps of regions make of a code, each as far as a pixel belongs to its region.

    Args:
        code: (N, pixels).
        masks: (R, pixels), which sum to 1 at each pixel.
        maps: R of them.

    Returns:
        (M, pixels).
    """
    made = code.new_zeros(len(maps[0].shift), code.shape[1])
    for mask, each in zip(masks, maps, strict=True):
        inside = (mask > 0).nonzero()[:, 0]
        made.index_add_(1, inside, each(code.index_select(1, inside)) * mask[inside])
    return made


def moments_of(code: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Mean (N,) and covariance (N, N) of a code (N, pixels) under weights (pixels,), in float64, from evenly spread pixels.

    >>> mean, covariance = moments_of(torch.tensor([[1.0, 3.0]]), torch.tensor([1.0, 1.0]))
    >>> mean.item(), covariance.item()
    (2.0, 1.0)
    """
    inside = spread_over(weights, MOMENT_SAMPLES)
    share = weights[inside].double()
    share = share / share.sum().clamp_min(1e-9)
    values = code.index_select(1, inside).double()
    mean = values @ share
    centred = values - mean[:, None]
    return mean, (centred * share) @ centred.T


def whiten_and_colour(
    mean: Tensor, covariance: Tensor, goal_mean: Tensor, goal_covariance: Tensor, floor: Tensor | float
) -> CodeMap:
    """Of all maps that whiten a code and colour it anew, the one that moves it least (Pitie & Kokaram 2007, Lu et al. 2019).

    T = L^-T (L^T G L)^1/2 L^-1 with the Cholesky factor L of the covariance and the goal's covariance G. Differentiable.

    Args:
        mean, covariance: (N,) and (N, N) float64, of the code.
        goal_mean, goal_covariance: of the style's.
        floor: above 0, added to both variances, one number or (N,): it bounds the gain where the code hardly varies.

    Returns:
        The map; the shift of the means alone where the covariances are no numbers or cannot be factorised.
    """
    added = torch.diag(torch.as_tensor(floor, dtype=covariance.dtype, device=covariance.device).expand(len(mean)))
    factor, failed = torch.linalg.cholesky_ex(covariance + added)
    if bool(failed) or not bool(goal_covariance.isfinite().all()):
        return CodeMap(torch.eye(len(mean)).to(mean), (goal_mean - mean).nan_to_num())
    middle = factor.T @ (goal_covariance + added) @ factor
    root: Tensor = _Root.apply((middle + middle.T) / 2)
    half = torch.linalg.solve_triangular(factor.T, root, upper=True)
    linear = torch.linalg.solve_triangular(factor.T, half.T, upper=True).T
    return CodeMap(linear, goal_mean - linear @ mean)


class _Root(torch.autograd.Function):
    """The root of a symmetric positive matrix; its gradient solves a Sylvester equation, which equal roots do not upset."""

    @staticmethod
    def forward(ctx: Any, matrix: Tensor) -> Tensor:
        values, vectors = torch.linalg.eigh(matrix)
        roots = values.clamp_min(1e-16).sqrt()
        ctx.save_for_backward(roots, vectors)
        return (vectors * roots) @ vectors.T

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        roots, vectors = ctx.saved_tensors
        inside = vectors.T @ grads[0] @ vectors / (roots[:, None] + roots)
        gradient: Tensor = vectors @ inside @ vectors.T
        return (gradient + gradient.T) / 2


def tones_of(colours: Tensor) -> Tensor:
    """(N, pixels) of colours (3, pixels): luma and bent copies of it, the colours and bent copies: what curves are made of."""
    light = _luma(colours)
    bent = [F.softplus(BEND * (light - knot)) / BEND for knot in KNOTS]
    return torch.cat([light, *bent, colours, *(F.softplus(BEND * (colours - knot)) / BEND for knot in OWN_KNOTS)])


def move_colours(tones: Tensor, weights: Tensor, goal: Tensor, goal_weights: Tensor) -> CodeMap:
    """A map of tones (N, pixels) that makes colours distributed as a goal's, nearly, and keeps what is brighter brighter.

    The luma of a sample is moved first, by the one transport that keeps its order; then its colours at that luma, by sliced
    optimal transport (Rabin et al. 2011). The affine map of tones that comes nearest to these moves, by least squares, moves
    all: light by luma alone.

    Args:
        tones: (N, pixels), as `tones_of` gives them.
        weights: (pixels,) from 0 up.
        goal: (N, pixels), of the style.
        goal_weights: (pixels,) from 0 up.

    Returns:
        A map to three colours.
    """
    seen = tones.index_select(1, spread_over(weights, SAMPLES, 0.5))
    colours = seen[COLOUR_ROWS]
    wanted = goal[COLOUR_ROWS].index_select(1, spread_over(goal_weights, GOAL_SAMPLES, 0.5))
    targets = _moved_by_light_and_colour(colours, wanted)
    steps = targets - colours
    lighter = _luma(steps)
    of_light = _least_squares(seen[: COLOUR_ROWS.start], lighter)
    of_colour = _least_squares(seen, steps - lighter)
    linear = CodeMap.of_rows(tones, COLOUR_ROWS).linear + of_colour[:, :-1] - _luma(of_colour[:, :-1])
    linear[:, : COLOUR_ROWS.start] += of_light[:, :-1]
    return CodeMap(linear, of_colour[:, -1] - _luma(of_colour[:, -1:])[0] + of_light[:, -1])


def _moved_by_light_and_colour(colours: Tensor, wanted: Tensor) -> Tensor:
    """Colours (3, n) moved to be distributed as those wanted (3, m), the order of their luma kept."""
    light = _luma(colours)
    moved = colours + transport_targets(light, quantiles(_luma(wanted), colours.shape[1])) - light
    along = directions(DIRECTIONS).to(colours)
    levels = quantiles(along @ wanted, colours.shape[1])
    for _ in range(ROUNDS):
        projected = along @ moved
        steps = 3 / len(along) * (along.T @ (transport_targets(projected, levels) - projected))
        moved = moved + steps - _luma(steps)
    return moved


def _least_squares(inputs: Tensor, outputs: Tensor) -> Tensor:
    """(M, N + 1) float64: the affine map from inputs (N, n) to outputs (M, n), held back by `RIDGE`."""
    count = inputs.shape[1]
    inputs = torch.cat([inputs, torch.ones_like(inputs[:1])]).double()
    ridge = torch.full((len(inputs),), RIDGE * count, dtype=torch.float64, device=inputs.device)
    ridge[-1] = 0
    return torch.linalg.solve(inputs @ inputs.T + torch.diag(ridge), inputs @ outputs.double().T).T


def _luma(colours: Tensor) -> Tensor:
    """(1, pixels) of colours (3, pixels)."""
    return constant(LUMA, colours)[None] @ colours


def spread_over(weights: Tensor, count: int, least: float = LEAST_WEIGHT) -> Tensor:
    """Indices of at most `count` pixels of a region, evenly spread: those with at least a share of the greatest weight.

    >>> spread_over(torch.tensor([0.0, 1.0, 1.0, 0.0]), 8)
    tensor([1, 2])
    """
    inside = (weights > least * weights.max()).nonzero()[:, 0]
    return inside[evenly_spread(len(inside), count).to(inside.device)]
