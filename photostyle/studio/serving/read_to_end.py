"""Refused requests are read to their end and thrown away, so that whoever sends all before reading sees why."""

import asyncio
from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECONDS = 30.0  # that the rest of a request may take


class ReadToEnd:
    """ASGI middleware that answers once the body has come; else its sender is cut off, with a reset in place of the answer.

    A sender that asks first (`Expect: 100-continue`), and is refused before anything is read, is answered at once.

    Args:
        app: what is behind it.
        most: bytes of a body that are thrown away; of a longer one the sender is cut off.
    """

    def __init__(self, app: ASGIApp, most: int):
        self.app = app
        self.most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body = _Body(receive)
        asks = any(name.lower() == b"expect" for name, _ in scope["headers"])

        async def send_after_body(message: Message) -> None:
            if message["type"] == "http.response.start" and (body.begun or not asks):
                with suppress(TimeoutError):
                    await asyncio.wait_for(body.throw_away(self.most), SECONDS)
            await send(message)

        await self.app(scope, body.receive, send_after_body)


class _Body:
    """What comes of a request."""

    def __init__(self, receive: Receive):
        self._receive = receive
        self.begun = False
        self._ended = False

    async def receive(self) -> Message:
        """The next message."""
        self.begun = True
        message = await self._receive()
        self._ended = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    async def throw_away(self, most: int) -> None:
        """Read what is left, up to so many bytes."""
        length = 0
        while not self._ended and length <= most:
            message = await self.receive()
            length += len(message.get("body", b""))
