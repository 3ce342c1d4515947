"""How far a transform may go with colours of a photo that it was not found on.

Two things are not done to another photo. A colour does not come out further from all that the sample showed, before and
after, than it went in, so that brown does not become violet where the sample's browns were three pixels. And a colour of which
the sample had little keeps 0.4 of its way to black and to white. Of colours that the sample had much of, the second holds
too where a photo has far more than the sample of those that go to black or white: a night scene under the shadows of a day.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import avg_pool3d, grid_sample

from photostyle.colour import luminance
from photostyle.transforms.field.sample import CELL

NEAR = 3 * CELL  # a result as near as this to what the sample showed is like it
TRIED = 12  # strengths at which a result is compared with what the sample showed
KEPT = 0.4  # of the way of a colour's light to black and to white
CHANNEL_KEPT = 0.2  # of that of each of red, green and blue
UNSEEN = 0.4  # of a change for colours that the sample has little of, in regions that it lacks
CRUSHED = 0.15  # of the way to black or white left: nothing can be told apart there any more
LEAST_WAY = 1 / 64  # a colour as near as this to black or white is there already
ALLOWED = 0.03  # share of a photo that may always go to black or white
MORE = 1.5  # times the sample's own share that may, and from which as much again may not at all


def most_to_be_kept(colours: Tensor, change: Tensor) -> Tensor:
    """(...) the strength at which a change (3, ...) leaves colours (3, ...) `KEPT` of their way to black and to white."""
    light = luminance(colours.flatten(2)).reshape(colours.shape[1:])
    light_change = luminance(change.flatten(2)).reshape(light.shape)
    return _reach(light, light_change, KEPT).minimum(_reach(colours, change, CHANNEL_KEPT).amin(0))


def _reach(value: Tensor, change: Tensor, kept: float) -> Tensor:
    """How often a change fits into what a value may lose of its way to black or white; at most once."""
    room = (1 - kept) * torch.where(change < 0, value, 1 - value)
    return (room / change.abs().clamp_min(1e-6)).clamp(max=1)


def is_crushed(colours: Tensor, change: Tensor) -> Tensor:
    """(...) 1 where a change (3, ...) leaves a channel of colours (3, ...) next to nothing of its way to black or to white."""
    way = torch.where(change < 0, colours, 1 - colours)
    return ((way > LEAST_WAY) & (way - change.abs() < CRUSHED * way)).any(0).float()


def most_within_the_shown(colours: Tensor, change: Tensor, distance: Tensor) -> Tensor:
    """(S, S, S) the most of changes (3, S, S, S) that leads no further away from what was shown than the colours lie already.

    Args:
        colours: (3, S, S, S) of the points of the grid.
        change: of each.
        distance: (S, S, S) from what was shown.
    """
    allowed = distance.clamp_min(NEAR)
    strength = torch.zeros_like(distance)
    for step in range(1, TRIED + 1):
        made = (colours + step / TRIED * change).clamp(0, 1)
        strength = torch.where(_at(distance, made) <= allowed, step / TRIED, strength)
    return _without_steps(strength)


def _at(values: Tensor, colours: Tensor) -> Tensor:
    """Values (S, S, S) of the grid at colours (3, S, S, S) between its points."""
    places = (2 * colours - 1).flip(0).permute(1, 2, 3, 0)  # the last axis is blue
    return grid_sample(values[None, None], places[None], align_corners=True)[0, 0]


def _without_steps(values: Tensor) -> Tensor:
    """Values (S, S, S) blurred a little, so that neighbouring colours stay neighbours."""
    blurred = values[None]
    for _ in range(2):
        blurred = avg_pool3d(blurred, 3, 1, 1, count_include_pad=False)
    return blurred[0]


@dataclass(frozen=True, eq=False, repr=False)
class Crushing:
    """What of a photo goes to black or to white, and how it is held back where that is more than in the sample.

    Args:
        crushed: (R, N, 1) in [0, 1], whether a colour is left with so little of its way that details are lost.
        keeping: (R, N, 1), the further strength at which it keeps `KEPT`.
        own: the share of the sample's pixels that are crushed.
    """

    crushed: Tensor
    keeping: Tensor
    own: float

    def of_rows(self, rows: Sequence[int]) -> "Crushing":
        """Some of the rows, in another order."""
        return Crushing(self.crushed[list(rows)], self.keeping[list(rows)], self.own)

    def excess(self, share: float) -> float:
        """From 0 where a photo has not much more that is crushed than the sample, to 1 where it has."""
        allowed = max(ALLOWED, MORE * self.own)
        return min(1.0, max(0.0, (share / allowed - 1) / (MORE - 1)))

    def strength(self, share: float) -> Tensor:
        """(R, N, 1) how much of the change a photo gets of which such a share would be crushed."""
        return torch.lerp(torch.ones(()), self.keeping, self.excess(share))
