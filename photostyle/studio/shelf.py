"""The photos that the page may show: those of the folder, those that were brought, and those that the command line named.

A page names a photo by its id, never by a path. Ids of the folder's photos are found by looking through the folder, so that no
request can open anything else; a link that leads out of the folder is not followed.
"""

import hashlib
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath, PureWindowsPath

from photostyle.errors import PhotostyleError
from photostyle.photo import Photo, read_photo
from photostyle.photo.formats import CAMERA_RAW_SUFFIXES, READ_ONLY_SUFFIXES, WRITABLE
from photostyle.studio.latest import kept
from photostyle.studio.limits import StudioLimits
from photostyle.studio.problems import NotKept, NotThere, Refused
from photostyle.studio.room import Room
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
        brought: whether the page brought it; else it lies in the folder, or was named on the command line.
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
        room: where photos that are brought are kept; None for a temporary one.
    """

    def __init__(self, folder: Path | None, limits: StudioLimits, room: Room | None = None):
        self.folder = folder
        self.limits = limits
        self.room = room or Room()
        self._brought: dict[str, Item] = {}
        self._named: dict[str, Item] = {}
        self._paths: dict[str, Path] = {}  # of the folder's photos, by id, as they were when the folder was looked through
        self._bytes = 0
        self._photos: OrderedDict[tuple[str, tuple[int, ...]], Photo] = OrderedDict()
        self._digests: dict[tuple[str, tuple[int, ...]], str] = {}
        self._lock = threading.RLock()
        self._find_brought()

    def items(self) -> list[Item]:
        """All photos: those that were brought, the latest first, those that were named, then the folder's by name."""
        with self._lock:
            return [*reversed(self._brought.values()), *self._named.values(), *self._of_folder()]

    def item(self, id: str) -> Item:
        """The photo of an id.

        Raises:
            NotThere: there is none.
        """
        with self._lock:
            item = self._brought.get(id) or self._named.get(id) or self._of_path(self._paths.get(id))
        if item is not None:
            return item
        for item in self._of_folder():  # it may have come since the folder was looked through
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
            return kept(self._photos, key, self.limits.photos, pixels_of, self.limits.pixels)

    def check_room(self, name: str, length: int) -> None:
        """Raise Refused where there is no room for one more photo, of so many bytes."""
        if len(self._brought) >= self.limits.brought or self._bytes + length > self.limits.all_bytes:
            line = f"there is no room for {file_name(name)}; remove photos first, or close the studio and open it again"
            raise Refused(line, 413)

    def add(self, name: str, part: Path) -> Item:
        """Take a photo that the page brings.

        Args:
            name: of its file, as the page has it.
            part: that file, in the room, which is moved to its place there.

        Raises:
            Refused: there is no more room.
            NotKept: the disk does not take it.
            PhotoError: it is no photo, or has too many pixels.
        """
        with self._lock:
            length = part.stat().st_size
            self.check_room(name, length)
            name = file_name(name)
            id = f"b{secrets.token_hex(8)}"
            suffix = Path(name).suffix.lower()
            path = self.room.path(f"brought/{id}{suffix if suffix in SUFFIXES else ''}")
            item = Item(id, name, path, brought=True)
            try:
                part.replace(path)
                self.photo(item)
                self._brought[id] = item
                self._keep_brought()
            except BaseException as error:
                path.unlink(missing_ok=True)
                self._brought.pop(id, None)
                if isinstance(error, OSError):
                    raise NotKept(error) from error
                raise
            self._bytes += length
            return item

    def name(self, path: Path) -> Item | None:
        """Let a photo elsewhere be shown, which whoever started the studio has named; None where there is none.

        What a page sends never comes here.
        """
        if not path.is_file():
            return None
        real = path.resolve()
        id = "n" + hashlib.sha256(str(real).encode(errors="surrogateescape")).hexdigest()[:16]
        with self._lock:
            self._named[id] = Item(id, file_name(real.name), real, state=_state_of(real))
            return self._named[id]

    def digest(self, item: Item) -> str:
        """SHA-256 of a photo's file, hexadecimal: by which it is known again under another name.

        Raises:
            NotThere: the file has gone.
        """
        key = (item.id, item.state)
        if key not in self._digests:
            try:
                with open(item.path, "rb") as file:
                    self._digests[key] = hashlib.file_digest(file, "sha256").hexdigest()
            except OSError as error:
                raise NotThere(f"{item.name} is not there any more; choose it again") from error
        return self._digests[key]

    def with_digest(self, digest: str, name: str = "", length: int | None = None) -> Item | None:
        """The photo whose file has a digest; None where there is none.

        Args:
            digest: of the file.
            name: that it had; a photo of this name is looked at first.
            length: of the file in bytes; others are not read.
        """
        items = [item for item in self.items() if length is None or _length_of(item) == length]
        for item in sorted(items, key=lambda item: item.name != name):
            if self.digest(item) == digest:
                return item
        return None

    def brought(self) -> list[Item]:
        """Photos that were brought, the latest first."""
        with self._lock:
            return list(reversed(self._brought.values()))

    def stored_bytes(self) -> int:
        """Of all photos that were brought."""
        return self._bytes

    def forget(self, item: Item) -> None:
        """Remove a photo that was brought."""
        self.forget_brought(lambda other: other.id != item.id)

    def forget_brought(self, wanted: Callable[[Item], bool] = lambda item: False) -> None:
        """Remove photos that were brought and are not wanted."""
        with self._lock:
            for item in list(self._brought.values()):
                if not wanted(item):
                    self._bytes -= _length_of(item)
                    item.path.unlink(missing_ok=True)
                    del self._brought[item.id]
            self._keep_brought()

    def _keep_brought(self) -> None:
        names = {item.id: [item.name, item.path.name] for item in self._brought.values()}
        self.room.write_record("brought.json", names)

    def _find_brought(self) -> None:
        """Photos that were brought before, if they are there; a file that was never answered for goes."""
        names = self.room.read_record("brought.json")
        if not isinstance(names, dict):
            return
        for id, (name, file) in names.items():
            path = self.room.folder / "brought" / file
            if path.is_file():
                self._brought[id] = Item(id, name, path, brought=True)
                self._bytes += path.stat().st_size
        known = {item.path for item in self._brought.values()}
        for path in (self.room.folder / "brought").glob("*"):
            if path not in known:
                path.unlink(missing_ok=True)

    def _read(self, item: Item) -> Photo:
        """The photo of a file; errors call it by its name, without folders."""
        try:
            return read_photo(item.path, max_pixels=self.limits.photo_pixels)
        except PhotostyleError as error:
            raise type(error)(str(error).replace(str(item.path), item.name)) from error

    def _of_folder(self) -> list[Item]:
        """The photos that lie in the folder itself, by name."""
        items: list[Item] = []
        self._paths = {}
        for path in files_in(self.folder, SUFFIXES):
            item = self._of_path(path)
            if item is not None and len(items) < self.limits.listed:
                items.append(item)
                self._paths[item.id] = path
        return items

    def _of_path(self, path: Path | None) -> Item | None:
        """The photo of a path in the folder, as it is now; None where it has gone, or has become a link out of it."""
        if path is None:
            return None
        real = place_of(path)
        if real is None:
            return None
        id = "f" + hashlib.sha256(path.name.encode(errors="surrogateescape")).hexdigest()[:16]
        return Item(id, file_name(path.name), real, state=_state_of(real))


