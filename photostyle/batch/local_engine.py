"""The engine of this machine: worker processes, each reading ahead, solving and writing at the same time."""

import multiprocessing
import shutil
import signal
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from photostyle.batch.messages import Outcome, StageBegun, Task
from photostyle.batch.worker_process import WorkerSettings, run_worker

TASKS_EACH = 3  # tasks that a worker holds: one is read, one solved, one written
_SPAWN = multiprocessing.get_context("spawn")  # a fork would copy the parent's threads' locks


@dataclass
class _WorkerProcess:
    """A worker process, the pipe to it, and the tasks that it holds, by number."""

    process: BaseProcess
    pipe: Connection
    device: str | None
    tasks: dict[int, Task] = field(default_factory=dict)


class LocalEngine:
    """Worker processes on this machine. See `messages.Engine` for what it does.

    Args:
        jobs: how many.
        threads: of each one's arithmetic.
        devices: the device that "auto" means in each, in turn; empty for none in particular.
        looks_folder: the folder in which they share the looks of styles.
    """

    lost_together = True
    retries = 1

    def __init__(self, jobs: int, threads: int, devices: Sequence[str] = (), looks_folder: Path | None = None):
        self.threads = threads
        self.looks_folder = looks_folder
        self._devices: list[str | None] = [None] * jobs
        if devices:
            self._devices = [devices[number % len(devices)] for number in range(jobs)]
        self._workers: list[_WorkerProcess] = []
        self._fetch_folder: Path | None = None

    def has_room(self) -> bool:
        return not self._workers or any(len(worker.tasks) < TASKS_EACH for worker in self._workers)

    def submit(self, task: Task) -> None:
        if not self._workers:  # not before there is work: often all is done already
            self._start_all()
        worker = min(self._workers, key=_task_count)
        worker.tasks[task.number] = task
        with suppress(OSError):  # a worker that has just died is found by `wait`
            worker.pipe.send(task)

    def wait(self, seconds: float) -> list[StageBegun | Outcome]:
        workers: dict[Connection | int, _WorkerProcess] = {}
        for worker in self._workers:
            workers[worker.pipe] = worker
            workers[worker.process.sentinel] = worker
        ready = wait(list(workers), seconds)
        heard_of = {id(workers[handle]): workers[handle] for handle in ready}  # type: ignore[index]
        events: list[StageBegun | Outcome] = []
        for worker in heard_of.values():
            events += _received(worker)
            if not worker.process.is_alive():
                events += _received(worker)
                events += self._replace_dead(worker)
        return events

    def close(self) -> None:
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            worker.process.join()
            worker.pipe.close()
        if self._fetch_folder:
            shutil.rmtree(self._fetch_folder, ignore_errors=True)

    def _start_all(self) -> None:
        self._fetch_folder = Path(tempfile.mkdtemp(prefix="photostyle-"))  # a worker that is killed cannot remove its own
        for device in self._devices:  # one by one: an interruption finds each in the list
            self._workers.append(self._start(device))

    def _start(self, device: str | None) -> _WorkerProcess:
        ours, theirs = _SPAWN.Pipe()
        settings = WorkerSettings(self.threads, device, self.looks_folder, self._fetch_folder)
        process = _SPAWN.Process(target=run_worker, args=(theirs, settings), daemon=True, name="photostyle-worker")
        process.start()
        theirs.close()
        return _WorkerProcess(process, ours, device)

    def _replace_dead(self, worker: _WorkerProcess) -> list[Outcome]:
        """Start another worker in place of a dead one; returns how the tasks ended that it had."""
        cause = _cause_of_death(worker.process.exitcode)
        outcomes = [Outcome(number, "died", cause) for number in worker.tasks]
        worker.pipe.close()
        self._workers[self._workers.index(worker)] = self._start(worker.device)
        return outcomes


def _task_count(worker: _WorkerProcess) -> int:
    return len(worker.tasks)


def _received(worker: _WorkerProcess) -> list[StageBegun | Outcome]:
    """What a worker has sent; tasks that have ended are no longer its."""
    events: list[StageBegun | Outcome] = []
    with suppress(EOFError, OSError):
        while worker.pipe.poll():
            event = worker.pipe.recv()
            events.append(event)
            if isinstance(event, Outcome):
                worker.tasks.pop(event.number, None)
    return events


def _cause_of_death(code: int | None) -> str:
    if code is None or code >= 0:
        return f"its worker ended with code {code}"
    if -code not in signal.valid_signals():
        return f"its worker was ended by signal {-code}"
    cause = f"its worker was ended by {signal.Signals(-code).name}"
    if -code == getattr(signal, "SIGKILL", None):
        cause += ", perhaps for lack of memory"
    return cause
