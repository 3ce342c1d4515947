"""How many requests are answered at once; what is over is told to come again, before anything of it is read."""

from starlette.types import ASGIApp, Receive, Scope, Send

from photostyle.studio.error_lines import error_answer
from photostyle.studio.serving.tokens import OPEN

FREE = (*OPEN, "/metrics")  # answered at any load


class Gate:
    """ASGI middleware that lets so many requests in at once.

    Args:
        app: what is behind it.
        most: requests.
    """

    def __init__(self, app: ASGIApp, most: int):
        self.app = app
        self.most = most
        self._inside = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in FREE:
            await self.app(scope, receive, send)
            return
        if self._inside >= self.most:
            line = f"{self.most} requests are being answered, which is the most at once; send it again later"
            await error_answer(line, 503)(scope, receive, send)
            return
        self._inside += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self._inside -= 1
