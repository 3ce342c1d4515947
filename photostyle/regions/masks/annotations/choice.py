"""Which of the pictures of an annotation file is the photo at hand."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from photostyle.errors import MaskError

_LISTED = 5  # names that an error lists
_UPLOAD = re.compile(r"^[0-9a-f]{8}-(?=.)")  # what Label Studio puts before the name of an uploaded file


@dataclass(frozen=True)
class Candidate:
    """A picture of the file: its name, perhaps with folders, and its (width, height), None where unknown."""

    name: str
    size: tuple[int, int] | None = None


def choose_picture(
    candidates: Sequence[Candidate], path: object, photo_name: str | None, photo_size: tuple[int, int]
) -> tuple[int, list[str]]:
    """The place of the picture that is the photo, and notes.

    It is the only one, or the one of the photo's name, be it of another format; else the only one of the photo's size.

    Args:
        candidates: the pictures of the file.
        path: the file, for the error.
        photo_name: the name or path of the photo, where it has one.
        photo_size: its (width, height).

    Raises:
        MaskError: none is, or several may be.
    """
    if len(candidates) == 1:
        return 0, []
    of_size = [place for place, candidate in enumerate(candidates) if candidate.size == tuple(photo_size)]
    for name in (photo_name, PurePosixPath(str(path)).stem):  # programs name the file of one photo after it
        for same in (_same_name, _same_stem):
            found = [place for place, candidate in enumerate(candidates) if name and same(candidate.name, name)]
            if name and len(found) > 1:
                found = _closest(found, candidates, name, of_size)
            if len(found) == 1:
                return found[0], []
    if len(of_size) == 1:
        chosen = candidates[of_size[0]].name
        return of_size[0], [f"holds {len(candidates)} pictures; {chosen} is used, the only one of the photo's size"]
    raise MaskError(_text(candidates, path, photo_name))


def _text(candidates: Sequence[Candidate], path: object, photo_name: str | None) -> str:
    if not candidates:
        return f"{path} holds no pictures; export it with its annotations"
    names = ", ".join(candidate.name for candidate in candidates[:_LISTED])
    if len(candidates) > _LISTED:
        names += " and others"
    which = "the photo" if not photo_name else f"the photo {_file_name(photo_name)}"
    return f"{path} holds {len(candidates)} pictures, and none is surely {which}: {names}; give the photo the name of one"


def _closest(found: list[int], candidates: Sequence[Candidate], photo_name: str, of_size: list[int]) -> list[int]:
    """Of pictures of one name, those that share most folders with the photo; else those of its size."""
    photo = _parts(photo_name)[::-1]
    shared = []
    for place in found:
        count = 0
        for ours, theirs in zip(photo, _parts(candidates[place].name)[::-1], strict=False):
            if ours != theirs:
                break
            count += 1
        shared.append(count)
    best = [place for place, count in zip(found, shared, strict=True) if count == max(shared)]
    if len(best) > 1:
        best = [place for place in best if place in of_size]
    return best


def _same_name(name: str, photo_name: str) -> bool:
    return _file_name(photo_name) in (_file_name(name), _UPLOAD.sub("", _file_name(name)))


def _same_stem(name: str, photo_name: str) -> bool:
    stem = PurePosixPath(_file_name(name)).stem
    return PurePosixPath(_file_name(photo_name)).stem in (stem, _UPLOAD.sub("", stem))


def _file_name(name: str) -> str:
    return _parts(name)[-1] if _parts(name) else ""


def _parts(name: str) -> list[str]:
    """Folders and file of a path of any system, in small letters."""
    return [part for part in name.casefold().replace("\\", "/").split("/") if part]
