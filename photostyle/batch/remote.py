"""Photos at URLs (s3://, memory://, any that fsspec knows): fetched whole before use, put whole after it."""

import os
import re
import time
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlparse

from photostyle.errors import OptionError, PhotoError

PAUSES = (0.5, 2.0)  # seconds
_URL = re.compile(r"^[a-zA-Z][a-zA-Z0-9+.-]+://")


def is_url(name: str) -> bool:
    """Whether a name is a URL, and not a path.

    >>> is_url("s3://bucket/a.jpg"), is_url("C:/photos/a.jpg")
    (True, False)
    """
    return bool(_URL.match(name))


def local_path(name: str) -> str:
    """file:// URLs as the paths that they are; anything else as it came."""
    return unquote(urlparse(name).path) if name.startswith("file://") else name


def find(url: str, suffixes: Iterable[str]) -> list[tuple[str, str]]:
    """(URL, folders below what was named) of each photo at a URL: of a file, a glob, or all below a folder.

    Raises:
        PhotoError: it cannot be listed.
    """
    system, path = _system(url)
    try:
        if any(sign in path for sign in "*?["):
            files, top = system.glob(path), re.split(r"[*?\[]", path)[0].rpartition("/")[0]
        elif system.isfile(path):
            return [(url, "")]
        else:
            files, top = system.find(path), path.rstrip("/")
    except Exception as error:  # each file system raises its own
        raise PhotoError(f"{url}: cannot be listed ({_reason(error)}); check the address and the rights") from error
    photos = [f for f in sorted(files) if PurePosixPath(f).suffix.lower() in suffixes]
    top = top.strip("/")
    return [(system.unstrip_protocol(f), _below(top, f.strip("/"))) for f in photos]


def _below(top: str, path: str) -> str:
    folder = path.rpartition("/")[0]
    return folder[len(top) :].strip("/") if folder.startswith(top) else ""


def fingerprint(url: str) -> tuple[int, str]:
    """(bytes, version) of what is at a URL; the version changes when the content does."""
    facts = _asked(url, lambda system, path: (system.invalidate_cache(path), system.info(path))[1])
    version = next(
        (str(facts[k]) for k in ("ETag", "etag", "md5", "checksum", "LastModified", "created", "mtime") if k in facts), ""
    )
    return int(facts.get("size") or 0), version


def existing(urls: Iterable[str]) -> set[str]:
    """Those of the URLs that there is something at. Each folder is listed once."""
    folders: dict[str, list[str]] = {}
    for url in urls:
        folders.setdefault(url.rpartition("/")[0], []).append(url)
    return {url for folder, inside in folders.items() for url in _listed(folder, inside)}


def _listed(folder: str, urls: list[str]) -> list[str]:
    def names(system, path: str) -> set[str]:
        system.invalidate_cache(path)
        try:
            return {PurePosixPath(name).name for name in system.ls(path, detail=False)}
        except (FileNotFoundError, NotADirectoryError):
            return set()

    there = _asked(folder, names)
    return [url for url in urls if PurePosixPath(url).name in there]


def fetch(url: str, folder: Path) -> Path:
    """The file, copied into a folder of this machine under its own name, whole."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / (PurePosixPath(url).name or "photo")
    _asked(url, lambda system, path: system.get_file(path, str(target)))
    return target


def put(path: Path, url: str) -> None:
    """Copy a file to a URL; object stores show it whole or not at all, other systems get it by a rename."""

    def send(system, place: str) -> None:
        if "s3" in system.protocol or "gs" in system.protocol or "abfs" in system.protocol:
            system.put_file(str(path), place)
            return
        part = f"{place}.{os.getpid()}.part"
        system.makedirs(system._parent(place), exist_ok=True)
        system.put_file(str(path), part)
        system.mv(part, place)

    _asked(url, send)


def _asked(url: str, question):
    """What a store answers; asked again after each of `PAUSES` when it fails, as stores do now and then."""
    system, path = _system(url)
    for pause in (*PAUSES, None):
        try:
            return question(system, path)
        except FileNotFoundError:
            raise PhotoError(f"{url}: no such file; check the address") from None
        except Exception as error:  # each file system raises its own
            if pause is None or isinstance(error, PermissionError):
                raise PhotoError(f"{url}: cannot be reached ({_reason(error)}); check the address and the rights") from error
            time.sleep(pause)


@lru_cache(maxsize=8)
def _file_system(protocol: str):
    try:
        import fsspec

        return fsspec.filesystem(protocol)
    except (ImportError, ValueError) as error:
        raise OptionError(f"{protocol}:// cannot be used here ({_reason(error)}); pip install 'photostyle[cloud]'") from error


def _system(url: str):
    protocol = url.partition("://")[0].lower()
    system = _file_system(protocol)
    return system, system._strip_protocol(url)


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:160] or type(error).__name__
