"""Parts of a mask that are erased: filled from the regions around them, or left alone."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from photostyle.regions.labels import COLOURS
from photostyle.regions.masks.annotations.annotation import VOID_LABELS
from photostyle.regions.masks.filling import filled
from photostyle.regions.masks.names import Names
from photostyle.regions.masks.origin import Origin
from photostyle.regions.masks.painted import Painted
from photostyle.regions.swatches import ERASED, Colour

MOST_FILLED = 0.25  # of the mask: holes of more are no slips of the eraser, and say that this part is to be left alone

# The colours that erasing leaves where there is no transparency.
_ERASERS: dict[str, Colour] = {"black": (0, 0, 0), "white": (255, 255, 255)}

Labels = NDArray[np.integer]
Bools = NDArray[np.bool_]


def fill_or_keep(
    labels: Labels, erased: Bools, origin: Origin, *, several: bool, what: str = ""
) -> tuple[Labels, bool, list[str]]:
    """Labels whose erased part is filled from around it, where it is small and lies among several regions.

    Args:
        labels: (H, W) the places of regions.
        erased: (H, W) where no region is.
        origin: what the note calls the mask.
        several: whether there is more than one region beside it.
        what: how it shows that it is erased, such as "black", for the note.

    Returns:
        The labels; whether the erased part is left, as a region `ERASED` that keeps its light; and notes.
    """
    share = float(erased.mean())
    if share == 0:
        return labels, False, []
    shown = f"{share:.1%}" if share >= 0.001 else "under 0.1%"
    how = f" ({what})" if what else ""
    if several and share <= MOST_FILLED:
        return filled(labels, erased), False, [f"{origin.short}: {shown} is erased{how}; filled from the regions around it"]
    return labels, True, [f"{origin.short}: {shown} is erased{how}; left alone, as the region {ERASED!r}: it keeps its light"]


def erased_colours(painted: Painted, labels: Labels, palette: Sequence[str]) -> tuple[Bools, list[str]]:
    """Where a mask has colours that stand for what is erased, and not for a region; and how these colours are called.

    They are those that are named so ("void"); where a JSON of ours names all regions, black and white that it does not name, as
    an eraser leaves them; and 255 where other class numbers have names.

    Args:
        painted: the mask.
        labels: (H, W) places in the palette.
        palette: the names that the mask's colours have got.
    """
    known = painted.names.colours
    void = {name: colour for name, colour in known.items() if name.casefold() in VOID_LABELS}
    if is_ours(painted.names, palette):
        void.update({name: colour for name, colour in _ERASERS.items() if colour not in known.values()})
    if known:
        void["label 255"] = (255, 255, 255)
    erased = np.zeros(labels.shape, bool)
    shown = []
    for name, (red, green, blue) in void.items():
        here: Bools = np.zeros(labels.shape, bool)
        if name in palette:
            here = labels == palette.index(name)
        if name != "label 255" and not painted.numbered:
            here |= painted.codes == (red << 16 | green << 8 | blue)  # thin lines too, which are taken for borders
        if here.any():
            erased |= here
            shown.append(name)
    return erased, shown


def is_ours(names: Names, palette: Iterable[str]) -> bool:
    """Whether a mask is as `photostyle masks` paints it: by its JSON, or by two of its classes' colours."""
    return names.ours or (not names.colours and len(set(palette) & set(COLOURS)) > 1)
