"""Loops over the pixels of large photos, compiled by numba where it is installed.

They say what some passage of torch says, but make one pixel after the other, so that nothing as large as the photo is
written on the way. They run without the interpreter's lock: strips of a photo go side by side in threads.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.util import find_spec

import numpy as np
import torch

WORTH = 1 << 19  # pixels from which loading the compiled loops takes less time than they save


def worth(pixels: int) -> bool:
    """Whether a photo of so many pixels is to be rendered by compiled loops."""
    return (pixels >= WORTH or compiled.cache_info().currsize > 0) and find_spec("numba") is not None


@cache
def compiled(loop: Callable) -> Callable:
    """The loop as machine code, kept on disk for the next process where there is a place for it. Needs numba."""
    from numba import njit

    how = {"nogil": True, "fastmath": {"contract", "reassoc", "nsz"}, "error_model": "numpy"}
    try:
        return njit(cache=True, **how)(loop)
    except RuntimeError:  # neither the package's folder nor the user's can be written
        return njit(**how)(loop)


def side_by_side(work: Callable[[int], object], tops: range) -> list:
    """What `work` gives for each strip, in order; done in as many threads as torch uses."""
    with ThreadPoolExecutor(torch.get_num_threads()) as pool:
        return list(pool.map(work, tops))


def places(short: int, length: int) -> tuple[np.ndarray, np.ndarray]:
    """As `matting.guided.stretched` has it: the value before each of `length` places, and the weight of the next."""
    place = np.clip((np.arange(length) + 0.5) * (short / length) - 0.5, 0, short - 1)
    before = np.minimum(place.astype(np.int64), max(short - 2, 0))
    return before, (place - before).astype(np.float32)
