"""The engine of a Ray cluster: each task is a task of Ray's, which carries paths and no pixels.

Outputs lie on a disk or URL that all nodes reach; the ledger stays with the process that started the run.
"""

import logging
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from photostyle.batch.messages import Outcome, Task
from photostyle.errors import DependencyError, DeviceError

if TYPE_CHECKING:
    from photostyle.batch.worker import Worker

TASKS_EACH = 2  # tasks that a processor has been given: one in work, one waiting
_LONGEST_REASON = 160  # characters of what Ray says


class _Stages(Protocol):
    """What carries out a task: a `Worker`, or what a test has in its place."""

    def read(self, task: Task) -> Any: ...

    def relight(self, state: Any) -> Any: ...

    def write(self, state: Any) -> Outcome: ...


MakeWorker = Callable[[], _Stages]


class RayEngine:
    """Tasks on a Ray cluster. See `messages.Engine` for what it does.

    Args:
        address: of the cluster, such as "auto" or "ray://host:10001"; None for a cluster on this machine alone.
        cpus: processors that a task takes where there are no GPUs; a task takes one GPU where there are.
        make_worker: makes what carries out the tasks, in place of `Worker`; called once in each worker process.
        looks_folder: in which workers share the looks of styles; those of a node that cannot write there share one in
            the user's cache on that node.

    Raises:
        DependencyError: Ray is not installed.
        DeviceError: there is no cluster at the address.
    """

    lost_together = False  # a worker's death loses one task
    retries = 3  # it may be the fault of the node, not of the photo

    def __init__(
        self,
        address: str | None = None,
        cpus: float = 1,
        make_worker: MakeWorker | None = None,
        looks_folder: Path | None = None,
    ):
        self.ray = _import_ray()
        self._started_ray = not self.ray.is_initialized()
        if self._started_ray:
            self._start_ray(address)
        self._make_worker = make_worker or partial(_make_worker, looks_folder)
        self._needs: dict[str, float] = {"num_cpus": cpus}
        if self._total("GPU") >= 1:
            self._needs = {"num_gpus": 1, "num_cpus": 0}
        self._task = self.ray.remote(max_retries=0)(carry_out)
        self._running: dict[Any, Task] = {}

    def slots(self) -> int:
        """Tasks that the cluster can work on at once, now: nodes come and go."""
        if "num_gpus" in self._needs:
            slots = self._total("GPU")
        else:
            slots = self._total("CPU") // self._needs["num_cpus"]
        return max(1, int(slots))

    def has_room(self) -> bool:
        return len(self._running) < TASKS_EACH * self.slots()

    def submit(self, task: Task) -> None:
        ray_task = self._task.options(memory=task.memory, **self._needs)
        self._running[ray_task.remote(task, self._make_worker)] = task

    def wait(self, seconds: float) -> list[Outcome]:
        ready, _ = self.ray.wait(list(self._running), num_returns=1, timeout=seconds)
        return [self._outcome(self._running.pop(reference), reference) for reference in ready]

    def close(self) -> None:
        for reference in self._running:
            self.ray.cancel(reference, force=True)
        self._running.clear()
        if self._started_ray:
            self.ray.shutdown()

    def _start_ray(self, address: str | None) -> None:
        try:
            self.ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR, configure_logging=False)
        except Exception as error:  # Ray raises many kinds
            reason = " ".join(str(error).split())[:_LONGEST_REASON]
            raise DeviceError(f"no Ray cluster at {address or 'this machine'} ({reason}); see ray status") from error

    def _outcome(self, task: Task, reference: Any) -> Outcome:
        try:
            outcome: Outcome = self.ray.get(reference)
        except self.ray.exceptions.RayTaskError as error:  # what is raised before the task is begun
            return Outcome(task.number, "failed", f"{task.job.content}: {_last_line(error)}")
        except self.ray.exceptions.RayError as error:
            return Outcome(task.number, "died", f"its Ray worker was lost ({type(error).__name__})")
        return outcome

    def _total(self, resource: str) -> float:
        return float(self.ray.cluster_resources().get(resource, 0))


_workers: list[_Stages] = []  # that of this process, so that models stay loaded from task to task


def carry_out(task: Task, make_worker: MakeWorker) -> Outcome:
    """One task, by this process's worker."""
    if not _workers:
        _workers.append(make_worker())
    worker = _workers[0]
    return worker.write(worker.relight(worker.read(task)))


def _make_worker(looks_folder: Path | None) -> "Worker":
    import torch

    from photostyle.batch.worker import Worker

    if not torch.cuda.is_available():
        torch.set_num_threads(1)
    return Worker(looks_folder=_reachable(looks_folder))


def _reachable(folder: Path | None) -> Path | None:
    """The folder that all workers share; where this node cannot write there, one in the user's cache on this node."""
    from photostyle.regions.segment.cache import cache_folder

    if folder is None or (folder.is_dir() and os.access(folder, os.W_OK)):
        return folder
    own = cache_folder().with_name("looks")
    try:
        own.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None  # each measures for itself
    return own


def _last_line(error: Exception) -> str:
    return str(error).strip().splitlines()[-1][:300]


def _import_ray() -> Any:
    try:
        import ray
    except ImportError as error:
        raise DependencyError("the engine ray needs Ray; pip install 'photostyle[ray]'") from error
    return ray
