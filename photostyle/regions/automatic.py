"""Regions of a photo by a segmenter: its probabilities, cleaned of specks, with edges that follow the photo."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import normalize

from photostyle.regions.labels import COLOURS, RELATED
from photostyle.regions.refined_once import refine_edges_once
from photostyle.regions.regions import Regions
from photostyle.regions.resampling import normalised, resample_masks, size_within
from photostyle.regions.specks import merge_specks, without_islands
from photostyle.regions.swatches import Colour, distinct_colour

_DOUBT = 0.01  # what a segmenter leaves to other classes where it is sure: nobody sees it, and rendering takes longer for it
_SHARPNESS = 4  # what a segmenter half believes in the middle of a region is not a blend of two lights


def segment_photo(
    pixels: NDArray[np.float32],
    segmenter: Callable[[NDArray[np.float32]], Any],
    *,
    size: int = 1024,
    least: float = 0.01,
    feather: float | str | None = None,
    refine: bool = True,
    device: torch.device | str = "cpu",
    cache: bool = False,
    visible: Tensor | None = None,
) -> Regions:
    """The regions of a photo as a segmenter sees them.

    Args:
        pixels: (H, W, 3) float32, sRGB-encoded, nominally in [0, 1].
        segmenter: `segmenter(pixels)` has `.classes` and `.probabilities`, (K, h, w) at any size, and may have `.embedding`.
        size: the long side of the masks in pixels, at most the photo's own.
        least: regions of a smaller share of the area go to a neighbour.
        feather: as in `refine_edges`.
        refine: whether the edges are made to follow the photo.
        device: where edges are refined.
        cache: whether refined edges are kept in the user's cache on disk, to be used again.
        visible: (h, w) in [0, 1], how much of each pixel is seen, at any size; None for all. What is wholly hidden is no region.
    """
    segmentation = segmenter(pixels)
    regions = from_probabilities(segmentation.classes, segmentation.probabilities, least, visible)
    regions = with_embedding(regions, getattr(segmentation, "embedding", None))
    decided = (regions.masks - _DOUBT).clamp_min(0)
    regions = replace(regions, masks=normalised(decided))
    regions = regions.resized(size_within((pixels.shape[0], pixels.shape[1]), size)).seen(visible)
    if not refine or len(regions.names) == 1:
        return regions
    return refine_edges_once(regions, pixels, feather=feather, coarse=True, device=device, cache=cache).without_empty()


def from_probabilities(
    classes: tuple[str, ...], probabilities: Tensor, least: float = 0.01, visible: Tensor | None = None
) -> Regions:
    """Regions from class probabilities: made more decided, islands and specks poured into what they fit.

    Args:
        classes: K names.
        probabilities: (K, h, w) at the segmenter's own size; they sum to 1 over K.
        least: regions of a smaller share go to a neighbour.
        visible: as for `segment_photo`.
    """
    probabilities = probabilities.float().cpu()
    masks = normalised(probabilities.clamp_min(0) ** _SHARPNESS)
    regions = Regions(tuple(classes), masks, class_colours(classes)).seen(visible).without_empty(1e-5)
    regions = merge_specks(without_islands(regions, least / 10), least)
    weights = regions.weights().flatten(1)
    believed = weights @ probabilities.flatten(1).T / weights.sum(1, keepdim=True)
    return replace(regions, features=believed @ class_features(tuple(classes)))


def with_embedding(regions: Regions, embedding: Tensor | None) -> Regions:
    """The regions with the mean direction of what they show.

    Args:
        regions: at any size.
        embedding: (E, h, w) as of a `Segmentation`; None for a segmenter without one, and the regions stay as they are.
    """
    if embedding is None:
        return regions
    height, width = embedding.shape[1:]
    weights = resample_masks(regions.weights().cpu(), (height, width)).flatten(1)
    return replace(regions, embedding=normalize(weights @ embedding.float().cpu().flatten(1).T, dim=1))


@lru_cache(maxsize=4)
def class_features(classes: tuple[str, ...]) -> Tensor:
    """(K, K) features of classes whose products say how related two of them are: 1 for the same, 0 for unrelated ones.

    They are the root of the matrix of 1 - cost. A region that is half taken for grass and half for trees is then like
    one that is taken for trees alone.
    """
    relation = torch.eye(len(classes), dtype=torch.float64)
    for row, name in enumerate(classes):
        for other, cost in RELATED.get(name, ()):
            if other in classes:
                relation[row, classes.index(other)] = 1 - cost
    values, vectors = torch.linalg.eigh((relation + relation.T) / 2)
    root: Tensor = vectors * values.clamp_min(0).sqrt() @ vectors.T
    return root.float()


def class_colours(classes: tuple[str, ...]) -> tuple[Colour, ...]:
    """The swatches of known classes; colours that are easily told apart for others."""
    colours = []
    for place, name in enumerate(classes):
        colours.append(COLOURS.get(name) or distinct_colour(place))
    return tuple(colours)
