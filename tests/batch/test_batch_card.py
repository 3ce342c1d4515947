"""A batch keeps a graphics card busy: the real scheduler, engine and worker threads, with stages that take simulated time.

No card takes part. A JPEG of 24 Mpixel is said to take 0.25 s to decode, 0.6 on the card and 0.4 to encode; these pass on a clock
that runs only while every thread waits, so that a test is exact and takes no time.
"""

import math
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

from photostyle.batch import Ledger, local_engine, make_plan, run_batch, scheduler, worker_process
from photostyle.batch.messages import Outcome, Task
from photostyle.cli import batch_run

DECODE, CARD, ENCODE = 0.25, 0.6, 0.4
PHOTOS = 100
PHOTO_BYTES = 960_000_000  # as `photo_bytes` says of 24 Mpixel


@dataclass(eq=False)
class Waiting:
    """A thread that waits: until something is ready, or until a time."""

    ready: Callable[[], bool]
    until: float
    awake: bool = False


class Clock:
    """Time that passes only while all threads wait; with it, what threads wait for."""

    def __init__(self):
        self.now = 0.0
        self.running = 1  # the test's own thread
        self.waiting: list[Waiting] = []
        self.changed = threading.Condition()

    def wait(self, ready: Callable[[], bool], seconds: float = math.inf) -> None:
        """Until something is ready or the time is over; `changed` is held."""
        waiting = Waiting(ready, self.now + seconds)
        self.waiting.append(waiting)
        self.running -= 1
        self.wake()
        while not waiting.awake:
            self.changed.wait()

    def wake(self) -> None:
        """Wake the threads that are ready; where none is and none runs, let time pass. `changed` is held."""
        while True:
            for waiting in [w for w in self.waiting if w.until <= self.now or w.ready()]:
                self.waiting.remove(waiting)
                waiting.awake = True
                self.running += 1
            if self.running or not self.waiting:
                break
            self.now = min(w.until for w in self.waiting)
            assert self.now < math.inf, "all threads wait for one another"
        self.changed.notify_all()

    def sleep(self, seconds: float) -> None:
        with self.changed:
            self.wait(lambda: False, seconds)

    def thread(self, target, args=(), daemon=True):
        """In place of `threading.Thread`."""
        ended = []

        def life():
            try:
                target(*args)
            finally:
                with self.changed:
                    ended.append(True)
                    self.running -= 1
                    self.wake()

        def start():
            with self.changed:
                self.running += 1
            threading.Thread(target=life, daemon=True).start()

        def join():
            with self.changed:
                if not ended:
                    self.wait(lambda: bool(ended))

        return SimpleNamespace(start=start, join=join)


class Queue:
    """In place of `queue.Queue`, and one way of a pipe."""

    def __init__(self, clock: Clock, size: float = math.inf):
        self.clock, self.size, self.items, self.closed = clock, size, deque(), False

    def put(self, item):
        with self.clock.changed:
            while len(self.items) >= self.size:
                self.clock.wait(lambda: len(self.items) < self.size)
            self.items.append(item)
            self.clock.wake()

    def get(self):
        with self.clock.changed:
            while not self.items and not self.closed:
                self.clock.wait(lambda: bool(self.items) or self.closed)
            if not self.items:
                raise EOFError
            item = self.items.popleft()
            self.clock.wake()
            return item

    def close(self):
        with self.clock.changed:
            self.closed = True
            self.clock.wake()


class Pipe:
    """One end of a pipe."""

    def __init__(self, incoming: Queue, outgoing: Queue):
        self.incoming, self.outgoing = incoming, outgoing
        self.send, self.recv = outgoing.put, incoming.get

    def poll(self):
        return bool(self.incoming.items)

    def close(self):
        self.outgoing.close()


class Shared:
    """The cores, or the card: so many users at a time. Says how long it was in use."""

    def __init__(self, clock: Clock, places: int):
        self.clock, self.free, self.busy, self.first, self.last = clock, places, 0.0, math.inf, 0.0

    def work(self, seconds: float) -> None:
        clock = self.clock
        with clock.changed:
            while not self.free:
                clock.wait(lambda: self.free > 0)
            self.free -= 1
            self.first = min(self.first, clock.now)
            clock.wait(lambda: False, seconds)
            self.free += 1
            self.busy += seconds
            self.last = clock.now
            clock.wake()

    @property
    def share(self) -> float:
        """Of the time from its first use to its last, in which it was in use."""
        return self.busy / (self.last - self.first)


class SimulatedWorker:
    """A worker whose stages take their time, and whose results are a few bytes.

    Args:
        host: seconds of `relight` that pass on a core, such as shrinking the photo and its regions' edges.
        held: numbers of the tasks in hand at present, over all workers; `most` keeps how many there were.
    """

    def __init__(self, cores: Shared, card: Shared, host: float, held: set[int], most: list[int]):
        self.cores, self.card, self.host, self.held, self.most = cores, card, host, held, most

    def read(self, task: Task) -> Task:
        self.held.add(task.number)
        self.most.append(len(self.held))
        self.cores.work(DECODE)
        return task

    def relight(self, task: Task) -> Task:
        if self.host:
            self.cores.work(self.host)
        self.card.work(CARD)
        return task

    def write(self, task: Task) -> Outcome:
        self.cores.work(ENCODE)
        Path(task.part).write_bytes(b"made")
        self.held.discard(task.number)
        return Outcome(task.number, "made", output_bytes=4, output_hash="")

    def close(self) -> None:
        pass


