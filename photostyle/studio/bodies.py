"""What the page sends, read within bounds and checked; and files that it gets."""

import json
import os
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from photostyle.amounts import AMOUNTS, Amounts
from photostyle.studio.problems import Refused

_PIECE = 1 << 20  # bytes of a file that are read at once
NOTES_HEADER = "x-photostyle-notes"


async def read_bytes(request: Request, most: int) -> bytes:
    """The body of a request.

    Raises:
        Refused: it is larger than `most` bytes; no more of it is read.
    """
    return b"".join([part async for part in _parts(request, most)])


async def read_file(request: Request, most: int, path: Path) -> int:
    """Write the body of a request to a file, a piece at a time, however large it is; its length in bytes.

    Raises:
        Refused: it is larger than `most` bytes; no more of it is read.
        OSError: the disk does not take it.
    """
    with open(path, "wb") as file:
        async for part in _parts(request, most):
            await run_in_threadpool(file.write, part)
        file.flush()
        await run_in_threadpool(os.fsync, file.fileno())
        return file.tell()


def claimed_length(request: Request) -> int:
    """The length of a body in bytes as its header says it; 0 where it says nothing."""
    claimed = request.headers.get("content-length", "0")
    return int(claimed) if claimed.isdigit() else 0


async def _parts(request: Request, most: int) -> AsyncIterator[bytes]:
    """The body of a request as it comes; raises Refused where it is too large."""
    length = claimed_length(request)
    if length > most:
        raise _too_large(most)
    length = 0
    async for part in request.stream():
        length += len(part)
        if length > most:
            raise _too_large(most)
        yield part


async def read_record(request: Request, most: int) -> dict[str, Any]:
    """The JSON object that a request holds.

    Raises:
        Refused: it is too large, or no JSON object.
    """
    data = await read_bytes(request, most)
    try:
        record = json.loads(data or b"{}", parse_constant=_no_number)
        json.dumps(record, ensure_ascii=False).encode()  # halves of characters, which could not be sent back
    except (ValueError, RecursionError) as error:
        raise Refused("the request must hold JSON") from error
    if not isinstance(record, dict):
        raise Refused(f"the request must hold a JSON object, got {type(record).__name__}")
    return record


def text_of(record: Mapping[str, Any], name: str) -> str:
    """A text of a record that must be there."""
    value = record.get(name)
    if not isinstance(value, str) or not value:
        raise Refused(f"{name} must be a text, got {value!r}")
    return value


def names_of(record: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """A list of texts of a record; none where it is not there."""
    value = record.get(name, [])
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise Refused(f"{name} must be a list of texts, got {value!r}")
    return tuple(value)


def amounts_of(record: Mapping[str, Any]) -> Amounts:
    """Strength, luma and chroma of a record, each a number or numbers by region.

    Raises:
        OptionError: one is outside its range.
    """
    return Amounts(**{name: record[name] for name in AMOUNTS if name in record})


def file_answer(data: bytes | IO[bytes], name: str, notes: Sequence[str] = ()) -> Response:
    """An answer that the browser saves under a name.

    Args:
        data: the file's content; an open file is sent from its beginning, and closed.
        name: that it is offered under.
        notes: for the user, in a header.
    """
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
    if notes:
        headers[NOTES_HEADER] = quote("\n".join(notes), safe=" ")
    media = "application/octet-stream"
    if isinstance(data, bytes):
        return Response(data, media_type=media, headers=headers)
    length = data.seek(0, os.SEEK_END)
    return StreamingResponse(_pieces(data), media_type=media, headers={**headers, "content-length": str(length)})


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    """An open file from its beginning; it is closed at the end, also where nobody takes the rest."""
    with file:
        file.seek(0)
        while piece := file.read(_PIECE):
            yield piece


def _no_number(text: str) -> None:
    raise ValueError(text)  # NaN and Infinity are no JSON


def _too_large(most: int) -> Refused:
    return Refused(f"the request is larger than {most / 1e6:.3g} MB; send a smaller file", 413)
