"""Specks: regions and islands too small to take a look of their own go to the neighbour they fit."""

from dataclasses import replace

import numpy as np
import torch
from scipy.ndimage import distance_transform_edt, label
from torch import Tensor

from photostyle.regions.pairing import kin
from photostyle.regions.regions import Regions, resample_masks

_LOOKED = 256  # long side at which borders are counted
_STRANGER = 0.3  # what a neighbour that is no kin counts, beside 1 for the same kind


def merge_specks(regions: Regions, least: float = 0.01) -> Regions:
    """Pour each region of less than `least` share into the neighbour with which it shares most of its border.

    A neighbour of its own kin (grass and trees) counts for more than a stranger. The smallest region goes first.

    Args:
        regions: soft or hard.
        least: the least share of the photo's area that a region may keep.
    """
    regions = regions.without_empty()
    while len(regions.names) > 1:
        shares = regions.shares()
        small = min(range(len(shares)), key=shares.__getitem__)
        if shares[small] >= least:
            break
        border = borders(regions)[small]
        affinity = torch.tensor([_affinity(regions.names[small], name) for name in regions.names])
        score = border * affinity + 1e-3 * affinity * torch.tensor(shares)  # a region of no border goes by kin and size
        score[small] = -1
        regions = regions.merged({regions.names[small]: regions.names[int(score.argmax())]})
    return regions


def borders(regions: Regions) -> Tensor:
    """(R, R) the share of each region's border that it has with each other one; 0 on the diagonal."""
    height, width = regions.masks.shape[1:]
    scale = min(1.0, _LOOKED / max(height, width))
    small = resample_masks(regions.masks, (max(1, round(height * scale)), max(1, round(width * scale))))
    labels, count = small.max(0).indices.cpu(), len(regions.names)
    pairs = torch.cat(
        [torch.stack([a.flatten(), b.flatten()]) for a, b in ((labels[1:], labels[:-1]), (labels[:, 1:], labels[:, :-1]))], 1
    )
    meet = torch.bincount(pairs[0] * count + pairs[1], minlength=count * count).reshape(count, count).float()
    meet = (meet + meet.T).fill_diagonal_(0)
    return meet / meet.sum(1, keepdim=True).clamp_min(1)


def without_islands(regions: Regions, least: float = 1e-3) -> Regions:
    """Give each small patch of a region, apart from the rest of it, to the region around it.

    Args:
        regions: soft or hard.
        least: patches of less than this share of the photo's area are islands.
    """
    labels = regions.labels().cpu().numpy()
    islands = np.zeros(labels.shape, bool)
    for r in range(len(regions.names)):
        patches, count = label(labels == r)
        sizes = np.bincount(patches.ravel(), minlength=count + 1)
        sizes[0] = sizes.max()
        islands |= (sizes < least * labels.size)[patches]
    if not islands.any() or islands.all():
        return regions
    around = labels[tuple(distance_transform_edt(islands, return_distances=False, return_indices=True))]
    masks = regions.masks.clone()
    where = torch.from_numpy(islands).to(masks.device)
    given = torch.nn.functional.one_hot(torch.from_numpy(around[islands]), len(regions.names)).T.to(masks)
    masks[:, where] = given
    return replace(regions, masks=masks).without_empty()


def _affinity(name: str, other: str) -> float:
    """How well a region would go into another: 1 for the same kind, less the farther the kin, least for strangers."""
    return max(_STRANGER, 1 - 0.7 * dict(kin(name)).get(other, 1.0))