class SimulatedEngine(local_engine.LocalEngine):
    """The engine of this machine, with threads in place of processes."""

    def __init__(self, clock: Clock, jobs: int, make_worker: Callable[[], SimulatedWorker]):
        super().__init__(jobs, 1)
        self.clock, self.make_worker = clock, make_worker

    def _start(self, device):
        there, back = Queue(self.clock), Queue(self.clock)
        ours, theirs = Pipe(back, there), Pipe(there, back)
        self.clock.thread(worker_process.work_through, (theirs, self.make_worker(), theirs)).start()
        process = SimpleNamespace(sentinel=id(theirs), is_alive=lambda: True, kill=ours.close, join=lambda: None)
        return local_engine._WorkerProcess(process, ours, device)


@pytest.fixture
def simulated(tmp_path, monkeypatch):
    """A batch of a hundred photos; says the card's share of busy time, and the most photos in hand at once."""

    def run(workers: int, host: float = 0.0, cores: int = 4, memory: int | None = None) -> tuple[float, int]:
        clock = Clock()
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(worker_process, "queue", SimpleNamespace(Queue=lambda size: Queue(clock, size)))
        monkeypatch.setattr(worker_process, "threading", SimpleNamespace(Thread=clock.thread))
        monkeypatch.setattr(scheduler, "photo_bytes", lambda name: PHOTO_BYTES)

        def wait(handles, seconds):
            pipes = [handle for handle in handles if isinstance(handle, Pipe)]
            with clock.changed:
                clock.wait(lambda: any(pipe.poll() for pipe in pipes), seconds)
            return [pipe for pipe in pipes if pipe.poll()]

        monkeypatch.setattr(local_engine, "wait", wait)
        Path("in").mkdir()
        for number in range(PHOTOS):
            Path(f"in/{number:03}.jpg").write_bytes(b"photo %d" % number)
        Path("dusk.jpg").write_bytes(b"dusk")
        card, busy_cores, most = Shared(clock, 1), Shared(clock, cores), []
        held: set[int] = set()
        engine = SimulatedEngine(clock, workers, lambda: SimulatedWorker(busy_cores, card, host, held, most))
        ledger = Ledger("out/.photostyle/ledger.sqlite")
        summary = run_batch(make_plan(["in"], "out/{stem}.{ext}", ["dusk.jpg"]), ledger, engine, memory=memory)
        engine.close()
        ledger.close()
        assert summary.done == PHOTOS
        return card.share, max(most)

    return run


def test_one_worker_reads_and_writes_while_the_card_works(simulated):
    share, most = simulated(workers=1)
    assert share > 0.95
    assert most <= local_engine.TASKS_EACH


def test_two_workers_keep_the_card_busy_while_one_works_on_a_core(simulated):
    """Half a second of each photo passes outside the card, which one worker alone would leave idle so long."""
    share, most = simulated(workers=batch_run.WORKERS_A_CARD, host=0.5)
    assert share > 0.8
    assert most <= 2 * local_engine.TASKS_EACH


def test_one_worker_alone_waits_for_its_core(simulated):
    share, _ = simulated(workers=1, host=0.5)
    assert share < 0.6


def test_two_cores_are_enough(simulated):
    share, _ = simulated(workers=2, host=0.3, cores=2)
    assert share > 0.8


def test_memory_for_four_photos_is_enough(simulated):
    share, most = simulated(workers=2, host=0.3, memory=4 * PHOTO_BYTES)
    assert share > 0.8
    assert most <= 4


def test_a_worker_that_holds_one_photo_at_a_time_does_not(simulated, monkeypatch):
    monkeypatch.setattr(local_engine, "TASKS_EACH", 1)
    share, _ = simulated(workers=1)
    assert share == pytest.approx(CARD / (DECODE + CARD + ENCODE), abs=0.01)


def test_a_card_gets_two_workers_where_there_are_cores_and_memory(monkeypatch):
    wanted = batch_run._wanted_workers
    monkeypatch.setattr(batch_run, "available_cores", lambda: 16)
    assert (wanted("auto", 1 << 40, 1), wanted("auto", 1 << 40, 4), wanted("auto", 1 << 40, 0)) == (2, 8, 16)
    assert wanted("auto", 3 << 30, 1) == wanted("1", 1 << 40, 1) == 1
    monkeypatch.setattr(batch_run, "available_cores", lambda: 2)
    assert (wanted("auto", 1 << 40, 1), wanted("auto", 1 << 40, 4)) == (2, 4)
