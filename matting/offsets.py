"""Offsets between the pixels of a window, and which pairs of a window's places have each.

A matting Laplacian is symmetric, so only the offsets j - i that point right or down (13 of 25 for 3 x 3 windows) are needed:
the upper half of its stencil.
"""

from functools import cache

import torch
from torch import Tensor


@cache
def upper_half(radius: int) -> list[tuple[int, int]]:
    """Offsets (dy, dx) of the stencil's upper half, the diagonal first.

    >>> upper_half(1)[:4], len(upper_half(1))
    ([(0, 0), (0, 1), (0, 2), (1, -2)], 13)
    """
    found = []
    for dy in range(2 * radius + 1):
        for dx in range(-2 * radius, 2 * radius + 1):
            if (dy, dx) >= (0, 0):
                found.append((dy, dx))
    return found


@cache
def index_of_offset(radius: int) -> dict[tuple[int, int], int]:
    """The place of each offset in `upper_half`."""
    return {offset: index for index, offset in enumerate(upper_half(radius))}


@cache
def place_pairs(radius: int) -> list[tuple[int, int, int]]:
    """All pairs of places a <= b of a window, counted in row-major order, by the offset between them.

    Returns:
        (index, a, b) sorted, index that of b - a in `upper_half`.
    """
    size = 2 * radius + 1
    index = index_of_offset(radius)
    found = []
    for a in range(size * size):
        for b in range(a, size * size):
            offset = (b // size - a // size, b % size - a % size)
            found.append((index[offset], a, b))
    return sorted(found)


def shared_windows(length: int, radius: int, device: torch.device) -> Tensor:
    """Along one axis, how many windows hold both a position and its neighbour at -2r..2r: (4r + 1, length) float64."""
    here = torch.arange(length, device=device)
    there = here + torch.arange(-2 * radius, 2 * radius + 1, device=device)[:, None]
    first = (torch.maximum(here, there) - 2 * radius).clamp(min=0)
    last = torch.minimum(here, there).clamp(max=length - 1 - 2 * radius)
    return (last - first + 1).clamp(min=0).double()
