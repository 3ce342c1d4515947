"""Which photos are meant: files, folders, globs and URLs, each with its place below what was named."""

import glob
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from photostyle.batch import remote
from photostyle.errors import OptionError, PhotoError
from photostyle.photo.formats import CAMERA_RAW_SUFFIXES, WRITABLE

SUFFIXES = CAMERA_RAW_SUFFIXES | {s for f in WRITABLE.values() for s in f.suffixes}
SUFFIXES |= set(".gif .bmp .psd .qoi .jp2 .j2k .ppm .pgm .pnm .pfm".split())


@dataclass(frozen=True)
class Found:
    """A photo and the folders between it and what was named, such as "2026/may" ("" for a file named itself)."""

    path: str
    reldir: str = ""


def find_photos(names: Iterable[str], leave_out: Callable[[], frozenset[str]] = frozenset) -> list[Found]:
    """The photos that files, folders, globs and URLs stand for, each once, in a fixed order.

    Args:
        names: a file is taken whatever it is called; of a folder all photos by their extension, below it too, but no
            hidden ones; of a glob (`**` for any folders) what matches and is a file.
        leave_out: gives the real paths of files and folders that are not taken from folders and globs: the outputs of
            other runs. It is asked after the listing, for what they have written until then.

    Raises:
        PhotoError: there is no such file, or nothing in it.
    """
    found: dict[str, Found] = {}
    for name in names:
        for photo in _found(os.fspath(name), leave_out):
            found.setdefault(photo.path, photo)
    return list(found.values())


def _found(name: str, leave_out: Callable[[], frozenset[str]]) -> list[Found]:
    if remote.is_url(name):
        photos = [Found(path, reldir) for path, reldir in remote.find(name, SUFFIXES)]
    elif os.path.isdir(name):
        photos = [Found(p, _between(name, p)) for p in _without(_below(name), leave_out)]
    elif os.path.lexists(name):
        return [Found(name)]
    elif glob.has_magic(name):
        matches = [p for p in sorted(glob.glob(name, recursive=True)) if os.path.isfile(p)]
        photos = [Found(p, _between(_fixed_part(name), p)) for p in _without(matches, leave_out)]
    else:
        raise PhotoError(f"{name}: no such file or folder; check the path")
    if not photos:
        raise PhotoError(f"{name}: no photos there; name files, folders or a glob in quotes")
    return photos


def _below(folder: str) -> list[str]:
    photos = []
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        photos += [os.path.join(place, f) for f in sorted(files) if _is_photo(f)]
    return photos


def _is_photo(name: str) -> bool:
    return not name.startswith(".") and os.path.splitext(name)[1].lower() in SUFFIXES


def _without(paths: list[str], leave_out: Callable[[], frozenset[str]]) -> list[str]:
    left_out = leave_out()
    real = {path: Path(os.path.realpath(path)) for path in paths} if left_out else {}
    return [p for p in paths if not left_out or left_out.isdisjoint(map(str, (real[p], *real[p].parents)))]


def _between(top: str, path: str) -> str:
    between = os.path.dirname(os.path.relpath(path, top or "."))
    return between.replace(os.sep, "/")


def _fixed_part(pattern: str) -> str:
    """The folder of a glob before its first wildcard."""
    parts = Path(pattern).parts
    fixed = next((i for i, part in enumerate(parts) if glob.has_magic(part)), len(parts) - 1)
    return str(Path(*parts[:fixed])) if fixed else ""


def check_file(path: str, role: str) -> str:
    """The path, if there is such a file (or URL); an OptionError names what is missing."""
    if not (remote.is_url(path) or os.path.exists(path)):
        raise OptionError(f"{path}: no such {role}; check the path")
    return path
