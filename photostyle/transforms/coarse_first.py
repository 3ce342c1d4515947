"""Part of a painting's strength, by the size of its strokes: as strength falls fine strokes go first, and broad ones last.

Where all of a painting is blended with the photo alike, each half shows through the other. Here the fine detail is the photo's
before the broad strokes and the light have gone, so that a face is still that face.
"""

from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional as F

from photostyle.options import RegionAmounts
from photostyle.transforms.field.control import mixing

STEEP = 2.0  # the finest detail is given strength ** STEEP, the broadest strength ** (1 / STEEP)
BROADEST = 24  # pixels a side, about, of the picture that holds the broadest strokes


def finest(amounts: RegionAmounts) -> RegionAmounts:
    """The amounts that the finest detail of a change is given."""
    return _at(amounts, 0.0)


def broader(change: Tensor, masks: Tensor, amounts: RegionAmounts) -> Tensor | None:
    """What broader strokes are given beyond the finest detail.

    Args:
        change: (3, h, w), a painting less its photo.
        masks: (R, h, w).
        amounts: of R regions.

    Returns:
        (3, h, w), to be added to the change in its `finest` amounts; None where there is nothing to add.
    """
    if all(strength in (0, 1) for strength in amounts.strength):
        return None
    layers = _bands(change)
    least = mixing(_at(amounts, 0.0))
    total = torch.zeros_like(change)
    for k, band in enumerate(layers[1:], start=1):
        more = mixing(_at(amounts, k / (len(layers) - 1))) - least
        total += torch.einsum("rhw,rij,jhw->ihw", masks, more, band)
    return total


def _at(amounts: RegionAmounts, broadness: float) -> RegionAmounts:
    """The amounts at a broadness, 0 the finest to 1."""
    exponent = STEEP ** (1 - 2 * broadness)
    return replace(amounts, strength=tuple(strength**exponent for strength in amounts.strength))


def _bands(change: Tensor) -> list[Tensor]:
    """A Laplacian pyramid (Burt and Adelson 1983), all bands at full size, the finest first; their sum is the change."""
    size = (change.shape[1], change.shape[2])
    small = change[None]
    blurred = [change]
    while max(small.shape[2:]) >= 2 * BROADEST:
        small = F.avg_pool2d(small, 2, ceil_mode=True, count_include_pad=False)
        blurred.append(F.interpolate(small, size, mode="bilinear", align_corners=False)[0])
    return [fine - broad for fine, broad in zip(blurred[:-1], blurred[1:], strict=True)] + [blurred[-1]]
