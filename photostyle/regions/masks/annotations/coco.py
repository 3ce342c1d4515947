"""COCO's JSON: many pictures in one file, polygons and runs."""

from typing import Any

import numpy as np

from photostyle.regions.masks.annotations.annotation import Annotation, Bitmap, Ring, Shape
from photostyle.regions.masks.annotations.choice import Candidate, choose_picture
from photostyle.regions.masks.annotations.outlines import rectangle
from photostyle.regions.masks.annotations.run_lengths import alternating, unpacked_counts

Size = tuple[int, int]


def parse_coco(record: dict[str, Any], path: object, photo_name: str | None, photo_size: Size) -> Annotation:
    """The objects of one of the pictures; crowds are painted first, then the largest, so that none hides another.

    Raises:
        MaskError: none of the pictures is surely the photo.
        ValueError, TypeError, KeyError, AttributeError: it is no such file.
    """
    pictures = record["images"]
    candidates = [Candidate(str(picture.get("file_name", picture["id"])), _size(picture)) for picture in pictures]
    place, notes = choose_picture(candidates, path, photo_name, photo_size)
    # Programs write an id here as a number and there as text.
    categories = {str(category["id"]): str(category["name"]) for category in record.get("categories", ())}
    picture_id = str(pictures[place]["id"])
    annotation = Annotation(candidates[place].size, notes=notes)
    ordered: list[tuple[bool, float, Shape]] = []
    boxes = 0
    for entry in record["annotations"]:
        if str(entry["image_id"]) != picture_id:
            continue
        shape = _shape(entry, categories, annotation.size or photo_size)
        if shape is None:
            annotation.left_out[_kind(entry)] += 1
            continue
        boxes += not entry.get("segmentation")
        ordered.append((not entry.get("iscrowd"), -shape.area, shape))
    ordered.sort(key=lambda item: item[:2])
    annotation.shapes = [shape for _, _, shape in ordered]
    if boxes:
        annotation.notes.append(f"{boxes} of its objects have a box and no outline; the box is taken")
    return annotation


def _size(picture: dict[str, Any]) -> Size | None:
    if picture.get("width") and picture.get("height"):
        return int(picture["width"]), int(picture["height"])
    return None


def _shape(entry: dict[str, Any], categories: dict[str, str], size: Size) -> Shape | None:
    """One object, or None for one of no area."""
    category = entry.get("category_id")
    label = categories.get(str(category), f"category {category}")
    segmentation = entry.get("segmentation")
    if isinstance(segmentation, dict):
        return Shape(label, bitmap=_bitmap(segmentation, size))
    if segmentation:
        rings = [_ring(numbers) for numbers in segmentation]
        rings = [ring for ring in rings if len(ring) > 2]
        return _united(label, rings, size)
    box = entry.get("bbox")
    if box and len(box) == 4 and not entry.get("keypoints"):
        left, top, width, height = (float(number) for number in box)
        return Shape(label, (rectangle(left, top, left + width, top + height),))
    return None


def _kind(entry: dict[str, Any]) -> str:
    if entry.get("keypoints"):
        return "object of keypoints"
    return "object without an outline"


def _ring(numbers: Any) -> Ring:
    """x, y, x, y, ... as corners."""
    ring = np.array([float(number) for number in numbers], np.float64).reshape(-1, 2)
    if not np.isfinite(ring).all():
        raise ValueError("a point of it is no number")
    return ring


def _united(label: str, rings: list[Ring], size: Size) -> Shape | None:
    """The parts of one object, which may overlap and have no holes."""
    from photostyle.regions.masks.annotations.painting import united

    if not rings:
        return None
    if len(rings) == 1:
        return Shape(label, (rings[0],))
    return Shape(label, bitmap=Bitmap(0, 0, united(rings, size)))


def _bitmap(segmentation: dict[str, Any], size: Size) -> Bitmap:
    """Runs down the columns, plain or packed, of the (height, width) that is beside them."""
    height, width = (int(side) for side in segmentation.get("size") or size[::-1])
    counts = segmentation["counts"]
    if isinstance(counts, str):
        counts = unpacked_counts(counts)
    return Bitmap(0, 0, alternating(counts, width * height).reshape(width, height).T)
