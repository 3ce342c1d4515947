"""A batch run as the command line does it: the ledger's place, the engine, signals, what is shown, the exit code."""

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from photostyle.batch import Job, Ledger, Summary, remote, run_batch, standing
from photostyle.batch.budget import WORKER_BYTES, parse_memory, workers_for
from photostyle.batch.scheduler import cores
from photostyle.cli import batch_progress
from photostyle.errors import OptionError

FOLDER = ".photostyle"


@contextmanager
def opened_ledger(path: Path | None, root: str, command: str) -> Iterator[Ledger]:
    """The ledger of a run: where it was asked for, else in a folder beside the outputs; of URLs, in the current one."""
    if path is None:
        away = remote.is_url(root)
        name = "".join(c if c.isalnum() else "-" for c in root) if away else "ledger"
        path = Path("." if away else root) / FOLDER / f"{name}.sqlite"
    fresh = not path.parent.exists(), not path.exists()
    ledger = Ledger(path, command)
    try:
        yield ledger
    finally:
        empty = fresh[1] and not ledger.outputs()
        ledger.close()
        if empty:  # a run that was refused leaves nothing behind
            path.unlink(missing_ok=True)
            if fresh[0]:
                path.parent.rmdir()


def made_before(ledger: Ledger, output: str | None) -> frozenset[str]:
    """What is not to be taken for an input in folders and globs: results of earlier runs."""
    return frozenset(os.path.realpath(name) for name in ledger.outputs() if not remote.is_url(name))


def engine_for(jobs: str, memory: int, plan: Sequence[Job]):
    """The workers of this machine: (engine, how many); auto is one a GPU, else one a core that the memory has room for."""
    from photostyle.batch.local import LocalEngine

    gpus = _gpus() if any(job.options.device in ("auto", "cuda") for job in plan) else 0
    if jobs != "auto" and not (jobs.isdigit() and int(jobs) > 0):
        raise OptionError(f"jobs must be auto or a whole number from 1 up, got {jobs!r}")
    wanted = int(jobs) if jobs != "auto" else workers_for(memory, gpus or cores())
    count = max(1, min(wanted, len(plan)))
    devices = [f"cuda:{i}" for i in range(gpus)]
    return LocalEngine(count, max(1, cores() // count), devices), count


def _gpus() -> int:
    """CUDA GPUs; torch is asked only where there is a driver."""
    if not any(os.path.exists(p) for p in ("/dev/nvidiactl", "/proc/driver/nvidia", "/dev/dxg")) and os.name != "nt":
        return 0
    import torch

    return torch.cuda.device_count()


def run(
    plan: Sequence[Job], ledger: Ledger, jobs: str, memory: str, on_error: str, overwrite: bool, as_json: bool, quiet: bool
) -> int:
    """Run a plan and show it; returns the exit code."""
    budget = parse_memory(memory)
    summary = Summary(len(plan))
    engine, workers = engine_for(jobs, budget, plan)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with batch_progress.shown(len(plan), as_json, quiet) as callback:
            room = max(1, budget - workers * WORKER_BYTES)
            run_batch(
                plan, ledger, engine, memory=room, limit=_limit(), on_error=on_error, overwrite=overwrite,
                summary=summary, callback=callback,
            )  # fmt: skip
    except KeyboardInterrupt:
        batch_progress.say(summary, ledger, as_json, quiet, interrupted=True)
        return 130
    finally:
        engine.close()
        standing.clear_own(ledger)
    batch_progress.say(summary, ledger, as_json, quiet)
    return 1 if summary.failed or summary.left else 0


def _limit() -> int | None:
    """What the machine has in all."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None


def _interrupt(number, frame) -> None:
    raise KeyboardInterrupt
