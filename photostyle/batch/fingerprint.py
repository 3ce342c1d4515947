"""What a result depends on, in a form that can be compared: contents of files, and options."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any, NamedTuple

from photostyle.batch import remote
from photostyle.batch.job import Job
from photostyle.errors import PhotoError
from photostyle.options import Options, option_fields

# Version of what a transfer makes. Raise it whenever the same photos and options come out differently to the eye, so that
# a set is not half of the old kind and half of the new: every photo is then made again. Other releases redo nothing.
RESULTS = 11

# Where the work is done and what is cached does not change the result.
_WITHOUT_EFFECT = ("device", "cache")
_BLOCK = 1 << 20  # bytes that are read at once


class Stamp(NamedTuple):
    """What is cheap to know of a file, folder or URL, and differs when its content may."""

    bytes: int
    version: str


def options_fingerprint(options: Options) -> str:
    """The options that differ from their defaults, and `RESULTS`, as JSON with sorted keys."""
    return _json(_changed_options(options))


def job_fingerprint(job: Job) -> str:
    """`options_fingerprint`, and what differs from the defaults in how the result is written."""
    values = _changed_options(job.options)
    if job.is_clip:
        return _json(values | job.clip.given())
    for name, value in job.writing.items():
        if value != "keep":
            values[name] = value
    return _json(values)


def _changed_options(options: Options) -> dict[str, Any]:
    values: dict[str, Any] = {"results": RESULTS}
    defaults = option_fields(options.method)
    for name, value in options.as_dict().items():
        if name not in _WITHOUT_EFFECT and value != defaults[name].default:
            values[name] = value
    if options.luma != options.chroma:
        values["luminance"] = "Rec. 601"  # Rec. 709 before 0.2; other results do not depend on it
    return values


def _json(values: dict[str, Any]) -> str:
    return json.dumps(values, sort_keys=True, default=str)


def stamp(name: str) -> Stamp:
    """The stamp of a file, folder or URL.

    Raises:
        PhotoError: there is no such file.
    """
    if remote.is_url(name):
        return Stamp(*remote.fingerprint(name))
    try:
        facts = [os.stat(file) for file in _files(name)]
    except OSError as error:
        raise PhotoError(f"{name}: cannot be opened ({error.strerror}); check the path") from error
    newest = max((each.st_mtime_ns for each in facts), default=0)
    return Stamp(sum(each.st_size for each in facts), str(newest))


def content_hash(name: str) -> str:
    """SHA-256 of a file, or of a folder's files with their names; of a URL, what its store says of it.

    Raises:
        PhotoError: it cannot be read.
    """
    if remote.is_url(name):
        size, version = remote.fingerprint(name)
        return f"{size}:{version}"
    digest = hashlib.sha256()
    try:
        for path in _files(name):
            if os.path.isdir(name):
                digest.update(os.path.relpath(path, name).encode() + b"\0")
            with open(path, "rb") as file:
                while block := file.read(_BLOCK):
                    digest.update(block)
    except OSError as error:
        raise PhotoError(f"{name}: cannot be opened ({error.strerror}); check the path") from error
    return digest.hexdigest()


def identify(name: str) -> list[Any]:
    """[bytes, version, hash] of an input, the stamp taken first: a file that changes meanwhile is seen next time."""
    return [*stamp(name), content_hash(name)]


def unchanged(name: str, known: list[Any]) -> bool:
    """Whether an input is as it was identified: by its stamp, else by its content."""
    if not known:
        return False
    now = stamp(name)
    if list(now) == known[:2]:
        return True
    return bool(now.bytes == known[0] and content_hash(name) == known[2])


def _files(name: str) -> list[str]:
    if not os.path.isdir(name):
        return [name]
    return sorted(str(path) for path in Path(name).rglob("*") if path.is_file())
