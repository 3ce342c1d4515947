"""Samples: some of many, spread evenly and without chance."""

import torch
from torch import Tensor

GOLDEN_STEP = (5**0.5 - 1) / 2


def evenly_spread(count: int, wanted: int) -> Tensor:
    """Indices of some of `count` things, spread evenly by steps of the golden ratio: no pattern of rows and columns is met.

    Args:
        count: how many things there are.
        wanted: how many to take; all of them in their order where there are no more.

    Returns:
        (min(count, wanted),) int64.
    """
    if wanted >= count:
        return torch.arange(count)
    places = torch.arange(wanted, dtype=torch.float64) * GOLDEN_STEP % 1
    return (places * count).long()
