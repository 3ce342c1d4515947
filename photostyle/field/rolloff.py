"""Highlights that roll off, and shadows: colours that a field sends over the limits bend towards them instead of breaking."""

import torch
from torch import Tensor

from photostyle.field.bilateral import LUMA

KNEE = 0.95  # where the shoulder begins; the toe begins at 1 - KNEE
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
    kept = shouldered(before, after)
    luma = before.new_tensor(LUMA).reshape(3, *[1] * (before.ndim - 1))
    grey, colour = (luma * kept).sum(0), after - (luma * after).sum(0)
    reach = ((kept - grey) / colour).clamp(0, 1)
    scale = torch.where((kept != after) & (colour != 0), reach, 1.0).amin(0)
    value = ((kept + grey + scale * colour) / 2).minimum(before.clamp_min(1)).maximum(before.clamp_max(0))
    return torch.where((kept != after).any(0), value, after)


def shouldered(before: Tensor, after: Tensor) -> Tensor:
    """The single way of `rolled_off`: each channel bent by itself; differentiable everywhere."""
    high, low = before.clamp_min(KNEE), before.clamp_max(1 - KNEE)
    above = _bent((after - high).clamp_min(0), before.clamp_min(1) - high)
    below = _bent((low - after).clamp_min(0), low - before.clamp_max(0))
    return after.maximum(low).minimum(high) + above - below


def _bent(over: Tensor, room: Tensor) -> Tensor:
    """How far to go instead of `over`, less than `room`."""
    return room * over / (room * room + over * over + 1e-12).sqrt()


def newly_clipped(before: Tensor, after: Tensor) -> tuple[int, int]:
    """How many pixels (3, ...) have a channel at white, or at black, that was not there before."""
    white = ((after >= EDGE) & (before < EDGE)).any(0)
    black = ((after <= 1 - EDGE) & (before > 1 - EDGE)).any(0)
    return int(white.sum()), int(black.sum())
