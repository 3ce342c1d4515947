"""The regions of a photo: from a mask by hand, else as a segmenter sees them, else the whole photo as one."""

import numpy as np
import torch
from torch import Tensor

from photostyle.options import feather_pixels
from photostyle.photo import WorkingCopy, is_seen_through
from photostyle.regions.automatic import segment_photo
from photostyle.regions.masks.mask_like import MaskLike
from photostyle.regions.masks.reading import read_mask, read_mask_pair
from photostyle.regions.refined_once import refine_edges_once
from photostyle.regions.regions import Regions
from photostyle.regions.segment import Segmenter
from photostyle.regions.segment.protocol import WholePhoto
from photostyle.regions.skin import with_skin

Feather = float | str | None
Size = tuple[int, int]

NO_SEGMENTER = "no segmenter has weights here, so the whole photo is one region; give masks for more"


def regions_of(
    copy: WorkingCopy,
    mask: MaskLike | None = None,
    segmenter: Segmenter | None = None,
    *,
    feather: Feather = None,
    hard: bool = False,
    skin: bool = False,
    refine: bool = True,
    least: float = 0.01,
    device: torch.device | str = "cpu",
    cache: bool = False,
    role: str = "mask",
) -> Regions:
    """The regions of one photo.

    A mask by hand is brought to the size of the working copy and its edges are made to follow the photo, unless `hard`.

    Args:
        copy: the photo's working copy.
        mask: by hand, of any kind that `read_mask` takes; None: the segmenter finds the regions.
        segmenter: finds regions where there is no mask; None: the whole photo is one region.
        feather: softness to add to borders, in pixels of the photo itself, or "1%" of its long side.
        hard: use a mask by hand exactly as it is, at the photo's own size.
        skin: take "skin" out of the regions as one of its own.
        refine: whether the edges of found regions are made to follow the photo.
        least: found regions of a smaller share of the area go to a neighbour.
        device: where edges are refined.
        cache: whether refined edges are kept in the user's cache on disk, to be used again.
        role: what notes and errors call a mask that has no path, such as "content mask".

    Raises:
        MaskError: as `read_mask`.
        OptionError: a feather that is no size.
    """
    if mask is not None:
        regions = read_mask(
            mask, copy.full_size, size=_size_of_mask(copy, hard), hard=hard, role=role, photo_name=copy.photo.file.name
        )
        regions = _refined(regions, copy, feather, hard, device, cache).seen(visible_of(copy))
    else:
        regions = segment_photo(
            copy.photo.pixels,
            segmenter or WholePhoto(),
            size=max(copy.photo.size),
            least=least,
            feather=feather_on_copy(copy, feather),
            refine=refine,
            device=device,
            cache=cache,
            visible=visible_of(copy),
        )
    return with_skin(regions, copy.photo.pixels) if skin else regions


def regions_of_pair(
    content: WorkingCopy,
    style: WorkingCopy,
    content_mask: MaskLike | None = None,
    style_mask: MaskLike | None = None,
    segmenter: Segmenter | None = None,
    *,
    feather: Feather = None,
    hard: bool = False,
    skin: bool = False,
    device: torch.device | str = "cpu",
    cache: bool = False,
) -> tuple[Regions, Regions]:
    """The regions of a content and a style photo; two masks by hand share a palette, so that names agree.

    Args:
        content, style: the photos' working copies.
        content_mask, style_mask: by hand, or None.
        segmenter: finds the regions of a photo that has no mask; not asked where both have one.
        skin: take "skin" out of the content's regions.
        feather, hard, device, cache: as for `regions_of`.

    Raises:
        MaskError, OptionError: as `regions_of`.
    """
    if content_mask is None or style_mask is None:
        ours = regions_of(
            content,
            content_mask,
            segmenter,
            feather=feather,
            hard=hard,
            skin=skin,
            device=device,
            cache=cache,
            role="content mask",
        )
        theirs = regions_of(
            style, style_mask, segmenter, feather=feather, hard=hard, device=device, cache=cache, role="style mask"
        )
        return ours, theirs
    ours, theirs = read_mask_pair(
        content_mask,
        style_mask,
        content.full_size,
        style.full_size,
        content_at=_size_of_mask(content, hard),
        style_at=_size_of_mask(style, hard),
        hard=hard,
        content_name=content.photo.file.name,
        style_name=style.photo.file.name,
    )
    ours = _refined(ours, content, feather, hard, device, cache).seen(visible_of(content))
    theirs = _refined(theirs, style, feather, hard, device, cache).seen(visible_of(style))
    if skin:
        ours = with_skin(ours, content.photo.pixels)
    return ours, theirs


def visible_of(copy: WorkingCopy) -> Tensor | None:
    """(h, w) how much of each pixel of a working copy is seen; None where all of it is."""
    if copy.photo.alpha is None or not is_seen_through(copy.photo):
        return None
    return torch.from_numpy(np.ascontiguousarray(copy.photo.alpha))


def feather_on_copy(copy: WorkingCopy, feather: Feather) -> float:
    """The feather that is asked for of a photo, in pixels of its working copy."""
    return feather_pixels(feather, max(copy.full_size)) * copy.scale


def _refined(
    regions: Regions, copy: WorkingCopy, feather: Feather, hard: bool, device: torch.device | str, cache: bool
) -> Regions:
    """Regions by hand with borders that follow the photo, or exactly as they are where `hard` asks for that."""
    if hard:
        return regions
    return refine_edges_once(regions, copy.photo.pixels, feather=feather_on_copy(copy, feather), device=device, cache=cache)


def _size_of_mask(copy: WorkingCopy, hard: bool) -> Size:
    """(width, height) at which a mask is kept: all of a hard one, the working copy's for one that will be refined."""
    return copy.full_size if hard else copy.photo.size
