"""Where the regions of a transfer come from: masks by hand, else the segmenter, else the whole photo as one."""

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from photostyle.config import Options, feather_pixels
from photostyle.photo import WorkingCopy
from photostyle.regions.automatic import segment_photo
from photostyle.regions.edges import MaskUpsampler, refine_edges
from photostyle.regions.mask_files import read_mask_pair, read_masks
from photostyle.regions.regions import Regions
from photostyle.regions.segment import Segmenter, load_segmenter
from photostyle.regions.skin import SKIN, with_skin

MaskFile = Path | str | None


def find_regions(
    content: WorkingCopy, style: WorkingCopy, content_mask: MaskFile, style_mask: MaskFile, options: Options, device: torch.device
) -> tuple[Regions, Regions]:
    """The regions of both photos: from masks by hand where given, else as the segmenter sees them.

    Soft masks come at the size of the proxies, hard ones at the photos' own.

    Args:
        content, style: the photos.
        content_mask, style_mask: files or folders, or None.
        options: segmenter, feather, hard_masks, protect and cache.
        device: where the segmenter runs and edges are refined.
    """
    if content_mask is not None and style_mask is not None:
        at = [_kept_size(photo, options) for photo in (content, style)]
        ours, theirs = read_mask_pair(
            content_mask,
            style_mask,
            content.full_size,
            style.full_size,
            content_at=at[0],
            style_at=at[1],
            hard=options.hard_masks,
        )
        ours, theirs = _refined(ours, content, options, device), _refined(theirs, style, options, device)
    else:
        segmenter = load_segmenter(options.segmenter, str(device), cache=options.cache)
        ours = find_own_regions(content, content_mask, options, device, segmenter)
        theirs = find_own_regions(style, style_mask, options, device, segmenter)
    return _with_asked_skin(ours, content, options), theirs


def find_content_regions(content: WorkingCopy, mask: MaskFile, options: Options, device: torch.device) -> Regions:
    """The regions of a content photo whose style is known already; arguments as for `find_regions`."""
    return _with_asked_skin(find_own_regions(content, mask, options, device), content, options)


def find_own_regions(
    photo: WorkingCopy, mask: MaskFile, options: Options, device: torch.device, segmenter: Segmenter | None = None
) -> Regions:
    """The regions of one photo by itself; arguments as for `find_regions`, and a segmenter if one is loaded already."""
    if mask is not None:
        regions = read_masks(mask, photo.full_size, size=_kept_size(photo, options), hard=options.hard_masks)
        return _refined(regions, photo, options, device)
    segmenter = segmenter or load_segmenter(options.segmenter, str(device), cache=options.cache)
    small, feather = photo.photo, proxy_feather(photo, options.feather)
    regions = segment_photo(small.pixels, segmenter, size=max(small.size), feather=feather, device=device)
    if options.segmenter == "auto" and segmenter.name == "none":
        return regions.noted("no segmenter has weights here, so the whole photo is one region; give masks for more")
    return regions


def mask_strips(
    regions: Regions, pixels: Tensor, device: torch.device, guide: Tensor | None = None
) -> Callable[[int, int], Tensor]:
    """A function (top, bottom) -> (R, bottom - top, W): the masks of a strip of a photo.

    Args:
        regions: at the size of a proxy, or at the photo's own.
        pixels: (3, H, W), the photo; read strip by strip as the strips are asked for.
        device: where the strips are made.
        guide: (3, h, w), the photo or its proxy, whose edges the masks then follow to the pixel. None, for masks to be
            used as they are: interpolated only.
    """
    upsampler = MaskUpsampler(regions, pixels.shape[1:], guide, device=device)
    return lambda top, bottom: upsampler.tile(pixels[:, top:bottom], (top, 0))


def _with_asked_skin(regions: Regions, photo: WorkingCopy, options: Options) -> Regions:
    return with_skin(regions, photo.photo.pixels) if SKIN in options.protect else regions


def _refined(regions: Regions, photo: WorkingCopy, options: Options, device: torch.device) -> Regions:
    """Painted regions with borders that follow the photo, or exactly as painted where hard masks are asked for."""
    if options.hard_masks:
        return regions
    return refine_edges(regions, photo.photo.pixels, feather=proxy_feather(photo, options.feather), device=device)


def proxy_feather(photo: WorkingCopy, feather: float | str | None) -> float:
    """The feather that is asked for of a photo, in pixels of its proxy."""
    return feather_pixels(feather, max(photo.full_size)) * photo.scale


def _kept_size(photo: WorkingCopy, options: Options) -> tuple[int, int]:
    """(width, height) at which a mask is kept: all of a hard one, the proxy's for one that will be refined."""
    return photo.full_size if options.hard_masks else photo.photo.size
