"""Files that appear whole or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path, prefix: str = ".part-") -> Iterator[Path]:
    """A temporary file beside `path`, of a name with `prefix`, that takes its place and its mode when the block ends well.

    When the block raises, the temporary file goes and what was at `path` stays.

    Raises:
        OSError: there can be no file at that place.
    """
    target = path.resolve()
    mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
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


def write_whole(path: Path, data: bytes, prefix: str = ".part-") -> None:
    """Write all of the data, or nothing; see `replacing`."""
    with replacing(path, prefix) as temporary:
        temporary.write_bytes(data)


def _umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask
