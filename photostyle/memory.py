"""Memory that is free but still held, given back to the system."""

import ctypes
import sys
from functools import cache


def give_back() -> None:
    """Return free blocks of the C library's heap to the system: milliseconds, and a few hundred MB after large work.

    Does something under Linux with glibc only; others return memory as they free it, or have no such call.
    """
    if trim := _trim():
        trim(0)


@cache
def _trim():
    return getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
