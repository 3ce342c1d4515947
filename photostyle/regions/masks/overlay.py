"""A photo tinted by its regions, with a legend: to see at a glance what lies where."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from photostyle.photo import resample
from photostyle.regions.regions import Regions
from photostyle.regions.resampling import size_within

OVERLAY_SIDE = 1600  # pixels, the longest side of the picture
_TINT = 0.5
_WHITE = (255, 255, 255)
_DARK = (24, 24, 24)


def overlay(regions: Regions, pixels: NDArray[np.float32]) -> Image.Image:
    """The photo tinted by region, borders drawn, with a legend beside it; at most 1600 pixels long, on white where it is hidden.

    Args:
        regions: at any size.
        pixels: the photo, (H, W, 3) in [0, 1].
    """
    height, width = size_within((pixels.shape[0], pixels.shape[1]), OVERLAY_SIDE)
    small = resample(np.ascontiguousarray(pixels, np.float32), (width, height)).clip(0, 1)
    fitting = regions.resized((height, width))
    masks = fitting.masks.numpy()
    colours = np.array(regions.colours, np.float32) / 255
    tint = np.tensordot(masks, colours, ([0], [0]))
    shown = (1 - _TINT) * small + _TINT * tint
    shown[_borders(masks.argmax(0))] = 1
    if fitting.visible is not None:
        shown = 1 - fitting.visible.numpy()[..., None] * (1 - shown)
    picture = Image.fromarray((255 * shown).round().astype(np.uint8))
    return _side_by_side(picture, _legend(regions, height))


def _borders(labels: NDArray[np.intp]) -> NDArray[np.bool_]:
    """(H, W) pixels whose upper or left neighbour has another label."""
    border = np.zeros(labels.shape, bool)
    border[1:] |= labels[1:] != labels[:-1]
    border[:, 1:] |= labels[:, 1:] != labels[:, :-1]
    return border


def _legend(regions: Regions, height: int) -> Image.Image:
    """A strip of swatches with names and shares, largest first, as high as asked or as it needs."""
    rows = sorted(zip(regions.shares(), regions.names, regions.colours, strict=True), reverse=True)
    text = max(10, min(24, height // (2 * len(rows) + 2)))  # its height in pixels
    line = 2 * text
    font = ImageFont.load_default(text)
    captions = [f"{name}  {share:.1%}" for share, name, _ in rows]
    width = int(max(font.getlength(caption) for caption in captions)) + 4 * text
    strip = Image.new("RGB", (width, max(height, line * len(rows) + text)), _DARK)
    draw = ImageDraw.Draw(strip)
    y = text // 2
    for (_, _, colour), caption in zip(rows, captions, strict=True):
        top = y + text // 4
        draw.rectangle([text, top, 2 * text, top + text], fill=colour, outline=_WHITE)
        draw.text((2.6 * text, y), caption, fill=_WHITE, font=font)
        y += line
    return strip


def _side_by_side(left: Image.Image, right: Image.Image) -> Image.Image:
    both = Image.new("RGB", (left.width + right.width, max(left.height, right.height)), _DARK)
    both.paste(left, (0, 0))
    both.paste(right, (left.width, 0))
    return both
