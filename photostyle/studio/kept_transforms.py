"""Transforms that were found, kept as files, so that they outlive the studio; the latest are in memory too.

A transform is used as its file has it: the picture that is shown and saved is the very one that `photostyle render` makes.
"""

import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from photostyle.amounts import Amounts
from photostyle.errors import FileError, PhotostyleError
from photostyle.photo import Photo, shrunk
from photostyle.prepared import Prepared, prepare_whole
from photostyle.studio.drawing import Drawn
from photostyle.studio.latest import kept
from photostyle.studio.problems import NotKept, NotThere, Refused
from photostyle.studio.room import Room
from photostyle.studio.shelf import Item
from photostyle.transforms import Transform, TranslationTransform, load_transform
from photostyle.transforms.base import PlanesPreview

PREVIEWED = 2048  # pixels, the longest side of a preview
_ID = re.compile(r"[0-9a-f]{16}")


@dataclass(eq=False)
class Found:
    """A transform that was found, for which photo.

    Args:
        id: by which the page asks for it.
        transform: itself.
        content: the photo that it was found for.
        prepared: that photo with its regions, as they were; the photo itself at the size of previews, for it can be read again.
        notes: what the user should be told.
        previews: functions that draw it, by long side.
        full: what was drawn of it last at the photo's own size, with which amounts.
        heat: where in the photo its network looks, once it was asked for.
    """

    id: str
    transform: Transform
    content: Item
    prepared: Prepared
    notes: tuple[str, ...] = ()
    previews: dict[int, PlanesPreview] = field(default_factory=dict)
    full: tuple[Amounts, Drawn] | None = None
    heat: np.ndarray | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def drawn(self, amounts: Amounts, long_side: int) -> Drawn:
        """The result at a size."""
        with self.lock:
            if long_side not in self.previews:
                while len(self.previews) > 2:  # a window has one size at a time, and two that are drawn while sliders move
                    del self.previews[next(iter(self.previews))]
                self.previews[long_side] = self.transform.preview_planes(self.prepared, long_side)
            draw = self.previews[long_side]
        return Drawn.of(draw(amounts).permute(1, 2, 0).numpy())

    @property
    def has_attention(self) -> bool:
        """Whether a network made it that tells where it looks."""
        return isinstance(self.transform, TranslationTransform) and self.transform.has_attention

    def attention(self) -> np.ndarray:
        """(h, w) in [0, 1], where in the photo its network looks.

        Raises:
            Refused: it has no such network.
        """
        if not isinstance(self.transform, TranslationTransform) or not self.transform.has_attention:
            raise Refused("no network with attention made this result; choose one that was trained as ugatit")
        with self.lock:
            if self.heat is None:
                self.heat = self.transform.attention(self.prepared.photo)
            return self.heat


class KeptTransforms:
    """Keeps transforms in a room.

    Args:
        room: where their files lie.
        most: how many are kept in memory.
    """

    def __init__(self, room: Room, most: int):
        self._room = room
        self._most = most
        self._latest: OrderedDict[str, Found] = OrderedDict()
        self._lock = threading.RLock()

    def add(self, transform: Transform, content: Item, digest: str, prepared: Prepared, notes: tuple[str, ...]) -> Found:
        """Keep a transform; where the disk does not take it, in memory alone, with a note that says so.

        Args:
            transform: to be kept.
            content: the photo that it was found for.
            digest: of that photo's file.
            prepared: that photo, at the size of previews.
            notes: what the user should be told.
        """
        id = secrets.token_hex(8)
        try:
            transform.save(self._room.path(_file_of(id)))
            self._room.write_record(_facts_of(id), {"digest": digest, "content": content.name, "notes": list(notes)})
            transform = load_transform(self._room.path(_file_of(id)))
        except (FileError, NotKept) as error:
            self._room.remove(_file_of(id))
            notes = (*notes, f"this result goes when the studio ends, save it before: {error}")
        with self._lock:
            self._latest[id] = Found(id, transform, content, prepared, notes)
            return kept(self._latest, id, self._most)

    def of(self, id: str, photo_of: Callable[[str, str], tuple[Item, Photo]]) -> Found:
        """The transform of an id.

        Args:
            id: as `add` made it.
            photo_of: gives a photo by the digest of its file, and its name.

        Raises:
            NotThere: there is none, or its photo is not there.
        """
        with self._lock:
            if id not in self._latest:
                self._latest[id] = self._restored(id, photo_of)
            return kept(self._latest, id, self._most)

    def latest(self) -> list[Found]:
        """Those in memory."""
        with self._lock:
            return list(self._latest.values())

    def _restored(self, id: str, photo_of: Callable[[str, str], tuple[Item, Photo]]) -> Found:
        facts = self.facts(id)
        if facts is None:
            raise NotThere("this result is not kept any more; solve again")
        item, photo = photo_of(facts["digest"], facts["content"])
        try:
            transform = load_transform(self._room.path(_file_of(id)))
        except PhotostyleError as error:
            raise NotThere("this result cannot be read any more; solve again") from error
        prepared = prepare_whole(photo)
        small = replace(prepared, photo=shrunk(photo, PREVIEWED))
        return Found(id, transform, item, small, tuple(facts["notes"]))

    def facts(self, id: str) -> dict[str, Any] | None:
        """What is known of a transform that is kept: digest and name of its photo, notes; None where there is none."""
        facts = self._room.read_record(_facts_of(id)) if _ID.fullmatch(id) else None
        return facts if isinstance(facts, dict) else None

    def data(self, id: str) -> bytes | None:
        """The file of a transform; None where there is none."""
        return self._room.read(_file_of(id)) if _ID.fullmatch(id) else None

    def put_file(self, id: str, data: bytes, facts: Mapping[str, Any]) -> None:
        """Keep the file of a transform that was saved with a project.

        Raises:
            NotThere: its id is none.
            FileError: the file is no transform.
            NotKept: the disk does not take it.
        """
        if not _ID.fullmatch(id):
            raise NotThere(f"a transform must have an id of 16 digits, got {id!r}")
        self._room.write(_file_of(id), data)
        try:
            load_transform(self._room.path(_file_of(id)))
        except PhotostyleError:
            self._room.remove(_file_of(id))
            raise
        self._room.write_record(_facts_of(id), dict(facts))
        with self._lock:
            self._latest.pop(id, None)

    def forget_but(self, wanted: Collection[str]) -> None:
        """Remove the files of transforms that are neither wanted nor among the latest."""
        with self._lock:
            for name in self._room.names("transforms"):
                id = name.removeprefix("transforms/").partition(".")[0]
                if id not in wanted and id not in self._latest:
                    self._room.remove(name)

    def forget(self, id: str) -> None:
        """Remove a transform, if it is there."""
        with self._lock:
            self._latest.pop(id, None)
            if _ID.fullmatch(id):
                self._room.remove(_file_of(id))
                self._room.remove(_facts_of(id))

    def forget_all(self) -> None:
        """Remove all transforms."""
        with self._lock:
            self._latest.clear()
            self.forget_but(())


def _file_of(id: str) -> str:
    return f"transforms/{id}.safetensors"


def _facts_of(id: str) -> str:
    return f"transforms/{id}.json"
