"""Specks: regions and islands too small to take a look of their own go to the neighbour they fit."""

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import one_hot

from photostyle.regions.labels import related_classes
from photostyle.regions.regions import Regions
from photostyle.regions.resampling import resample_masks, size_within
from photostyle.regions.swatches import ERASED

_COUNTED_AT = 256  # long side at which borders are counted
_UNRELATED = 0.3  # what a neighbour of an unrelated class counts, beside 1 for the same class
_DISTANCE_COST = 0.7  # how much less a related class counts that is as far as can be
_BY_SIZE = 1e-3  # how much affinity and size count beside the border: a region of no border goes by them


def merge_specks(regions: Regions, least: float = 0.01) -> Regions:
    """Pour each region of less than `least` share into the neighbour with which it shares most of its border.

    A neighbour of a related class (grass and trees) counts for more than another. The smallest region goes first.

    Args:
        regions: soft or hard.
        least: the least share of the photo's area that a region may keep.
    """
    regions = regions.without_empty()
    while len(regions.names) > 1:
        shares = regions.shares()
        smallest = shares.index(min(shares))
        if shares[smallest] >= least:
            break
        regions = regions.merged({regions.names[smallest]: _neighbour(regions, smallest)})
    return regions


def merge_small(regions: Regions, least: float) -> Regions:
    """Pour each region into a neighbour until all that are left have a share of `least`, of their masks and of what they show.

    What a region shows is where it has more than each other one; soft borders can hide a region that has a share. What is erased
    in a mask stays.

    Args:
        regions: soft or hard.
        least: the least share of the photo's area, 0 to 0.5.
    """
    while len(regions.names) > 1:
        hard = regions.hardened()
        shown = dict(zip(hard.names, hard.shares(), strict=True))
        shares = []
        for name, share in zip(regions.names, regions.shares(), strict=True):
            shares.append(1.0 if name == ERASED else min(share, shown.get(name, 0.0)))
        smallest = shares.index(min(shares))
        if shares[smallest] >= least:
            break
        regions = regions.merged({regions.names[smallest]: _neighbour(regions, smallest)})
    return regions


def _neighbour(regions: Regions, place: int) -> str:
    """The region that one would best go into."""
    name = regions.names[place]
    affinity = torch.tensor([_affinity(name, other) for other in regions.names])
    score = borders(regions)[place] * affinity + _BY_SIZE * affinity * torch.tensor(regions.shares())
    score[place] = -1
    return regions.names[int(score.argmax())]


def borders(regions: Regions) -> Tensor:
    """(R, R) the share of each region's border that it has with each other one; 0 on the diagonal."""
    height, width = regions.masks.shape[1:]
    small = resample_masks(regions.masks, size_within((height, width), _COUNTED_AT))
    labels = small.max(0).indices.cpu()
    count = len(regions.names)
    down = labels[1:].flatten() * count + labels[:-1].flatten()
    across = labels[:, 1:].flatten() * count + labels[:, :-1].flatten()
    meet = torch.bincount(torch.cat([down, across]), minlength=count * count).reshape(count, count).float()
    meet = (meet + meet.T).fill_diagonal_(0)
    return meet / meet.sum(1, keepdim=True).clamp_min(1)


def without_islands(regions: Regions, least: float = 1e-3) -> Regions:
    """Give each small patch of a region, apart from the rest of it, to the region around it.

    Args:
        regions: soft or hard.
        least: patches of less than this share of the photo's area are islands.
    """
    if len(regions.names) == 1:
        return regions
    from scipy.ndimage import distance_transform_edt, label

    labels = regions.labels().cpu().numpy()
    count = len(regions.names)
    islands = np.zeros(labels.shape, bool)
    area = float(labels.size)
    if regions.visible is not None:
        area = float(regions.visible.sum())
    for place in range(count):
        patches, patch_count = label(labels == place)
        sizes = np.bincount(patches.ravel(), minlength=patch_count + 1)
        sizes[0] = sizes.max()  # what is not of the region is no patch
        islands |= (sizes < least * area)[patches]
    if not islands.any() or islands.all():
        return regions
    nearest = distance_transform_edt(islands, return_distances=False, return_indices=True)
    around = labels[tuple(nearest)]
    masks = regions.masks.clone()
    given = one_hot(torch.from_numpy(around[islands]), count).T.to(masks)
    masks[:, torch.from_numpy(islands).to(masks.device)] = given
    return replace(regions, masks=masks).without_empty()


def _affinity(name: str, other: str) -> float:
    """How well a region would go into another: 1 for the same class, less the farther a related one, least for others."""
    cost = dict(related_classes(name)).get(other, 1.0)
    return max(_UNRELATED, 1 - _DISTANCE_COST * cost)
