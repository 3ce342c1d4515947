"""Regions: the parts of a photo, their soft masks, where these come from and how those of two photos pair."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from photostyle.regions.automatic import segment_photo as segment_photo
    from photostyle.regions.edges import refine_edges as refine_edges
    from photostyle.regions.masks.mask_files import mask_paths as mask_paths
    from photostyle.regions.masks.mask_like import MaskLike as MaskLike
    from photostyle.regions.masks.output import write_masks as write_masks
    from photostyle.regions.masks.reading import read_mask as read_mask
    from photostyle.regions.masks.reading import read_mask_pair as read_mask_pair
    from photostyle.regions.of_photo import regions_of as regions_of
    from photostyle.regions.of_photo import regions_of_pair as regions_of_pair
    from photostyle.regions.pairing import Pair as Pair
    from photostyle.regions.pairing import pair_regions as pair_regions
    from photostyle.regions.regions import Regions as Regions
    from photostyle.regions.regions import whole as whole
    from photostyle.regions.segment import load_segmenter as load_segmenter
    from photostyle.regions.skin import with_skin as with_skin
    from photostyle.regions.specks import merge_small as merge_small
    from photostyle.regions.specks import merge_specks as merge_specks
    from photostyle.regions.summary import RegionSummary as RegionSummary
    from photostyle.regions.summary import summarise as summarise
    from photostyle.regions.table_of_pairs import pair_table as pair_table
    from photostyle.regions.upsampling import MaskUpsampler as MaskUpsampler

# Public names and the module of each; loaded on first use, so that importing this package loads no torch.
_LAZY = {
    "MaskLike": "masks.mask_like",
    "MaskUpsampler": "upsampling",
    "Pair": "pairing",
    "RegionSummary": "summary",
    "Regions": "regions",
    "load_segmenter": "segment",
    "mask_paths": "masks.mask_files",
    "merge_small": "specks",
    "merge_specks": "specks",
    "pair_regions": "pairing",
    "pair_table": "table_of_pairs",
    "read_mask": "masks.reading",
    "read_mask_pair": "masks.reading",
    "refine_edges": "edges",
    "regions_of": "of_photo",
    "regions_of_pair": "of_photo",
    "segment_photo": "automatic",
    "summarise": "summary",
    "whole": "regions",
    "with_skin": "skin",
    "write_masks": "masks.output",
}

__all__ = [*_LAZY]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'photostyle.regions' has no attribute {name!r}")
    return getattr(import_module(f"photostyle.regions.{_LAZY[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