def files_in(folder: Path | None, suffixes: Collection[str]) -> Iterator[Path]:
    """What lies in a folder itself and has one of the suffixes, by name; `place_of` says whether it may be opened.

    Args:
        folder: to look through; None for none.
        suffixes: of the files that are wanted, in lower case.
    """
    if folder is None or not folder.is_dir():
        return
    for path in sorted(folder.iterdir(), key=lambda path: path.name.casefold()):
        if path.suffix.lower() in suffixes and not is_system_name(path.name):
            yield path


def place_of(path: Path) -> Path | None:
    """Where a file really lies; None for a link that leads out of its folder, and where there is no such file."""
    real = path.resolve()
    return real if real.is_relative_to(path.parent.resolve()) and real.is_file() else None


def _state_of(path: Path) -> tuple[int, ...]:
    """What changes when a file does."""
    facts = path.stat()
    return facts.st_size, facts.st_mtime_ns


def pixels_of(photo: Photo) -> int:
    """How many pixels a photo has."""
    return photo.size[0] * photo.size[1]


def _length_of(item: Item) -> int:
    """The length of a photo's file in bytes; -1 where it has gone."""
    try:
        return item.path.stat().st_size
    except OSError:
        return -1


def file_name(name: str) -> str:
    """A name that is safe to show and to offer for saving: no folders, nothing unprintable, not too long.

    >>> file_name("../../etc/pass\\nwd.jpg")
    'passwd.jpg'
    """
    name = PureWindowsPath(PurePosixPath(name).name).name
    kept = "".join(letter for letter in name if letter.isprintable()).strip()
    return kept[-_LONGEST_NAME:] or "photo"
