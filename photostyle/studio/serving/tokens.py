"""Who may ask the server: whoever has one of its tokens (RFC 6750). A token is never shown or logged."""

import hmac
import re
from collections.abc import Sequence
from pathlib import Path

from starlette.responses import Response
from starlette.types import ASGIApp, Scope

from photostyle.errors import FileError, OptionError
from photostyle.studio.error_lines import error_answer
from photostyle.studio.guard import Guard
from photostyle.text_file import read_text

OPEN = ("/healthz", "/readyz", "/openapi.json")  # what says nothing about photos
SHORTEST = 16  # characters
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")  # RFC 6750, section 2.1


class TokenGuard(Guard):
    """Refuses requests without one of the tokens, but for those that anybody may ask.

    Args:
        app: what is guarded.
        tokens: that are good.
    """

    def __init__(self, app: ASGIApp, tokens: Sequence[str]):
        super().__init__(app)
        self.tokens = [token.encode() for token in tokens]

    def refusal(self, scope: Scope) -> Response | None:
        """A line of JSON where no good token is given."""
        if scope["path"] in OPEN:
            return None
        given = [value for name, value in scope["headers"] if name.lower() == b"authorization"]
        scheme, _, token = given[0].partition(b" ") if len(given) == 1 else (b"", b"", b"")
        good = [hmac.compare_digest(token.strip(), each) for each in self.tokens]  # all, so that time tells nothing
        if scheme.lower() == b"bearer" and any(good):
            return None
        line = "the token is missing or wrong; send the header Authorization: Bearer TOKEN"
        return error_answer(line, 401, {"www-authenticate": "Bearer"})


def read_tokens(path: Path) -> list[str]:
    """The tokens of a file: one a line; empty lines, and those that begin with #, are none.

    Raises:
        FileError: it cannot be read.
        OptionError: a line is no token, or there is none.
    """
    try:
        lines = [line.strip() for line in read_text(path).splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise FileError(f"{path}: cannot be read ({reason}); give a file with one token a line") from error
    return checked_tokens([line for line in lines if line and not line.startswith("#")], str(path))


def checked_tokens(tokens: Sequence[str], where: str) -> list[str]:
    """Tokens that are long enough and can be sent; errors name their place, never a token.

    Raises:
        OptionError: one is not, or there is none.

    >>> checked_tokens(["2pWZqj0hUbQ4KXkz"], "tokens.txt")
    ['2pWZqj0hUbQ4KXkz']
    """
    if not tokens:
        raise OptionError(f"{where} has no token; put one in each line")
    for place, token in enumerate(tokens, 1):
        if len(token) < SHORTEST or not _TOKEN.fullmatch(token):
            what = f"{SHORTEST} or more letters, digits and . _ ~ + / -"
            raise OptionError(f"{where}: token {place} must be {what}; make one by: openssl rand -hex 24")
    return list(tokens)
