"""The room: the folder where a studio keeps what was done, written at each change, so that a crash loses nothing.

Each folder of photos has a room of its own below the user's data folder, and so has the studio without a folder:

masks/DIGEST.json    what was painted for the photo whose file has this digest
works.json           pairs of photos with what was chosen for them, the latest first
transforms/ID.*      transforms that were found, and for which photo
brought.json         names of photos that the page brought, which lie in brought/
token                the secret of its address, which stays, so that a page that is open goes on when the studio begins again
"""

import hashlib
import json
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from photostyle import environment
from photostyle.studio.problems import NotKept
from photostyle.whole_file import PART, write_whole

_TOKEN = 32  # characters of a token, at least
ELSEWHERE = "another studio has these photos open, so what is done here is not kept when this one ends; save a project"


class Room:
    """A folder of files that are written whole.

    Args:
        folder: where they lie, made where it is not there; None for a temporary one, which goes when the studio ends.

    Attributes:
        notes: what the user should be told of it.
    """

    def __init__(self, folder: Path | None = None):
        self.notes: tuple[str, ...] = ()
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._lock: int | None = None
        if folder is not None:
            try:
                folder.mkdir(parents=True, exist_ok=True)
                self._lock = _locked(folder / "lock")
                problem = ELSEWHERE
            except OSError as error:
                problem = f"{folder} cannot be written ({error.strerror}), so what is done is not kept; save a project"
            if self._lock is None:
                self.notes = (problem,)
                folder = None
            else:
                _remove_parts(folder)
        if folder is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="photostyle-studio-")
            folder = Path(self._temporary.name)
        self.folder = folder

    def close(self) -> None:
        """Let another studio have it; a temporary one goes."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
        if self._temporary is not None:
            self._temporary.cleanup()

    def token(self) -> str:
        """The secret of the address, which only this user can read."""
        kept = (self.read("token") or b"").decode(errors="replace")
        if len(kept) >= _TOKEN:
            return kept
        token = secrets.token_urlsafe(24)
        with suppress(OSError), open(os.open(self.path("token"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(token)  # on a full disk the next studio has another
        return token

    def path(self, name: str) -> Path:
        """Where a file of the room lies; its folder is there."""
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        return path

    def write(self, name: str, data: bytes) -> None:
        """Keep a file, whole or not at all.

        Raises:
            NotKept: the disk does not take it.
        """
        try:
            write_whole(self.path(name), data)
        except OSError as error:
            raise NotKept(error) from error

    @contextmanager
    def part(self, folder: str) -> Iterator[Path]:
        """A file of one of its folders that is not whole yet, and goes at the end unless it was moved to its place."""
        handle, name = tempfile.mkstemp(prefix=PART, dir=self.path(f"{folder}/-").parent)
        os.close(handle)
        try:
            yield Path(name)
        finally:
            Path(name).unlink(missing_ok=True)

    def nameless(self) -> IO[bytes]:
        """A file that is gone once it is closed, or the process ends."""
        return tempfile.TemporaryFile(dir=self.folder)

    def read(self, name: str) -> bytes | None:
        """A file's content; None where there is none."""
        try:
            return (self.folder / name).read_bytes()
        except OSError:
            return None

    def write_record(self, name: str, record: Any) -> None:
        """Keep a record as JSON; raises as `write`."""
        self.write(name, json.dumps(record).encode())

    def read_record(self, name: str) -> Any:
        """A record that was kept; None where there is none that can be read."""
        try:
            return json.loads(self.read(name) or b"null")
        except (ValueError, RecursionError):
            return None

    def names(self, folder: str) -> list[str]:
        """The files of one of its folders, as `read` takes them."""
        return sorted(f"{folder}/{path.name}" for path in (self.folder / folder).glob("*") if not path.name.startswith("."))

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        with suppress(OSError):
            (self.folder / name).unlink(missing_ok=True)


def _remove_parts(folder: Path) -> None:
    """Remove what a studio that was killed has left half written."""
    for path in (*folder.glob(f"{PART}*"), *folder.glob(f"*/{PART}*")):
        with suppress(OSError):
            path.unlink()


def room_of(subject: Path | None, home: Path | None = None) -> Room:
    """The room of a folder of photos, or of a project's file.

    Args:
        subject: the folder or file; None for the studio without a folder.
        home: where rooms lie; None for the user's data folder, or `studio` in PHOTOSTYLE_HOME.
    """
    name = "without-folder"
    if subject is not None:
        name = hashlib.sha256(os.fsencode(subject.resolve())).hexdigest()[:20]
    return Room((home or rooms_folder()) / name)


def rooms_folder() -> Path:
    """`$PHOTOSTYLE_HOME/studio`, else `studio` in the user's data folder."""
    if home := environment.value("PHOTOSTYLE_HOME"):
        return Path(home).expanduser() / "studio"
    from platformdirs import user_data_path

    return user_data_path("photostyle") / "studio"


def _locked(path: Path) -> int | None:
    """The lock's file, open and locked; None where another process has it. A system without locks lets all have it."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    except (ImportError, OSError):
        pass
    return handle
