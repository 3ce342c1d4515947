"""Marks that go with the picture: what is made of a picture that is cut elsewhere must be what was made of it, cut there.

A network that halves and doubles its maps can draw by the place of a pixel among those that share a place at a quarter of the
size, which gives a weave on plain areas. Such marks stay where they are when the picture moves by a pixel, and are paid for here.
"""

from collections.abc import Callable

import torch
from torch import Tensor

SHIFT = 10.0  # of the mean difference, where the term is asked for
MOST_MOVED = 4  # pixels: what shares a place at a quarter of the size
UNSURE = 8  # pixels along a piece's border, where other surroundings make another picture


def draw_place(random: torch.Generator) -> Tensor:
    """Where pieces are cut, (2,): rows and columns from their corner, 1 to 3 each."""
    return 1 + torch.randint(MOST_MOVED - 1, (2,), generator=random, device=random.device)


def shift_term(make: Callable[[Tensor], Tensor], given: Tensor, made: Tensor, place: Tensor) -> Tensor:
    """`SHIFT` times the mean difference between what is made of pictures cut elsewhere and what was made of them; differentiable.

    Args:
        make: (B, 3, h, w) -> (B, 3, h, w).
        given: (B, 3, h, w), of at least 24 pixels a side.
        made: what it made of them.
        place: (2,), from `draw_place`.
    """
    apart = (make(_cut(given, place)) - _cut(made, place)).abs()
    return SHIFT * apart[..., UNSURE:-UNSURE, UNSURE:-UNSURE].mean()


def _cut(pictures: Tensor, place: Tensor) -> Tensor:
    """Pieces of them that begin at a place, which stays a tensor: a step that is recorded has other places later."""
    for axis, first in ((2, place[0]), (3, place[1])):
        within = torch.arange(pictures.shape[axis] - MOST_MOVED, device=pictures.device)
        pictures = pictures.index_select(axis, first + within)
    return pictures
