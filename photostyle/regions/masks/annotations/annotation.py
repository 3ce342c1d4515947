"""What an annotation program has drawn on one photo."""

from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

Ring = NDArray[np.float64]  # (N, 2) corners (x, y) in pixels; pixel 0 reaches from 0 to 1

BACKGROUND_LABELS = frozenset(("_background_", "__background__"))  # what is of no region: the "rest"
VOID_LABELS = frozenset(("__ignore__", "_ignore_", "__void__", "void", "ignore"))  # what is to be left out of account


@dataclass(frozen=True)
class Bitmap:
    """A part of a photo, pixel by pixel.

    Args:
        left, top: where its first pixel lies.
        inside: (h, w) bools.
    """

    left: int
    top: int
    inside: NDArray[np.bool_]


@dataclass(frozen=True)
class Shape:
    """One thing that was drawn: outlines, where what lies in an even number of them is outside, or a bitmap."""

    label: str
    rings: tuple[Ring, ...] = ()
    bitmap: Bitmap | None = None

    @property
    def area(self) -> float:
        """How large it is, in pixels; holes not counted off."""
        if self.bitmap is not None:
            return float(self.bitmap.inside.sum())
        areas = [ring_area(ring) for ring in self.rings]
        return max(areas, default=0.0)


@dataclass
class Annotation:
    """The shapes of one photo.

    Args:
        size: (width, height) of the photo, as the file says; None where it does not.
        shapes: in the order in which they are painted, later ones over earlier ones.
        left_out: how many of each kind are of no area, such as points, by the singular of its name.
        notes: what else is to be told.
    """

    size: tuple[int, int] | None
    shapes: list[Shape] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def with_plain_labels(self) -> "Annotation":
        """It, with labels that have no blanks around them; shapes without a label are left out, as of no region."""
        shapes = []
        left_out = Counter(self.left_out)
        for shape in self.shapes:
            label = shape.label.strip()
            if label:
                shapes.append(replace(shape, label=label))
            else:
                left_out["shape without a label"] += 1
        return replace(self, shapes=shapes, left_out=left_out)

    def told(self) -> list[str]:
        """All that is to be told, one line each."""
        if not self.left_out:
            return self.notes
        kinds = [f"{count} {_plural(kind, count)}" for kind, count in sorted(self.left_out.items())]
        return [*self.notes, f"left out: {', '.join(kinds)}"]


def ring_area(ring: Ring) -> float:
    """The area that a ring encloses, in pixels."""
    x, y = ring.T
    return float(abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2)


def _plural(kind: str, count: int) -> str:
    if count == 1 or kind.endswith("s"):
        return kind
    first, space, rest = kind.partition(" ")
    return f"{first}s{space}{rest}"
