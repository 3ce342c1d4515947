"""Skin as a region of its own, told by its colour, so that it can be protected."""

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from matting.boxes import box_mean
from matting.guided import guided_filter
from photostyle.colour import LUMA
from photostyle.photo import resample
from photostyle.regions.labels import SKIN
from photostyle.regions.regions import Regions

_COLOUR = (224, 172, 105)
_PERSON = "person"
# Where skin of all tones lies in the chroma plane of 8-bit YCbCr (Chai and Ngan 1999): Cb and Cr, low to high.
_CB, _CR = (77.0, 127.0), (133.0, 173.0)
_RAMP = 6.0  # levels over which membership falls at the sides
_LEAST = 1e-3


def with_skin(regions: Regions, pixels: np.ndarray | Tensor) -> Regions:
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
    image = torch.from_numpy(resample(np.asarray(pixels), (width, height))).permute(2, 0, 1).clamp(0, 1)
    radius = max(1, round(0.006 * max(image.shape[1:])))
    skin = box_mean(skin_chroma(image), 1)
    skin = guided_filter(image[None], skin[None, None], radius, 1e-3)[0, 0].clamp(0, 1)
    where = regions.masks[regions.index(_PERSON)] if _PERSON in regions.names else torch.ones_like(skin)
    taken = skin * (where > 0.5 if _PERSON in regions.names else 1)
    if float(taken.mean()) < _LEAST:
        return regions
    masks = torch.cat([regions.masks * (1 - taken), taken[None]])
    note = () if _PERSON in regions.names else ("skin was found by its colour alone; see that it is not wood or sand",)
    names, colours, features = (*regions.names, SKIN), (*regions.colours, _COLOUR), regions.features
    if features is not None:
        features = torch.cat([features, torch.zeros_like(features[:1])])
    made = replace(regions, names=names, masks=masks, colours=colours, features=features).noted(*note)
    return made.without_empty()


def skin_chroma(image: Tensor) -> Tensor:
    """(H, W) membership in the chroma box of skin, of a photo (3, H, W) in [0, 1]; 0 where it is too dark to tell."""
    r, g, b = 255 * image
    cb = 128 - 0.168736 * r - 0.331264 * g + 0.5 * b
    cr = 128 + 0.5 * r - 0.418688 * g - 0.081312 * b
    y = LUMA[0] * r + LUMA[1] * g + LUMA[2] * b
    inside = lambda v, low, high: ((v - low) / _RAMP).clamp(0, 1) * ((high - v) / _RAMP).clamp(0, 1)
    return inside(cb, *_CB) * inside(cr, *_CR) * ((y - 32) / 32).clamp(0, 1)
