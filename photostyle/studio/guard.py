"""Who may ask: only the page that this studio opened, on this machine, with the token of its address.

A stranger's page in the same browser can send requests to 127.0.0.1, and by DNS rebinding even read the answers. It does not
know the token; its requests carry its own Origin, and a rebound name in Host.
"""

import hmac
import ipaddress
from urllib.parse import parse_qs

from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOKEN_HEADER = "x-photostyle-token"
_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


class Guard:
    """ASGI middleware that refuses requests, and forbids browsers to do with the answers what no page needs.

    Args:
        app: what is guarded.
    """

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                more = [(name.encode(), value.encode()) for name, value in _HEADERS.items()]
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        refusal = self.refusal(scope)
        await (refusal or self.app)(scope, receive, send_with_headers)

    def refusal(self, scope: Scope) -> Response | None:
        """The answer to a request that is refused; None where it is not."""
        raise NotImplementedError


class PageGuard(Guard):
    """Refuses what does not come from the studio's own page.

    Args:
        app: what is guarded.
        token: the secret of the page's address.
        host: the address or name that the server is bound to.
        port: its port.
    """

    def __init__(self, app: ASGIApp, token: str, host: str, port: int):
        super().__init__(app)
        self.token = token.encode()
        self.host = host
        self.port = port

    def refusal(self, scope: Scope) -> Response | None:
        """A line of text where the request's Host, Origin or token is wrong."""
        problem = self._problem(scope)
        return PlainTextResponse(f"{problem}\n", 403) if problem else None

    def _problem(self, scope: Scope) -> str | None:
        """Why a request is refused; None where it is not."""
        headers = [(name.lower(), value) for name, value in scope["headers"]]
        hosts = [value for name, value in headers if name == b"host"]
        if len(hosts) != 1 or not self._is_own_host(hosts[0].decode("latin-1")):
            return "this address is not the studio's; open the one that photostyle studio printed"
        own = b"http://" + hosts[0]
        if any(value != own for name, value in headers if name == b"origin"):
            return "requests from other pages are refused"
        if scope["path"].startswith("/static/"):
            return None
        given = [value for name, value in headers if name == TOKEN_HEADER.encode()]
        given += [value.encode() for value in parse_qs(scope["query_string"].decode("latin-1")).get("token", [])]
        if len(given) != 1 or not hmac.compare_digest(given[0], self.token):
            return "the token is missing or wrong; open the address that photostyle studio printed"
        return None

    def _is_own_host(self, value: str) -> bool:
        """Whether a Host header names this server by an address, which cannot be rebound, or by the name it was given."""
        name, colon, port = value.rpartition(":")
        if not colon or name.endswith(":") or port != str(self.port):
            return False
        name = name.removeprefix("[").removesuffix("]").lower()
        if name in ("localhost", self.host.lower()):
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return address.is_loopback or not is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that is bound to this host."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
