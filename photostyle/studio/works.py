"""Works: a pair of photos with all that was chosen for it. They are the recent pairs of the page, and what a project holds."""

import json
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Any

from photostyle.amounts import Amounts
from photostyle.errors import OptionError, PhotostyleError
from photostyle.studio.problems import Refused
from photostyle.studio.room import Room
from photostyle.studio.solve_options import options_of

_MOST = 30  # pairs that are kept, the latest
_MOST_TEXT = 1 << 18  # characters of the choices of a pair
_FILE = "works.json"
MOST_KEPT = 6  # results of a pair that are kept to be compared
_SOLVE = ("method", "options", "pairs", "protect", "ignore")
_KNOWN = {*_SOLVE, "amounts", "saving", "solved", "layers", "kept"}


@dataclass(frozen=True)
class PhotoRecord:
    """By what a photo is found again.

    Args:
        name: of its file.
        path: where it lay; None for one that the page brought.
        digest: SHA-256 of the file, hexadecimal.
        length: of the file in bytes.
        id: that the page knew it by.
    """

    name: str
    path: str | None
    digest: str
    length: int
    id: str


@dataclass(frozen=True)
class Work:
    """A pair of photos and what was chosen for it.

    Args:
        content, style: the photos.
        choices: as `checked_choices` returns them.
    """

    content: PhotoRecord
    style: PhotoRecord
    choices: Mapping[str, Any]

    @property
    def key(self) -> tuple[str, str]:
        """The digests of its photos."""
        return self.content.digest, self.style.digest

    @property
    def transforms(self) -> tuple[str, ...]:
        """The ids of its transforms: of the one that was solved last, if any was, and of those that are kept to be compared."""
        results = [self.choices.get("solved"), *(kept["solved"] for kept in self.choices.get("kept", []))]
        ids = [solved.get("transform") for solved in results if isinstance(solved, Mapping)]
        return tuple(dict.fromkeys(id for id in ids if isinstance(id, str)))

    def with_transforms(self, are_there: Callable[[str], bool]) -> "Work":
        """The work without results whose transforms are gone."""
        choices = dict(self.choices)
        if not _is_there(choices.get("solved"), are_there):
            choices.pop("solved", None)
        choices["kept"] = [kept for kept in choices.get("kept", []) if _is_there(kept["solved"], are_there)]
        if not choices["kept"]:
            del choices["kept"]
        return replace(self, choices=choices)

    def as_record(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)

    @classmethod
    def of_record(cls, record: Any) -> "Work":
        """The work of a record.

        Raises:
            Refused: it is none.
        """
        try:
            photos = [PhotoRecord(**record[role]) for role in ("content", "style")]
            for photo in photos:
                if not all(isinstance(text, str) for text in (photo.name, photo.digest, photo.id)):
                    raise TypeError(photo)
                if not isinstance(photo.length, int) or not isinstance(photo.path, str | None):
                    raise TypeError(photo)
            return cls(photos[0], photos[1], checked_choices(record["choices"]))
        except (TypeError, KeyError, AttributeError) as error:
            raise Refused("the pair of photos lacks a part, or has a wrong one; save it again") from error


def checked_choices(record: Any) -> dict[str, Any]:
    """What a page chose for a pair of photos.

    Args:
        record: perhaps method, options (of the method, by name), pairs, protect, ignore; amounts (strength, luma, chroma);
            saving, layers and solved, which the page alone reads; kept, a list of {name, solved, amounts}.

    Raises:
        Refused, OptionError: a part is unknown, or wrong.
    """
    if not isinstance(record, dict) or not record.keys() <= _KNOWN:
        raise Refused(f"choices must be an object of {', '.join(sorted(_KNOWN))}, got {str(record)[:80]}")
    if len(json.dumps(record)) > _MOST_TEXT:
        raise Refused(f"choices must take at most {_MOST_TEXT} characters", 413)
    for name in ("options", "amounts", "saving", "layers"):
        if not isinstance(record.get(name, {}), dict):
            raise Refused(f"{name} must be an object, got {str(record[name])[:80]}")
    if not isinstance(record.get("solved"), dict | None):
        raise Refused("solved must be an object")
    options_of(asked_of(record))
    _check_amounts(record.get("amounts", {}))
    kept = record.get("kept", [])
    if not isinstance(kept, list) or len(kept) > MOST_KEPT:
        raise Refused(f"kept must be a list of at most {MOST_KEPT} results")
    for each in kept:
        if not isinstance(each, dict) or not isinstance(each.get("name"), str) or not isinstance(each.get("solved"), dict):
            raise Refused(f"a kept result must have a name and what was solved, got {str(each)[:80]}")
        _check_amounts(each.get("amounts", {}))
    return record


def _check_amounts(record: Any) -> None:
    if not isinstance(record, dict):
        raise Refused(f"amounts must be an object, got {str(record)[:80]}")
    try:
        Amounts(**record)
    except TypeError as error:
        raise OptionError(f"amounts are strength, luma and chroma, got {', '.join(record)}") from error


def _is_there(solved: Any, are_there: Callable[[str], bool]) -> bool:
    """Whether the transform of a result is."""
    id = solved.get("transform") if isinstance(solved, Mapping) else None
    return isinstance(id, str) and are_there(id)


def asked_of(choices: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a solve among the choices, as `options_of` takes them."""
    asked = dict(choices.get("options", {}))
    asked["method"] = choices.get("method", "field")
    for name in ("pairs", "protect", "ignore"):
        if choices.get(name):
            asked[name] = choices[name]
    return asked


class Works:
    """Keeps works in a room, the latest first.

    Args:
        room: where they are kept.
    """

    def __init__(self, room: Room):
        self._room = room
        self._lock = threading.Lock()
        self._works: list[Work] = []
        records = room.read_record(_FILE)
        for record in records if isinstance(records, list) else []:
            with suppress(PhotostyleError):  # of another version
                self._works.append(Work.of_record(record))

    def all(self) -> list[Work]:
        """All that are kept, the latest first."""
        with self._lock:
            return list(self._works)

    def of(self, content: PhotoRecord, style: PhotoRecord) -> Work | None:
        """The work of two photos: of these files, else of files of these names; None where there is none."""
        works = self.all()
        for work in works:
            if work.key == (content.digest, style.digest):
                return work
        for work in works:
            if (work.content.name, work.style.name) == (content.name, style.name):
                return work
        return None

    def put(self, work: Work) -> None:
        """Keep a work as the latest.

        Raises:
            NotKept: the disk does not take it.
        """
        with self._lock:
            others = [other for other in self._works if other.key != work.key]
            works = [work, *others][:_MOST]
            self._room.write_record(_FILE, [each.as_record() for each in works])
            self._works = works

    def transforms(self) -> set[str]:
        """The ids of transforms that works need."""
        return {id for work in self.all() for id in work.transforms}

    def photos(self) -> set[str]:
        """The ids of all photos of works."""
        return {photo.id for work in self.all() for photo in (work.content, work.style)}

    def forget_all(self) -> None:
        """Forget all works."""
        with self._lock:
            self._works = []
            self._room.remove(_FILE)
