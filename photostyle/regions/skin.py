"""Skin as a region of its own, told by its colour, so that it can be protected."""

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from matting.boxes import box_mean
from matting.guided import guided_filter
from photostyle.colour import LUMA
from photostyle.photo import resample
from photostyle.regions.labels import SKIN
from photostyle.regions.photo_planes import Pixels
from photostyle.regions.regions import Regions
from photostyle.regions.swatches import Colour

BY_COLOUR_ALONE = "skin was found by its colour alone; see that it is not wood or sand"

_COLOUR: Colour = (224, 172, 105)
_PERSON = "person"
# Where skin of all tones lies in the chroma plane of 8-bit YCbCr (Chai and Ngan 1999): low to high.
_CB = (77.0, 127.0)
_CR = (133.0, 173.0)
_RAMP = 6.0  # levels over which membership falls at the sides
_LEAST = 1e-3
_RADIUS = 0.006  # of the guided filter, of the long side


def with_skin(regions: Regions, pixels: Pixels) -> Regions:
    """The regions with "skin" taken out of them: out of "person" where there is one, else out of the whole photo.

    Skin is told by its chroma (Chai and Ngan 1999), smoothed along the photo's edges. Wood and sand may pass for it
    where no "person" says where to look; the notes say so.

    Args:
        regions: at any size; returned as they are when they have "skin", or the photo shows none.
        pixels: the photo, (H, W, 3) in [0, 1].
    """
    if SKIN in regions.names:
        return regions
    height, width = regions.masks.shape[1:]
    taken = _skin(np.asarray(pixels), width, height)
    notes = []
    if _PERSON in regions.names:
        taken = taken * (regions.masks[regions.index(_PERSON)] > 0.5)
    else:
        notes.append(BY_COLOUR_ALONE)
    if _seen_share(taken, regions.visible) < _LEAST:
        return regions
    made = replace(
        regions,
        names=(*regions.names, SKIN),
        masks=torch.cat([regions.masks * (1 - taken), taken[None]]),
        colours=(*regions.colours, _COLOUR),
        features=_with_zeros(regions.features),
        embedding=_with_zeros(regions.embedding),
    )
    return made.noted(*notes).without_empty()


def _with_zeros(rows: Tensor | None) -> Tensor | None:
    """Rows (R, F) and one more, of which nothing is known."""
    if rows is None:
        return None
    return torch.cat([rows, torch.zeros_like(rows[:1])])


def _seen_share(mask: Tensor, visible: Tensor | None) -> float:
    """The share of what is seen of a photo that a mask (H, W) takes."""
    if visible is None:
        return float(mask.mean())
    seen = visible.to(mask)
    return float((mask * seen).sum() / seen.sum().clamp_min(1e-9))


def _skin(pixels: NDArray[np.float32], width: int, height: int) -> Tensor:
    """(height, width) membership in skin, along the edges of the photo (H, W, 3)."""
    image = torch.from_numpy(resample(pixels, (width, height))).permute(2, 0, 1).clamp(0, 1)
    radius = max(1, round(_RADIUS * max(height, width)))
    skin = box_mean(skin_chroma(image), 1)
    smooth: Tensor = guided_filter(image[None], skin[None, None], radius, 1e-3)[0, 0]
    return smooth.clamp(0, 1)


def skin_chroma(image: Tensor) -> Tensor:
    """(H, W) membership in the chroma box of skin, of a photo (3, H, W) in [0, 1]; 0 where it is too dark to tell."""
    r, g, b = 255 * image
    cb = 128 - 0.168736 * r - 0.331264 * g + 0.5 * b
    cr = 128 + 0.5 * r - 0.418688 * g - 0.081312 * b
    y = LUMA[0] * r + LUMA[1] * g + LUMA[2] * b
    bright_enough: Tensor = ((y - 32) / 32).clamp(0, 1)
    return _inside(cb, *_CB) * _inside(cr, *_CR) * bright_enough


def _inside(value: Tensor, low: float, high: float) -> Tensor:
    """1 between two bounds, 0 outside, with a ramp inside each."""
    above_low = ((value - low) / _RAMP).clamp(0, 1)
    below_high = ((high - value) / _RAMP).clamp(0, 1)
    return above_low * below_high
