"""Segmenters: networks, or functions of the user's own, that say which part of a photo shows what."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from photostyle import models
from photostyle.models.checkpoints import is_checkpoint_name
from photostyle.regions.segment.protocol import Segmentation, Segmenter

__all__ = ["Segmentation", "Segmenter", "load_segmenter"]


def load_segmenter(
    name: str | Callable[..., Any] | Segmenter = "auto",
    device: str = "cpu",
    *,
    cache: bool = True,
    cache_folder: Path | None = None,
) -> Segmenter:
    """The segmenter of a name; it remembers on disk what it has seen.

    Args:
        name: one of `models.choices("segmenter")`; "auto" takes the best on this machine: the largest ADE20K network that
            was pulled, else "scene" where it has weights, else "none"; "none" sees one region, the whole photo. Or the
            folder of a network, see `checkpoint.load_checkpoint`; or `module:function`, or a callable, see
            `custom.CallableSegmenter`; or a segmenter, which is taken as it is.
        device: where its network runs.
        cache: whether segmentations are kept on disk and taken from there.
        cache_folder: where; None for the user's cache folder.

    Raises:
        OptionError: when the name is unknown.
        ModelError: when its weights are not on this machine, or broken, or its table of classes is.
        DependencyError: when the network of a folder needs a package that is not installed.
    """
    from photostyle.regions.segment.cache import CachedSegmenter

    segmenter = _load(name, device)
    if not cache or segmenter.fingerprint is None:
        return segmenter
    return CachedSegmenter(segmenter, cache_folder)


def _load(name: str | Callable[..., Any] | Segmenter, device: str) -> Segmenter:
    from photostyle.regions.segment.ade20k import load_ade20k
    from photostyle.regions.segment.checkpoint import load_checkpoint
    from photostyle.regions.segment.custom import CallableSegmenter, named_callable
    from photostyle.regions.segment.protocol import WholePhoto
    from photostyle.regions.segment.scene import load_scene

    if isinstance(name, Segmenter):
        return name
    if callable(name):
        return CallableSegmenter(name, getattr(name, "__qualname__", type(name).__name__))
    if name == "auto":
        name = models.best_present("segmenter") or "none"
    if name == "none":
        return WholePhoto()
    if name == "scene":
        return load_scene(device=device)
    if name in models.names("segmenter"):
        return load_ade20k(name, device=device)
    if is_checkpoint_name(name):
        return load_checkpoint(Path(name), device=device)
    if ":" in name:
        return named_callable(name)
    raise models.unknown_segmenter(name)
