"""Masks that were painted, by the digest of their photo's file: so they are found again where a photo was moved or renamed."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from photostyle.errors import MaskError
from photostyle.photo import Photo
from photostyle.studio.latest import kept
from photostyle.studio.masks import PaintedMask, restored_mask, same_shape
from photostyle.studio.problems import Refused
from photostyle.studio.room import Room

_IN_MEMORY = 16


class KeptMasks:
    """Keeps masks in a room, and the latest in memory.

    Args:
        room: where they are kept.
    """

    def __init__(self, room: Room):
        self._room = room
        self._lock = threading.RLock()
        self._latest: OrderedDict[str, PaintedMask] = OrderedDict()
        self._photos: dict[str, dict[str, Any]] = {}  # of each digest its photo's name and size
        for name in room.names("masks"):
            record = room.read_record(name)
            if isinstance(record, dict) and isinstance(record.get("photo"), dict):
                self._photos[_digest_of(name)] = record["photo"]

    def of(self, digest: str, name: str, photo: Callable[[], Photo]) -> tuple[PaintedMask | None, str | None]:
        """The mask of a photo, and a line where the photo was renamed or changed since it was painted.

        Args:
            digest: of the photo's file.
            name: of the file; a mask of another file of this name is taken where the photo has none; "" for none.
            photo: gives the photo, whose shape the mask must have.
        """
        with self._lock:
            known = self._photos.get(digest)
            if known is not None:
                note = None
                if name and known.get("name") != name:
                    note = f"{name} was called {known.get('name')} when its mask was painted"
                return self._read(digest, photo), note
            other = self._of_name(name)
            if other is None:
                return None, None
            was = self._photos[other].get("size")
            if not isinstance(was, list) or len(was) != 2 or not same_shape((was[0], was[1]), photo().size):
                return None, f"{name} has changed its shape since its mask was painted, so the mask is left aside"
            return self._read(other, photo), f"{name} has changed since its mask was painted; see whether the mask still fits"

    def put(self, digest: str, name: str, photo: Photo, mask: PaintedMask | None, after: str | None = None) -> None:
        """Keep a mask, or forget it and that of an older file of the photo's name.

        Args:
            digest, name: of the photo's file.
            photo: itself.
            mask: to be kept; None for none.
            after: the key of the mask that it was painted over, "" for none; None for whatever there is.

        Raises:
            Refused: there is another mask by now.
            NotKept: the disk does not take it; the mask before is still there.
        """
        with self._lock:
            if after is not None:
                now = self.of(digest, name, lambda: photo)[0]
                if after != (now.key if now else ""):
                    raise Refused("the mask was changed elsewhere meanwhile, perhaps in another tab", 409)
            older = self._of_name(name) if digest not in self._photos else None
            if mask is None:
                self._forget(digest)
            else:
                about = {"name": name, "size": list(photo.size)}
                self.put_record(digest, {"photo": about, **mask.record})
                self._latest[digest] = mask
            if older is not None:
                self._forget(older)

    def put_record(self, digest: str, record: Mapping[str, Any]) -> None:
        """Keep a mask as a record; raises NotKept where the disk does not take it."""
        with self._lock:
            self._room.write_record(_file_of(digest), record)
            self._photos.pop(digest, None)  # the latest of a name comes last
            self._photos[digest] = record["photo"]
            self._latest.pop(digest, None)

    def record(self, digest: str) -> dict[str, Any] | None:
        """The record of a photo's mask, if there is one."""
        record = self._room.read_record(_file_of(digest))
        return record if isinstance(record, dict) else None

    def photo_names(self) -> list[str]:
        """The names of photos that have a mask; not of those that were brought."""
        with self._lock:
            return sorted({str(about["name"]) for about in self._photos.values() if about.get("name")})

    def forget(self, digest: str) -> None:
        """Forget the mask of a photo, if it has one."""
        with self._lock:
            self._forget(digest)

    def forget_all(self) -> None:
        """Forget all masks."""
        with self._lock:
            for digest in list(self._photos):
                self._forget(digest)

    def _read(self, digest: str, photo: Callable[[], Photo]) -> PaintedMask | None:
        """A mask that is kept; None where its file has gone."""
        if digest not in self._latest:
            record = self.record(digest)
            if record is None:
                return None
            self._latest[digest] = restored_mask(record, photo())
        return kept(self._latest, digest, _IN_MEMORY)

    def _of_name(self, name: str) -> str | None:
        """The digest of the latest kept photo of a name; None for no name."""
        digests = [digest for digest, about in self._photos.items() if name and about.get("name") == name]
        return digests[-1] if digests else None

    def _forget(self, digest: str) -> None:
        self._room.remove(_file_of(digest))
        self._photos.pop(digest, None)
        self._latest.pop(digest, None)


def check_record(record: Any) -> dict[str, Any]:
    """A mask's record from a file that anybody may have written, as far as it can be checked without its photo.

    Raises:
        MaskError: it is none.
    """
    about = record.get("photo") if isinstance(record, dict) else None
    size = about.get("size") if isinstance(about, dict) else None
    sound = isinstance(size, list) and len(size) == 2 and all(isinstance(side, int) and side > 0 for side in size)
    if not sound or not isinstance(about.get("name"), str):  # type: ignore[union-attr]
        raise MaskError("a mask of the project names no photo; save the project again")
    return dict(record)


def _file_of(digest: str) -> str:
    return f"masks/{digest}.json"


def _digest_of(name: str) -> str:
    return name.removeprefix("masks/").removesuffix(".json")
