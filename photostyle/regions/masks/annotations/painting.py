"""Shapes painted onto a map of places, later ones over earlier ones."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from photostyle.regions.masks.annotations.annotation import BACKGROUND_LABELS, VOID_LABELS, Ring, Shape
from photostyle.regions.masks.annotations.outlines import pixels_inside

Labels = NDArray[np.int16]

UNCOVERED = -1  # what no shape covers, or the background does
VOID = -2  # what is to be left out of account


def painted_labels(shapes: Sequence[Shape], size: tuple[int, int]) -> tuple[Labels, tuple[str, ...]]:
    """(H, W) places of names, `UNCOVERED` or `VOID`; and the names, in the order in which they first occur.

    Args:
        shapes: in the order of painting; one that reaches beyond the picture is cut.
        size: (width, height).
    """
    width, height = size
    labels = np.full((height, width), UNCOVERED, np.int16)
    places: dict[str, int] = {}
    for shape in shapes:
        if shape.label.casefold() in VOID_LABELS:
            place = VOID
        elif shape.label.casefold() in BACKGROUND_LABELS:
            place = UNCOVERED
        else:
            place = places.setdefault(shape.label, len(places))
        _paint(labels, shape, place)
    return labels, tuple(places)


def united(rings: Sequence[Ring], size: tuple[int, int]) -> NDArray[np.bool_]:
    """(H, W) the pixels that lie in any of the rings."""
    labels = np.full(size[::-1], UNCOVERED, np.int16)
    for ring in rings:
        _paint(labels, Shape("", (ring,)), 0)
    inside: NDArray[np.bool_] = labels == 0
    return inside


def _paint(labels: Labels, shape: Shape, place: int) -> None:
    height, width = labels.shape
    if shape.bitmap is not None:
        left, top, inside = shape.bitmap.left, shape.bitmap.top, shape.bitmap.inside
    else:
        left, top, inside = pixels_inside(shape.rings, (width, height))
    inside = inside[max(0, -top) : max(0, height - top), max(0, -left) : max(0, width - left)]
    rows, columns = inside.shape
    left, top = max(0, left), max(0, top)
    labels[top : top + rows, left : left + columns][inside] = place
