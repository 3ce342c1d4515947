"""Boxes that a large picture is worked on by: a grid that lies elsewhere at each step, so that no seam can stay."""

import math
from dataclasses import dataclass
from random import Random

from torch import Tensor

WHOLE = 1088  # pixels, the longest side of a picture that is taken in one piece
SIDE = 576  # of a tile, about
MARGIN = 32  # pixels round a tile that its features see and that are not counted
ALIGNED = 16  # tiles begin at multiples of this, the coarsest stride, so that their features are those of the whole picture


@dataclass(frozen=True)
class Box:
    """A part of a picture, [top, bottom) by [left, right) in pixels, and what lies round it."""

    top: int
    bottom: int
    left: int
    right: int
    height: int  # of the picture
    width: int

    @property
    def seen(self) -> tuple[slice, slice]:
        """Rows and columns of the picture with the margin."""
        rows = slice(max(0, self.top - MARGIN), min(self.height, self.bottom + MARGIN))
        columns = slice(max(0, self.left - MARGIN), min(self.width, self.right + MARGIN))
        return rows, columns

    def own(self, planes: Tensor, stride: int) -> Tensor:
        """Of planes (C, H // stride, W // stride) of the whole picture, those of the box."""
        return planes[:, self.top // stride : self.bottom // stride, self.left // stride : self.right // stride]

    def counted(self, planes: Tensor, stride: int) -> Tensor:
        """Of planes of what is seen, those of the box."""
        rows, columns = self.seen
        top, left = (self.top - rows.start) // stride, (self.left - columns.start) // stride
        height = self.bottom // stride - self.top // stride
        width = self.right // stride - self.left // stride
        return planes[:, top : top + height, left : left + width]


def boxes(height: int, width: int, random: Random) -> list[Box]:
    """Boxes that cover a picture once: one where it is small, else a grid whose lines are moved at random."""
    if max(height, width) <= WHOLE:
        return [Box(0, height, 0, width, height, width)]
    rows, columns = _cuts(height, random), _cuts(width, random)
    found = []
    for top, bottom in zip(rows[:-1], rows[1:], strict=True):
        for left, right in zip(columns[:-1], columns[1:], strict=True):
            found.append(Box(top, bottom, left, right, height, width))
    return found


def _cuts(length: int, random: Random) -> list[int]:
    """Where a side is cut: 0, ..., length.

    >>> _cuts(100, Random(0)), len(_cuts(2048, Random(0)))
    ([0, 100], 5)
    """
    count = math.ceil(length / SIDE)
    step = length / count
    moved = random.uniform(-0.3, 0.3) * step
    inner = [round((k * step + moved) / ALIGNED) * ALIGNED for k in range(1, count)]
    return [0, *inner, length]
