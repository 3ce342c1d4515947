"""Which photos and clips are meant: files, folders, globs and URLs, each with its place below what was named."""

import glob
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from photostyle.batch import remote
from photostyle.clip_files import CLIP_SUFFIXES, is_clip
from photostyle.errors import OptionError, PhotoError
from photostyle.events import unheard
from photostyle.photo.formats import CAMERA_RAW_SUFFIXES, READ_ONLY_SUFFIXES, WRITABLE
from photostyle.system_files import left_out_note, system_part


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


def find_photos(
    names: Iterable[str],
    leave_out: Callable[[], frozenset[str]] = frozenset,
    tell: Callable[[str], None] = unheard,
    *,
    clips: bool = False,
) -> list[FoundPhoto]:
    """The photos that files, folders, globs and URLs stand for, each once, in a fixed order.

    Args:
        names: a file is taken whatever it is called; of a folder all photos by their extension, below it too, but no
            hidden ones and none that a system has made, such as thumbnails in @eaDir; of a glob (`**` for any folders) what
            matches and is a file, but none of a system's either.
        leave_out: gives the real paths of files and folders that are not taken from folders and globs: the outputs of
            other runs. It is called after the listing, for what they have written until then.
        tell: is told in a line what was left out: what is a system's own, and clips beside photos.
        clips: whether the clips of a folder that holds no photos are taken in their place.

    Raises:
        PhotoError: there is no such file, or nothing in it.
    """
    found: dict[str, FoundPhoto] = {}
    for name in names:
        for photo in _photos_of(os.fspath(name), leave_out, tell, clips):
            found.setdefault(photo.path, photo)
    return list(found.values())


def _photos_of(name: str, leave_out: Callable[[], frozenset[str]], tell: Callable[[str], None], clips: bool) -> list[FoundPhoto]:
    """The photos that one name stands for."""
    note = None
    if remote.is_url(name):
        listed = [FoundPhoto(path, reldir) for path, reldir in remote.find(name, SUFFIXES | CLIP_SUFFIXES if clips else SUFFIXES)]
        photos, note = _without_system_files(listed, name)
    elif os.path.isdir(name):
        suffixes = SUFFIXES | CLIP_SUFFIXES if clips else SUFFIXES
        listed = _found_below(name, _files_below(name, suffixes), leave_out)
        photos, note = _without_system_files(listed, name)
    elif os.path.lexists(name):
        photos = [FoundPhoto(name)]
    elif glob.has_magic(name):
        matches = [path for path in sorted(glob.glob(name, recursive=True)) if os.path.isfile(path)]
        listed = _found_below(_fixed_part(name), matches, leave_out)
        photos, note = _without_system_files(listed, name)
    else:
        raise PhotoError(f"{name}: no such file or folder; check the path")
    if remote.is_url(name) or os.path.isdir(name):
        photos = _without_clips_beside_photos(photos, name, tell)
    if not photos:
        but = f" ({note})" if note else ""
        raise PhotoError(f"{name}: no photos there{but}; name files, folders or a glob in quotes")
    if note is not None:
        tell(f"{name}: {note}")
    return photos


def _without_system_files(photos: list[FoundPhoto], name: str) -> tuple[list[FoundPhoto], str | None]:
    """The photos without hidden ones and those that a system has made, unless the name spells them; and a note on these."""
    kept = []
    left_out = []
    for photo in photos:
        below = [*photo.reldir.split("/"), photo.path.replace(os.sep, "/").rpartition("/")[2]]
        part = system_part(part for part in below if not _spells(name, part))
        if part is None:
            kept.append(photo)
        else:
            left_out.append(part)
    return kept, left_out_note(left_out)


def _without_clips_beside_photos(found: list[FoundPhoto], name: str, tell: Callable[[str], None]) -> list[FoundPhoto]:
    """The photos of a folder; its clips where it holds no photos, for clips take hours where photos take minutes."""
    photos = [each for each in found if not is_clip(each.path)]
    if photos and len(photos) < len(found):
        count = len(found) - len(photos)
        tell(f"{name}: {count} clips are left out, for it holds photos; name clips by themselves, or by a glob such as '*.mp4'")
    return photos or found


def _spells(name: str, part: str) -> bool:
    """Whether a part of a path is meant by what was named, such as `.shoot*/*.jpg`, and not only met by a wildcard."""
    named = name.replace(os.sep, "/").split("/")
    return any(each[:1] not in ("", "*", "?", "[") and fnmatch(part, each) for each in named)


def _files_below(folder: str, suffixes: frozenset[str]) -> list[str]:
    """All files in a folder and below it that have one of the extensions."""
    photos = []
    for place, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            if os.path.splitext(name)[1].lower() in suffixes:
                photos.append(os.path.join(place, name))
    return photos


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
