"""Lists of classes that programs write once for a folder of masks: CVAT's, those of labelme2voc, and Roboflow's."""

import csv
from collections.abc import Mapping
from pathlib import Path

from photostyle.regions.masks.annotations.annotation import BACKGROUND_LABELS
from photostyle.regions.swatches import REST, Colour
from photostyle.text_file import read_text

LABEL_MAP = "labelmap.txt"
CLASS_NAMES = "class_names.txt"
ROBOFLOW = "_classes.csv"


def read_class_list(picture: Path, numbered: Mapping[int, Colour]) -> dict[str, Colour]:
    """Colours by name, from a list in the mask's folder or the one above it; empty where there is none that can be read.

    Args:
        picture: the mask.
        numbered: the colour that each number stands for.
    """
    for folder in (picture.parent, picture.parent.parent):
        for name, parse in ((LABEL_MAP, _label_map), (CLASS_NAMES, _class_names), (ROBOFLOW, _roboflow)):
            path = folder / name
            if not path.is_file():
                continue
            try:
                found = parse(read_text(path), numbered)
            except (OSError, ValueError, KeyError, IndexError):
                continue
            return {REST if name in BACKGROUND_LABELS else name: colour for name, colour in found.items()}
    return {}


def _label_map(text: str, numbered: Mapping[int, Colour]) -> dict[str, Colour]:
    """Lines such as `sky:128,0,0::`."""
    found: dict[str, Colour] = {}
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            name, colour = line.split(":")[:2]
            red, green, blue = (int(level) for level in colour.split(","))
            found[name.strip()] = red, green, blue
    return found


def _class_names(text: str, numbered: Mapping[int, Colour]) -> dict[str, Colour]:
    """A name a line, of the numbers from 0 on; what is to be ignored has none."""
    names = [line.strip() for line in text.splitlines() if line.strip()]
    names = [name for name in names if name != "__ignore__"]
    return {name: numbered[number] for number, name in enumerate(names)}


def _roboflow(text: str, numbered: Mapping[int, Colour]) -> dict[str, Colour]:
    """A table of `Pixel Value, Class`."""
    rows = list(csv.reader(text.splitlines(), skipinitialspace=True))[1:]
    return {row[1].strip(): numbered[int(row[0])] for row in rows if row}
