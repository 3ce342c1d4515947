"""How alike a set comes out: the same colour, in the same region of two photos, should get the same colour."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

CELL = 16  # code values of 255 that count as the same colour, along each of red, green and blue
LEAST = 12  # pixels of a photo in a cell, below which its mean says nothing


def colour_spread(photos: Iterable[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> float:
    """The mean distance (CIEDE2000) of a photo's output colour from the set's, over colours that several photos have.

    Pixels of one region whose input colours fall in one cell are the same colour. In each cell the mean change of colour
    (output less input, in Lab) is taken photo by photo, and added to the cell's mean input; what the photos then differ
    by is due to their transforms, not to the width of the cell. Cells weigh as many pixels as they have.

    Args:
        photos: (before (H, W, 3), after (H, W, 3), labels (H, W)): sRGB-encoded in [0, 1], and a number for each region
            that means the same in all photos.

    Returns:
        0 where every photo changes each colour alike; NaN where no two photos share a colour.

    >>> grey = np.full((8, 8, 3), 0.5)
    >>> colour_spread([(grey, grey, np.zeros((8, 8))), (grey, grey, np.zeros((8, 8)))])
    0.0
    """
    cells: dict[int, _Cell] = {}
    for before, after, labels in photos:
        _add(cells, before, after, labels)
    total = 0.0
    weight = 0
    for cell in cells.values():
        if len(cell.pixels) > 1:
            total += cell.mean_distance() * sum(cell.pixels)
            weight += sum(cell.pixels)
    if not weight:
        return float("nan")
    return total / weight


@dataclass
class _Cell:
    """One colour in one region: for each photo that has it, how many pixels, their mean and their mean change in Lab."""

    pixels: list[int] = field(default_factory=list)
    inputs: list[np.ndarray] = field(default_factory=list)
    changes: list[np.ndarray] = field(default_factory=list)

    def mean_distance(self) -> float:
        """The mean distance of the photos' outputs from the set's, weighed by their pixels."""
        from skimage.color import deltaE_ciede2000

        changes = np.stack(self.changes)
        middle = np.average(np.stack(self.inputs), 0, self.pixels)
        output = np.broadcast_to(middle + np.average(changes, 0, self.pixels), changes.shape)
        distances = deltaE_ciede2000(middle + changes, output)  # type: ignore[no-untyped-call]
        return float(np.average(distances, weights=self.pixels))


def _add(cells: dict[int, _Cell], before: np.ndarray, after: np.ndarray, labels: np.ndarray) -> None:
    """Add what a photo does to each colour, by the number of its cell."""
    from skimage.color import rgb2lab

    bins = 256 // CELL
    red, green, blue = np.clip(before * 255 // CELL, 0, bins - 1).astype(np.int64).reshape(-1, 3).T
    keys = ((labels.reshape(-1).astype(np.int64) * bins + red) * bins + green) * bins + blue
    numbers, where, counts = np.unique(keys, return_inverse=True, return_counts=True)
    inputs = rgb2lab(np.clip(before, 0, 1)).reshape(-1, 3)
    changes = rgb2lab(np.clip(after, 0, 1)).reshape(-1, 3) - inputs
    mean_inputs = _means(inputs, where, counts)
    mean_changes = _means(changes, where, counts)
    for i in np.flatnonzero(counts >= LEAST):
        cell = cells.setdefault(int(numbers[i]), _Cell())
        cell.pixels.append(int(counts[i]))
        cell.inputs.append(mean_inputs[i])
        cell.changes.append(mean_changes[i])


def _means(values: np.ndarray, where: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """(cells, 3): the mean of values (pixels, 3) in each cell."""
    sums = np.zeros((len(counts), 3))
    for channel in range(3):
        sums[:, channel] = np.bincount(where, values[:, channel])
    means: np.ndarray = sums / counts[:, None]
    return means
