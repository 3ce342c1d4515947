"""labelme's JSON, and what X-AnyLabeling adds to it: one file a photo."""

import base64
import binascii
import io
import math
from typing import Any

import numpy as np
from PIL import Image

from photostyle.regions.masks.annotations.annotation import Annotation, Bitmap, Ring, Shape
from photostyle.regions.masks.annotations.outlines import ellipse, ellipse_of_points, points_inside, rectangle

_RINGS = ("polygon", "rectangle", "rotation", "oriented_rectangle", "rotated_rectangle", "quadrilateral")


def parse_labelme(record: dict[str, Any]) -> Annotation:
    """The shapes of a labelme file.

    Raises:
        ValueError, TypeError, KeyError: it is none.
    """
    annotation = Annotation(_size(record))
    grouped: list[tuple[object, Shape]] = []
    for entry in record["shapes"]:
        kind = str(entry.get("shape_type") or "polygon")
        try:
            shape = _shape(kind, entry)
        except _UndecodableMask:
            annotation.left_out["mask that cannot be decoded"] += 1
            continue
        if shape is None:
            annotation.left_out[_named(kind, entry)] += 1
        elif not _cut_hole(grouped, entry.get("group_id"), shape):
            grouped.append((entry.get("group_id"), shape))
    annotation.shapes = [shape for _, shape in grouped]
    return annotation


class _UndecodableMask(Exception):
    """A mask whose picture is missing or damaged."""


def _size(record: dict[str, Any]) -> tuple[int, int] | None:
    """The (width, height) of the photo: of the picture inside, as labelme itself has it, else as is said."""
    if record.get("imageData"):
        try:
            with Image.open(io.BytesIO(base64.b64decode(record["imageData"]))) as picture:
                if picture.getexif().get(0x0112, 1) < 5:  # not lying on its side
                    return picture.size
        except (OSError, ValueError, TypeError, Image.DecompressionBombError):
            pass  # what it says is good enough
    if record.get("imageWidth") and record.get("imageHeight"):
        return int(record["imageWidth"]), int(record["imageHeight"])
    return None


def _shape(kind: str, entry: dict[str, Any]) -> Shape | None:
    """One shape, or None for a kind that encloses nothing."""
    label = str(entry["label"] or "")
    points = _ring(entry["points"])
    if kind == "mask":
        return Shape(label, bitmap=_bitmap(points, entry.get("mask")))
    ring = _outline(kind, points)
    if ring is None:
        return None
    holes = [_ring(hole) for hole in entry.get("holes") or ()]
    return Shape(label, (ring, *(hole for hole in holes if len(hole) > 2)))


def _outline(kind: str, points: Ring) -> Ring | None:
    if kind in _RINGS and len(points) > 2:
        return points
    if kind == "rectangle" and len(points) == 2:
        (left, top), (right, bottom) = np.sort(points, axis=0)
        return rectangle(left, top, right + 1, bottom + 1)  # its corners are pixels of it, as labelme has it
    if kind == "circle" and len(points) == 2:
        (x, y), (u, v) = points
        radius = math.hypot(u - x, v - y)
        return ellipse(x, y, radius, radius)
    if kind == "ellipse" and len(points) > 1:
        return ellipse_of_points(points)
    return None


def _ring(points: Any) -> Ring:
    """(N, 2) finite numbers.

    Raises:
        ValueError, TypeError: they are none.
    """
    ring = np.array([(float(x), float(y)) for x, y in points], np.float64).reshape(-1, 2)
    if not np.isfinite(ring).all():
        raise ValueError("a point of it is no number")
    return ring


def _bitmap(points: Ring, packed: Any) -> Bitmap:
    """A mask, which is a picture in base64, at the upper left corner of its box."""
    if len(points) == 0 or not isinstance(packed, str):
        raise _UndecodableMask
    try:
        with Image.open(io.BytesIO(base64.b64decode(packed))) as picture:
            inside = np.asarray(picture.convert("L")) > 0
    except (OSError, ValueError, binascii.Error, Image.DecompressionBombError) as error:
        raise _UndecodableMask from error
    left, top = points.min(0)
    return Bitmap(int(left), int(top), inside)


def _named(kind: str, entry: dict[str, Any]) -> str:
    """What a shape that is left out is called."""
    if kind in (*_RINGS, "circle", "ellipse"):
        count = len(entry["points"])
        return f"{kind} of {count} point{'' if count == 1 else 's'}"
    return kind


def _cut_hole(grouped: list[tuple[object, Shape]], group: object, shape: Shape) -> bool:
    """Make a polygon that lies wholly in another one of its label and group a hole of that: to fill it twice means nothing."""
    if group is None or shape.bitmap is not None:
        return False
    for place, (other_group, other) in enumerate(grouped):
        if other_group == group and other.label == shape.label and other.bitmap is None and _holds(other, shape):
            grouped[place] = (group, Shape(other.label, (*other.rings, *shape.rings)))
            return True
    return False


def _holds(outer: Shape, inner: Shape) -> bool:
    """Whether a shape's first ring holds all corners of another's, or nearly, and is larger."""
    if inner.area >= outer.area:
        return False
    return bool(points_inside(outer.rings[0], inner.rings[0]).all())
