"""Connections that are opened and left: they are closed, so that they do not keep others out."""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

SECONDS = 5.0  # from the opening of a connection to its first byte
AT_ONCE = 16  # connections that are taken in one go; the next are taken when these are counted
WAITING = 128  # that the system keeps meanwhile
_USUAL = 1024  # files that a process may have open, where the system does not say


class Connection(H11Protocol):
    """uvicorn's HTTP/1.1, but a connection that has said nothing is closed after some seconds, or when there are too many.

    uvicorn itself closes only what is silent after a request, and takes as many as the process may have files open.
    """

    _silence: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Give it its time; one that is too much takes the place of one that has said nothing, else it is not served."""
        super().connection_made(transport)
        self._silence = asyncio.get_running_loop().call_later(SECONDS, self._close)
        if len(self.connections) > most_connections():
            others = (other for other in self.connections if isinstance(other, Connection) and other is not self)
            next((other for other in others if other._silence), self)._close()

    def data_received(self, data: bytes) -> None:
        """It has begun to ask."""
        self._end_silence()
        super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """It has gone."""
        self._end_silence()
        super().connection_lost(exc)

    def _close(self) -> None:
        self._end_silence()
        self.connections.discard(self)
        self.transport.abort()

    def _end_silence(self) -> None:
        if self._silence is not None:
            self._silence.cancel()
            self._silence = None


def most_connections() -> int:
    """How many connections there may be: half of the files that this process may have open."""
    try:
        import resource
    except ImportError:  # Windows
        return _USUAL // 2
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2
