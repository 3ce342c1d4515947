"""Downloads of weights, only when asked: taken up where they broke off, and kept only when whole and checked."""

import http.client
import urllib.error
import urllib.request
from pathlib import Path

from photostyle.errors import ModelError
from photostyle.events import Progress, ProgressCallback, ignore
from photostyle.models.files import locate, model_folder
from photostyle.models.known import MODELS, model_file
from photostyle.models.record import ModelFile
from photostyle.models.verifying import BLOCK, fault_of
from photostyle.whole_file import exclusive_lock

TIMEOUT = 60  # seconds without an answer
_PARTIAL = 206
_RANGE_BEYOND_END = 416


def fetch(name: str, progress: ProgressCallback = ignore, *, model: ModelFile | None = None) -> Path:
    """Download a model's weights into photostyle's own folder, unless they are on this machine already.

    A broken download is taken up where it stopped; the file appears under its name only when whole and checked.

    Args:
        name: the model.
        progress: called with bytes done and in all, stage "download".
        model: a record to fetch in place of the known one.

    Raises:
        ModelError: if the download fails or what comes is not the file that is recorded.
    """
    model = model or model_file(name)
    target = model_folder() / model.file
    present = _present(name, target)
    if present is not None:
        return present
    if model.url is None:
        raise ModelError(f"{name} ships with photostyle and is not downloaded; install photostyle again")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with exclusive_lock(target.with_name(target.name + ".lock")):
            if not target.is_file():  # another process may have fetched it meanwhile
                _fetch(model, model.url, target, progress)
    except (OSError, http.client.HTTPException) as error:
        raise ModelError(f"cannot download {name} from {model.url}: {error}; run it again to go on") from error
    return target


def _present(name: str, target: Path) -> Path | None:
    if target.is_file():
        return target
    if name in MODELS:
        return locate(name)
    return None


def _fetch(model: ModelFile, url: str, target: Path, progress: ProgressCallback) -> None:
    part = target.with_name(target.name + ".part")
    _download(url, part, model.size, progress)
    fault = fault_of(part, model)
    if fault is not None:
        part.unlink()
        raise ModelError(f"{model.name} from {url} {fault}; nothing was kept, try again or on another network")
    part.replace(target)


def _download(url: str, part: Path, size: int, progress: ProgressCallback) -> None:
    """Write to `part` what it lacks of the file at a URL, whose size is given for when the server does not tell it."""
    have = part.stat().st_size if part.is_file() else 0
    response, have = _open_from(url, have)
    with response:
        length = response.headers.get("Content-Length")
        total = size
        if length is not None:
            total = have + int(length)
        mode = "ab" if have else "wb"
        with open(part, mode) as handle:
            while block := response.read(BLOCK):
                handle.write(block)
                have += len(block)
                progress(Progress("download", have, max(total, have)))
    if length is not None and have < total:
        raise ConnectionError(f"the connection broke after {have} of {total} bytes")


def _open_from(url: str, start: int) -> tuple[http.client.HTTPResponse, int]:
    """The server's answer, and the byte that it begins at: `start`, or 0 where the server cannot go on from there."""
    try:
        response = _open(url, start)
    except urllib.error.HTTPError as error:
        if error.code != _RANGE_BEYOND_END or start == 0:
            raise
        return _open(url, 0), 0  # what lies here is not the beginning of that file
    if response.status != _PARTIAL:
        start = 0
    return response, start


def _open(url: str, start: int) -> http.client.HTTPResponse:
    headers = {"User-Agent": "photostyle"}
    if start:
        headers["Range"] = f"bytes={start}-"
    request = urllib.request.Request(url, headers=headers)
    response: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=TIMEOUT)
    return response
