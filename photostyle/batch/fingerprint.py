"""What a result depends on, in a form that can be compared: contents of files, and options."""

import hashlib
import json
import os
from dataclasses import asdict
from pathlib import Path

from photostyle.batch import remote
from photostyle.batch.plan import Job
from photostyle.options import Options
from photostyle.errors import PhotoError

# Version of what a transfer makes. Raise it whenever the same photos and options come out differently to the eye, so that
# a set is not half of the old kind and half of the new: every photo is then made again. Other releases redo nothing.
RESULTS = 7

# Where the work is done and what is cached does not change what is asked for.
_BESIDE = ("device", "cache")


def options_fingerprint(options: Options) -> str:
    """The options that differ from their defaults, and `RESULTS`, as JSON with sorted keys."""
    return _json(_asked(options))


def job_fingerprint(job: Job) -> str:
    """`options_fingerprint`, and what differs from the defaults in how the result is written."""
    return _json(_asked(job.options) | {n: v for n, v in job.manner.items() if v != "keep"})


def _asked(options: Options) -> dict:
    values = {n: v for n, v in asdict(options).items() if n not in _BESIDE and v != Options.of(n).default}
    return {"results": RESULTS, **values}


def _json(values: dict) -> str:
    return json.dumps(values, sort_keys=True, default=str)


def stamp(name: str) -> list:
    """[bytes, version] of a file, folder or URL: cheap to ask, and different when the content may be.

    Raises:
        PhotoError: there is no such file.
    """
    if remote.is_url(name):
        return list(remote.fingerprint(name))
    try:
        facts = [os.stat(file) for file in _files(name)]
    except OSError as error:
        raise PhotoError(f"{name}: cannot be opened ({error.strerror}); check the path") from error
    return [sum(f.st_size for f in facts), str(max((f.st_mtime_ns for f in facts), default=0))]


def content_hash(name: str) -> str:
    """SHA-256 of a file, or of a folder's files with their names; of a URL, what its store says of it."""
    if remote.is_url(name):
        return ":".join(map(str, remote.fingerprint(name)))
    digest = hashlib.sha256()
    try:
        for path in _files(name):
            if os.path.isdir(name):
                digest.update(os.path.relpath(path, name).encode() + b"\0")
            with open(path, "rb") as file:
                for block in iter(lambda: file.read(1 << 20), b""):  # noqa: B023 (used at once)
                    digest.update(block)
    except OSError as error:
        raise PhotoError(f"{name}: cannot be opened ({error.strerror}); check the path") from error
    return digest.hexdigest()


def identify(name: str) -> list:
    """[bytes, version, hash] of an input, the stamp taken first: a file that changes meanwhile is seen next time."""
    return [*stamp(name), content_hash(name)]


def unchanged(name: str, known: list | None) -> bool:
    """Whether an input is as it was identified: by its stamp, else by its content."""
    if not known:
        return False
    now = stamp(name)
    return now == known[:2] or (now[0] == known[0] and content_hash(name) == known[2])


def _files(name: str) -> list[str]:
    if not os.path.isdir(name):
        return [name]
    return sorted(str(path) for path in Path(name).rglob("*") if path.is_file())
