"""Painting that keeps still on video, learnt without any video: what is painted moved must be the painting, moved.

After ReReVST (Wang et al. 2020): a photo is moved by a smooth made-up flow and gets a sensor's noise; the network's painting of
it is compared with its painting of the photo, moved by the same flow. Departures: flows are drawn anew for each piece, and what
comes from outside the piece does not count.
"""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from photostyle.flow import pixel_grid, warped
from photostyle.networks import Stylizer
from photostyle.training.shift import draw_place, shift_term

TEMPORAL = 10.0  # of the mean difference, which is about 0.05 of an untaught network's pictures
BEND = 8.0  # pixels, the deviation of the flow from one motion of all
KNOTS = 100  # pixels from one made-up vector to the next
SHIFT = 10.0  # pixels, the most that all moves
NOISE = 0.02  # the most that a sensor's noise deviates, of 1


class Steadiness:
    """The temporal term and that of `shift`, of a training; without a weight nothing is drawn and nothing computed.

    Args:
        weights: of the terms against the usual ones, of which "temporal" and "shift" are 0 where they are not named.
    """

    def __init__(self, weights: Mapping[str, float] | None) -> None:
        self.temporal, self.shift = ((weights or {}).get(name, 0.0) for name in ("temporal", "shift"))

    def draw(self, count: int, size: int, random: torch.Generator) -> tuple[Tensor, ...]:
        """What the terms need beside photos; see `draw_motion` and `draw_place`."""
        motion = draw_motion(count, size, random) if self.temporal else ()
        return (*motion, draw_place(random)) if self.shift else motion

    def terms(
        self, network: Stylizer, norms: Tensor, photos: Tensor, made: Tensor, motion: Sequence[Tensor]
    ) -> dict[str, Tensor]:
        """The weighted terms by their names, as far as they are asked for."""
        terms = {}

        def paint(given: Tensor) -> Tensor:
            painted: Tensor = network(given, norms)
            return painted

        if self.temporal:
            flow, noise = motion[:2]
            terms["temporal"] = self.temporal * temporal_term(paint, photos, made, flow, noise)
        if self.shift:
            terms["shift"] = self.shift * shift_term(paint, photos, made, motion[-1])
        return terms


def draw_motion(count: int, size: int, random: torch.Generator) -> tuple[Tensor, Tensor]:
    """A made-up motion and noise for each of some pieces.

    Args:
        count: of pieces.
        size: their side in pixels.
        random: what to draw from.

    Returns:
        Flow (count, size, size, 2) in pixels, and noise (count, 3, size, size) to be added.
    """
    knots = max(2, round(size / KNOTS) + 1)
    bends = BEND * torch.randn(count, 2, knots, knots, generator=random)
    smooth = interpolate(bends, (size, size), mode="bicubic", align_corners=True)
    shift = SHIFT * (2 * torch.rand(count, 2, 1, 1, generator=random) - 1)
    noise = torch.randn(count, 3, size, size, generator=random)
    level = NOISE * torch.rand(count, 1, 1, 1, generator=random)
    return (smooth + shift).movedim(1, -1).contiguous(), level * noise


def temporal_term(paint: Callable[[Tensor], Tensor], photos: Tensor, made: Tensor, flow: Tensor, noise: Tensor) -> Tensor:
    """`TEMPORAL` times the mean difference between what is painted moved and the painting moved; differentiable.

    Args:
        paint: the network in the styles of `made`: (B, 3, h, w) -> (B, 3, h, w).
        photos: (B, 3, h, w) in [0, 1].
        made: (B, 3, h, w), their paintings.
        flow, noise: as from `draw_motion`.
    """
    moved = (warped(photos, flow) + noise).clamp(0, 1)
    apart = (paint(moved) - warped(made, flow)).abs().mean(1)
    inside = _inside(photos, flow)
    return TEMPORAL * (apart * inside).sum() / inside.sum().clamp_min(1)


def _inside(photos: Tensor, flow: Tensor) -> Tensor:
    """(B, h, w), 1 where the flow leads to a pixel of the photo."""
    places = pixel_grid(photos) + flow
    height, width = photos.shape[2:]
    most = torch.tensor([width - 1, height - 1]).to(places)
    return ((places >= 0) & (places <= most)).all(-1).to(photos)
