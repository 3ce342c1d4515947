"""Work that takes long: in each lane one job at a time, the others wait; each is told of, and can be cancelled."""

import queue
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from photostyle.errors import Cancelled, PhotostyleError
from photostyle.events import CancelToken, Progress, Tell
from photostyle.studio.problems import NotThere, Refused, unexpected

Work = Callable[[Tell], dict[str, Any]]
OVER = ("done", "failed", "cancelled")
_KEPT = 50  # jobs, of which the state can still be asked


class Job:
    """A piece of work and what is known of it.

    Args:
        work: to be done; None for a job of which only the record is known.
        record: what is known of it already; None for a new one.
        told: is given the job when its state has changed.
        seconds: that it may take at most; None for no end.

    Attributes:
        id: by which the page asks for it.
        version: grows with each change of its record.
        picture: what it has found so far, a JPEG; None where there is nothing to see.
    """

    def __init__(
        self,
        work: Work | None,
        record: Mapping[str, Any] | None = None,
        told: Callable[["Job"], None] | None = None,
        seconds: float | None = None,
    ):
        self._record: dict[str, Any] = dict(record or {"job": secrets.token_hex(8), "state": "queued"})
        self.id = str(self._record["job"])
        self.cancel = CancelToken()
        self.version = 0
        self.picture: bytes | None = None
        self._work = work or _done
        self._told = told
        self._seconds = seconds
        self._end: float | None = None
        self._pictures = 0
        self._lock = threading.RLock()

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
        return self.record["state"] in OVER

    def stop(self) -> None:
        """Cancel it: at once where it waits, else at its next step."""
        self.cancel.cancel()
        with self._lock:
            if self._record["state"] == "queued":
                self._change(state="cancelled")

    def run(self) -> None:
        """Do the work; whatever goes wrong is a message."""
        with self._lock:
            if self._record["state"] != "queued":
                return
            self._change(state="running")
        if self._seconds is not None:
            self._end = time.monotonic() + self._seconds
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
        if self._end is not None and time.monotonic() > self._end:
            raise Refused(f"the job took longer than {self._seconds:g} seconds; ask for less")
        if progress.so_far is not None:
            self.picture = progress.so_far()
            self._pictures += 1
        self._change(stage=progress.stage, step=progress.step, total=progress.total, picture=self._pictures)

    def _change(self, **facts: Any) -> None:
        with self._lock:
            self._record.update(facts)
            self.version += 1
        if "state" in facts and self._told is not None:
            self._told(self)


class Jobs:
    """Queues, called lanes, each worked off by one thread that begins with its first job.

    Args:
        most: how many may wait in a lane.
        kept: how many are known at most; of more, the oldest that are over are forgotten.

    Attributes:
        closing: whether no more will be done.
    """

    def __init__(self, most: int, kept: int = _KEPT):
        self._most = most
        self._kept = kept
        self.closing = False
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
        self.check_room(lane)
        job = Job(work)
        self._queue(job, lane)
        return job

    def check_room(self, lane: str = "solve") -> None:
        """Raise Refused where too many jobs wait in a lane."""
        if lane in self._lanes and self._lanes[lane].waiting() >= self._most:
            raise Refused("too many jobs are waiting; wait, or cancel some", 429)

    def _queue(self, job: Job, lane: str = "solve") -> None:
        if lane not in self._lanes:
            self._lanes[lane] = _Lane(lane)
        self._jobs[job.id] = job
        self._lanes[lane].add(job)
        for id in [id for id, old in self._jobs.items() if old.over][: max(0, len(self._jobs) - self._kept)]:
            self.forget(id)

    def all(self) -> list[Job]:
        """Those that are known, the oldest first."""
        return list(self._jobs.values())

    def job(self, id: str) -> Job:
        """The job of an id.

        Raises:
            NotThere: there is none.
        """
        if id not in self._jobs:
            raise NotThere("there is no such job any more; start it again")
        return self._jobs[id]

    def forget(self, id: str) -> None:
        """Know nothing of a job any more."""
        self._jobs.pop(id, None)

    def latest(self, lane: str) -> Job | None:
        """The job that was added to a lane last; None where there is none, or it is no longer known."""
        known = self._lanes.get(lane)
        return self._jobs.get(known.latest.id) if known and known.latest else None

    def close(self) -> None:
        """Cancel all jobs and wait a little for those that run."""
        self.closing = True
        for job in self.all():
            job.stop()
        for lane in self._lanes.values():
            lane.close()


class _Lane:
    """A queue and the thread that works it off."""

    def __init__(self, name: str):
        self.latest: Job | None = None
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._waiting: list[Job] = []
        self._thread = threading.Thread(target=self._work_off, name=f"studio jobs: {name}", daemon=True)
        self._thread.start()

    def waiting(self) -> int:
        """How many jobs wait; those that were cancelled do not."""
        self._waiting = [job for job in self._waiting if job.record["state"] == "queued"]
        return len(self._waiting)

    def add(self, job: Job) -> None:
        self._waiting.append(job)
        self._queue.put(job)
        self.latest = job

    def close(self) -> None:
        self._queue.put(None)
        self._thread.join(timeout=5)

    def _work_off(self) -> None:
        while True:
            job = self._queue.get()
            if job is None:
                return
            job.run()


def _done(tell: Tell) -> dict[str, Any]:
    return {}
