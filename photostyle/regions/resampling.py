"""Masks at other sizes, and masks made to sum to 1."""

from functools import lru_cache

import torch
from torch import Tensor
from torch.nn.functional import interpolate


def normalised(masks: Tensor) -> Tensor:
    """Masks (R, H, W) divided by their sum at each pixel; a pixel that nothing covers belongs to all alike."""
    masks = masks.clamp_min(0)
    total = masks.sum(0)
    covered = total > 1e-6
    return torch.where(covered, masks / total.clamp_min(1e-6), torch.full_like(total, 1 / len(masks)))


def resample_masks(masks: Tensor, size: tuple[int, int]) -> Tensor:
    """(R, H, W) to (R, height, width): area average along an axis that shrinks, then bilinear along one that grows."""
    height, width = size
    if height < masks.shape[1]:
        masks = _average_rows(masks, height)
    if width < masks.shape[2]:
        masks = _average_rows(masks.transpose(1, 2), width).transpose(1, 2)
    if tuple(masks.shape[1:]) != (height, width):
        masks = interpolate(masks[None], size=(height, width), mode="bilinear", align_corners=False)[0]
    return masks.contiguous()


def size_within(size: tuple[int, int], side: int) -> tuple[int, int]:
    """Two lengths, in their proportion, of which the longer has at most so many pixels.

    >>> size_within((300, 200), 150), size_within((30, 20), 150)
    ((150, 100), (30, 20))
    """
    scale = min(1.0, side / max(size))
    first, second = size
    return max(1, round(first * scale)), max(1, round(second * scale))


def _average_rows(masks: Tensor, count: int) -> Tensor:
    """The exact area average of the rows: output row j is the mean over [j, j + 1) * H / count of the input."""
    weights = _area_weights(masks.shape[1], count).to(masks)
    return torch.stack([torch.sparse.mm(weights, mask) for mask in masks])


@lru_cache(maxsize=32)  # the same few sizes come again for each photo and region
def _area_weights(rows: int, count: int) -> Tensor:
    """(count, rows) sparse: the share that each input row has in each output row; it lies in one or two of them."""
    row = torch.arange(rows, dtype=torch.float64)
    end = (row + 1) * count / rows
    first = (row * count / rows + 1e-9).floor().clamp(max=count - 1)
    second = (end - 1e-9).floor().clamp(max=count - 1)
    none = torch.zeros((), dtype=torch.float64)
    into_second = torch.where(second > first, end - second, none)
    shares = torch.cat([count / rows - into_second, into_second])
    places = torch.stack([torch.cat([first, second]), torch.cat([row, row])]).long()
    return torch.sparse_coo_tensor(places, shares, (count, rows), check_invariants=False).coalesce()
