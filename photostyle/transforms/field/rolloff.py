"""Highlights that roll off, and shadows: colours that a field sends over the limits bend towards them instead of breaking."""

from typing import Any

import torch
from torch import Tensor

from photostyle.colour import LUMA, constant

KNEE = 0.95  # where the shoulder begins; the toe begins at 1 - KNEE
LEAST_ROOM = 1e-12  # none at all, but for the quotient
EDGE = 1 - 0.5 / 255  # an 8-bit file holds white from here


def rolled_off(before: Tensor, after: Tensor) -> Tensor:
    """Colours whose channels stay within [0, 1], or within what they had before where that was outside.

    Beyond the knee, or beyond what came in if that lay further out, a channel goes on along t / sqrt(1 + t^2): smoothly at
    first as it would have, and never over the limit. Bending single channels turns the hue; bending all alike bleaches the
    colour. So the answer lies midway: the luma is that of the single way, the colour the mean of both. What the field
    leaves alone is left alone to the last bit.

    Args:
        before: (3, ...) what came in.
        after: (3, ...) what the field makes of it.

    Example:
        >>> grey = torch.tensor([0.5, 0.9, 1.0, 1.2]).expand(3, 4)
        >>> rolled_off(grey, grey * 1.3)[0]
        tensor([0.6500, 0.9988, 1.0000, 1.2000])
    """
    kept = Shoulder(before)(after)
    luma = constant(LUMA, before).reshape(3, *[1] * (before.ndim - 1))
    grey = (luma * kept).sum(0)
    colour = after - (luma * after).sum(0)
    bent = kept != after
    reach = ((kept - grey) / colour).clamp(0, 1)
    scale = torch.where(bent & (colour != 0), reach, 1.0).amin(0)
    value = (kept + grey + scale * colour) / 2
    value = value.minimum(before.clamp_min(1)).maximum(before.clamp_max(0))
    return torch.where(bent.any(0), value, after)


class Shoulder:
    """The single way of `rolled_off`, of one photo: each channel bent by itself.

    Its gradient is written out, as a solve takes it at every step: an eighth of the time that single operations need.

    Args:
        before: (3, ...) what comes in.
        leak: the share of a colour's way beyond the knee that is not bent.
    """

    def __init__(self, before: Tensor, leak: float = 0.0):
        self.high = before.clamp_min(KNEE)
        self.low = before.clamp_max(1 - KNEE)
        self.above = (before.clamp_min(1) - self.high).clamp_min(LEAST_ROOM)
        self.below = (self.low - before.clamp_max(0)).clamp_min(LEAST_ROOM)
        self.leak = leak

    def __call__(self, after: Tensor) -> Tensor:
        """(3, ...) what is left of `after`."""
        kept: Tensor = _Bent.apply(after, self)
        return kept


class _Bent(torch.autograd.Function):
    """Beyond the knee t becomes t / sqrt(1 + (t / room)^2), less than the room; the slope is the factor's cube."""

    @staticmethod
    def forward(ctx: Any, after: Tensor, shoulder: Shoulder) -> Tensor:
        inside = after.maximum(shoulder.low).minimum(shoulder.high)
        over = after - inside
        room = torch.where(over > 0, shoulder.above, shoulder.below)
        factor = (room * room).addcmul_(over, over).rsqrt_().mul_(room)
        ctx.leak = shoulder.leak
        ctx.save_for_backward(factor)
        share = factor
        if ctx.leak:
            share = torch.lerp(factor, torch.ones_like(factor), ctx.leak)
        return inside.addcmul_(over, share)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        (factor,) = ctx.saved_tensors
        return (factor**3).mul_(1 - ctx.leak).add_(ctx.leak).mul_(grad), None


def newly_clipped(before: Tensor, after: Tensor, visible: Tensor | None = None) -> tuple[int, int]:
    """How many pixels (3, ...), of the visible ones (...), have a channel at white, or at black, that was not there before."""
    white = ((after >= EDGE) & (before < EDGE)).any(0)
    black = ((after <= 1 - EDGE) & (before > 1 - EDGE)).any(0)
    if visible is not None:
        white = white & visible.to(white.device)
        black = black & visible.to(black.device)
    return int(white.sum()), int(black.sum())
