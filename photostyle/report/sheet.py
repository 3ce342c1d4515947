"""A contact sheet: a grid of pictures with the names of its rows and columns, drawn as one picture."""

import textwrap
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from photostyle.photo import Photo

GROUND, INK, FAULT = (250, 250, 248), (30, 31, 33), (176, 32, 32)
MOST_LETTERS = 200  # of a label or a fault


@dataclass(frozen=True)
class Cell:
    """What stands in one place of a sheet.

    Args:
        picture: (h, w, 3) float32 in [0, 1], or None.
        label: a line under it.
        fault: why there is no picture; written in its place.
    """

    picture: np.ndarray | None = None
    label: str = ""
    fault: str = ""


def draw_sheet(rows: Sequence[Sequence[Cell]], side: int) -> Photo:
    """The sheet of cells, each column as wide and each row as high as its largest picture.

    Args:
        rows: of one length each.
        side: of the pictures, their longest; pixels. It also sets the size of the letters.
    """
    text = max(10, side // 22)
    font, gap, line = ImageFont.load_default(text), max(4, side // 40), 2 * text
    widths = [max([_extent(row[i], 1, side) for row in rows]) for i in range(len(rows[0]))]
    heights = [max([_extent(cell, 0, side) for cell in row]) for row in rows]
    size = sum(widths) + gap * (len(widths) + 1), sum(heights) + (line + gap) * len(heights) + gap
    sheet = Image.new("RGB", size, GROUND)
    draw, top = ImageDraw.Draw(sheet), gap
    for row, height in zip(rows, heights, strict=True):
        left = gap
        for cell, width in zip(row, widths, strict=True):
            _draw(sheet, draw, cell, (left, top, width, height), font)
            left += width + gap
        top += height + line + gap
    return Photo.from_array(np.asarray(sheet))


def _extent(cell: Cell, axis: int, side: int) -> int:
    """Pixels that a cell needs: its picture's, or those to read a fault or a label in."""
    least = side // 2 if cell.fault or (cell.label and axis == 1) else 1
    return max(least, 1 if cell.picture is None else cell.picture.shape[axis])


def _draw(sheet: Image.Image, draw: ImageDraw.ImageDraw, cell: Cell, box: tuple[int, int, int, int], font) -> None:
    """The picture at the foot of the box, in its middle, and the label under it."""
    left, top, width, height = box
    if cell.picture is not None:
        picture = Image.fromarray((255 * cell.picture + 0.5).astype(np.uint8))
        sheet.paste(picture, (left + (width - picture.width) // 2, top + height - picture.height))
    if cell.fault:
        draw.rectangle([left, top, left + width - 1, top + height - 1], outline=FAULT)
        letters = max(8, int((width - font.size) / font.getlength("n")))
        lines = textwrap.wrap(_shown(cell.fault), letters)[: max(1, int(height / font.size / 1.4) - 1)]
        draw.multiline_text((left + font.size / 2, top + font.size / 2), "\n".join(lines), FAULT, font, spacing=font.size * 0.3)
    label = shortened(cell.label, font, width)
    draw.text((left + (width - font.getlength(label)) / 2, top + height + font.size * 0.3), label, INK, font)


def shortened(label: str, font, width: float) -> str:
    """A label on one line, its middle left out where it is too long.

    >>> shortened("a-very-long-name-of-a-photo.jpg", ImageFont.load_default(10), 80)
    'a-very-...oto.jpg'
    """
    label = _shown(label)
    for kept in range(len(label), 0, -1):
        short = label if kept == len(label) else f"{label[: kept - kept // 2]}...{label[len(label) - kept // 2 :]}"
        if font.getlength(short) <= width:
            return short
    return ""


def _shown(text: str) -> str:
    r"""Text in the letters of Pillow's own font, which are those of ASCII: accents fall, others become question marks.

    >>> _shown("caf\u00e9 \u6771\n.jpg")
    'cafe ??.jpg'
    """
    plain = (letter for letter in unicodedata.normalize("NFKD", text[:MOST_LETTERS]) if not unicodedata.combining(letter))
    return "".join(letter if " " <= letter <= "~" else "?" for letter in plain)
