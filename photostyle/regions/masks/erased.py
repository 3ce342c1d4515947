"""Parts of a mask that are erased: filled from the regions around them, or left alone."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from photostyle.regions.labels import COLOURS
from photostyle.regions.masks.annotations.annotation import VOID_LABELS
from photostyle.regions.masks.names import Names
from photostyle.regions.masks.origin import Origin
from photostyle.regions.swatches import ERASED

MOST_FILLED = 0.25  # of the mask: holes of more are no slips of the eraser, and say that this part is to be left alone

_ERASERS = frozenset(("black", "white"))  # the colours that erasing leaves where there is no transparency

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


def void_names(names: Names, palette: Iterable[str]) -> frozenset[str]:
    """Which names of a palette stand for what is erased, and not for a region.

    Those that say so ("void"); where a JSON of ours names all regions, black and white that it does not name: what an eraser
    leaves; and 255 where other class numbers have names.

    Args:
        names: what is known of the mask's colours.
        palette: the names that its colours have got.
    """
    present = list(palette)
    void = {name for name in present if name.casefold() in VOID_LABELS}
    if is_ours(names, present):
        void.update(_ERASERS.difference(names.colours))
    if names.colours:
        void.add("label 255")
    return frozenset(void)


def is_ours(names: Names, palette: Iterable[str]) -> bool:
    """Whether a mask is as `photostyle masks` paints it: by its JSON, or by two of its classes' colours."""
    return names.ours or (not names.colours and len(set(palette) & set(COLOURS)) > 1)


def filled(labels: Labels, erased: Bools) -> Labels:
    """(H, W) labels in which each erased pixel has that of the nearest pixel that is not."""
    if not erased.any() or erased.all():
        return labels
    rows = np.flatnonzero(erased.any(1))
    columns = np.flatnonzero(erased.any(0))
    # The nearest pixel that is not erased is beside one that is.
    around = np.s_[max(0, rows[0] - 1) : rows[-1] + 2, max(0, columns[0] - 1) : columns[-1] + 2]
    nearest = distance_transform_edt(erased[around], return_distances=False, return_indices=True)
    made = labels.copy()
    made[around] = labels[around][tuple(nearest)]
    return made
