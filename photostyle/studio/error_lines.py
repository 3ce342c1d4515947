"""Errors as answers: each one line of JSON, with its status."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from photostyle.errors import PhotostyleError
from photostyle.studio.problems import Refused, unexpected

AGAIN_AFTER = 5  # seconds, after which a request that came too early may be sent again


def error_answer(line: str, status: int, headers: Mapping[str, str] | None = None) -> Response:
    """The answer to a request that is not served; it says when to come again where that helps."""
    more = {"retry-after": str(AGAIN_AFTER)} if status in (429, 503) else {}
    return JSONResponse({"error": line}, status, {**more, **(headers or {})})


async def _as_line(request: Request, error: Exception) -> Response:
    """An error of photostyle."""
    return error_answer(str(error), error.status if isinstance(error, Refused) else 422)


async def _of_disk(request: Request, error: Exception) -> Response:
    """What a disk does not take or give."""
    reason = error.strerror if isinstance(error, OSError) and error.strerror else error
    return error_answer(f"the disk does not take it, or give it ({reason}); make room on it", 507)


async def _of_http(request: Request, error: Exception) -> Response:
    """An address or a method that is not served."""
    assert isinstance(error, HTTPException)
    return error_answer(f"{error.detail}: {request.method} {request.url.path}", error.status_code, error.headers)


async def _unexpected(request: Request, error: Exception) -> Response:
    """A fault of the studio's own."""
    return error_answer(unexpected(error), 500)


AS_LINES: dict[Any, Callable[[Request, Exception], Awaitable[Response]]] = {
    PhotostyleError: _as_line,
    OSError: _of_disk,
    HTTPException: _of_http,
    Exception: _unexpected,
}
