"""Whether a process that wrote its number down is still the same one, on this machine or another."""

import os
import socket
from contextlib import suppress
from functools import cache
from pathlib import Path

RUNNING = "alive"  # for the time of a process's start, where the system does not say
GONE = ""


@cache
def machine_name() -> str:
    """Where the numbers of processes mean the same: a host since its start, and a container of its own there."""
    name = socket.gethostname()
    with suppress(OSError):
        name += " " + Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        name += " " + os.readlink("/proc/self/ns/pid")
    return name


def process_start(pid: int) -> str:
    """When a process of this machine began, so that its number used again is not taken for it; `GONE` if there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        pass
    if Path("/proc/self/stat").exists():
        return GONE
    if os.name == "nt":  # os.kill would end it; only the heartbeat says
        return RUNNING
    try:
        os.kill(pid, 0)
    except PermissionError:
        return RUNNING
    except (OSError, ValueError):
        return GONE
    return RUNNING
