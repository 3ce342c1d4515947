"""What a user names as an input: a path, - for standard input, a glob that one file matches, or a URL."""

import glob
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from photostyle.batch import remote
from photostyle.errors import PhotoError

STDIN = "-"
STDIN_NAME = "standard input"
MOST = 4 << 30  # bytes that are taken from standard input or a URL
_BLOCK = 1 << 20  # bytes read at a time


def local_input(given: str, role: str, new_folder: Callable[[], Path]) -> Path:
    """The file of this machine that an input stands for.

    Args:
        given: what was typed.
        role: what it is for, such as "content".
        new_folder: makes an empty folder, for what has to be fetched.

    Raises:
        PhotoError: there is no such file, or it cannot be fetched.
    """
    if given == STDIN:
        return _from_stdin(new_folder())
    given = remote.local_path(given)
    if remote.is_url(given):
        return remote.fetch_at_most(given, new_folder() / name_of_url(given), MOST)
    path = _one_match(given, role)
    if _is_stream(path):
        with open(path, "rb") as stream:
            return _stored(stream, new_folder() / path.name, str(path))
    return path


def matches(given: str) -> list[str]:
    """The files that match a glob; any other name as it is."""
    if remote.is_url(given) or os.path.lexists(given) or not glob.has_magic(given):
        return [given]
    found = [path for path in sorted(glob.glob(given, recursive=True)) if os.path.isfile(path)]
    if not found:
        raise PhotoError(f"{given}: no file matches; check the path")
    return found


def name_of_url(url: str) -> str:
    """The name of the file at a URL.

    >>> name_of_url("https://example.org/a%20b.jpg?size=2"), name_of_url("s3://bucket/a#1.jpg")
    ('a b.jpg', 'a#1.jpg')
    """
    path = url
    if url.lower().startswith(("http://", "https://")):
        path = unquote(urlsplit(url).path)
    return PurePosixPath(path).name.replace("\\", "-").replace("\0", "-") or "photo"


def _one_match(given: str, role: str) -> Path:
    """The path; of a glob the one file that matches it."""
    path = Path(given)
    if _exists(path):
        return path
    if given.startswith("~"):
        home = Path(given).expanduser()
        if home.exists():
            return home
    if not glob.has_magic(given):
        raise PhotoError(f"{given}: no such file; check the path")
    found = matches(given)
    if len(found) > 1:
        advice = f"name one {role}, or give them all to photostyle batch"
        raise PhotoError(f"{given}: {len(found)} files match, such as {found[0]} and {found[1]}; {advice}")
    return Path(found[0])


def _exists(path: Path) -> bool:
    try:
        return os.path.lexists(path)
    except ValueError:  # a zero byte in the name
        return False


def _is_stream(path: Path) -> bool:
    """Whether a path is a pipe, such as a shell makes of <(command)."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)


def _from_stdin(folder: Path) -> Path:
    if sys.stdin is None or sys.stdin.isatty():
        raise PhotoError("- is a photo on standard input, and nothing is piped in; pipe one in, or name a file")
    return _stored(sys.stdin.buffer, folder / "stdin", STDIN_NAME)


def _stored(stream: BinaryIO, path: Path, name: str) -> Path:
    """What a stream holds, as a file.

    Raises:
        PhotoError: it holds nothing, or too much.
    """
    size = 0
    try:
        with open(path, "wb") as file:
            while block := stream.read(_BLOCK):
                size += len(block)
                if size > MOST:
                    raise PhotoError(f"{name}: holds more than {MOST >> 30} GB; give a smaller photo, or a file")
                file.write(block)
    except OSError as error:
        raise PhotoError(f"{name}: cannot be read ({error.strerror or error}); name a file") from error
    if not size:
        raise PhotoError(f"{name}: is empty; pipe a photo in, or name a file")
    return path
