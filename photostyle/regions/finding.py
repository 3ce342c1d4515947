"""Where the regions of a transfer come from: masks by hand, else the segmenter, else the whole photo as one."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from matting.guided import guided_filter
from photostyle.config import Options
from photostyle.field.enlarge import bilinear_rows
from photostyle.photo import Photo, resample
from photostyle.regions.automatic import segment_photo
from photostyle.regions.mask_files import read_mask_pair, read_masks
from photostyle.regions.regions import Regions, normalised
from photostyle.regions.segment import load_segmenter

FEATHER = 0.01  # of the long side: how far from a segmenter's border the photo's own edge is looked for
EDGE = 0.03  # contrast of colour that a border holds to


def find_regions(
    content: Photo, style: Photo, content_mask, style_mask, options: Options, size: int, device: torch.device
) -> tuple[Regions, Regions]:
    """The regions of both photos: from masks by hand where given, else as the segmenter sees them.

    Args:
        content, style: the photos.
        content_mask, style_mask: files or folders, or None.
        options: segmenter, feather, hard_masks and cache.
        size: long side at which soft masks are kept; hard ones are kept at the photo's own size.
        device: where the segmenter runs and edges are refined.
    """
    photos, masks = (content, style), (content_mask, style_mask)
    if all(mask is not None for mask in masks):
        at = [photo.size if options.hard_masks else _at_most(photo.size, size) for photo in photos]
        sizes = [photo.size for photo in photos]
        pair = read_mask_pair(*masks, *sizes, content_at=at[0], style_at=at[1], hard=options.hard_masks)
        return tuple(_softened(regions, photo, options, device) for regions, photo in zip(pair, photos, strict=True))
    segmenter = load_segmenter(options.segmenter, str(device), cache=options.cache)
    found = []
    for photo, mask in zip(photos, masks, strict=True):
        if mask is None:
            regions = segment_photo(photo.pixels, segmenter, size=size, refine=False)
            if options.segmenter == "auto" and segmenter.name == "none":
                regions = regions.noted("no segmenter has weights here, so the whole photo is one region; give masks for more")
            regions = follow_edges(regions, photo.pixels, device, options.feather)
        else:
            at = photo.size if options.hard_masks else _at_most(photo.size, size)
            regions = _softened(read_masks(mask, photo.size, size=at, hard=options.hard_masks), photo, options, device)
        found.append(regions)
    return tuple(found)


def follow_edges(regions: Regions, pixels: np.ndarray, device: torch.device, feather: float | None = None) -> Regions:
    """The regions with borders drawn to the photo's own edges by a guided filter; still a partition.

    Args:
        regions: masks (R, h, w).
        pixels: (H, W, 3) of their photo.
        device: where to compute.
        feather: radius in pixels of the photo; None for a share of its size.
    """
    height, width = regions.masks.shape[1:]
    share = FEATHER if feather is None else feather / max(pixels.shape[:2])
    radius = round(share * max(height, width))
    if len(regions.names) == 1 or radius < 1:
        return regions
    small = resample(pixels, (width, height)).clip(0, 1)
    guide = torch.from_numpy(small).permute(2, 0, 1)[None].to(device)
    masks = guided_filter(guide, regions.masks[None].to(device), radius, EDGE**2)[0]
    return replace(regions, masks=normalised(masks.clamp(0, 1)).cpu())


def _softened(regions: Regions, photo: Photo, options: Options, device: torch.device) -> Regions:
    """Painted regions: exactly as painted, unless a feather is asked for."""
    if options.hard_masks or options.feather is None:
        return regions
    return follow_edges(regions, photo.pixels, device, options.feather)


def mask_strips(regions: Regions, size: tuple[int, int], device: torch.device) -> Callable[[int, int], Tensor]:
    """A function (top, bottom) -> (R, bottom - top, W): the masks of a strip of a photo of size (H, W)."""
    if regions.masks.shape[1:] == size:
        return lambda top, bottom: regions.masks[:, top:bottom].to(device)
    masks = regions.masks.to(device)
    return lambda top, bottom: bilinear_rows(masks, top, bottom - top, size)


def _at_most(size: tuple[int, int], long_side: int) -> tuple[int, int]:
    scale = min(1.0, long_side / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
