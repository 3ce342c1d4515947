"""Outlines drawn in labelme (its JSON: named polygons, rectangles, circles) as a painted mask."""

import json
import zlib
from pathlib import Path

import numpy as np

from photostyle.errors import MaskError
from photostyle.regions.labels import COLOURS
from photostyle.regions.palette import RGB, pack

REST = "rest"
REST_COLOUR = (96, 96, 96)


def is_labelme(path: Path) -> bool:
    """Whether a path is named as labelme names its files."""
    return path.suffix.lower() == ".json"


def read_labelme(path: Path) -> tuple[np.ndarray, dict[str, RGB]]:
    """Paint the outlines of a labelme file, later ones over earlier ones; what none encloses is "rest".

    Returns:
        (H, W) int32 packed colours, and the colour of each name.

    Raises:
        MaskError: when it is no labelme file, or outlines nothing.
    """
    from PIL import Image, ImageDraw

    try:
        record = json.loads(path.read_text("utf-8"))
        size = int(record["imageWidth"]), int(record["imageHeight"])
        shapes = [(str(s["label"]), str(s.get("shape_type") or "polygon"), s["points"]) for s in record["shapes"]]
        shapes = [(label, kind, [(float(x), float(y)) for x, y in points]) for label, kind, points in shapes]
    except OSError as error:
        raise MaskError(f"cannot read the mask {path}: {error.strerror or error}") from error
    except (ValueError, TypeError, KeyError) as error:
        raise MaskError(
            f"{path} is no labelme file ({error!r}); as a mask give that, a picture, or a folder of grey pictures"
        ) from error
    names = {REST: REST_COLOUR} | {label: _colour(label) for label, _, _ in shapes}
    picture = Image.new("RGB", size, REST_COLOUR)
    draw, drawn = ImageDraw.Draw(picture), 0
    for label, kind, points in shapes:
        drawn += _outline(draw, kind, points, names[label])
    if not drawn:
        raise MaskError(f"{path} outlines nothing; draw a polygon, a rectangle or a circle round each region")
    return pack(np.asarray(picture)), names


def _outline(draw, kind: str, points: list[tuple[float, float]], colour: RGB) -> bool:
    """Fill one shape; False for a kind that encloses nothing."""
    if kind == "polygon" and len(points) > 2:
        draw.polygon(points, fill=colour)
    elif kind == "rectangle" and len(points) == 2:
        (x, y), (u, v) = points
        draw.rectangle([min(x, u), min(y, v), max(x, u), max(y, v)], fill=colour)
    elif kind == "circle" and len(points) == 2:
        (x, y), (u, v) = points
        radius = np.hypot(u - x, v - y)
        draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill=colour)
    else:
        return False
    return True


def _colour(name: str) -> RGB:
    """The swatch of a name, the same in each file: a class's own, or one made of the name."""
    if name in COLOURS:
        return COLOURS[name]
    code = zlib.crc32(name.encode())
    return code >> 16 & 255, code >> 8 & 255, code & 255
