"""Photos at URLs (s3://, memory://, any that fsspec knows): fetched whole before use, put whole after it."""

import inspect
import os
import re
import tempfile
import time
from collections.abc import Callable, Collection, Iterable
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar
from urllib.parse import unquote, urlparse

from photostyle.errors import DependencyError, OptionError, PhotoError

PAUSES = (0.5, 2.0)  # seconds before a store that has failed is asked again
_URL = re.compile(r"^[a-zA-Z][a-zA-Z0-9+.-]+://")
_WILDCARDS = re.compile(r"[*?\[]")
_VERSIONS = ("ETag", "etag", "md5", "checksum", "LastModified", "created", "mtime")  # what stores call it
_NOT_THERE = (404, 410)  # answers of web servers
_BLOCK = 1 << 20  # bytes read at a time
_WHOLE_AT_ONCE = ("s3", "gs", "abfs")  # object stores, which show a file whole or not at all

FileSystem = Any  # fsspec has no types
Answer = TypeVar("Answer")


def is_url(name: str) -> bool:
    """Whether a name is a URL, and not a path.

    >>> is_url("s3://bucket/a.jpg"), is_url("C:/photos/a.jpg")
    (True, False)
    """
    return bool(_URL.match(name))


def local_path(name: str) -> str:
    """file:// URLs as the paths that they are; anything else as it came."""
    if name.startswith("file://"):
        return unquote(urlparse(name).path)
    return name


def find(url: str, suffixes: Collection[str]) -> list[tuple[str, str]]:
    """The photos at a URL: of a file, a glob, or all below a folder.

    Args:
        url: where to look.
        suffixes: of photos, in small letters.

    Returns:
        (URL, folders below what was named) of each.

    Raises:
        PhotoError: it cannot be listed.
    """
    system, path = _file_system_of(url)
    try:
        if _WILDCARDS.search(path):
            files = system.glob(path)
            top = _WILDCARDS.split(path)[0].rpartition("/")[0]
        elif system.isfile(path):
            return [(url, "")]
        else:
            files = system.find(path)
            top = path
    except Exception as error:  # each file system raises its own
        raise PhotoError(f"{url}: cannot be listed ({_reason(error)}); check the address and the rights") from error
    photos = []
    for file in sorted(files):
        if PurePosixPath(file).suffix.lower() in suffixes:
            photos.append((str(system.unstrip_protocol(file)), _folders_below(top.strip("/"), file.strip("/"))))
    return photos


def _folders_below(top: str, path: str) -> str:
    folder = path.rpartition("/")[0]
    if not folder.startswith(top):
        return ""
    return folder[len(top) :].strip("/")


def fingerprint(url: str) -> tuple[int, str]:
    """(bytes, version) of what is at a URL; the version changes when the content does.

    Raises:
        PhotoError: there is no such file, or the store does not answer.
    """

    def look_up(system: FileSystem, path: str) -> dict[str, Any]:
        system.invalidate_cache(path)
        facts: dict[str, Any] = system.info(path)
        return facts

    facts = _ask(url, look_up)
    version = ""
    for name in _VERSIONS:
        if name in facts:
            version = str(facts[name])
            break
    return int(facts.get("size") or 0), version


def existing(urls: Iterable[str]) -> set[str]:
    """Those of the URLs that there is something at. Each folder is listed once."""
    folders: dict[str, list[str]] = {}
    for url in urls:
        folders.setdefault(url.rpartition("/")[0], []).append(url)
    found: set[str] = set()
    for folder, inside in folders.items():
        names = _ask(folder, _names_in)
        for url in inside:
            if PurePosixPath(url).name in names:
                found.add(url)
    return found


def _names_in(system: FileSystem, path: str) -> set[str]:
    system.invalidate_cache(path)
    try:
        return {PurePosixPath(name).name for name in system.ls(path, detail=False)}
    except (FileNotFoundError, NotADirectoryError):
        return set()


