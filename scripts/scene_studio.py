"""Simulated studios and skies for training the scene segmenter.

The labelled photos show things where they were found, and next to no walls. Users' photos show faces before a blurred garden and
goods before white paper, which a network that never saw them takes for sky. And as paper is plain, so may skies be: white ones,
and those of infrared film, must stay skies. Everything works on a crop and its labels.
"""

import torch
from scene_light import SKY, Dice
from torch.nn import functional as F

from matting.boxes import box_mean
from photostyle.regions.labels import CLASSES

INDOOR_SURFACE = CLASSES.index("indoor_surface")
THINGS = [CLASSES.index(name) for name in ("person", "vehicle", "animal", "furniture", "other_object")]
LEAST, MOST = 0.08, 0.75  # of the crop, that things or the sky must cover


def before_a_backdrop(photo: torch.Tensor, labels: torch.Tensor, dice: Dice) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The things of a crop before something else.

    Args:
        photo: (3, H, W) in [0, 1].
        labels: (H, W) integer classes, 255 unknown.
        dice: the source of randomness.

    Returns:
        photo, labels, and a mask (H, W) of what is left of the crop as it was. Before a plain backdrop all else is an indoor
        surface; out of focus it keeps its labels. A crop with too few or too many things stays as it is.
    """
    things = torch.isin(labels, torch.tensor(THINGS))
    if not LEAST < things.float().mean() < MOST:
        return photo, labels, torch.ones_like(things)
    if dice.chance(0.3):
        return _composed(photo, _out_of_focus(photo, things, dice), things), labels, things
    backdrop = _plain(photo.shape[1:], dice)
    if dice.chance(0.6):
        backdrop = backdrop * _shadow(things, dice)
    return _composed(photo, backdrop, things), torch.where(things, labels, INDOOR_SURFACE), things


def under_a_plain_sky(photo: torch.Tensor, labels: torch.Tensor, dice: Dice) -> tuple[torch.Tensor, torch.Tensor]:
    """A crop whose sky, if it has one, is white, black or of any colour, with or without its clouds, and a mask of all else."""
    sky = labels == SKY
    if not LEAST < sky.float().mean() < MOST:
        return photo, torch.ones_like(sky)
    plain = _plain(photo.shape[1:], dice, table=False)
    if dice.chance(0.5):
        light = photo.mean(0)
        plain = plain * (light / light[sky].mean().clamp_min(0.05)).clamp(0.3, 1.8) ** dice.uniform(0.3, 1.5)
    return _composed(photo, plain, ~sky), ~sky


def _composed(photo: torch.Tensor, behind: torch.Tensor, kept: torch.Tensor) -> torch.Tensor:
    alpha = _blurred(kept[None].float(), 1)
    return torch.lerp(behind, photo, alpha).clamp(0, 1)


def _plain(size: torch.Size, dice: Dice, table: bool = True) -> torch.Tensor:
    """Paper, cloth, a wall or a sky: a tone, most often white, grey or black, with a ramp, a pool of light, a little grain."""
    kind = dice.uniform(0, 1)
    if kind < 0.4:
        tone = dice.colour((0.85, 1), (0.85, 1), (0.85, 1))
    elif kind < 0.6:
        tone = dice.uniform(0, 0.15) * dice.tint(0.1)
    elif kind < 0.8:
        tone = dice.uniform(0.15, 0.85) * dice.tint(0.05)
    else:
        tone = dice.uniform(0.2, 0.8) * dice.tint(0.35)
    y, x = (torch.linspace(-1, 1, n) for n in size)
    ramp = dice.normal(0.12) * y[:, None] + dice.normal(0.08) * x[None]
    centre = dice.uniform(-0.5, 0.5), dice.uniform(-0.5, 0.5)
    pool = dice.uniform(-0.1, 0.35) * ((y[:, None] - centre[0]) ** 2 + (x[None] - centre[1]) ** 2)
    clouds = F.interpolate(dice.noise((1, 1, 6, 6)), tuple(size), mode="bicubic")[0] * dice.uniform(0, 0.06)
    backdrop = tone * (1 + ramp - pool + clouds)
    if table and dice.chance(0.35):  # its edge
        edge, below = dice.uniform(0.1, 0.9), dice.uniform(0.6, 1.3) * dice.tint(0.1)
        backdrop = torch.where((y[:, None] > edge).expand(*size), below * backdrop, backdrop)
    return backdrop + dice.uniform(0, 0.015) * dice.noise((3, *size))


def _shadow(things: torch.Tensor, dice: Dice) -> torch.Tensor:
    width = things.shape[1]
    shift = round(dice.normal(0.05) * width), round(dice.normal(0.08) * width)
    soft = _blurred(things[None].float().roll(shift, (1, 2)), round(dice.uniform(0.02, 0.1) * width))
    return 1 - dice.uniform(0.1, 0.6) * soft


def _out_of_focus(photo: torch.Tensor, things: torch.Tensor, dice: Dice) -> torch.Tensor:
    """What lies behind the things, blurred without their colours."""
    behind, radius = (~things)[None].float(), round(dice.uniform(0.02, 0.1) * photo.shape[2])
    share = _blurred(behind, radius)
    return torch.where(share > 0.02, _blurred(photo * behind, radius) / share.clamp_min(0.02), photo)


def _blurred(planes: torch.Tensor, radius: int) -> torch.Tensor:
    return box_mean(box_mean(planes, radius), radius)
