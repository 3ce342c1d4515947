"""Memory that the C library holds and nobody uses: less of it, where that library is glibc; and what Python need not search."""

import ctypes
import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock

# Of glibc's malloc.h: M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX.
_TRIM, _MMAP, _ARENA_MAX = -1, -3, -8
_MOST = 2**31 - 1  # bytes that mallopt can be told
_USUAL_MMAP = 32 << 20  # the most that glibc itself raises its threshold to; twice as much is held back of free blocks


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


class _Keeping:
    """How many parts of the program want large blocks kept just now."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.count = 0

    def change(self, by: int) -> None:
        adjust = _glibc_function("mallopt")
        with self.lock:
            self.count += by
            begins, ends = self.count == by == 1, self.count == 0
            if adjust is None or not (begins or ends):
                return
            adjust(_MMAP, _MOST if begins else _USUAL_MMAP)
            adjust(_TRIM, _MOST if begins else 2 * _USUAL_MMAP)
        if ends:
            return_free_memory()


_keeping = _Keeping()


@contextmanager
def large_blocks_kept() -> Iterator[None]:
    """Keep large blocks that are freed, and use them again, until the end.

    glibc gives a block of more than 32 MB back to the system at once, and the next one is cleared by the system page by page,
    which takes longer than a layer of a network does: a photo of 1920 x 1080 through `painters` 2.5 CPU seconds in place of 1.4.
    Free blocks at the end of the heap go back too: of a clip of 1920 x 1080 the frames took 0.01 CPU seconds each to be cleared.
    """
    _keeping.change(1)
    try:
        yield
    finally:
        _keeping.change(-1)


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
