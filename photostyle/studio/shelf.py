"""The photos that the page may show: those of the folder, and those that were brought.

A page names a photo by its id, never by a path. Ids of the folder's photos are found by looking through the folder, so that no
request can open anything else; a link that leads out of the folder is not followed.
"""

import hashlib
import secrets
import tempfile
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath, PureWindowsPath

from photostyle.errors import PhotostyleError
from photostyle.photo import Photo, read_photo
from photostyle.photo.formats import CAMERA_RAW_SUFFIXES, READ_ONLY_SUFFIXES, WRITABLE
from photostyle.studio.latest import kept
from photostyle.studio.limits import StudioLimits
from photostyle.studio.problems import NotThere, Refused
from photostyle.system_files import is_system_name

SUFFIXES = {suffix for format in WRITABLE.values() for suffix in format.suffixes} | READ_ONLY_SUFFIXES | CAMERA_RAW_SUFFIXES
_LONGEST_NAME = 120


@dataclass(frozen=True)
class Item:
    """A photo that may be shown.

    Args:
        id: by which the page asks for it.
        name: of its file, for people.
        path: where it is read from.
        brought: whether the page brought it; else it lies in the folder.
        state: changes when its file does.
    """

    id: str
    name: str
    path: Path
    brought: bool = False
    state: tuple[int, ...] = ()


class Shelf:
    """Finds photos by their ids, and keeps the latest decoded.

    Args:
        folder: whose photos are listed; None for none.
        limits: how much may be brought and kept.
    """

    def __init__(self, folder: Path | None, limits: StudioLimits):
        self.folder = folder
        self.limits = limits
        self._room = tempfile.TemporaryDirectory(prefix="photostyle-studio-")
        self._brought: dict[str, Item] = {}
        self._bytes = 0
        self._photos: OrderedDict[tuple[str, tuple[int, ...]], Photo] = OrderedDict()
        self._lock = threading.RLock()

    def close(self) -> None:
        """Remove what was brought."""
        self._room.cleanup()

    def items(self) -> list[Item]:
        """All photos: those that were brought, the latest first, then the folder's by name."""
        with self._lock:
            return [*reversed(self._brought.values()), *self._of_folder()]

    def item(self, id: str) -> Item:
        """The photo of an id.

        Raises:
            NotThere: there is none.
        """
        for item in self.items():
            if item.id == id:
                return item
        raise NotThere("there is no such photo here any more; choose it again")

    def photo(self, item: Item) -> Photo:
        """The photo, decoded.

        Raises:
            PhotoError: it cannot be read, or has too many pixels.
        """
        key = (item.id, item.state)
        with self._lock:
            if key not in self._photos:
                photo = self._read(item)
                self._photos[key] = replace(photo, file=replace(photo.file, path=item.name))
            return kept(self._photos, key, self.limits.photos)

    def add(self, name: str, data: bytes) -> Item:
        """Take a photo that the page brings.

        Args:
            name: of its file, as the page has it.
            data: its content.

        Raises:
            Refused: there is no more room.
            PhotoError: it is no photo, or has too many pixels.
        """
        with self._lock:
            if len(self._brought) >= self.limits.brought or self._bytes + len(data) > self.limits.all_bytes:
                raise Refused("no more photos can be brought; close the studio and open it again", 413)
            name = file_name(name)
            id = f"b{secrets.token_hex(8)}"
            suffix = Path(name).suffix.lower()
            path = Path(self._room.name) / (id + (suffix if suffix in SUFFIXES else ""))
            path.write_bytes(data)
            item = Item(id, name, path, brought=True)
            try:
                self.photo(item)
            except BaseException:
                path.unlink()
                raise
            self._brought[id] = item
            self._bytes += len(data)
            return item

    def _read(self, item: Item) -> Photo:
        """The photo of a file; errors call it by its name, without folders."""
        try:
            return read_photo(item.path, max_pixels=self.limits.photo_pixels)
        except PhotostyleError as error:
            raise type(error)(str(error).replace(str(item.path), item.name)) from error

    def _of_folder(self) -> list[Item]:
        """The photos that lie in the folder itself, by name."""
        if self.folder is None or not self.folder.is_dir():
            return []
        root = self.folder.resolve()
        items = []
        for path in sorted(self.folder.iterdir(), key=lambda path: path.name.casefold()):
            if path.suffix.lower() not in SUFFIXES or is_system_name(path.name):
                continue
            real = path.resolve()
            if not real.is_relative_to(root) or not real.is_file():
                continue
            facts = real.stat()
            id = "f" + hashlib.sha256(path.name.encode(errors="surrogateescape")).hexdigest()[:16]
            items.append(Item(id, file_name(path.name), real, state=(facts.st_size, facts.st_mtime_ns)))
            if len(items) == self.limits.listed:
                break
        return items


def file_name(name: str) -> str:
    """A name that is safe to show and to offer for saving: no folders, nothing unprintable, not too long.

    >>> file_name("../../etc/pass\\nwd.jpg")
    'passwd.jpg'
    """
    name = PureWindowsPath(PurePosixPath(name).name).name
    kept = "".join(letter for letter in name if letter.isprintable()).strip()
    return kept[-_LONGEST_NAME:] or "photo"
