"""CVAT's XML for images, version 1.1: many pictures in one file."""

from typing import TYPE_CHECKING

import numpy as np

from photostyle.regions.masks.annotations.annotation import Annotation, Bitmap, Ring, Shape
from photostyle.regions.masks.annotations.choice import Candidate, choose_picture
from photostyle.regions.masks.annotations.outlines import ellipse, rectangle, turned
from photostyle.regions.masks.annotations.run_lengths import alternating

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

Size = tuple[int, int]


def parse_cvat(text: str, path: object, photo_name: str | None, photo_size: Size) -> Annotation:
    """The shapes of one of the pictures, in the order of their layers.

    Raises:
        MaskError: none of the pictures is surely the photo.
        ValueError, TypeError, KeyError: it is no such file.
    """
    root = _parsed(text)
    pictures = root.findall("image")
    if root.tag != "annotations" or not (pictures or root.findall("track")):
        raise ValueError("it has no annotations of images")
    if not pictures:
        raise ValueError("it holds the tracks of a video; export it as CVAT for images")
    candidates = [Candidate(picture.get("name", ""), _size(picture)) for picture in pictures]
    place, notes = choose_picture(candidates, path, photo_name, photo_size)
    annotation = Annotation(candidates[place].size, notes=notes)
    layers: list[tuple[int, Shape]] = []
    for element in pictures[place]:
        shape = _shape(element)
        if shape is None:
            annotation.left_out[element.tag] += 1
        else:
            layers.append((int(element.get("z_order") or 0), shape))
    layers.sort(key=lambda layer: layer[0])
    annotation.shapes = [shape for _, shape in layers]
    return annotation


def _parsed(text: str) -> "Element":
    from xml.etree import ElementTree

    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ValueError("it declares a document type")
    try:
        return ElementTree.fromstring(_without_encoding(text))
    except ElementTree.ParseError as error:
        raise ValueError(str(error)) from None


def _without_encoding(text: str) -> bytes:
    """The XML as UTF-8, whatever encoding its first line names: it has been read as text already."""
    text = text.lstrip()
    if text.startswith("<?xml"):
        text = text.partition("?>")[2]
    return text.encode("utf-8")


def _size(picture: "Element") -> Size | None:
    width = picture.get("width")
    height = picture.get("height")
    if width and height:
        return int(width), int(height)
    return None


def _shape(element: "Element") -> Shape | None:
    """One shape, or None for a kind of no area."""
    label = element.get("label", "")
    if element.tag == "mask":
        return Shape(label, bitmap=_bitmap(element))
    ring = None
    if element.tag == "polygon":
        ring = _points(element)
    elif element.tag == "box":
        ring = rectangle(*(_number(element, name) for name in ("xtl", "ytl", "xbr", "ybr")))
        ring = _turned(ring, element, (float(ring[:, 0].mean()), float(ring[:, 1].mean())))
    elif element.tag == "ellipse":
        x, y, radius_x, radius_y = (_number(element, name) for name in ("cx", "cy", "rx", "ry"))
        ring = _turned(ellipse(x, y, radius_x, radius_y), element, (x, y))
    if ring is None or len(ring) < 3:
        return None
    return Shape(label, (ring,))


def _turned(ring: Ring, element: "Element", centre: tuple[float, float]) -> Ring:
    return turned(ring, float(element.get("rotation") or 0), centre)


def _points(element: "Element") -> Ring:
    corners = [corner.split(",") for corner in element.attrib["points"].split(";") if corner.strip()]
    ring = np.array(corners, np.float64).reshape(-1, 2)
    if not np.isfinite(ring).all():
        raise ValueError("a point of it is no number")
    return ring


def _bitmap(element: "Element") -> Bitmap:
    """Runs along the rows of a box."""
    left, top, width, height = (int(_number(element, name)) for name in ("left", "top", "width", "height"))
    counts = [int(count) for count in element.attrib["rle"].replace(",", " ").split()]
    return Bitmap(left, top, alternating(counts, width * height).reshape(height, width))


def _number(element: "Element", name: str) -> float:
    number = float(element.attrib[name])
    if not np.isfinite(number):
        raise ValueError(f"its {name} is no number")
    return number