def fetch(url: str, folder: Path) -> Path:
    """The file, copied whole into a folder of this machine under its own name.

    Raises:
        PhotoError: there is no such file, or the store does not answer.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / (PurePosixPath(url).name or "photo")
    _ask(url, lambda system, path: system.get_file(path, str(target)))
    return target


def fetch_at_most(url: str, target: Path, most: int) -> Path:
    """The file, copied to a path of this machine.

    Args:
        url: of the file.
        target: where to.
        most: bytes; what a server sends beyond is not taken.

    Raises:
        PhotoError: there is no such file, the store does not answer, or the file is larger.
    """

    def copy(system: FileSystem, path: str) -> bool:
        size = 0
        with system.open(path, "rb") as source, open(target, "wb") as file:
            while block := source.read(_BLOCK):
                size += len(block)
                if size > most:
                    return False
                file.write(block)
        return True

    if not _ask(url, copy):
        raise PhotoError(f"{url}: is larger than {most / 1e9:.0f} GB; fetch it first, and give the file")
    return target


def local_copy(name: str, folder: Path) -> str:
    """The path of a file on this machine: a path as it is; what is at a URL is fetched into a new folder in `folder`."""
    if not is_url(name):
        return name
    return str(fetch(name, Path(tempfile.mkdtemp(dir=folder))))


def put(path: Path, url: str) -> None:
    """Copy a file to a URL, so that it appears there whole or not at all: where the store does not see to that, by a rename.

    Raises:
        PhotoError: the store does not answer, or refuses.
    """

    def send(system: FileSystem, target: str) -> None:
        if any(name in system.protocol for name in _WHOLE_AT_ONCE):
            system.put_file(str(path), target)
            return
        part = f"{target}.{os.getpid()}.part"
        system.makedirs(system._parent(target), exist_ok=True)
        system.put_file(str(path), part)
        system.mv(part, target)

    _ask(url, send)


def _ask(url: str, question: Callable[[FileSystem, str], Answer]) -> Answer:
    """What a store answers; asked again after each of `PAUSES` when it fails, as stores do now and then."""
    system, path = _file_system_of(url)
    pauses = list(PAUSES)
    while True:
        try:
            return question(system, path)
        except FileNotFoundError as error:
            cause = error.__cause__  # for web servers fsspec raises this whatever goes wrong
            refused = getattr(cause, "status", 404) not in _NOT_THERE
            if isinstance(cause, Exception) and (refused or isinstance(cause, OSError)):
                text = f"{url}: cannot be reached ({_reason(cause)}); check the address and the rights"
                raise PhotoError(text) from error
            raise PhotoError(f"{url}: no such file; check the address") from None
        except Exception as error:  # each file system raises its own
            if not pauses or isinstance(error, PermissionError):
                text = f"{url}: cannot be reached ({_reason(error)}); check the address and the rights"
                raise PhotoError(text) from error
            time.sleep(pauses.pop(0))


_NO_KIND = "is no kind of address that can be used here"


@lru_cache(maxsize=8)
def _file_system(protocol: str) -> FileSystem:
    try:
        import fsspec

        _refuse_what_needs_a_host(fsspec.get_filesystem_class(protocol))
        return fsspec.filesystem(protocol)
    except ImportError as error:
        text = f"{protocol}:// cannot be used here ({_reason(error)}); pip install 'photostyle[cloud]'"
        raise DependencyError(text) from error
    except (ValueError, OSError) as error:
        raise OptionError(f"{protocol}:// {_NO_KIND} ({_reason(error)}); use https:// or s3://, or a file") from error


def _refuse_what_needs_a_host(system: Any) -> None:
    """Refuse kinds of address, such as ftp, whose file systems cannot be made without more than the protocol."""
    for parameter in list(inspect.signature(system.__init__).parameters.values())[1:]:
        if parameter.default is parameter.empty and parameter.kind is parameter.POSITIONAL_OR_KEYWORD:
            raise ValueError(f"it needs more than the address, its {parameter.name}")


def _file_system_of(url: str) -> tuple[FileSystem, str]:
    protocol = url.partition("://")[0].lower()
    system = _file_system(protocol)
    return system, str(system._strip_protocol(url))


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:160] or type(error).__name__
