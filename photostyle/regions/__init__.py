"""Regions: the parts of a photo, their soft masks, where these come from and how those of two photos pair."""

from importlib import import_module

# Public names and the module of each; loaded on first use, so that importing this package loads no torch.
_LAZY = {
    "Regions": "regions",
    "whole": "regions",
    "regions_of": "of_photo",
    "regions_of_pair": "of_photo",
    "MaskLike": "shim",
    "RegionSummary": "shim",

    "read_masks": "mask_files",
    "read_mask_pair": "mask_files",
    "Pair": "pairing",
    "pair_regions": "pairing",
    "fit_table": "pairing",
    "refine_edges": "edges",
    "MaskUpsampler": "edges",
    "segment_photo": "automatic",
    "load_segmenter": "segment",
    "merge_specks": "specks",
    "with_skin": "skin",
    "write_masks": "mask_output",
    "mask_paths": "mask_output",
}

__all__ = sorted(_LAZY)


def __getattr__(name: str):
    if name not in _LAZY:
        raise AttributeError(f"module 'photostyle.regions' has no attribute {name!r}")
    return getattr(import_module(f"photostyle.regions.{_LAZY[name]}"), name)


def __dir__():
    return sorted(__all__)
