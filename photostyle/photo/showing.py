"""Pixels as other programs show them: 8-bit codes, Pillow pictures and PNG previews, all in sRGB."""

import io
from typing import TYPE_CHECKING

import numpy as np

from photostyle.photo.colour_management.primaries import srgb
from photostyle.photo.dither import rounded
from photostyle.photo.resampling import resample, resample_seen

if TYPE_CHECKING:
    from PIL import Image

PREVIEW_SIZE = 1000  # long side


def codes8(pixels: np.ndarray, alpha: np.ndarray | None) -> np.ndarray:
    """uint8 codes, rounded and clipped.

    Args:
        pixels: (H, W, 3) sRGB-encoded float32.
        alpha: (H, W) float32 in [0, 1], or None.

    Returns:
        (H, W, 3), or (H, W, 4) with alpha.
    """
    channels = 3
    if alpha is not None:
        channels = 4
    codes = np.empty((*pixels.shape[:2], channels), np.uint8)
    codes[..., :3] = rounded(pixels, 255)
    if alpha is not None:
        codes[..., 3] = rounded(alpha, 255)
    return codes


def pillow_picture(pixels: np.ndarray, alpha: np.ndarray | None) -> "Image.Image":
    """A Pillow picture of mode "RGB" or "RGBA" that carries a profile of sRGB; arguments as for `codes8`."""
    from PIL import Image

    picture = Image.fromarray(codes8(pixels, alpha))
    picture.info["icc_profile"] = srgb()
    return picture


def preview_png(pixels: np.ndarray, alpha: np.ndarray | None) -> bytes:
    """A PNG with a long side of at most `PREVIEW_SIZE` pixels; arguments as for `codes8`."""
    height, width = pixels.shape[:2]
    scale = PREVIEW_SIZE / max(width, height)
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        if alpha is None:
            pixels = resample(pixels, size)
        else:
            pixels, alpha = resample_seen(pixels, alpha, size)
    stream = io.BytesIO()
    pillow_picture(pixels, alpha).save(stream, "PNG")
    return stream.getvalue()
