"""Files that appear whole or not at all, and a lock that lets one process at a time work on them."""

import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

PART = ".part-"  # begins names of files that are not whole yet
_lock = threading.Lock()


@contextmanager
def replacing(path: Path, prefix: str = PART) -> Iterator[Path]:
    """A temporary file beside `path`, of a name with `prefix`, that takes its place and its mode when the block ends well.

    When the block raises, the temporary file goes and what was at `path` stays.

    Raises:
        OSError: there can be no file at that place.
    """
    target = path.resolve()
    if target.exists():
        mode = target.stat().st_mode & 0o777
    else:
        mode = 0o666 & ~_umask()
    handle, name = tempfile.mkstemp(suffix=".part", prefix=prefix, dir=target.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        os.chmod(temporary, mode)
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def write_whole(path: Path, data: bytes, prefix: str = PART) -> None:
    """Write all of the data, or nothing; see `replacing`."""
    with replacing(path, prefix) as temporary:
        temporary.write_bytes(data)


@contextmanager
def exclusive_lock(lock: Path) -> Iterator[None]:
    """Let one process at a time run the block; the others wait.

    Where the system or its disk knows no locks, all run at once. The lock of a process that died is free.

    Args:
        lock: a file that is made for the purpose, and removed afterwards.
    """
    handle = _locked(lock)
    try:
        yield
    finally:
        if handle is not None:
            with suppress(OSError):
                os.unlink(lock)
            os.close(handle)


@contextmanager
def shared_lock(lock: Path) -> Iterator[None]:
    """Let several processes at a time run such blocks, while none runs one of `exclusive_lock`; the lock file stays."""
    handle = _locked(lock, shared=True)
    try:
        yield
    finally:
        if handle is not None:
            os.close(handle)


def _locked(lock: Path, *, shared: bool = False) -> int | None:
    """The lock file, opened and locked, where that can be had."""
    while True:
        try:
            import fcntl

            handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
        except (ImportError, OSError):
            return None
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        with suppress(OSError):
            if os.path.samestat(os.fstat(handle), os.stat(lock)):
                return handle
        os.close(handle)  # whoever had it has removed it: another may hold its successor


@cache
def _umask() -> int:
    """The process's file mode mask; it can only be read by setting it, which is done once, by one thread."""
    with _lock:
        umask = os.umask(0o077)
        os.umask(umask)
    return umask
