"""Whose colours a painting has: the style's, or the photo's own with the painting's light."""

import torch
from torch import Tensor

from photostyle.colour import colour_moments, monge_kantorovich, oklab_to_srgb, srgb_to_oklab


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


def in_colours_of(photo: Tensor, goal: list[Tensor], masks: Tensor) -> Tensor:
    """A photo whose regions have the mean and covariance of given colours (Monge-Kantorovich, Pitie & Kokaram 2007).

    Args:
        photo: (3, h, w), sRGB-encoded.
        goal: covariances (R, 3, 3) and means (R, 3, 1).
        masks: (R, h, w), a partition of unity.

    Returns:
        (3, h, w) in [0, 1].
    """
    colours = photo.flatten(1)
    change = torch.zeros_like(colours)
    for mask, covariance, mean in zip(masks.flatten(1), *goal, strict=True):
        own_mean, own_covariance = colour_moments(colours, mask)
        offset = monge_kantorovich(own_mean, own_covariance, mean[:, 0], covariance)
        change = change + mask * (offset[:, :3] @ colours + offset[:, 3:])
    return (colours + change).view_as(photo).clamp(0, 1)
