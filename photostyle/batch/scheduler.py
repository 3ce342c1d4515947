"""A run: claims photos, keeps an engine busy within the memory budget, and settles what comes back."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from photostyle.batch import remote, standing
from photostyle.batch.budget import photo_bytes
from photostyle.batch.fingerprint import job_fingerprint
from photostyle.batch.ledger import Ledger, Row
from photostyle.batch.orders import Engine, Order, Outcome, Stage
from photostyle.batch.plan import Job

OnError = Literal["skip", "stop"]
BEAT = 5.0  # seconds between heartbeats


@dataclass(frozen=True)
class PhotoDone:
    """A photo is settled.

    Args:
        status: "done" now; "kept": done before and still right; "elsewhere": done by another run meanwhile; "failed".
        settled, total: photos settled so far, of how many.
    """

    content: str
    output: str
    status: Literal["done", "kept", "elsewhere", "failed"]
    settled: int
    total: int
    seconds: float = 0.0
    error: str | None = None
    notes: tuple[str, ...] = ()
    size: tuple[int, int] | None = None


@dataclass(frozen=True)
class PhotoBegun:
    """A stage of a photo has begun."""

    content: str
    stage: str


Callback = Callable[[PhotoDone | PhotoBegun], None]


@dataclass
class Summary:
    """How a run ended: counts by status, (content, output, error) of each failure, and wall time."""

    total: int
    done: int = 0
    kept: int = 0
    elsewhere: int = 0
    failed: int = 0
    seconds: float = 0.0
    failures: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def left(self) -> int:
        """Photos that were not come to, because the run was stopped."""
        return self.total - self.done - self.kept - self.elsewhere - self.failed


def run_batch(
    jobs: Sequence[Job],
    ledger: Ledger,
    engine: Engine,
    *,
    memory: int | None = None,
    limit: int | None = None,
    on_error: OnError = "skip",
    overwrite: bool = False,
    summary: Summary | None = None,
    callback: Callback = lambda event: None,
) -> Summary:
    """Make all photos that are not made yet.

    Args:
        jobs: the plan.
        ledger: where what is done is kept.
        engine: where the work is done; closed by the caller.
        memory: bytes that photos in work may take together; one that takes more by itself is worked on alone.
        limit: bytes that no photo may take: such a one fails.
        on_error: "skip" goes on with the other photos, "stop" finishes those in work.
        overwrite: whether files that the ledger knows nothing of may be replaced.
        summary: to be filled, so that it can be read after an interruption.
        callback: told of each photo.

    Raises:
        OptionError: before anything is done, when files that the ledger does not know stand in the way.
    """
    run = _Run(jobs, ledger, engine, memory, limit, on_error, callback, summary or Summary(len(jobs)))
    ledger.beat()  # planning may have taken its time
    if not overwrite:
        standing.refuse_strangers(jobs, ledger)
    standing.clean_up(ledger)
    begin = time.perf_counter()
    try:
        run.go()
    finally:
        run.summary.seconds = time.perf_counter() - begin
    return run.summary


class _Run:
    def __init__(self, jobs, ledger, engine, memory, limit, on_error, callback, summary):
        self.ledger, self.engine, self.on_error, self.callback, self.summary = ledger, engine, on_error, callback, summary
        self.memory, self.limit = memory, limit
        self.waiting: deque[Job] = deque(jobs)
        self.suspects: deque[Order] = deque()
        self.elsewhere: deque[Job] = deque()
        self.active: dict[int, Order] = {}
        self.count, self.beaten, self.stopped = 0, time.monotonic(), False

    def go(self) -> None:
        while True:
            self._fill()
            if not self.active:
                if not self._more():
                    return
                continue
            for event in self.engine.wait(1.0):
                if isinstance(event, Stage):
                    self.callback(PhotoBegun(self.active[event.number].job.content, event.name))
                else:
                    self._settle(self.active.pop(event.number), event)
            self._beat()

    def _more(self) -> bool:
        """With nothing in work: whether there will be, if only when another run has done or left its share."""
        if self.stopped or not (self.waiting or self.suspects or self.elsewhere):
            return False
        if not (self.waiting or self.suspects):
            self.callback(PhotoBegun(self.elsewhere[0].content, "in work by another run"))
            time.sleep(0.5)
            self._beat()
            standing.clean_up(self.ledger)
            self.waiting, self.elsewhere = self.elsewhere, self.waiting
        return True

    def _beat(self) -> None:
        if time.monotonic() - self.beaten > BEAT:
            self.ledger.beat()
            self.beaten = time.monotonic()

    def _fill(self) -> None:
        """Give orders until the engine or the memory is full."""
        together = self.engine.together  # a suspect is then tried alone
        while not self.stopped and self.engine.free() and not (together and any(o.tries for o in self.active.values())):
            if self.suspects:
                if together and self.active:
                    return
                order = self.suspects.popleft()
            else:
                order = self._next()
            if order is None:
                return
            self.active[order.number] = order
            self.engine.submit(order)
            self._beat()

    def _next(self) -> Order | None:
        """The next photo that is to be made and fits the memory, claimed; None where there is none now."""
        while self.waiting and not self.stopped:
            self._beat()
            job = self.waiting[0]
            row, options = self.ledger.row(job.output), job_fingerprint(job)
            settled = self._settled_before(job, row, options)
            if settled is None:
                taken = photo_bytes(job.content)
                if self.active and self.memory and self._in_work() + taken > self.memory:
                    return None
            self.waiting.popleft()
            if settled is True:
                continue
            if not self.ledger.claim(job.output, job.content, job.style, options, row):
                self.elsewhere.append(job)
                continue
            if self.limit and taken > self.limit:
                error = f"{job.content}: takes about {taken / 1e9:.1f} GB, and {self.limit / 1e9:.1f} GB are there; shrink it"
                self._fail(job, error)
                continue
            self.count += 1
            return Order(self.count, job, standing.part_of(job.output, self.ledger.run, self.count), taken)
        return None

    def _in_work(self) -> int:
        return sum(order.memory for order in self.active.values())

    def _settled_before(self, job: Job, row: Row | None, options: str) -> bool | None:
        """True where nothing is to be done for a job now; None where it is to be made."""
        if row is None:
            return None
        if row.status in ("claimed", "made") and self.ledger.alive(row.run):
            self.elsewhere.append(job)
            return True
        during = (row.finished or 0) >= self.ledger.began and row.run != self.ledger.run
        if row.status == "failed" and during:
            self._report(job, "failed", error=row.error, seconds=row.seconds)
            return True
        if row.status == "done" and standing.still_right(job, row, options, self.ledger):
            self._report(job, "elsewhere" if during else "kept", seconds=row.seconds)
            return True
        return None

    def _settle(self, order: Order, outcome: Outcome) -> None:
        job = order.job
        if outcome.status == "died":
            self._forget_part(order)
            if order.tries < self.engine.retries:
                self.suspects.append(replace(order, tries=order.tries + 1))
            else:
                again = "alone" if self.engine.together else f"{order.tries} times"
                self._fail(job, f"{job.content}: {outcome.error}, and so it was when tried again {again}")
            return
        facts = {"inputs": outcome.inputs, "seconds": outcome.seconds, "stages": outcome.stages, "notes": outcome.notes}
        if outcome.status == "failed":
            self._forget_part(order)
            self._fail(job, outcome.error, **facts)
            return
        made = {"output_bytes": outcome.output_bytes, "output_hash": outcome.output_hash}
        if not self.ledger.made(job.output, order.part, **facts, **made):
            self._forget_part(order)
            self.elsewhere.append(job)
            return
        try:
            version = standing.publish(order.part, job.output)
        except OSError as error:
            self._forget_part(order)
            self._fail(job, f"{job.output}: cannot be written ({error.strerror}); choose another place", **facts)
            return
        self.ledger.done(job.output, version)
        self._report(job, "done", seconds=outcome.seconds, notes=outcome.notes, size=outcome.size)

    def _forget_part(self, order: Order) -> None:
        if not remote.is_url(order.job.output):
            with suppress(OSError):
                standing.remove_parts(Path(order.part).parent, Path(order.part).name)

    def _fail(self, job: Job, error: str, **facts) -> None:
        self.ledger.failed(job.output, error, **facts)
        self._report(job, "failed", error=error, seconds=facts.get("seconds"))
        if self.on_error == "stop":
            self.stopped = True

    def _report(self, job: Job, status: str, *, error=None, seconds=None, notes=(), size=None) -> None:
        summary = self.summary
        setattr(summary, status, getattr(summary, status) + 1)
        if status == "failed":
            summary.failures.append((job.content, job.output, error))
        settled = summary.total - summary.left
        self.callback(PhotoDone(job.content, job.output, status, settled, summary.total, seconds or 0.0, error, notes, size))
