"""The studio on a port of this machine."""

import os
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import uvicorn

from photostyle.errors import OptionError
from photostyle.session import Session
from photostyle.studio.app import make_app
from photostyle.studio.room import room_of

PORT = 8321  # the first that is tried
_TRIED = 20


def serve(
    folder: Path | None,
    *,
    host: str = "127.0.0.1",
    port: int | None = None,
    session: Session | None = None,
    segmenter: str = "auto",
    project: Path | None = None,
    ready: Callable[[str, tuple[str, ...]], None],
) -> None:
    """Serve the studio until it is interrupted.

    Args:
        folder: whose photos are listed; None for none.
        host: the address to bind; 127.0.0.1 is reached from this machine alone.
        port: to bind; None for the first free one from 8321 on, 0 for any.
        session: device and networks.
        segmenter: finds regions where none are painted.
        project: a project's file to begin with.
        ready: told the address of the page, token included, once it can be opened; and notes for the user.

    Raises:
        OptionError: the address cannot be bound.
        FileError: what is done cannot be kept, or the project is none.
    """
    bound = bound_socket(host, port)
    with bound:
        port = int(bound.getsockname()[1])
        room = room_of(project or folder)
        app = make_app(folder, host=host, port=port, session=session, segmenter=segmenter, room=room, project=project)
        config = uvicorn.Config(
            app, log_level="warning", access_log=False, server_header=False, lifespan="on", timeout_graceful_shutdown=1
        )
        shown = f"[{host}]" if ":" in host else host
        ready(f"http://{shown}:{port}/?token={app.state.token}", room.notes)
        with suppress(KeyboardInterrupt):  # that is how it ends
            uvicorn.Server(config).run(sockets=[bound])


def bound_socket(host: str, port: int | None) -> socket.socket:
    """A socket that listens; connections wait until they are served."""
    ports = [port] if port is not None else [*range(PORT, PORT + _TRIED), 0]
    problem: OSError | None = None
    for each in ports:
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(host, each, type=socket.SOCK_STREAM)[0]
            bound = socket.socket(family, kind, protocol)
        except OSError as error:
            raise OptionError(f"{host} is no address of this machine ({error.strerror})", option="host") from error
        try:
            if os.name == "posix":  # a port that was left a moment ago is free; elsewhere this would share one in use
                bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(address)
            bound.listen(128)
        except OSError as error:
            bound.close()
            problem = error
            continue
        return bound
    reason = problem.strerror if problem else "none is free"
    raise OptionError(f"cannot serve at {host}, port {port} ({reason}); give another", option="port")
