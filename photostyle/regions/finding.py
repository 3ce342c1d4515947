"""Where the regions of a transfer come from: masks by hand, else the segmenter, else the whole photo as one."""

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from photostyle.config import Options
from photostyle.field.enlarge import bilinear_rows
from photostyle.photo import Photo
from photostyle.regions.mask_files import read_mask_pair, read_masks
from photostyle.regions.regions import Regions, whole


def find_regions(
    content: Photo, style: Photo, content_mask, style_mask, options: Options, size: int, device: torch.device
) -> tuple[Regions, Regions]:
    """The regions of both photos, at most `size` pixels long (at the photo's own size with `options.hard_masks`)."""
    at = [photo.size if options.hard_masks else _at_most(photo.size, size) for photo in (content, style)]
    if content_mask is not None and style_mask is not None:
        pair = read_mask_pair(
            content_mask, style_mask, content.size, style.size, content_at=at[0], style_at=at[1], hard=options.hard_masks
        )
        return pair
    found = []
    for photo, mask, largest in zip((content, style), (content_mask, style_mask), at, strict=True):
        if mask is not None:
            found.append(read_masks(Path(mask), photo.size, size=largest, hard=options.hard_masks))
        else:
            found.append(whole(largest[::-1]))
    return tuple(found)


def mask_strips(regions: Regions, size: tuple[int, int], device: torch.device) -> Callable[[int, int], Tensor]:
    """A function (top, bottom) -> (R, bottom - top, W): the masks of a strip of a photo of size (H, W)."""
    if regions.size == size:
        return lambda top, bottom: regions.masks[:, top:bottom].to(device)
    masks = regions.masks.to(device)
    return lambda top, bottom: bilinear_rows(masks, top, bottom - top, size)


def _at_most(size: tuple[int, int], long_side: int) -> tuple[int, int]:
    scale = min(1.0, long_side / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
