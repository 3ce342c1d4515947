"""A contact sheet: a grid of pictures with the names of its rows and columns, drawn as one picture."""

import textwrap
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from photostyle.pages import as_image
from photostyle.photo import Photo

GROUND = (250, 250, 248)
INK = (30, 31, 33)
FAULT = (176, 32, 32)
MOST_LETTERS = 200  # of a label or a fault

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True, eq=False)
class Cell:
    """One place of a sheet.

    Args:
        picture: (h, w, 3) float32 in [0, 1], or None.
        label: a line under it.
        fault: why there is no picture; written in its place.
    """

    picture: np.ndarray | None = None
    label: str = ""
    fault: str = ""


@dataclass(frozen=True)
class _Box:
    """Where a cell is drawn, in pixels."""

    left: int
    top: int
    width: int
    height: int


def draw_sheet(rows: Sequence[Sequence[Cell]], side: int) -> Photo:
    """The sheet of cells, each column as wide and each row as high as its largest picture.

    Args:
        rows: of one length each.
        side: longest side of the pictures, pixels. It also sets the size of the letters.
    """
    letters = max(10, side // 22)  # pixels
    gap = max(4, side // 40)
    columns = list(zip(*rows, strict=True))
    widths = [_widest(column, side) for column in columns]
    heights = [_highest(row, side) for row in rows]
    line = 2 * letters  # the label under a picture
    size = (sum(widths) + gap * (len(widths) + 1), sum(heights) + (line + gap) * len(heights) + gap)
    sheet = Image.new("RGB", size, GROUND)
    pen = _Pen(sheet, letters)
    top = gap
    for row, height in zip(rows, heights, strict=True):
        left = gap
        for cell, width in zip(row, widths, strict=True):
            pen.draw(cell, _Box(left, top, width, height))
            left += width + gap
        top += height + line + gap
    return Photo.from_array(np.asarray(sheet))


def _widest(column: Sequence[Cell], side: int) -> int:
    """Pixels across that a column needs: for its widest picture, and to read faults and labels in."""
    widest = 1
    for cell in column:
        if cell.picture is not None:
            widest = max(widest, cell.picture.shape[1])
        if cell.fault or cell.label:
            widest = max(widest, side // 2)
    return widest


def _highest(row: Sequence[Cell], side: int) -> int:
    """Pixels down that a row needs: for its highest picture, and to read faults in."""
    highest = 1
    for cell in row:
        if cell.picture is not None:
            highest = max(highest, cell.picture.shape[0])
        if cell.fault:
            highest = max(highest, side // 2)
    return highest


class _Pen:
    """Draws cells on a sheet.

    Args:
        sheet: drawn on.
        letters: their size, pixels.
    """

    def __init__(self, sheet: Image.Image, letters: int):
        self.sheet = sheet
        self.letters = letters
        self.font: Font = ImageFont.load_default(letters)
        self.on = ImageDraw.Draw(sheet)

    def draw(self, cell: Cell, box: _Box) -> None:
        """A picture at the foot of the box, in its middle, or a fault in its place; and the label under it."""
        if cell.picture is not None:
            self._picture(as_image(cell.picture), box)
        if cell.fault:
            self._fault(cell.fault, box)
        label = shortened(cell.label, self.font, box.width)
        left = box.left + (box.width - self.font.getlength(label)) / 2
        self.on.text((left, box.top + box.height + self.letters * 0.3), label, INK, self.font)

    def _picture(self, picture: Image.Image, box: _Box) -> None:
        left = box.left + (box.width - picture.width) // 2
        self.sheet.paste(picture, (left, box.top + box.height - picture.height))

    def _fault(self, fault: str, box: _Box) -> None:
        corners = (box.left, box.top, box.left + box.width - 1, box.top + box.height - 1)
        self.on.rectangle(corners, outline=FAULT)
        a_line = max(8, int((box.width - self.letters) / self.font.getlength("n")))
        fitting = max(1, int(box.height / self.letters / 1.4) - 1)
        text = "\n".join(textwrap.wrap(_ascii(fault), a_line)[:fitting])
        place = (box.left + self.letters / 2, box.top + self.letters / 2)
        self.on.multiline_text(place, text, FAULT, self.font, spacing=self.letters * 0.3)


def shortened(label: str, font: Font, width: float) -> str:
    """A label on one line, its middle left out where it is too long.

    >>> shortened("a-very-long-name-of-a-photo.jpg", ImageFont.load_default(10), 80)
    'a-very-...oto.jpg'
    """
    label = _ascii(label)
    if font.getlength(label) <= width:
        return label
    for kept in range(len(label) - 1, 0, -1):
        end = kept // 2
        short = f"{label[: kept - end]}...{label[len(label) - end :]}"
        if font.getlength(short) <= width:
            return short
    return ""


def _ascii(text: str) -> str:
    r"""Text in the letters of Pillow's own font, which are those of ASCII: accents fall, others become question marks.

    >>> _ascii("caf\u00e9 \u6771\n.jpg")
    'cafe ??.jpg'
    """
    plain = ""
    for letter in unicodedata.normalize("NFKD", text[:MOST_LETTERS]):
        if " " <= letter <= "~":
            plain += letter
        elif not unicodedata.combining(letter):
            plain += "?"
    return plain
