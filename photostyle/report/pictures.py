"""Photos as data URIs: small JPEGs that a page holds in itself."""

import base64
import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

from photostyle.photo import Photo, resample

QUALITY = 85


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
    scale = min(1.0, side / max(photo.size))
    size = tuple(max(1, round(length * scale)) for length in photo.size)
    pixels = resample(photo.pixels, size).clip(0, 1)
    if photo.alpha is None:
        return pixels
    alpha = resample(photo.alpha, size).clip(0, 1)[..., None]
    return alpha * pixels + (1 - alpha)


def embedded(picture: np.ndarray | Image.Image) -> Embedded:
    """A picture, as an image or as (h, w, 3) floats in [0, 1].

    >>> embedded(np.zeros((2, 3, 3), np.float32)).uri[:23]
    'data:image/jpeg;base64,'
    """
    if isinstance(picture, np.ndarray):
        picture = Image.fromarray((255 * picture + 0.5).astype(np.uint8))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=QUALITY)
    return Embedded("data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode(), *picture.size)
