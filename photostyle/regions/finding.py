"""Where the regions of a transfer come from: masks by hand, else the segmenter, else the whole photo as one."""

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from photostyle.config import Options
from photostyle.photo import Photo
from photostyle.regions.automatic import segment_photo
from photostyle.regions.edges import MaskUpsampler, refine_edges
from photostyle.regions.mask_files import read_mask_pair, read_masks
from photostyle.regions.regions import Regions
from photostyle.regions.segment import Segmenter, load_segmenter
from photostyle.regions.skin import SKIN, with_skin

MaskFile = Path | str | None


def find_regions(
    content: Photo, style: Photo, content_mask: MaskFile, style_mask: MaskFile, options: Options, size: int, device: torch.device
) -> tuple[Regions, Regions]:
    """The regions of both photos: from masks by hand where given, else as the segmenter sees them.

    Args:
        content, style: the photos.
        content_mask, style_mask: files or folders, or None.
        options: segmenter, feather, hard_masks, protect and cache.
        size: long side at which soft masks are kept; hard ones are kept at the photo's own size.
        device: where the segmenter runs and edges are refined.
    """
    if content_mask is not None and style_mask is not None:
        at = [_kept_size(photo, options, size) for photo in (content, style)]
        ours, theirs = read_mask_pair(
            content_mask, style_mask, content.size, style.size, content_at=at[0], style_at=at[1], hard=options.hard_masks
        )
        ours, theirs = _refined(ours, content, options, device), _refined(theirs, style, options, device)
    else:
        segmenter = load_segmenter(options.segmenter, str(device), cache=options.cache)
        ours = find_own_regions(content, content_mask, options, size, device, segmenter)
        theirs = find_own_regions(style, style_mask, options, size, device, segmenter)
    return _with_asked_skin(ours, content, options), theirs


def find_content_regions(content: Photo, mask: MaskFile, options: Options, size: int, device: torch.device) -> Regions:
    """The regions of a content photo whose style is known already; arguments as for `find_regions`."""
    return _with_asked_skin(find_own_regions(content, mask, options, size, device), content, options)


def find_own_regions(
    photo: Photo, mask: MaskFile, options: Options, size: int, device: torch.device, segmenter: Segmenter | None = None
) -> Regions:
    """The regions of one photo by itself; arguments as for `find_regions`, and a segmenter if one is loaded already."""
    if mask is not None:
        regions = read_masks(mask, photo.size, size=_kept_size(photo, options, size), hard=options.hard_masks)
        return _refined(regions, photo, options, device)
    segmenter = segmenter or load_segmenter(options.segmenter, str(device), cache=options.cache)
    regions = segment_photo(photo.pixels, segmenter, size=size, feather=options.feather, device=device)
    if options.segmenter == "auto" and segmenter.name == "none":
        return regions.noted("no segmenter has weights here, so the whole photo is one region; give masks for more")
    return regions


def mask_strips(
    regions: Regions, size: tuple[int, int], device: torch.device, pixels: Tensor | None = None
) -> Callable[[int, int], Tensor]:
    """A function (top, bottom) -> (R, bottom - top, W): the masks of a strip of a photo.

    Args:
        regions: at working size, or at the photo's own.
        size: (H, W) of the photo.
        device: where the strips are made.
        pixels: (3, H, W), the photo, whose edges the masks then follow to the pixel; read strip by strip as the strips
            are asked for. None, for masks to be used as they are: interpolated only.
    """
    whole = torch.zeros(()).expand(3, *size) if pixels is None else pixels
    upsampler = MaskUpsampler(regions, pixels, device=device)
    return lambda top, bottom: upsampler.tile(whole[:, top:bottom], (top, 0), size)


def _with_asked_skin(regions: Regions, photo: Photo, options: Options) -> Regions:
    return with_skin(regions, photo.pixels) if SKIN in options.protect else regions


def _refined(regions: Regions, photo: Photo, options: Options, device: torch.device) -> Regions:
    """Painted regions with borders that follow the photo, or exactly as painted where hard masks are asked for."""
    if options.hard_masks:
        return regions
    return refine_edges(regions, photo.pixels, feather=options.feather, device=device)


def _kept_size(photo: Photo, options: Options, long_side: int) -> tuple[int, int]:
    """(width, height) at which a mask is kept: all of a hard one, at most `long_side` of one that will be refined."""
    scale = 1.0 if options.hard_masks else min(1.0, long_side / max(photo.size))
    return max(1, round(photo.size[0] * scale)), max(1, round(photo.size[1] * scale))
