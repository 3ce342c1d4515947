"""A worker process: it takes tasks from a pipe, reads one ahead, relights one and writes one at the same time."""

import queue
import signal
import threading
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

from photostyle.batch.messages import Outcome, StageBegun
from photostyle.batch.process_life import end_with_parent
from photostyle.threads import give_worker_threads

if TYPE_CHECKING:
    from photostyle.batch.worker import TaskState, Worker


@dataclass(frozen=True)
class WorkerSettings:
    """What a worker process is started with.

    Args:
        threads: of its arithmetic.
        device: that "auto" means; None for none in particular.
        looks_folder: where the workers of a machine share the looks of styles; None for nowhere.
        fetch_folder: in which to keep what is fetched from URLs; None for the system's temporary folder.
    """

    threads: int
    device: str | None = None
    looks_folder: Path | None = None
    fetch_folder: Path | None = None


def run_worker(pipe: Connection, settings: WorkerSettings) -> None:
    """A worker's life, from its start to the end of its pipe, or of its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    give_worker_threads(settings.threads)
    end_with_parent()
    import torch

    from photostyle.batch.worker import Worker

    torch.set_num_threads(settings.threads)
    sender = _Sender(pipe)
    worker = Worker(settings.device, sender.stage_begun, settings.looks_folder, settings.fetch_folder)
    work_through(pipe, worker, sender)


def work_through(pipe: Connection, worker: "Worker", sender: "_Sender") -> None:
    """Carry out the tasks that come through a pipe, until it ends, and send how they ended.

    One photo is written, one relit and one read at the same time; another that has been read may lie between each two of them.
    """
    read: queue.Queue[TaskState | None] = queue.Queue(1)
    relit: queue.Queue[TaskState | None] = queue.Queue(1)
    threading.Thread(target=_read_ahead, args=(pipe, worker, read), daemon=True).start()
    writer = threading.Thread(target=_write_behind, args=(worker, relit, sender))
    writer.start()
    while (state := read.get()) is not None:
        relit.put(worker.relight(state))
    relit.put(None)
    writer.join()
    worker.close()


class _Sender:
    """Sends to the parent, from any thread."""

    def __init__(self, pipe: Connection):
        self._pipe = pipe
        self._lock = threading.Lock()

    def send(self, event: StageBegun | Outcome) -> None:
        with self._lock, suppress(OSError):  # the parent may be gone
            self._pipe.send(event)

    def stage_begun(self, number: int, stage: str) -> None:
        self.send(StageBegun(number, stage))


def _read_ahead(pipe: Connection, worker: "Worker", read: "queue.Queue[TaskState | None]") -> None:
    with suppress(EOFError, OSError):
        while True:
            read.put(worker.read(pipe.recv()))
    read.put(None)


def _write_behind(worker: "Worker", relit: "queue.Queue[TaskState | None]", sender: _Sender) -> None:
    while (state := relit.get()) is not None:
        sender.send(worker.write(state))
