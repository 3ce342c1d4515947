"""The regions that the options of a transfer ask for."""

import torch

from photostyle.config import Options
from photostyle.photo import Proxy as WorkingCopy
from photostyle.regions.labels import SKIN
from photostyle.regions.masks.mask_like import MaskLike
from photostyle.regions.of_photo import NO_SEGMENTER, feather_on_copy, regions_of, regions_of_pair
from photostyle.regions.regions import Regions
from photostyle.regions.segment import Segmenter, load_segmenter
from photostyle.regions.upsampling import mask_strips

__all__ = ["find_content_regions", "find_own_regions", "find_regions", "mask_strips", "proxy_feather"]

proxy_feather = feather_on_copy


def find_regions(
    content: WorkingCopy,
    style: WorkingCopy,
    content_mask: MaskLike | None,
    style_mask: MaskLike | None,
    options: Options,
    device: torch.device,
) -> tuple[Regions, Regions]:
    """The regions of both photos; see `regions_of_pair`."""
    segmenter = None
    if content_mask is None or style_mask is None:
        segmenter = _segmenter(options, device)
    ours, theirs = regions_of_pair(
        content,
        style,
        content_mask,
        style_mask,
        segmenter,
        feather=options.feather,
        hard=options.hard_masks,
        skin=SKIN in options.protect,
        device=device,
    )
    if content_mask is None:
        ours = _with_note(ours, options, segmenter)
    if style_mask is None:
        theirs = _with_note(theirs, options, segmenter)
    return ours, theirs


def find_content_regions(content: WorkingCopy, mask: MaskLike | None, options: Options, device: torch.device) -> Regions:
    """The regions of a content photo whose style is known already."""
    return _find(content, mask, options, device, skin=SKIN in options.protect, role="content mask")


def find_own_regions(photo: WorkingCopy, mask: MaskLike | None, options: Options, device: torch.device) -> Regions:
    """The regions of a style photo by itself."""
    return _find(photo, mask, options, device, skin=False, role="style mask")


def _find(copy: WorkingCopy, mask: MaskLike | None, options: Options, device: torch.device, *, skin: bool, role: str) -> Regions:
    segmenter = None
    if mask is None:
        segmenter = _segmenter(options, device)
    regions = regions_of(
        copy,
        mask,
        segmenter,
        feather=options.feather,
        hard=options.hard_masks,
        skin=skin,
        device=device,
        role=role,
    )
    return _with_note(regions, options, segmenter)


def _segmenter(options: Options, device: torch.device) -> Segmenter:
    return load_segmenter(options.segmenter, str(device), cache=options.cache)


def _with_note(regions: Regions, options: Options, segmenter: Segmenter | None) -> Regions:
    """The regions, with a note where a segmenter was looked for and none was there."""
    if segmenter is not None and segmenter.name == "none" and options.segmenter == "auto":
        return regions.noted(NO_SEGMENTER)
    return regions
