"""Random changes of pictures before they are judged, real and made ones alike: differentiable augmentation (Zhao et al. 2020).

A discriminator learns a set of a few hundred pictures by heart. What it may not rely on is changed at random, in made pictures
too, and the gradient goes through the change.
"""

from collections.abc import Sequence
from typing import Literal, get_args

import torch
from torch import Tensor
from torch.nn import functional as F

Change = Literal["shift", "hole", "light"]
CHANGES: tuple[Change, ...] = get_args(Change)
SHIFT = 1 / 8  # of the sides, at most
HOLE = 1 / 3  # of the sides
BRIGHTER = 0.25  # added, at most, either way
CONTRAST = (0.6, 1.4)


def augmented(pictures: Tensor, changes: Sequence[Change], random: torch.Generator) -> Tensor:
    """Pictures (B, 3, h, w) in [0, 1], each changed at random.

    Args:
        pictures: on the generator's device.
        changes: shift moves, hole hides a part, light changes brightness and contrast; leave light out where light is what is
            to be learnt.
        random: drawn from.
    """
    for change in changes:
        pictures = _DONE_BY[change](pictures, random)
    return pictures


def _shifted(pictures: Tensor, random: torch.Generator) -> Tensor:
    moved = (2 * _drawn(pictures, 2, random) - 1) * 2 * SHIFT  # the frame is 2 wide here
    maps = torch.eye(2, 3, device=pictures.device).repeat(len(pictures), 1, 1)
    maps = torch.cat([maps[:, :, :2], moved[:, :, None]], 2)
    places = F.affine_grid(maps, list(pictures.shape), align_corners=False)
    return F.grid_sample(pictures, places, padding_mode="reflection", align_corners=False)


def _with_hole(pictures: Tensor, random: torch.Generator) -> Tensor:
    count, _, height, width = pictures.shape
    middle = _drawn(pictures, 2, random)
    down = (torch.arange(height, device=pictures.device) + 0.5) / height
    across = (torch.arange(width, device=pictures.device) + 0.5) / width
    hidden_rows = ((down - middle[:, :1]).abs() < HOLE / 2).to(pictures)
    hidden_columns = ((across - middle[:, 1:]).abs() < HOLE / 2).to(pictures)
    hidden = hidden_rows[:, None, :, None] * hidden_columns[:, None, None, :]
    return torch.lerp(pictures, torch.full_like(pictures, 0.5), hidden.expand(count, 3, height, width))


def _in_other_light(pictures: Tensor, random: torch.Generator) -> Tensor:
    drawn = _drawn(pictures, 2, random)[:, :, None, None]
    brighter = (2 * drawn[:, :1] - 1) * BRIGHTER
    contrast = CONTRAST[0] + (CONTRAST[1] - CONTRAST[0]) * drawn[:, 1:]
    mean = pictures.mean((1, 2, 3), keepdim=True)
    return (pictures - mean) * contrast + mean + brighter


def _drawn(pictures: Tensor, numbers: int, random: torch.Generator) -> Tensor:
    return torch.rand(len(pictures), numbers, generator=random, device=pictures.device)


_DONE_BY = {"shift": _shifted, "hole": _with_hole, "light": _in_other_light}
