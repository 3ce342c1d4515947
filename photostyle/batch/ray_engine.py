"""The engine of a Ray cluster: an order is a task, which carries paths and no pixels. Outputs lie on a disk or URL that
all nodes reach; the ledger stays with the driver.
"""

import logging
from collections.abc import Callable

from photostyle.batch.orders import Order, Outcome
from photostyle.errors import DeviceError, OptionError

AHEAD = 2  # orders a processor has been given: one in work, one waiting


class RayEngine:
    """Tasks on a Ray cluster.

    Args:
        address: of the cluster, such as "auto" or "ray://host:10001"; None for a cluster on this machine alone.
        cpus: processors that a task takes where there are no GPUs; a task takes one GPU where there are.
        bench: makes what a worker works at; called once in each worker process.

    Raises:
        OptionError: Ray is not installed.
        DeviceError: there is no cluster at the address.
    """

    together, retries = False, 3  # a worker's death loses one order; it may be its node's fault

    def __init__(self, address: str | None = None, cpus: float = 1, bench: Callable | None = None):
        self.ray = _ray()
        self._ours = not self.ray.is_initialized()
        if self._ours:
            try:
                self.ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR, configure_logging=False)
            except Exception as error:  # Ray raises many kinds
                reason = " ".join(str(error).split())[:160]
                raise DeviceError(f"no Ray cluster at {address or 'this machine'} ({reason}); see ray status") from error
        self._bench = bench
        self._needs = {"num_gpus": 1, "num_cpus": 0} if self._total("GPU") >= 1 else {"num_cpus": cpus}
        self._task = self.ray.remote(max_retries=0)(carry_out)
        self._running: dict[object, Order] = {}

    def slots(self) -> int:
        """Tasks that the cluster can work on at once, now: nodes come and go."""
        name, amount = ("GPU", 1) if "num_gpus" in self._needs else ("CPU", self._needs["num_cpus"])
        return max(1, int(self._total(name) // amount))

    def free(self) -> bool:
        return len(self._running) < AHEAD * self.slots()

    def submit(self, order: Order) -> None:
        task = self._task.options(memory=order.memory, **self._needs)
        self._running[task.remote(order, self._bench)] = order

    def wait(self, seconds: float) -> list[Outcome]:
        ready, _ = self.ray.wait(list(self._running), num_returns=1, timeout=seconds)
        return [self._outcome(self._running.pop(task), task) for task in ready]

    def close(self) -> None:
        for task in self._running:
            self.ray.cancel(task, force=True)
        self._running.clear()
        if self._ours:
            self.ray.shutdown()

    def _outcome(self, order: Order, task) -> Outcome:
        try:
            return self.ray.get(task)
        except self.ray.exceptions.RayTaskError as error:  # what is raised before the order is begun
            return Outcome(order.number, "failed", f"{order.job.content}: {_last_line(error)}")
        except self.ray.exceptions.RayError as error:
            return Outcome(order.number, "died", f"its Ray worker was lost ({type(error).__name__})")

    def _total(self, resource: str) -> float:
        return self.ray.cluster_resources().get(resource, 0)


_benches: dict[object, object] = {}  # of this worker process, so that models stay loaded from task to task


def carry_out(order: Order, make_bench: Callable | None) -> Outcome:
    """A task: one order at this worker's bench."""
    if not _benches:
        _benches[None] = make_bench() if make_bench else _bench()
    bench = _benches[None]
    return bench.write(bench.relight(bench.read(order)))


def _bench():
    import torch

    from photostyle.batch.stages import Bench

    if not torch.cuda.is_available():
        torch.set_num_threads(1)
    return Bench()


def _last_line(error: Exception) -> str:
    return str(error).strip().splitlines()[-1][:300]


def _ray():
    try:
        import ray
    except ImportError as error:
        raise OptionError("the engine ray needs Ray; pip install 'photostyle[ray]'") from error
    return ray
