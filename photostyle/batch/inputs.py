"""Which photos are meant: files, folders, globs and URLs, each with its place below what was named."""

import glob
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from photostyle.batch import remote
from photostyle.errors import OptionError, PhotoError
from photostyle.photo.formats import CAMERA_RAW_SUFFIXES, READ_ONLY_SUFFIXES, WRITABLE


def _readable_suffixes() -> frozenset[str]:
    suffixes = set(CAMERA_RAW_SUFFIXES | READ_ONLY_SUFFIXES)
    for format in WRITABLE.values():
        suffixes.update(format.suffixes)
    return frozenset(suffixes)


SUFFIXES = _readable_suffixes()


@dataclass(frozen=True)
class FoundPhoto:
    """A photo and the folders between it and what was named, such as "2026/may" ("" for a file named itself)."""

    path: str
    reldir: str = ""


def find_photos(names: Iterable[str], leave_out: Callable[[], frozenset[str]] = frozenset) -> list[FoundPhoto]:
    """The photos that files, folders, globs and URLs stand for, each once, in a fixed order.

    Args:
        names: a file is taken whatever it is called; of a folder all photos by their extension, below it too, but no
            hidden ones; of a glob (`**` for any folders) what matches and is a file.
        leave_out: gives the real paths of files and folders that are not taken from folders and globs: the outputs of
            other runs. It is called after the listing, for what they have written until then.

    Raises:
        PhotoError: there is no such file, or nothing in it.
    """
    found: dict[str, FoundPhoto] = {}
    for name in names:
        for photo in _photos_of(os.fspath(name), leave_out):
            found.setdefault(photo.path, photo)
    return list(found.values())


def _photos_of(name: str, leave_out: Callable[[], frozenset[str]]) -> list[FoundPhoto]:
    """The photos that one name stands for."""
    if remote.is_url(name):
        photos = [FoundPhoto(path, reldir) for path, reldir in remote.find(name, SUFFIXES)]
    elif os.path.isdir(name):
        photos = _found_below(name, _files_below(name), leave_out)
    elif os.path.lexists(name):
        photos = [FoundPhoto(name)]
    elif glob.has_magic(name):
        matches = [path for path in sorted(glob.glob(name, recursive=True)) if os.path.isfile(path)]
        photos = _found_below(_fixed_part(name), matches, leave_out)
    else:
        raise PhotoError(f"{name}: no such file or folder; check the path")
    if not photos:
        raise PhotoError(f"{name}: no photos there; name files, folders or a glob in quotes")
    return photos


def _files_below(folder: str) -> list[str]:
    """All photos in a folder and below it, by their extension; hidden files and folders are not searched."""
    photos = []
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if _is_photo(name):
                photos.append(os.path.join(place, name))
    return photos


def _is_photo(name: str) -> bool:
    return not name.startswith(".") and os.path.splitext(name)[1].lower() in SUFFIXES


def _found_below(top: str, paths: list[str], leave_out: Callable[[], frozenset[str]]) -> list[FoundPhoto]:
    """The paths with the folders between them and `top`, without those that are left out or lie in what is."""
    left_out = leave_out()
    found = []
    for path in paths:
        if left_out and _is_left_out(path, left_out):
            continue
        folders = os.path.dirname(os.path.relpath(path, top or "."))
        found.append(FoundPhoto(path, folders.replace(os.sep, "/")))
    return found


def _is_left_out(path: str, left_out: frozenset[str]) -> bool:
    real = Path(os.path.realpath(path))
    return str(real) in left_out or any(str(folder) in left_out for folder in real.parents)


def _fixed_part(pattern: str) -> str:
    """The folder of a glob before its first wildcard."""
    fixed = []
    for part in Path(pattern).parts[:-1]:
        if glob.has_magic(part):
            break
        fixed.append(part)
    if not fixed:
        return ""
    return str(Path(*fixed))


def check_exists(path: str, role: str) -> str:
    """The path, if there is such a file, or if it is a URL.

    Raises:
        OptionError: there is none; `role` says what is missing.
    """
    if not (remote.is_url(path) or os.path.exists(path)):
        raise OptionError(f"{path}: no such {role}; check the path")
    return path
