"""The server as an ASGI application, and on a port."""

import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import FrameType

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from photostyle.errors import FileError
from photostyle.session import Session
from photostyle.studio.app import lifespan
from photostyle.studio.desk import Desk
from photostyle.studio.error_lines import AS_LINES
from photostyle.studio.room import Room
from photostyle.studio.server import bound_socket
from photostyle.studio.serving.connection import AT_ONCE, WAITING, Connection
from photostyle.studio.serving.gate import Gate
from photostyle.studio.serving.lasting_jobs import LastingJobs
from photostyle.studio.serving.limits import ServerLimits
from photostyle.studio.serving.metrics import Measured, Metrics
from photostyle.studio.serving.openapi import openapi_document
from photostyle.studio.serving.operations import OPERATIONS
from photostyle.studio.serving.read_to_end import ReadToEnd
from photostyle.studio.serving.tokens import TokenGuard, checked_tokens
from photostyle.studio.shelf import Shelf

GRACE = 10  # seconds that requests have to be answered in when the server ends


def make_server(
    tokens: Sequence[str],
    *,
    room: Room,
    session: Session | None = None,
    segmenter: str = "auto",
    limits: ServerLimits | None = None,
) -> Starlette:
    """The application.

    Args:
        tokens: that are good.
        room: where photos, jobs and results are kept.
        session: device and networks; None makes one for this machine.
        segmenter: finds regions of photos that have no mask.
        limits: how much may be asked.

    Raises:
        OptionError: a token is none.
        FileError: the room cannot be had: another server has it, or it cannot be written.
    """
    limits = limits or ServerLimits()
    if room.notes:
        raise FileError(
            f"the server cannot keep anything: {room.notes[0].partition(',')[0]}; end the other, or give another folder"
        )
    metrics = Metrics()

    app = Starlette(
        routes=[Route(each.path, each.handler, methods=[each.method]) for each in OPERATIONS],
        middleware=[
            Middleware(Measured, metrics=metrics),
            Middleware(ReadToEnd, most=2 * limits.photo_bytes),
            Middleware(TokenGuard, tokens=checked_tokens(tokens, "the server")),
            Middleware(Gate, most=limits.requests),
        ],
        exception_handlers=AS_LINES,
        lifespan=lifespan,
    )
    app.state.metrics = metrics
    app.state.openapi = openapi_document(OPERATIONS)
    app.state.desk = Desk(Shelf(None, limits, room), session or Session(), limits, segmenter)
    app.state.jobs = LastingJobs(app.state.desk, limits, metrics.count_job)
    return app


def serve_api(app: Starlette, *, host: str, port: int | None, ready: Callable[[str], None]) -> None:
    """Serve the application until it is interrupted: what is being answered is answered still, jobs wait for the next server.

    Args:
        app: as `make_server` makes it.
        host: the address to bind.
        port: to bind; None for the first free one from 8321 on, 0 for any.
        ready: told the address once it is served.

    Raises:
        OptionError: the address cannot be bound.
    """
    with bound_socket(host, port) as bound:
        config = uvicorn.Config(
            app,
            http=Connection,
            backlog=AT_ONCE,
            log_level="warning",
            access_log=False,
            server_header=False,
            lifespan="on",
            timeout_graceful_shutdown=GRACE,
        )
        shown = f"[{host}]" if ":" in host else host
        ready(f"http://{shown}:{bound.getsockname()[1]}")
        with suppress(KeyboardInterrupt):  # that is how it ends
            _Server(config, app.state.jobs).run(sockets=[bound])


class _Server(uvicorn.Server):
    """Takes few connections in one go; whoever follows jobs is told at once that it ends, so that it need not wait for them."""

    def __init__(self, config: uvicorn.Config, jobs: LastingJobs):
        super().__init__(config)
        self._jobs = jobs

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for bound in sockets or ():
            bound.listen(WAITING)  # asyncio has set it to what it takes at once

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._jobs.closing = True
        super().handle_exit(sig, frame)
