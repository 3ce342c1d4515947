"""Small pictures of photos: thumbnails, before and after side by side, and pictures that a page holds in itself."""

import base64
import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

from photostyle.pages.markup import Markup, element
from photostyle.photo import Photo, resample
from photostyle.photo.resampling import resample_seen

QUALITY = 85  # of the JPEGs in pages
_LEAST_GAP = 2  # pixels between before and after


@dataclass(frozen=True)
class Embedded:
    """A picture in a page.

    Args:
        uri: the JPEG, as a data URI.
        width, height: in pixels.
    """

    uri: str
    width: int
    height: int


def thumbnail(photo: Photo, side: int) -> np.ndarray:
    """(h, w, 3) float32 in [0, 1], at most `side` pixels long; on white where the photo is transparent."""
    size = _fitted(photo.size, side)
    if photo.alpha is None:
        return resample(photo.pixels, size).clip(0, 1)
    pixels, alpha = resample_seen(photo.pixels, photo.alpha, size)
    on_white: np.ndarray = alpha[..., None] * pixels + (1 - alpha[..., None])
    return on_white.clip(0, 1)


def side_by_side(before: Photo, after: Photo, side: int) -> np.ndarray:
    """(h, w, 3) float32 in [0, 1]: two photos of one size with a white line between them, each at most `side` pixels long."""
    left = thumbnail(before, side)
    right = thumbnail(after, side)
    height, width, _ = left.shape
    gap = np.ones((height, max(_LEAST_GAP, width // 100), 3), np.float32)
    return np.concatenate([left, gap, right], axis=1)


def as_image(picture: np.ndarray) -> Image.Image:
    """(h, w, 3) floats in [0, 1] as an image of 8 bits."""
    return Image.fromarray((255 * picture + 0.5).astype(np.uint8))


def embedded(picture: np.ndarray | Image.Image) -> Embedded:
    """A picture, as an image or as (h, w, 3) floats in [0, 1].

    >>> embedded(np.zeros((2, 3, 3), np.float32)).uri[:23]
    'data:image/jpeg;base64,'
    """
    if isinstance(picture, np.ndarray):
        picture = as_image(picture)
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=QUALITY)
    data = base64.b64encode(file.getvalue()).decode()
    return Embedded(f"data:image/jpeg;base64,{data}", picture.width, picture.height)


def image(picture: Embedded, alt: str, **attributes: object) -> Markup:
    """A picture as an element of a page."""
    return element("img", src=picture.uri, width=picture.width, height=picture.height, alt=alt, **attributes)


def _fitted(size: tuple[int, int], side: int) -> tuple[int, int]:
    """(width, height) shrunk to at most `side` pixels; never enlarged."""
    scale = min(1.0, side / max(size))
    width, height = size
    return max(1, round(width * scale)), max(1, round(height * scale))
