"""What the page sends, read within bounds and checked; and files that it gets."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from photostyle.amounts import AMOUNTS, Amounts
from photostyle.studio.problems import Refused

NOTES_HEADER = "x-photostyle-notes"


async def read_bytes(request: Request, most: int) -> bytes:
    """The body of a request.

    Raises:
        Refused: it is larger than `most` bytes; no more of it is read.
    """
    claimed = request.headers.get("content-length", "0")
    if not claimed.isdigit() or int(claimed) > most:
        raise _too_large(most)
    parts = []
    length = 0
    async for part in request.stream():
        length += len(part)
        if length > most:
            raise _too_large(most)
        parts.append(part)
    return b"".join(parts)


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


def file_answer(data: bytes, name: str, notes: Sequence[str] = ()) -> Response:
    """An answer that the browser saves under a name.

    Args:
        data: the file's content.
        name: that it is offered under.
        notes: for the user, in a header.
    """
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
    if notes:
        headers[NOTES_HEADER] = quote("\n".join(notes), safe=" ")
    return Response(data, media_type="application/octet-stream", headers=headers)


def _no_number(text: str) -> None:
    raise ValueError(text)  # NaN and Infinity are no JSON


def _too_large(most: int) -> Refused:
    return Refused(f"the request is larger than {most / 1e6:.3g} MB; send a smaller file", 413)
