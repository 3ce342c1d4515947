"""What is counted, in Prometheus' text format (version 0.0.4)."""

import threading
import time
from collections import Counter
from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from photostyle.studio.jobs import Job, Jobs
from photostyle.studio.serving.operations import operation_of
from photostyle.studio.shelf import Shelf

_BUCKETS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)  # seconds of a request
_STATES = ("queued", "running", "done", "failed", "cancelled")
Labels = tuple[tuple[str, str], ...]


class Metrics:
    """Counts of one server, since it began."""

    def __init__(self) -> None:
        self._requests: Counter[Labels] = Counter()
        self._seconds: Counter[str] = Counter()  # of requests, by bucket
        self._sum = 0.0
        self._ended: Counter[Labels] = Counter()
        self._lock = threading.Lock()

    def count_request(self, method: str, path: str, status: int, seconds: float) -> None:
        """Count a request.

        Args:
            method, path: of the operation; of what is none, the path is "other".
            status: of the answer.
            seconds: until its last byte.
        """
        with self._lock:
            self._requests[(("method", method), ("path", path), ("status", str(status)))] += 1
            self._sum += seconds
            for bucket in _BUCKETS:
                self._seconds[f"{bucket:g}"] += seconds <= bucket
            self._seconds["+Inf"] += 1

    def count_job(self, job: Job) -> None:
        """Count a job that is over."""
        with self._lock:
            self._ended[(("state", job.record["state"]),)] += 1

    def text(self, jobs: Jobs, shelf: Shelf) -> str:
        """All of it.

        Args:
            jobs: that are known.
            shelf: the photos.
        """
        states = Counter(job.record["state"] for job in jobs.all())
        kept = [((("state", state),), states[state]) for state in _STATES]
        with self._lock:
            seconds = [((("le", name),), count) for name, count in self._seconds.items()]
            parts = [
                _family("requests_total", "counter", "Requests that were answered.", self._requests.items()),
                _family("jobs", "gauge", "Jobs that are kept, by state.", kept),
                _family("jobs_ended_total", "counter", "Jobs that ended since the server began.", self._ended.items()),
                _family("photos", "gauge", "Photos that are kept.", [((), len(shelf.brought()))]),
                _family("photo_bytes", "gauge", "Bytes of their files.", [((), shelf.stored_bytes())]),
                _family("request_seconds", "histogram", "Seconds of requests.", seconds, "_bucket"),
                f"photostyle_request_seconds_sum {self._sum:.6f}\n",
                f"photostyle_request_seconds_count {self._seconds['+Inf']}\n",
            ]
        return "".join(parts)


class Measured:
    """ASGI middleware that counts requests.

    Args:
        app: whose requests are counted.
        metrics: that count them.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics):
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begin = time.perf_counter()
        status = 500

        async def send_seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, send_seen)
        finally:
            operation = operation_of(scope.get("endpoint"))
            method, path = (operation.method, operation.path) if operation else ("other", "other")
            self.metrics.count_request(method, path, status, time.perf_counter() - begin)


def _family(name: str, kind: str, help: str, rows: Iterable[tuple[Labels, float]], suffix: str = "") -> str:
    """The lines of one metric.

    >>> print(_family("jobs", "gauge", "Jobs.", [((("state", "done"),), 2)]), end="")
    # HELP photostyle_jobs Jobs.
    # TYPE photostyle_jobs gauge
    photostyle_jobs{state="done"} 2
    """
    lines = [f"# HELP photostyle_{name} {help}", f"# TYPE photostyle_{name} {kind}"]
    for labels, value in rows:
        named = ",".join(f'{label}="{text}"' for label, text in labels)
        lines.append(f"photostyle_{name}{suffix}{f'{{{named}}}' if named else ''} {value:g}")
    return "\n".join(lines) + "\n"
