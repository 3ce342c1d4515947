"""What the C library holds of memory that nobody uses: less of it, where it is glibc; elsewhere nothing happens."""

import ctypes
import sys
from functools import cache

_ARENA_MAX = -8  # M_ARENA_MAX of glibc's malloc.h


def give_back() -> None:
    """Return free blocks of the heap to the system: milliseconds, and a few hundred MB after large work."""
    if trim := _call("malloc_trim"):
        trim(0)


def keep_one_heap() -> None:
    """Let all threads share one heap; each would keep free blocks of its own. To be called before there are threads."""
    if adjust := _call("mallopt"):
        adjust(_ARENA_MAX, 1)


@cache
def _call(name: str):
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
