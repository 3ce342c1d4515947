"""How alike a set comes out: the same colour, in the same region of two photos, should get the same colour."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

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
    cells: dict[int, list[_Change]] = {}
    for before, after, labels in photos:
        for cell, change in _changes(before, after, labels):
            cells.setdefault(cell, []).append(change)
    total = 0.0
    weight = 0
    for changes in cells.values():
        if len(changes) > 1:
            pixels = sum(change.pixels for change in changes)
            total += _mean_distance(changes) * pixels
            weight += pixels
    if not weight:
        return float("nan")
    return total / weight


@dataclass(frozen=True)
class _Change:
    """The pixels of a photo that lie in one cell."""

    pixels: int
    before: np.ndarray  # (3,), the mean input in Lab
    change: np.ndarray  # (3,), the mean of output less input in Lab


def _mean_distance(changes: list[_Change]) -> float:
    """The mean distance of the photos' outputs from the set's, weighed by their pixels."""
    from skimage.color import deltaE_ciede2000

    pixels = np.array([each.pixels for each in changes])
    shifts = np.stack([each.change for each in changes])
    before = np.average(np.stack([each.before for each in changes]), 0, pixels)
    of_set = before + np.average(shifts, 0, pixels)
    distances = deltaE_ciede2000(before + shifts, np.broadcast_to(of_set, shifts.shape))  # type: ignore[no-untyped-call]
    return float(np.sum(pixels * distances) / np.sum(pixels))


def _changes(before: np.ndarray, after: np.ndarray, labels: np.ndarray) -> Iterator[tuple[int, _Change]]:
    """The change in each cell of a photo, with the number of the cell."""
    from skimage.color import rgb2lab

    bins = 256 // CELL
    red, green, blue = np.clip(before * 255 // CELL, 0, bins - 1).astype(np.int64).reshape(-1, 3).T
    keys = ((labels.reshape(-1).astype(np.int64) * bins + red) * bins + green) * bins + blue
    cells, where, counts = np.unique(keys, return_inverse=True, return_counts=True)
    inputs = rgb2lab(np.clip(before, 0, 1)).reshape(-1, 3)
    changes = rgb2lab(np.clip(after, 0, 1)).reshape(-1, 3) - inputs
    mean_inputs = _means(inputs, where, counts)
    mean_changes = _means(changes, where, counts)
    for i in np.flatnonzero(counts >= LEAST):
        yield int(cells[i]), _Change(int(counts[i]), mean_inputs[i], mean_changes[i])


def _means(values: np.ndarray, where: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """(cells, 3): the mean of values (pixels, 3) in each cell."""
    sums = [np.bincount(where, values[:, channel]) for channel in range(3)]
    means: np.ndarray = np.stack(sums, 1) / counts[:, None]
    return means
