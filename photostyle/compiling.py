"""Loops over the pixels of large photos, compiled by numba where it is installed.

They say what some passage of torch says, but make one pixel after the other, so that nothing as large as the photo is
written on the way. They run without the interpreter's lock: strips of a photo are worked on side by side in threads of
Python, not of numba, whose own parallel loops are not used.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch

FEWEST_PIXELS = 1 << 19  # from which loading the compiled loops takes less time than they save

_Result = TypeVar("_Result")


def compiling_pays(pixels: int) -> bool:
    """Whether a photo of so many pixels is rendered faster by compiled loops: a large one, or once they are loaded."""
    loaded = compiled.cache_info().currsize > 0
    return (loaded or pixels >= FEWEST_PIXELS) and find_spec("numba") is not None


@cache
def compiled(loop: Callable[..., Any]) -> Callable[..., Any]:
    """The loop as machine code, kept on disk for the next process where a folder for it can be written. Needs numba.

    That folder is the package's own; where it cannot be written, one in the user's cache; where that cannot be either, one in
    PHOTOSTYLE_HOME, or one for this process alone. What the package's folder has, an image's that was made read-only perhaps, is
    taken over by the others.
    """
    import numba

    njit = numba.njit
    config: Any = numba.config
    options: dict[str, Any] = {"nogil": True, "fastmath": {"contract", "reassoc", "nsz"}, "error_model": "numpy"}
    with suppress(RuntimeError):  # neither the package's folder nor the user's can be written
        return _with_what_is_compiled(loop, njit(cache=True, **options)(loop))
    usual = config.CACHE_DIR
    with suppress(RuntimeError, OSError):
        config.CACHE_DIR = str(_other_folder())
        try:
            return _with_what_is_compiled(loop, njit(cache=True, **options)(loop))
        finally:
            config.CACHE_DIR = usual
    fast: Callable[..., Any] = njit(**options)(loop)
    return fast


def _with_what_is_compiled(loop: Callable[..., Any], fast: Callable[..., Any]) -> Callable[..., Any]:
    """A compiled loop, whose folder gets what the package's has, if it has nothing: numba reads none that it cannot write."""
    stats = getattr(fast, "stats", None)
    if stats is None:  # NUMBA_DISABLE_JIT
        return fast
    package = Path(loop.__code__.co_filename).parent / "__pycache__"
    kept = Path(stats.cache_path)
    name = f"*.{loop.__name__}-*"
    if kept != package and not any(kept.glob(f"{name}.nbi")):
        with suppress(OSError):
            for file in sorted(package.glob(f"{name}.nb[ci]")):  # the code (.nbc) before the index (.nbi) that names it
                incoming = kept / f"{file.name}.{os.getpid()}"
                shutil.copyfile(file, incoming)
                incoming.replace(kept / file.name)
    return fast


@cache
def _other_folder() -> Path:
    """Where compiled loops lie that can lie nowhere else."""
    if home := os.environ.get("PHOTOSTYLE_HOME"):
        return Path(home) / "cache" / "loops"
    folder = tempfile.mkdtemp(prefix="photostyle-loops-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def map_in_threads(work: Callable[[int], _Result], items: Iterable[int]) -> list[_Result]:
    """What `work` gives for each item, in order; done in as many threads as torch uses."""
    with ThreadPoolExecutor(torch.get_num_threads()) as pool:
        return list(pool.map(work, items))


def linear_taps(short: int, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Where linear interpolation from `short` values to `length` reads, as `matting.guided.stretched` does.

    Returns:
        (length,) int64, the value before each place, and (length,) float32, the weight of the value after it.
    """
    position = np.clip((np.arange(length) + 0.5) * (short / length) - 0.5, 0, short - 1)
    before = np.minimum(position.astype(np.int64), max(short - 2, 0))
    return before, (position - before).astype(np.float32)
