"""Memory that the C library holds and nobody uses: less of it, where that library is glibc; and what Python need not search."""

import ctypes
import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

_ARENA_MAX = -8  # M_ARENA_MAX of glibc's malloc.h


def return_free_memory() -> None:
    """Return free blocks of the heap to the system: milliseconds, and a few hundred MB after large work."""
    trim = _glibc_function("malloc_trim")
    if trim is not None:
        trim(0)


def share_one_heap() -> None:
    """Let all threads share one heap; each would keep free blocks of its own. To be called before there are threads."""
    adjust = _glibc_function("mallopt")
    if adjust is not None:
        adjust(_ARENA_MAX, 1)


@contextmanager
def while_loading() -> Iterator[None]:
    """Load modules without looking for garbage among them, then or later: torch alone makes half a million objects that stay."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if collects:
            gc.enable()


@cache
def _glibc_function(name: str) -> Callable[..., int] | None:
    if sys.platform != "linux":
        return None
    return getattr(ctypes.CDLL(None), name, None)
