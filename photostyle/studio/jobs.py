"""Work that takes long: in each lane one job at a time, the others wait; each is told of, and can be cancelled."""

import queue
import secrets
import threading
from collections.abc import Callable
from typing import Any

from photostyle.errors import Cancelled, PhotostyleError
from photostyle.events import CancelToken, Progress, Tell
from photostyle.studio.problems import NotThere, Refused, unexpected

Work = Callable[[Tell], dict[str, Any]]
_KEPT = 50  # jobs, of which the state can still be asked


class Job:
    """A piece of work and what is known of it.

    Attributes:
        id: by which the page asks for it.
        version: grows with each change of its record.
        picture: what it has found so far, a JPEG; None where there is nothing to see.
    """

    def __init__(self, work: Work):
        self.id = secrets.token_hex(8)
        self.cancel = CancelToken()
        self.version = 0
        self.picture: bytes | None = None
        self._work = work
        self._record: dict[str, Any] = {"job": self.id, "state": "queued"}
        self._pictures = 0
        self._lock = threading.Lock()

    @property
    def record(self) -> dict[str, Any]:
        """What the page is told: `state` (queued, running, done, failed, cancelled), and stage, step, total; result or error.

        `picture` counts the pictures that there were so far.
        """
        with self._lock:
            return dict(self._record)

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self.record["state"] in ("done", "failed", "cancelled")

    def run(self) -> None:
        """Do the work; whatever goes wrong is a message."""
        if self.cancel.cancelled:
            self._change(state="cancelled")
            return
        self._change(state="running")
        try:
            result = self._work(Tell(self._progress, self.cancel))
        except Cancelled:
            self._change(state="cancelled")
        except PhotostyleError as error:
            self._change(state="failed", error=str(error))
        except Exception as error:  # the page lives on
            self._change(state="failed", error=unexpected(error))
        else:
            self._change(state="done", result=result)
        self._work = _done  # photos that it holds can go

    def _progress(self, progress: Progress) -> None:
        if progress.so_far is not None:
            self.picture = progress.so_far()
            self._pictures += 1
        self._change(stage=progress.stage, step=progress.step, total=progress.total, picture=self._pictures)

    def _change(self, **facts: Any) -> None:
        with self._lock:
            self._record.update(facts)
            self.version += 1


class Jobs:
    """Queues, called lanes, each worked off by one thread that begins with its first job.

    Args:
        most: how many may wait in a lane.
    """

    def __init__(self, most: int):
        self._most = most
        self._jobs: dict[str, Job] = {}
        self._lanes: dict[str, _Lane] = {}

    def add(self, work: Work, lane: str = "solve") -> Job:
        """Queue a piece of work.

        Args:
            work: to be done.
            lane: of whose jobs one runs at a time.

        Raises:
            Refused: too many wait.
        """
        job = Job(work)
        if lane not in self._lanes:
            self._lanes[lane] = _Lane(self._most, lane)
        self._lanes[lane].add(job)
        self._jobs[job.id] = job
        for id in [id for id, old in self._jobs.items() if old.over][: max(0, len(self._jobs) - _KEPT)]:
            del self._jobs[id]
        return job

    def job(self, id: str) -> Job:
        """The job of an id.

        Raises:
            NotThere: there is none.
        """
        if id not in self._jobs:
            raise NotThere("there is no such job any more; start it again")
        return self._jobs[id]

    def latest(self, lane: str) -> Job | None:
        """The job that was added to a lane last; None where there is none, or it is no longer known."""
        known = self._lanes.get(lane)
        return self._jobs.get(known.latest.id) if known and known.latest else None

    def close(self) -> None:
        """Cancel all jobs and wait a little for those that run."""
        for job in self._jobs.values():
            job.cancel.cancel()
        for lane in self._lanes.values():
            lane.close()


class _Lane:
    """A queue and the thread that works it off."""

    def __init__(self, most: int, name: str):
        self.latest: Job | None = None
        self._waiting: queue.Queue[Job | None] = queue.Queue(most)
        self._thread = threading.Thread(target=self._work_off, name=f"studio jobs: {name}", daemon=True)
        self._thread.start()

    def add(self, job: Job) -> None:
        try:
            self._waiting.put_nowait(job)
        except queue.Full:
            raise Refused("too many jobs are waiting; cancel some", 429) from None
        self.latest = job

    def close(self) -> None:
        try:
            self._waiting.put_nowait(None)
        except queue.Full:
            return
        self._thread.join(timeout=5)

    def _work_off(self) -> None:
        while True:
            job = self._waiting.get()
            if job is None:
                return
            job.run()


def _done(tell: Tell) -> dict[str, Any]:
    return {}
