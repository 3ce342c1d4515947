"""Simulated studios and skies for training the scene segmenter.

The labelled photos show things where they were found, and next to no walls. Users' photos show faces before a blurred garden and
goods before white paper, which a network that never saw them takes for sky. And as paper is plain, so may skies be: white ones,
and those of infrared film, must stay skies. Everything works on a batch of crops (B, 3, H, W) and their labels (B, H, W).
"""

import torch
from scene_light import SKY, Dice
from torch import Tensor
from torch.nn import functional as F

from matting.boxes import box_mean
from photostyle.regions.labels import CLASSES

INDOOR_SURFACE = CLASSES.index("indoor_surface")
THINGS = [CLASSES.index(name) for name in ("person", "vehicle", "animal", "furniture", "other_object")]
LEAST, MOST = 0.08, 0.75  # of the crop, that things or the sky must cover


def before_a_backdrop(photos: Tensor, labels: Tensor, dice: Dice) -> tuple[Tensor, Tensor, Tensor]:
    """The things of crops before something else.

    Args:
        photos: (B, 3, H, W) in [0, 1].
        labels: (B, H, W) integer classes, 255 unknown.
        dice: the source of randomness.

    Returns:
        photos, labels, and a mask (B, H, W) of what is left of the crops as it was. Before a plain backdrop all else is an indoor
        surface; out of focus it keeps its labels. A crop with too few or too many things stays as it is.
    """
    things = torch.isin(labels, torch.tensor(THINGS, device=labels.device, dtype=labels.dtype))
    staged = _fitting(things)
    out_of_focus = dice.chance(0.3)
    backdrop = _plain(photos.shape, dice)
    backdrop = torch.where(dice.chance(0.6), backdrop * _shadow(things, dice), backdrop)
    backdrop = torch.where(out_of_focus, _out_of_focus(photos, things, dice), backdrop)
    plain = staged & ~out_of_focus[:, 0]
    labels = torch.where(plain & ~things, torch.full_like(labels, INDOOR_SURFACE), labels)
    return torch.where(staged[:, None], _composed(photos, backdrop, things), photos), labels, things | ~staged


def under_a_plain_sky(photos: Tensor, labels: Tensor, dice: Dice) -> tuple[Tensor, Tensor]:
    """Crops whose sky, if they have one, is white, black or of any colour, with or without its clouds, and a mask of all else."""
    sky = labels == SKY
    changed = _fitting(sky)
    plain = _plain(photos.shape, dice, table=False)
    light = photos.mean(1, keepdim=True)
    of_sky = (light * sky[:, None]).sum((2, 3), keepdim=True) / sky.sum((1, 2)).clamp_min(1).view(-1, 1, 1, 1)
    cloudy = plain * (light / of_sky.clamp_min(0.05)).clamp(0.3, 1.8) ** dice.uniform(0.3, 1.5)
    plain = torch.where(dice.chance(0.5), cloudy, plain)
    return torch.where(changed[:, None], _composed(photos, plain, ~sky), photos), ~sky | ~changed


def _fitting(mask: Tensor) -> Tensor:
    """(B, 1, 1): whether the mask covers neither too little nor too much."""
    share = mask.float().mean((1, 2), keepdim=True)
    return (share > LEAST) & (share < MOST)


def _composed(photos: Tensor, behind: Tensor, kept: Tensor) -> Tensor:
    alpha = _blurred(kept[:, None].float(), 1)
    return torch.lerp(behind, photos, alpha.expand_as(photos)).clamp(0, 1)


def _plain(shape: torch.Size, dice: Dice, table: bool = True) -> Tensor:
    """Paper, cloth, a wall or a sky: a tone, most often white, grey or black, with a ramp, a pool of light, a little grain."""
    kind = dice.uniform(0, 1)
    tone = torch.where(kind < 0.8, dice.uniform(0.15, 0.85) * dice.tint(0.05), dice.uniform(0.2, 0.8) * dice.tint(0.35))
    tone = torch.where(kind < 0.6, dice.uniform(0, 0.15) * dice.tint(0.1), tone)
    tone = torch.where(kind < 0.4, dice.colour((0.85, 1), (0.85, 1), (0.85, 1)), tone)
    y, x = (torch.linspace(-1, 1, length, device=kind.device) for length in shape[2:])
    y, x = y.view(1, 1, -1, 1), x.view(1, 1, 1, -1)
    ramp = dice.normal(0.12) * y + dice.normal(0.08) * x
    pool = dice.uniform(-0.1, 0.35) * ((y - dice.uniform(-0.5, 0.5)) ** 2 + (x - dice.uniform(-0.5, 0.5)) ** 2)
    clouds = F.interpolate(dice.noise((1, 6, 6)), tuple(shape[2:]), mode="bicubic") * dice.uniform(0, 0.06)
    backdrop = tone * (1 + ramp - pool + clouds)
    if table:  # its edge
        below = (y > dice.uniform(0.1, 0.9)) & dice.chance(0.35)
        backdrop = torch.where(below, dice.uniform(0.6, 1.3) * dice.tint(0.1) * backdrop, backdrop)
    return backdrop + dice.uniform(0, 0.015) * dice.noise(tuple(shape[1:]))


def _shadow(things: Tensor, dice: Dice) -> Tensor:
    width = things.shape[2]
    shift = round(dice.shared.gauss(0, 0.05) * width), round(dice.shared.gauss(0, 0.08) * width)
    soft = _blurred(things[:, None].float().roll(shift, (2, 3)), round(dice.shared.uniform(0.02, 0.1) * width))
    return 1 - dice.uniform(0.1, 0.6) * soft


def _out_of_focus(photos: Tensor, things: Tensor, dice: Dice) -> Tensor:
    """What lies behind the things, blurred without their colours."""
    behind, radius = (~things)[:, None].float(), round(dice.shared.uniform(0.02, 0.1) * photos.shape[3])
    share = _blurred(behind, radius)
    return torch.where(share > 0.02, _blurred(photos * behind, radius) / share.clamp_min(0.02), photos)


def _blurred(planes: Tensor, radius: int) -> Tensor:
    return box_mean(box_mean(planes, radius), radius)
