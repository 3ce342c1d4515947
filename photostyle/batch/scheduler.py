"""A run: claims photos, keeps an engine busy within the memory budget, and records what comes back."""

import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from photostyle.batch import outputs, remote
from photostyle.batch.budget import photo_bytes
from photostyle.batch.fingerprint import job_fingerprint
from photostyle.batch.job import Job
from photostyle.batch.ledger import Ledger
from photostyle.batch.ledger_rows import LedgerRow
from photostyle.batch.messages import Engine, Outcome, StageBegun, Task
from photostyle.batch.progress import BatchCallback, PhotoBegun, PhotoDone, Status, Summary

OnError = Literal["skip", "stop"]
HEARTBEAT = 5.0  # seconds between heartbeats
PAUSE = 0.5  # seconds between looks at what other runs do


def ignore(event: PhotoDone | PhotoBegun) -> None:
    """The callback that does nothing."""


def run_batch(
    jobs: Sequence[Job],
    ledger: Ledger,
    engine: Engine,
    *,
    memory: int | None = None,
    photo_memory: int | None = None,
    on_error: OnError = "skip",
    overwrite: bool = False,
    summary: Summary | None = None,
    callback: BatchCallback = ignore,
) -> Summary:
    """Make all photos that are not made yet.

    Args:
        jobs: the plan.
        ledger: where it is recorded what is done.
        engine: where the work is done; closed by the caller.
        memory: bytes that all photos in work may take together; one that takes more by itself is worked on with no
            other beside it.
        photo_memory: bytes that one photo may take: one that would take more fails.
        on_error: "skip" goes on with the other photos, "stop" finishes those in work.
        overwrite: whether files that the ledger knows nothing of may be replaced.
        summary: to be filled, so that it can be read after an interruption.
        callback: called with each event.

    Raises:
        OptionError: before anything is done, when files that the ledger does not know are in the way.
    """
    if summary is None:
        summary = Summary(len(jobs))
    run = _Run(ledger, engine, summary, callback, memory, photo_memory, on_error == "stop", deque(jobs))
    ledger.heartbeat()  # planning may have taken its time
    if not overwrite:
        outputs.refuse_files_of_others(jobs, ledger)
    outputs.finish_dead_runs(ledger)
    begin = time.perf_counter()
    try:
        run.go()
    finally:
        summary.seconds = time.perf_counter() - begin
    return summary


