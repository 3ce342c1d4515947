"""Parts of a map that say nothing, filled from the nearest that do."""

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.integer]


def filled(labels: Labels, erased: NDArray[np.bool_]) -> Labels:
    """(H, W) labels in which each erased pixel has that of the nearest pixel that is not."""
    if not erased.any() or erased.all():
        return labels
    from scipy.ndimage import distance_transform_edt

    rows = np.flatnonzero(erased.any(1))
    columns = np.flatnonzero(erased.any(0))
    # The nearest pixel that is not erased is beside one that is.
    around = np.s_[max(0, rows[0] - 1) : rows[-1] + 2, max(0, columns[0] - 1) : columns[-1] + 2]
    nearest = distance_transform_edt(erased[around], return_distances=False, return_indices=True)
    made = labels.copy()
    made[around] = labels[around][tuple(nearest)]
    return made
