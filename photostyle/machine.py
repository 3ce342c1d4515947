"""What this process may use of the machine: cores and memory. Containers are given less than the machine has."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_CGROUPS = Path("/sys/fs/cgroup")
_MEMBERSHIP = Path("/proc/self/cgroup")


def available_cores() -> int:
    """Cores that this process may keep busy: those it may run on, and no more than its control groups' quota of time.

    A quota of one and a half cores counts as one: threads that wait for each other would all be held up by the one that
    has used up its time.

    Returns:
        1 or more.
    """
    cores = _allowed_cores()
    for quota in _cpu_quotas():
        cores = min(cores, int(quota))
    return max(1, cores)


def _allowed_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _cpu_quotas() -> Iterator[float]:
    """Cores' worth of time that each control group around this process allows."""
    for folder in _control_groups("cpu"):
        with suppress(OSError, ValueError, ZeroDivisionError):
            yield _cpu_quota(folder)


def _cpu_quota(folder: Path) -> float:
    """Cores that a control group allows, of either version. A ValueError where it has no quota."""
    unified = folder / "cpu.max"
    if unified.exists():
        quota, period = unified.read_text().split()
        return int(quota) / int(period)  # "max" is no number
    microseconds = int((folder / "cpu.cfs_quota_us").read_text())
    if microseconds <= 0:
        raise ValueError("no quota")
    return microseconds / int((folder / "cpu.cfs_period_us").read_text())


def _control_groups(controller: str) -> Iterator[Path]:
    """Folders of the control groups that this process is in, from the innermost to the root; versions 1 and 2."""
    with suppress(OSError):
        for line in _MEMBERSHIP.read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if controllers == "":
                mounts = [_CGROUPS, _CGROUPS / "unified"]
            elif controller in controllers.split(","):
                mounts = [_CGROUPS / controllers, _CGROUPS / controller]
            else:
                continue
            for mount in mounts:
                yield from _up_to(mount, path)


def _up_to(mount: Path, path: str) -> Iterator[Path]:
    """The folder of a group and those above it, where they are to be seen; in a container often only the mount is."""
    inner = Path(path.lstrip("/"))
    if ".." not in inner.parts:
        for group in (inner, *inner.parents):
            if group != Path(".") and (mount / group).is_dir():
                yield mount / group
    if mount.is_dir():
        yield mount


def available_bytes() -> int | None:
    """Memory that a program can take now, or None where the system does not tell.

    Linux: what is free or can be freed, and not more than the process's control group has left.
    Elsewhere: what the machine has.
    """
    free = _free_memory() or _physical_memory()
    group = _memory_left_in_group()
    if free and group:
        return min(free, group)
    return free


def _free_memory() -> int | None:
    with suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return None


def _physical_memory() -> int | None:
    with suppress(AttributeError, OSError, ValueError):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return None


def _memory_left_in_group() -> int | None:
    with suppress(OSError, ValueError):
        return int((_CGROUPS / "memory.max").read_text()) - int((_CGROUPS / "memory.current").read_text())
    return None
