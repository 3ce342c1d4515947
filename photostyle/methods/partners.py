"""What each region of a content takes from a style picture, as masks of the style: for methods that see the picture itself."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from photostyle.prepared import Prepared
from photostyle.regions import Pair

LEAST_PARTNER = 1e-3  # a style mask that is nowhere more than this, at some layer, is empty


def partner_masks(style: Prepared, pairs: Sequence[Pair], size: tuple[int, int]) -> Tensor:
    """(R, h, w) masks of a style at a size (height, width): what each of R content regions takes from; zeros for nothing."""
    visible = style.visible_at(size)
    masks = style.masks_at(size) * visible
    partners = []
    for pair in pairs:
        if pair.style:
            partners.append(masks[style.regions.index(pair.style)])
        elif pair.kind == "whole":
            partners.append(visible)
        else:
            partners.append(torch.zeros_like(visible))
    return torch.stack(partners)


def present_at_all_layers(spread: Iterable[Tensor]) -> Tensor:
    """(R,) which masks, spread to layers as (1, R, h, w) each, are empty at none of them."""
    present = []
    for masks in spread:
        present.append(masks[0].flatten(1).amax(1) > LEAST_PARTNER)
    return torch.stack(present).all(0)