@dataclass
class _Run:
    """The state of a run.

    Args:
        waiting: jobs that have not been looked at.
        retries: tasks whose worker died, to be tried again.
        others: jobs that other runs have claimed.
        active: what the engine works at, by number.
    """

    ledger: Ledger
    engine: Engine
    summary: Summary
    callback: BatchCallback
    memory: int | None
    photo_memory: int | None
    stop_on_error: bool
    waiting: deque[Job]
    retries: deque[Task] = field(default_factory=deque)
    others: deque[Job] = field(default_factory=deque)
    active: dict[int, Task] = field(default_factory=dict)
    task_count: int = 0
    last_heartbeat: float = field(default_factory=time.monotonic)
    stopped: bool = False

    def go(self) -> None:
        """Work until there is nothing left to do."""
        while True:
            self._submit_tasks()
            if self.active:
                for event in self.engine.wait(1.0):
                    self._handle(event)
                self._heartbeat()
            elif self.stopped or not (self.waiting or self.retries or self.others):
                return
            elif not (self.waiting or self.retries):
                self._wait_for_other_runs()

    def _wait_for_other_runs(self) -> None:
        """Give other runs a moment to finish the photos that they have claimed, then look at those again."""
        self.callback(PhotoBegun(self.others[0].content, "in work by another run"))
        time.sleep(PAUSE)
        self._heartbeat()
        outputs.finish_dead_runs(self.ledger)
        self.waiting, self.others = self.others, self.waiting

    def _heartbeat(self) -> None:
        if time.monotonic() - self.last_heartbeat > HEARTBEAT:
            self.ledger.heartbeat()
            self.last_heartbeat = time.monotonic()

    def _submit_tasks(self) -> None:
        """Give tasks to the engine until it or the memory is full."""
        while not self.stopped and self.engine.has_room() and not self._tries_one_alone():
            if self.retries:
                if self.engine.lost_together and self.active:
                    return  # it is tried with no other beside it
                task = self.retries.popleft()
            else:
                next_task = self._next_task()
                if next_task is None:
                    return
                task = next_task
            self.active[task.number] = task
            self.engine.submit(task)
            self._heartbeat()

    def _tries_one_alone(self) -> bool:
        """Whether a task is in work that was lost before, which must have no other beside it."""
        return self.engine.lost_together and any(task.deaths for task in self.active.values())

    def _next_task(self) -> Task | None:
        """The next photo that is to be made and fits the memory, claimed; None where there is none now."""
        while self.waiting and not self.stopped:
            self._heartbeat()
            job = self.waiting[0]
            row = self.ledger.row(job.output)
            fingerprint = job_fingerprint(job)
            if row is not None and self._needs_nothing(job, row, fingerprint):
                self.waiting.popleft()
                continue
            memory = photo_bytes(job.content)
            if self._must_wait(memory):
                return None
            self.waiting.popleft()
            if not self.ledger.claim(job.output, job.content, job.style, fingerprint, row):
                self.others.append(job)
                continue
            if self.photo_memory and memory > self.photo_memory:
                sizes = f"takes about {memory / 1e9:.1f} GB, and {self.photo_memory / 1e9:.1f} GB are there"
                self._fail(job, f"{job.content}: {sizes}; shrink it")
                continue
            self.task_count += 1
            part = outputs.part_name(job.output, self.ledger.run, self.task_count)
            return Task(self.task_count, job, part, memory)
        return None

    def _must_wait(self, memory: int) -> bool:
        """Whether a photo of so many bytes does not fit beside those in work."""
        if not self.active or not self.memory:
            return False
        return memory + sum(task.memory for task in self.active.values()) > self.memory

    def _needs_nothing(self, job: Job, row: LedgerRow, fingerprint: str) -> bool:
        """Whether a job is done, which is reported, or is in work by another run."""
        if row.status in ("claimed", "made") and self.ledger.is_alive(row.run):
            self.others.append(job)
            return True
        by_others = (row.finished or 0) >= self.ledger.opened and row.run != self.ledger.run
        if row.status == "failed" and by_others:
            self._report(job, "failed", error=row.error, seconds=row.seconds)
            return True
        if row.status == "done" and outputs.is_up_to_date(job, row, fingerprint, self.ledger):
            status: Status = "elsewhere" if by_others else "kept"
            self._report(job, status, seconds=row.seconds, notes=tuple(row.notes))
            return True
        return False

    def _handle(self, event: StageBegun | Outcome) -> None:
        """Record what the engine reports."""
        if isinstance(event, StageBegun):
            self.callback(PhotoBegun(self.active[event.number].job.content, event.stage))
            return
        task = self.active.pop(event.number)
        if event.status == "died":
            self._retry_or_fail(task, event)
        elif event.status == "failed":
            if "write" in event.stages:  # to look for what was begun takes the longer the more results lie there
                self._remove_part(task)
            self._fail(task.job, event.error or f"{task.job.content}: failed", **_facts(event))
        else:
            self._publish(task, event)

    def _retry_or_fail(self, task: Task, outcome: Outcome) -> None:
        self._remove_part(task)
        if task.deaths < self.engine.retries:
            self.retries.append(replace(task, deaths=task.deaths + 1))
            return
        how = f"{task.deaths} times"
        if self.engine.lost_together:
            how = "alone"
        content = task.job.content
        self._fail(task.job, f"{content}: {outcome.error}, and so it was when tried again {how}")

    def _publish(self, task: Task, outcome: Outcome) -> None:
        """Give a result its name and record it, unless another run has taken the photo over."""
        job = task.job
        facts = _facts(outcome)
        result = {"output_bytes": outcome.output_bytes, "output_hash": outcome.output_hash}
        if not self.ledger.mark_made(job.output, task.part, **facts, **result):
            self._remove_part(task)
            self.others.append(job)
            return
        try:
            version = outputs.publish(task.part, job.output)
        except OSError as error:
            self._remove_part(task)
            self._fail(job, f"{job.output}: cannot be written ({error.strerror}); choose another place", **facts)
            return
        self.ledger.mark_done(job.output, version)
        self._report(job, "done", seconds=outcome.seconds, notes=outcome.notes, size=outcome.size)

    def _remove_part(self, task: Task) -> None:
        if not remote.is_url(task.job.output):
            part = Path(task.part)
            with suppress(OSError):
                outputs.remove_parts(part.parent, part.name)

    def _fail(self, job: Job, error: str, **facts: Any) -> None:
        self.ledger.mark_failed(job.output, error, **facts)
        self._report(job, "failed", error=error, seconds=facts.get("seconds"))
        if self.stop_on_error:
            self.stopped = True

    def _report(
        self,
        job: Job,
        status: Status,
        *,
        error: str | None = None,
        seconds: float | None = None,
        notes: tuple[str, ...] = (),
        size: tuple[int, int] | None = None,
    ) -> None:
        summary = self.summary
        summary.count(status)
        if status == "failed":
            summary.failures.append((job.content, job.output, error or ""))
        if notes:
            summary.notes.append((job.content, status, notes))
        event = PhotoDone(
            job.content, job.output, status, summary.settled, summary.total, seconds or 0.0, error, notes, size
        )  # fmt: skip
        self.callback(event)


def _facts(outcome: Outcome) -> dict[str, Any]:
    """What the ledger records of a task that has ended."""
    return {
        "inputs": outcome.inputs,
        "seconds": outcome.seconds,
        "stages": outcome.stages,
        "notes": outcome.notes,
    }
