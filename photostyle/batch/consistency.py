"""How alike a set comes out: the same colour, in the same region of two photos, should get the same colour."""

from collections.abc import Iterable

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
    from skimage.color import deltaE_ciede2000

    cells: dict[int, list[tuple[int, np.ndarray, np.ndarray]]] = {}
    for before, after, labels in photos:
        for cell, facts in _means(before, after, labels):
            cells.setdefault(cell, []).append(facts)
    total, weight = 0.0, 0
    for facts in cells.values():
        if len(facts) < 2:
            continue
        counts = np.array([count for count, _, _ in facts])
        inputs, changes = np.stack([i for _, i, _ in facts]), np.stack([c for _, _, c in facts])
        base = np.average(inputs, 0, counts)
        middle = np.average(changes, 0, counts)
        total += float(np.sum(counts * deltaE_ciede2000(base + changes, np.broadcast_to(base + middle, changes.shape))))
        weight += int(counts.sum())
    return total / weight if weight else float("nan")


def _means(before: np.ndarray, after: np.ndarray, labels: np.ndarray):
    """(cell, (pixels, mean input Lab, mean change of Lab)) of each cell of a photo."""
    from skimage.color import rgb2lab

    bins = 256 // CELL
    codes = np.clip(before * 255 // CELL, 0, bins - 1).astype(np.int64).reshape(-1, 3)
    keys = ((labels.reshape(-1).astype(np.int64) * bins + codes[:, 0]) * bins + codes[:, 1]) * bins + codes[:, 2]
    cells, where, counts = np.unique(keys, return_inverse=True, return_counts=True)
    inputs = rgb2lab(np.clip(before, 0, 1)).reshape(-1, 3)
    changes = rgb2lab(np.clip(after, 0, 1)).reshape(-1, 3) - inputs
    means = [np.stack([np.bincount(where, v[:, c]) for c in range(3)], 1) / counts[:, None] for v in (inputs, changes)]
    for i in np.flatnonzero(counts >= LEAST):
        yield int(cells[i]), (int(counts[i]), means[0][i], means[1][i])
