"""Exemplars: samples of a style's features, each with its colour, so that things can look for what is like them.

Means and Gram matrices say which colours a style region has, not which of its things have them. An exemplar is one cell of the
encoder's map: what is seen there, how bright it is among the cells of its region, and its colour; where it was is not kept.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from photostyle.colour import evenly_spread, luminance
from photostyle.encoders import Encoder

DEPTH = 2  # place of the layer among the style layers, relu3_1: fine enough for windows, deep enough to tell them from leaves
MOST = 1024  # exemplars of a region
FEWEST = 16  # cells of a region, below which the whole photo's serve
INSIDE = 0.5  # share of a cell from which it is one of a region's


@dataclass(frozen=True, eq=False)
class Exemplars:
    """Samples of one region.

    Args:
        features: (n, C) unit vectors: an encoder's features less the mean of the region.
        tones: (n,) in [0, 1], the share of the region's cells that are darker.
        colours: (n, 3), sRGB-encoded.
    """

    features: Tensor
    tones: Tensor
    colours: Tensor

    def to(self, device: torch.device | str) -> "Exemplars":
        """The exemplars on a device."""
        return Exemplars(self.features.to(device), self.tones.to(device), self.colours.to(device))


class Cells(NamedTuple):
    """A photo as the cells of the encoder's map (h, w).

    Args:
        features: (h * w, C).
        colours: (3, h, w), the mean of each cell, sRGB-encoded.
        light: (h * w,), the luminance of those.
        weights: (R, h, w), how much of each cell belongs to each region.
    """

    features: Tensor
    colours: Tensor
    light: Tensor
    weights: Tensor


def cell_layer(encoder: Encoder) -> str:
    """The encoder's layer whose map the cells are of."""
    return encoder.style_layers[min(DEPTH, len(encoder.style_layers) - 1)]


def photo_cells(photo: Tensor, masks: Tensor, features: Tensor) -> Cells:
    """The cells of a photo (3, H, W), sRGB-encoded in [0, 1], and of its masks (R, H, W), by its features (C, h, w)."""
    size = features.shape[1:]
    colours = F.interpolate(photo[None], size, mode="area")[0]
    weights = F.interpolate(masks[None], size, mode="area")[0]
    return Cells(features.flatten(1).T.contiguous(), colours, luminance(colours).flatten(), weights)


def measure_exemplars(photo: Tensor, masks: Tensor, features: Tensor) -> tuple[Exemplars, ...]:
    """The exemplars of each of R regions of a photo.

    Args:
        photo: (3, H, W) at working size, sRGB-encoded in [0, 1].
        masks: (R, H, W) in [0, 1]; the last is of the whole photo, from which a region of too few cells takes.
        features: (C, h, w) of the photo at an encoder's `cell_layer`.
    """
    cells = photo_cells(photo, masks, features)
    found = []
    for weights in cells.weights:
        members = members_of(weights, cells.weights[-1])
        chosen = members[evenly_spread(len(members), MOST).to(members.device)]
        unit = towards(cells.features[chosen], cells.features[members].mean(0))
        tone = tones(cells.light[chosen], cells.light[members])
        found.append(Exemplars(unit, tone, cells.colours.flatten(1).T[chosen]))
    return tuple(found)


def members_of(weights: Tensor, whole: Tensor) -> Tensor:
    """Indices of the cells of a region by its weights (h, w); of the whole photo where they are too few."""
    inside = weights.flatten().gt(INSIDE).nonzero()[:, 0]
    if len(inside) >= FEWEST:
        return inside
    inside = whole.flatten().gt(INSIDE).nonzero()[:, 0]
    if len(inside):
        return inside
    return torch.arange(whole.numel(), device=whole.device)


def towards(features: Tensor, mean: Tensor) -> Tensor:
    """(n, C) unit vectors from the mean (C,) of a region to the features of its cells (Kolkin et al. 2022, section 3.2)."""
    return F.normalize(features - mean, dim=1)


def tones(light: Tensor, members: Tensor) -> Tensor:
    """(n,) the share of the members' luminances that lies below each luminance, in [0, 1]."""
    below = torch.searchsorted(members.sort().values, light)
    return (below.to(light) + 0.5).clamp(max=len(members)) / len(members)
