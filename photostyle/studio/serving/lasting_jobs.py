"""Jobs that are kept as files at each change of their state: a server that was killed goes on with them.

jobs/ID.json of the room holds `begun`, how often the job was begun, and its record: what was asked, state, result or error.
What waited or ran when the server ended is done again by the next one, in the old order; results stay.
"""

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from photostyle.errors import PhotostyleError
from photostyle.events import Tell
from photostyle.studio.desk import Desk
from photostyle.studio.jobs import OVER, Job, Jobs, Work
from photostyle.studio.problems import NotKept, Refused
from photostyle.studio.serving.limits import ServerLimits
from photostyle.studio.solving import asked_solving

MOST_BEGUN = 3  # times that a job is begun; one that the server never survives is given up
_KEPT = ("job", "created", "asked", "state", "result", "error")
LOST = f"the server died {MOST_BEGUN} times while it did this job, so it is given up; ask for less, or see to its memory"


class LastingJobs(Jobs):
    """Jobs of one lane, kept in the room of a desk, whose photos and results it holds.

    Args:
        desk: the photos and the transforms.
        limits: how many may wait and are kept, and how long one may take.
        ended: is given each job that is over.
    """

    def __init__(self, desk: Desk, limits: ServerLimits, ended: Callable[[Job], None]):
        super().__init__(limits.queued, limits.jobs)
        self._desk = desk
        self._room = desk.shelf.room
        self._seconds = limits.job_seconds
        self._ended = ended
        self._begun: dict[str, int] = {}
        self._ordering = threading.Lock()
        desk.holders.append(self)
        self._take_up()

    def order(self, record: Mapping[str, Any]) -> Job:
        """Queue a solve, as `asked_solving` takes it; it is on the disk when this returns.

        Raises:
            Refused: too many wait, or the server is about to end.
            PhotostyleError: what is asked cannot be done.
        """
        asked = {name: record[name] for name in ("content", "style", "options") if name in record}
        work = asked_solving(self._desk, asked)
        with self._ordering:
            if self.closing:
                raise Refused("the server is about to end; ask the next one", 503)
            self.check_room()
            new = Job(None).record
            job = self._job_of({"job": new["job"], "created": round(time.time(), 3), "asked": asked, "state": "queued"}, work)
            self._write(job)
            self._queue(job)
        return job

    def forget(self, id: str) -> None:
        """Remove a job with its result."""
        result = self.job(id).record.get("result")
        super().forget(id)
        self._begun.pop(id, None)
        self._room.remove(_file_of(id))
        if result:
            self._desk.forget_transform(result["transform"])

    def photos(self) -> set[str]:
        """All photos that were sent: they stay until they are removed."""
        return {item.id for item in self._desk.shelf.brought()}

    def transforms(self) -> set[str]:
        """Those of all jobs."""
        results = [job.record.get("result") for job in self.all()]
        return {result["transform"] for result in results if result}

    def _job_of(self, record: dict[str, Any], work: Work | None) -> Job:
        return Job(self._lasting(work) if work else None, record, self._changed, self._seconds)

    def _lasting(self, work: Work) -> Work:
        """Work whose result is on the disk when it is done."""

        def kept(tell: Tell) -> dict[str, Any]:
            result = work(tell)
            if not self._desk.has_transform(result["transform"]):
                raise Refused("the disk does not take the result; make room on it, and ask again", 507)
            return result

        return kept

    def _changed(self, job: Job) -> None:
        state = job.record["state"]
        if self.closing and state == "cancelled":
            return  # on the disk it stays what it was, and the next server does it
        if state == "running":
            self._begun[job.id] = self._begun.get(job.id, 0) + 1
        with suppress(NotKept):  # the older state stays, from which the next server does it again
            self._write(job)
        if state in OVER:
            self._ended(job)

    def _write(self, job: Job) -> None:
        record = {name: value for name, value in job.record.items() if name in _KEPT}
        self._room.write_record(_file_of(job.id), {"begun": self._begun.get(job.id, 0), **record})

    def _take_up(self) -> None:
        """Know the jobs of the server before, and queue those that it has not done."""
        records = [self._room.read_record(name) for name in self._room.names("jobs")]
        sound = [record for record in records if isinstance(record, dict) and set(record) >= {"job", "created", "asked", "state"}]
        for record in sorted(sound, key=lambda record: record["created"]):
            begun = record.pop("begun", 0)
            if record["state"] in OVER:
                self._jobs[record["job"]] = Job(None, record)
                continue
            self._begun[record["job"]] = begun
            work, error = None, LOST
            if begun < MOST_BEGUN:
                work, error = self._work_again(record["asked"])
            if work is None:
                job = Job(None, {**record, "state": "failed", "error": error})
                self._jobs[job.id] = job
                self._changed(job)
            else:
                self._queue(self._job_of({**record, "state": "queued"}, work))

    def _work_again(self, asked: Mapping[str, Any]) -> tuple[Work | None, str]:
        """The work that was asked for, or why it cannot be done any more."""
        try:
            return asked_solving(self._desk, asked), ""
        except PhotostyleError as error:
            return None, str(error)


def _file_of(id: str) -> str:
    return f"jobs/{id}.json"
