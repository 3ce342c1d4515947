"""Adam on the levels of a pyramid of the picture, not on its pixels: broad changes come as easily as fine ones, and noise less.

Kolkin et al. 2019 (STROTSS) and 2022 step so.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from photostyle.methods.adam import Adam

BETAS = (0.9, 0.99)
LEVELS = 5  # each half as fine as the last

Moments = tuple[Tensor, list[Tensor], list[Tensor]]  # count of steps, means and squares of each level


class PyramidAdam:
    """Adam over the levels of a pyramid whose sum is added to a picture.

    Args:
        unknown: (3, h, w), changed in place.
        count: of levels; 1 is plain Adam on pixels.
    """

    def __init__(self, unknown: Tensor, count: int = LEVELS):
        self.unknown = unknown
        self.levels = _levels(torch.zeros_like(unknown), count)
        self.adam = Adam(self.levels, BETAS)

    @torch.no_grad()
    def step(self, gradients: Sequence[Tensor], rate: float) -> None:
        """One step of a rate, given the gradient of the picture."""
        for level in self.levels:
            level.zero_()
        self.adam.step(_levels(gradients[0], len(self.levels)), rate)
        for level in self.levels:
            self.unknown += resized(level, self.unknown)

    @property
    def moments(self) -> Moments:
        """What the optimiser remembers."""
        return self.adam.steps, self.adam.means, self.adam.squares

    def restore(self, moments: Moments) -> None:
        """Take moments, also those of another size."""
        self.adam.steps = moments[0].clone()
        for own, given in ((self.adam.means, moments[1]), (self.adam.squares, moments[2])):
            for k, level in enumerate(self.levels):
                own[k] = resized(given[k], level)


def resized(planes: Tensor, like: Tensor) -> Tensor:
    """A copy of planes (3, h, w) at the size of others."""
    size = (like.shape[1], like.shape[2])
    if size == tuple(planes.shape[1:]):
        return planes.detach().clone()
    return F.interpolate(planes.detach()[None], size, mode="bilinear", align_corners=False)[0]


def _levels(planes: Tensor, count: int) -> list[Tensor]:
    """(3, h, w), and what it is averaged to at half the size, a quarter..., so many in all."""
    levels = [planes]
    for _ in range(count - 1):
        levels.append(F.avg_pool2d(levels[-1][None], 2, ceil_mode=True, count_include_pad=False)[0])
    return levels
