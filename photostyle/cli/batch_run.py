"""A batch run as the command line does it: the ledger's place, the engine, signals, what is shown, the exit code."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from photostyle.batch import Job, Ledger, Summary, remote, run_batch, standing
from photostyle.batch.budget import WORKER_BYTES, parse_memory, workers_for
from photostyle.batch.ledger import outputs_beside
from photostyle.batch.orders import Engine
from photostyle.batch.shards import Shard
from photostyle.cli import batch_progress
from photostyle.errors import OptionError
from photostyle.machine import available_cores

FOLDER = ".photostyle"


@contextmanager
def opened_ledger(path: Path | None, root: str, command: str, shard: Shard | None = None) -> Iterator[Ledger]:
    """The ledger of a run: where it was asked for, else in a folder beside the outputs; of URLs, in the current one."""
    if path is None:
        away = remote.is_url(root)
        name = "".join(c if c.isalnum() else "-" for c in root) if away else "ledger"
        name = f"{name}-{shard}" if shard else name
        path = Path("." if away else root) / FOLDER / f"{name}.sqlite"
    fresh = not path.exists()
    made = [folder for folder in path.parents if not folder.exists()]
    ledger = Ledger(path, command)
    empty = False
    try:
        yield ledger
    except sqlite3.Error as error:
        raise OptionError(f"{path}: the ledger cannot be used any more ({error}); run the same command again to go on") from error
    finally:
        with suppress(sqlite3.Error):
            empty = fresh and ledger.is_alone() and not ledger.outputs()
            ledger.close()
        if empty:  # a run that was refused leaves nothing behind
            path.unlink(missing_ok=True)
            with suppress(OSError):  # something else has come to be there
                for folder in made:
                    folder.rmdir()


def made_before(ledger: Ledger, contents: Sequence[str], root: str) -> frozenset[str]:
    """What is not to be taken for an input in folders and globs: results of earlier runs, and the folder of outputs
    where it lies within what is named.
    """
    made = {os.path.realpath(name) for name in outputs_beside(ledger.path) if not remote.is_url(name)}
    top, named = Path(os.path.realpath(root)), {Path(os.path.realpath(c)) for c in contents if os.path.isdir(c)}
    within = any(folder in top.parents for folder in named) and not any(f == top or top in f.parents for f in named)
    return frozenset(made | ({str(top)} if within else set()))


@dataclass(frozen=True)
class How:
    """What the command line says of a run, beside its plan."""

    engine: str = "local"
    address: str | None = None
    jobs: str = "auto"
    memory: str = "auto"
    on_error: str = "skip"
    report: Path | None = None
    overwrite: bool = False
    as_json: bool = False
    quiet: bool = False


def engine_for(how: How, plan: Sequence[Job], looks: Path) -> tuple[Engine, int | None]:
    """The engine, and the bytes that photos in work may take together; on a cluster Ray sees to that.

    Workers of this machine share what they measured of styles in the folder `looks`.
    """
    if how.engine == "ray":
        from photostyle.batch.ray_engine import RayEngine

        return RayEngine(how.address), None
    from photostyle.batch.local import LocalEngine

    memory, jobs = parse_memory(how.memory), how.jobs
    if jobs != "auto" and not (jobs.isdigit() and int(jobs) > 0):
        raise OptionError(f"jobs must be auto or a whole number from 1 up, got {jobs!r}")
    gpus = _gpus() if any(job.options.device in ("auto", "cuda") for job in plan) else 0
    wanted = int(jobs) if jobs != "auto" else workers_for(memory, gpus or available_cores())
    count = max(1, min(wanted, len(plan)))
    engine = LocalEngine(count, max(1, available_cores() // count), [f"cuda:{i}" for i in range(gpus)], looks)
    return engine, max(1, memory - count * WORKER_BYTES)


def _gpus() -> int:
    """CUDA GPUs; torch is asked only where there is a driver."""
    if not any(os.path.exists(p) for p in ("/dev/nvidiactl", "/proc/driver/nvidia", "/dev/dxg")) and os.name != "nt":
        return 0
    import torch

    return torch.cuda.device_count()


def run(plan: Sequence[Job], ledger: Ledger, how: How) -> int:
    """Run a plan and show it; returns the exit code."""
    if how.report is not None:
        _check_report(how.report)
    summary, interrupted = Summary(len(plan)), False
    engine, memory = engine_for(how, plan, ledger.path.parent)
    try:
        with batch_progress.shown(len(plan), how.as_json, how.quiet) as callback:
            run_batch(
                plan, ledger, engine, memory=memory, limit=_limit(how), on_error=how.on_error, overwrite=how.overwrite,
                summary=summary, callback=callback,
            )  # fmt: skip
    except KeyboardInterrupt:
        interrupted = True
    finally:
        engine.close()
        with suppress(sqlite3.Error):  # if the ledger is what failed, the next run clears up
            standing.clear_own(ledger)
    batch_progress.say(summary, ledger, how.as_json, how.quiet, interrupted)
    if how.report is not None:
        from photostyle.batch.page import write_page

        write_page(how.report, plan, summary)
    return 130 if interrupted else int(bool(summary.failed or summary.left))


def _check_report(path: Path) -> None:
    """Fail now, not after the work, where the page cannot be written."""
    nearest = next(folder for folder in path.resolve().parents if folder.exists())  # the others will be made
    if path.is_dir() or not nearest.is_dir() or not os.access(nearest, os.W_OK):
        raise OptionError(f"{path}: cannot be written; give another --report")


def _limit(how: How) -> int | None:
    """What a photo may take at most: all that this machine has."""
    if how.engine == "ray":
        return None
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None
