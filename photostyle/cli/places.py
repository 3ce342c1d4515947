"""Places that files are to be written to: what is there, and whether they can be written, found out before the work."""

import os
from collections.abc import Sequence
from pathlib import Path

from photostyle.errors import FileError


def check_place(path: Path, *, overwrite: bool, what: str = "") -> None:
    """Fail now, not after the work, where a file cannot be written; its folders need not be there yet.

    Args:
        path: of the file.
        overwrite: whether it may be replaced.
        what: said of a file that may not, such as "may be the LUT of a region, and ".

    Raises:
        FileError: something is there already and may not be replaced, it is no file, or there is no permission.
    """
    try:
        there = _is_there(path)
        folder = _nearest_folder(path)
    except (OSError, ValueError) as error:
        raise FileError(f"{path}: is no name for a file here ({getattr(error, 'strerror', error)}); give another") from error
    if path.is_dir():
        raise FileError(f"{path}: is a folder; name a file in it")
    if there and path.exists() and not path.is_file():
        raise FileError(f"{path}: is not a regular file; name another")
    if not folder.is_dir():
        raise FileError(f"{path}: cannot be written, since {folder} is a file and no folder; choose another place")
    if there and not overwrite:
        raise FileError(f"{path}: {what}exists already; give another output, or allow that it is replaced", option="overwrite")
    if not os.access(folder, os.W_OK | os.X_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise FileError(f"{path}: no permission to write there; choose another place")


def _is_there(path: Path) -> bool:
    """Whether there is something at a path, be it a link to nothing.

    Raises:
        OSError, ValueError: the path is too long for the system, or cannot be looked at.
    """
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _nearest_folder(path: Path) -> Path:
    """The folder of a file, or the nearest one above it that is there."""
    folder = path.resolve().parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder


def free_name(path: Path, taken: Sequence[Path] = ()) -> Path:
    """The path; with the first number from 2 that is free where there is something already, such as day-relit-2.jpg."""
    number = 1
    free = path
    while os.path.lexists(free) or any(same_place(free, other) for other in taken):
        number += 1
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return free


def is_folder(given: str) -> bool:
    """Whether a name stands for a folder: it is one, or it ends as only folders do."""
    return given.endswith(("/", os.sep)) or os.path.isdir(given)


def same_place(path: Path, other: Path) -> bool:
    """Whether two paths are of one file."""
    try:
        if path.resolve() == other.resolve():
            return True
        return path.exists() and other.exists() and path.samefile(other)
    except (OSError, ValueError):
        return False
