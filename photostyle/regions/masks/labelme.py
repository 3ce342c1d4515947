"""Outlines drawn in labelme (its JSON: named polygons, rectangles, circles) as a painted mask."""

import json
import math
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from photostyle.errors import MaskError
from photostyle.regions.labels import COLOURS
from photostyle.regions.masks.colour_codes import Codes, pack
from photostyle.regions.swatches import REST, REST_COLOUR, Colour

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw


@dataclass(frozen=True)
class _Shape:
    """One outline: its name, what kind of shape it is, and its points (x, y)."""

    label: str
    kind: str
    points: list[tuple[float, float]]


def is_labelme(path: Path) -> bool:
    """Whether a path is named as labelme names its files."""
    return path.suffix.lower() == ".json"


def read_labelme(path: Path) -> tuple[Codes, dict[str, Colour]]:
    """Paint the outlines of a labelme file, later ones over earlier ones; what none encloses is "rest".

    Returns:
        (H, W) colour codes, and the colour of each name.

    Raises:
        MaskError: when it is no labelme file, or outlines nothing.
    """
    from PIL import Image, ImageDraw

    size, shapes = _parsed(path)
    names = {REST: REST_COLOUR}
    for shape in shapes:
        names[shape.label] = _colour(shape.label)
    picture = Image.new("RGB", size, REST_COLOUR)
    draw = ImageDraw.Draw(picture)
    drawn = 0
    for shape in shapes:
        drawn += _fill(draw, shape, names[shape.label])
    if not drawn:
        raise MaskError(f"{path} outlines nothing; draw a polygon, a rectangle or a circle round each region")
    return pack(np.asarray(picture)), names


def _parsed(path: Path) -> tuple[tuple[int, int], list[_Shape]]:
    """The (width, height) of the photo, and the shapes in the order in which they were drawn."""
    try:
        record = json.loads(path.read_text("utf-8"))
        size = int(record["imageWidth"]), int(record["imageHeight"])
        return size, [_parsed_shape(shape) for shape in record["shapes"]]
    except OSError as error:
        raise MaskError(f"cannot read the mask {path}: {error.strerror or error}") from error
    except (ValueError, TypeError, KeyError) as error:
        raise MaskError(
            f"{path} is no labelme file ({error!r}); as a mask give that, a picture, or a folder of grey pictures"
        ) from error


def _parsed_shape(shape: Any) -> _Shape:
    points = [(float(x), float(y)) for x, y in shape["points"]]
    return _Shape(str(shape["label"]), str(shape.get("shape_type") or "polygon"), points)


def _fill(draw: "ImageDraw", shape: _Shape, colour: Colour) -> bool:
    """Fill one shape; False for a kind that encloses nothing."""
    if shape.kind == "polygon" and len(shape.points) > 2:
        draw.polygon(shape.points, fill=colour)
        return True
    if shape.kind not in ("rectangle", "circle") or len(shape.points) != 2:
        return False
    (x, y), (u, v) = shape.points
    if shape.kind == "rectangle":
        draw.rectangle([min(x, u), min(y, v), max(x, u), max(y, v)], fill=colour)
    else:
        radius = math.hypot(u - x, v - y)
        draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill=colour)
    return True


def _colour(name: str) -> Colour:
    """The swatch of a name, the same in each file: a class's own, or one made of the name."""
    if name in COLOURS:
        return COLOURS[name]
    code = zlib.crc32(name.encode())
    return code >> 16 & 255, code >> 8 & 255, code & 255
