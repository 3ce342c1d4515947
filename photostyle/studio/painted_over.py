"""Found regions that were painted over in part: what was left alone stays as it was found, soft borders and likeness with it."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import normalize

from photostyle.photo import WorkingCopy
from photostyle.regions import Regions
from photostyle.regions.of_photo import feather_on_copy
from photostyle.regions.refined_once import refine_edges_once
from photostyle.regions.resampling import normalised
from photostyle.session import Session
from photostyle.studio.masks import PaintedMask

_REACH = 0.012  # of the long side: so far round what was painted do borders follow the photo anew


def painted_over(mask: PaintedMask, found: Regions, copy: WorkingCopy, session: Session) -> Regions:
    """The regions of a photo of which some were found and others painted.

    Args:
        mask: the labels, and for each of its regions of which found ones it is made.
        found: the regions as they were found.
        copy: the photo's working copy.
        session: where borders are drawn, and whether they are kept in the user's cache.
    """
    height, width = mask.labels.shape
    found = found.resized((height, width))
    present = [place for place in range(len(mask.names)) if (mask.labels == place).any()]
    names = tuple(mask.names[place] for place in present)
    colours = tuple(mask.colours[place] for place in present)
    made_of = [mask.made_of(place) for place in present]
    labels = torch.from_numpy(np.searchsorted(present, mask.labels))
    at_first = found.labels()
    into = _into(made_of, found.names)  # (K,) where each found region went, -1 for nowhere
    masks = _planes(labels, len(names))
    if not mask.hard:
        feather = feather_on_copy(copy, mask.feather or None)
        reach = max(2, round(_REACH * max(height, width) + feather))
        near = _within(into[at_first] != labels, reach)
        if near.any():
            painted = Regions(names, masks, colours)
            drawn = refine_edges_once(painted, copy.photo.pixels, feather=feather, device=session.device, cache=session.cache)
            masks = drawn.masks
        masks = _joined(masks, found.masks, into, near)
    overlap = _overlap(labels, at_first, len(names), len(found.names))
    features = None if found.features is None else overlap @ found.features
    embedding = None if found.embedding is None else normalize(overlap @ found.embedding, dim=1)
    by_hand = frozenset(name for name, parts in zip(names, made_of, strict=True) if name not in parts or name not in found.names)
    made = Regions(names, masks, colours, found.notes, features, embedding=embedding, named=by_hand)
    return made.seen(found.visible)


def _into(made_of: Sequence[Sequence[str]], found: Sequence[str]) -> Tensor:
    """(K,) for each found region the place of the one that it is part of; -1 where it is part of none."""
    into = torch.full((len(found),), -1)
    for place, parts in enumerate(made_of):
        for name in parts:
            if name in found:
                into[found.index(name)] = place
    return into


def _planes(labels: Tensor, count: int) -> Tensor:
    """(count, h, w) masks of 0 and 1."""
    return torch.stack([labels == place for place in range(count)]).float()


def _within(changed: Tensor, reach: int) -> Tensor:
    """(h, w) bool: what has changed, and all pixels within `reach` rows and columns of it."""
    from scipy.ndimage import maximum_filter

    return torch.from_numpy(maximum_filter(changed.numpy(), 2 * reach + 1))


def _joined(drawn: Tensor, found: Tensor, into: Tensor, near: Tensor) -> Tensor:
    """(R, h, w) masks: as drawn near to what was painted, as found (K, h, w) elsewhere."""
    kept = torch.zeros_like(drawn)
    there = into >= 0
    kept.index_add_(0, into[there], found[there])
    lost = kept.sum(0) < 0.5  # what was found there is mostly gone
    return torch.where(near | lost, drawn, normalised(kept))


def _overlap(labels: Tensor, at_first: Tensor, rows: int, columns: int) -> Tensor:
    """(rows, columns) share of each region's pixels that each found region had; rows sum to 1."""
    counts = torch.bincount((labels * columns + at_first).flatten(), minlength=rows * columns).reshape(rows, columns).float()
    return counts / counts.sum(1, keepdim=True)
