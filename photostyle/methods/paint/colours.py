"""Whose colours a painting has: the style's, or the photo's own with the painting's light."""

from collections.abc import Sequence

import torch
from torch import Tensor

from photostyle.colour import colour_moments, monge_kantorovich, oklab_to_srgb, srgb_to_oklab
from photostyle.methods.paint.hands import Moments, Styled

COLOURS = "colours"
OKLAB_FLOOR = 1e-4  # squared; its axes of colour are short


def with_colours_of(light: Tensor, colours: Tensor) -> Tensor:
    """The lightness of one picture with the colour of another, in OKLab, as `-original_colors` of neural-style has it in YUV.

    Args:
        light, colours: (3, h, w), sRGB-encoded, in [0, 1].

    Returns:
        (3, h, w) in [0, 1].

    Example:
        >>> grey = torch.full((3, 1, 1), 0.25)
        >>> with_colours_of(grey, torch.full((3, 1, 1), 0.75)).flatten().round(decimals=2)
        tensor([0.2500, 0.2500, 0.2500])
    """
    lightness = srgb_to_oklab(light)[:1]
    colour = srgb_to_oklab(colours)[1:]
    return oklab_to_srgb(torch.cat([lightness, colour])).clamp(0, 1)


def mixed_moments(pictures: Sequence[Tensor], masks: Sequence[Tensor], shares: Sequence[Tensor]) -> Tensor:
    """(R, 4, 4) the second moments of colours with a 1 beside them, of pictures (3, h, w) mixed by shares (R,) each.

    Args:
        masks: (R, h, w) of each picture, what each region takes from.
    """
    styles = [
        Styled({COLOURS: picture}, {COLOURS: mask}, share) for picture, mask, share in zip(pictures, masks, shares, strict=True)
    ]
    return Moments(styles).goals[COLOURS]


def moved_colours(picture: Tensor, moments: Tensor, masks: Tensor, floor: float = 1e-3) -> Tensor:
    """A picture whose regions have given means and covariances of colours (Monge-Kantorovich, Pitie & Kokaram 2007).

    Args:
        picture: (3, h, w), in any space of colours.
        moments: (R, 4, 4) as `mixed_moments` gives them.
        masks: (R, h, w); each pixel's sum to 1 at most, and what belongs to none stays.
        floor: added to covariances, so that flat colours are not spread far.

    Returns:
        (3, h, w), of any range.
    """
    colours = picture.flatten(1)
    change = torch.zeros_like(colours)
    for mask, second in zip(masks.flatten(1), moments, strict=True):
        if not bool(second[3, 3] > 0):  # the region takes from nothing
            continue
        mean = second[:3, 3]
        covariance = second[:3, :3] - mean[:, None] * mean
        own_mean, own_covariance = colour_moments(colours, mask)
        offset = monge_kantorovich(own_mean, own_covariance, mean, covariance, floor)
        change = change + mask * (offset[:, :3] @ colours + offset[:, 3:])
    return (colours + change).view_as(picture)


def recoloured(picture: Tensor, moments: Tensor, masks: Tensor) -> Tensor:
    """The same in OKLab for an sRGB-encoded picture in [0, 1], by moments of OKLab."""
    return oklab_to_srgb(moved_colours(srgb_to_oklab(picture), moments, masks, OKLAB_FLOOR)).clamp(0, 1)
