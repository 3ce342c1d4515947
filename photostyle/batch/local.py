"""The engine of this machine: worker processes, each reading ahead, solving and writing at the same time."""

import multiprocessing
import os
import queue
import shutil
import signal
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path

from photostyle.batch.orders import Order, Outcome, Stage

DEPTH = 3  # orders a worker holds: one is read, one solved, one written
_SPAWN = multiprocessing.get_context("spawn")  # a fork would copy the parent's threads' locks


@dataclass
class _Worker:
    process: multiprocessing.process.BaseProcess
    pipe: Connection
    device: str | None
    orders: dict[int, Order] = field(default_factory=dict)


class LocalEngine:
    """Worker processes.

    Args:
        jobs: how many.
        threads: of each one's arithmetic.
        devices: the device that "auto" means in each, in turn; empty for none in particular.
        looks: the folder in which they share the looks of styles.
    """

    def __init__(self, jobs: int, threads: int, devices: Sequence[str] = (), looks: Path | None = None):
        self.together, self.retries = True, 1
        self.threads, self.looks, self._workers = threads, looks, []
        self._fetched: Path | None = None  # where workers keep what they fetch; ended ones cannot remove it
        self._devices = [devices[i % len(devices)] if devices else None for i in range(jobs)]

    def free(self) -> bool:
        return not self._workers or any(len(worker.orders) < DEPTH for worker in self._workers)

    def submit(self, order: Order) -> None:
        if not self._workers:  # not before there is work: often all is done already
            self._fetched = Path(tempfile.mkdtemp(prefix="photostyle-"))
            for device in self._devices:  # one by one: an interruption finds each in the list
                self._workers.append(self._start(device))
        worker = min(self._workers, key=lambda w: len(w.orders))
        worker.orders[order.number] = order
        with suppress(OSError):  # a worker that has just died is found by `wait`
            worker.pipe.send(order)

    def wait(self, seconds: float) -> list[Stage | Outcome]:
        handles = {h: w for w in self._workers for h in (w.pipe, w.process.sentinel)}
        happened: list[Stage | Outcome] = []
        for worker in {id(handles[h]): handles[h] for h in wait(list(handles), seconds)}.values():
            happened += self._drain(worker)
            if not worker.process.is_alive():
                happened += self._drain(worker)
                happened += [Outcome(n, "died", _how(worker.process.exitcode)) for n in worker.orders]
                worker.pipe.close()
                self._workers[self._workers.index(worker)] = self._start(worker.device)
        return happened

    def close(self) -> None:
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            worker.process.join()
            worker.pipe.close()
        if self._fetched:
            shutil.rmtree(self._fetched, ignore_errors=True)

    def _start(self, device: str | None) -> _Worker:
        ours, theirs = _SPAWN.Pipe()
        process = _SPAWN.Process(
            target=work,
            args=(theirs, self.threads, device, self.looks, self._fetched),
            daemon=True,
            name="photostyle-worker",
        )
        process.start()
        theirs.close()
        return _Worker(process, ours, device)

    def _drain(self, worker: _Worker) -> list[Stage | Outcome]:
        happened = []
        with suppress(EOFError, OSError):
            while worker.pipe.poll():
                news = worker.pipe.recv()
                happened.append(news)
                if isinstance(news, Outcome):
                    worker.orders.pop(news.number, None)
        return happened


def _how(code: int | None) -> str:
    if code is None or code >= 0:
        return f"its worker ended with code {code}"
    name = signal.Signals(-code).name if -code in signal.valid_signals() else f"signal {-code}"
    return f"its worker was ended by {name}" + (", perhaps for lack of memory" if name == "SIGKILL" else "")


def work(pipe: Connection, threads: int, device: str | None, looks: Path | None, fetched: Path) -> None:
    """A worker's life: it ends when its parent does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(threads)
    leave_with_parent()
    import torch

    from photostyle.batch.stages import Bench

    torch.set_num_threads(threads)
    told = threading.Lock()

    def tell(news: Stage | Outcome) -> None:
        with told, suppress(OSError):
            pipe.send(news)

    bench = Bench(device, lambda number, stage: tell(Stage(number, stage)), looks, fetched)
    ready: queue.Queue = queue.Queue(1)
    solved: queue.Queue = queue.Queue(1)
    threading.Thread(target=_read_ahead, args=(pipe, bench, ready), daemon=True).start()
    writer = threading.Thread(target=_write_behind, args=(bench, solved, tell))
    writer.start()
    while (piece := ready.get()) is not None:
        solved.put(bench.relight(piece))
    solved.put(None)
    writer.join()
    bench.close()


def _read_ahead(pipe: Connection, bench, ready: queue.Queue) -> None:
    with suppress(EOFError, OSError):
        while True:
            ready.put(bench.read(pipe.recv()))
    ready.put(None)


def _write_behind(bench, solved: queue.Queue, tell) -> None:
    while (piece := solved.get()) is not None:
        tell(bench.write(piece))


def leave_with_parent() -> None:
    """In a process that was started for another: end with it, however that ends."""

    def watch() -> None:
        wait([multiprocessing.parent_process().sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
