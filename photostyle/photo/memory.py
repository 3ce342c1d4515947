"""How much memory is there, so that a photo too large for it is refused before the machine stalls."""

import os
from contextlib import suppress
from pathlib import Path


def available_bytes() -> int | None:
    """Memory that a program can take now, or None where the system does not tell.

    Linux: what is free or can be freed, and not more than the process's control group has left.
    Elsewhere: what the machine has.
    """
    free = _meminfo("MemAvailable:") or _physical()
    group = _control_group()
    if free and group:
        return min(free, group)
    return free


def _meminfo(name: str) -> int | None:
    with suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1]) * 1024
    return None


def _physical() -> int | None:
    with suppress(AttributeError, OSError, ValueError):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return None


def _control_group() -> int | None:
    folder = Path("/sys/fs/cgroup")
    with suppress(OSError, ValueError):
        return int((folder / "memory.max").read_text()) - int((folder / "memory.current").read_text())
    return None
