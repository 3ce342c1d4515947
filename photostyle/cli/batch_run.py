"""A batch run as the command line does it: the ledger's place, the engine, signals, what is shown, the exit code."""

import os
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from photostyle.batch import Job, Ledger, Summary, outputs, remote, run_batch
from photostyle.batch.budget import CLIP_BYTES, WORKER_BYTES, parse_memory, workers_for
from photostyle.batch.clips import kinds_of
from photostyle.batch.job import LOOK_SUFFIX
from photostyle.batch.ledger_files import default_ledger, outputs_in_folder
from photostyle.batch.messages import Engine
from photostyle.batch.progress import BatchCallback
from photostyle.batch.scheduler import OnError
from photostyle.batch.shards import Shard
from photostyle.batch.splitting import SplittingEngine
from photostyle.cli import batch_progress
from photostyle.cli.networks import check_networks
from photostyle.cli.places import check_place
from photostyle.cli.video_files import check_videos_can_be_read
from photostyle.clip_files import is_clip
from photostyle.errors import FileError, OptionError
from photostyle.machine import available_cores
from photostyle.tensor_file import check_header

EngineName = Literal["local", "ray"]
WORKERS_A_CARD = 2  # one works on the card while the other shrinks its photo or looks for edges (tests/batch/test_batch_card.py)
_SIGNS_OF_A_GPU = ("/dev/nvidiactl", "/proc/driver/nvidia", "/dev/dxg")


@contextmanager
def open_ledger(path: Path | None, root: str, command: str, shard: Shard | None = None) -> Iterator[Ledger]:
    """The ledger of a run, which is removed again if the run was refused before it began.

    Args:
        path: of the ledger; None for `default_ledger`.
        root: the folder of the outputs.
        command: what started the run.
        shard: the part of the plan that it is for.

    Raises:
        FileError: the ledger cannot be used, or not any more.
    """
    if path is None:
        path = default_ledger(root, shard)
    is_new = not path.exists()
    new_folders = [folder for folder in path.parents if not folder.exists()]
    ledger = Ledger(path, command)
    is_unused = False
    try:
        yield ledger
    except sqlite3.Error as error:
        raise FileError(f"{path}: the ledger cannot be used any more ({error}); run the same command again to go on") from error
    finally:
        with suppress(sqlite3.Error):
            is_unused = is_new and ledger.is_only_run() and not ledger.outputs()
            ledger.close()
        if is_unused:
            path.unlink(missing_ok=True)
            with suppress(OSError):  # something else lies there now
                for folder in new_folders:
                    folder.rmdir()


def say_note(note: str) -> None:
    """A note on the plan, on stderr: stdout is for records."""
    sys.stderr.write(f"note: {note}\n")


def results_of_runs(ledger: Ledger, contents: Sequence[str], root: str) -> frozenset[str]:
    """What is not to be taken for an input in folders and globs: results of earlier runs, and the folder of outputs
    where it lies within what is named.
    """
    results = set()
    for output in outputs_in_folder(ledger.path.parent):
        if not remote.is_url(output):
            results.add(os.path.realpath(output))
    top = Path(os.path.realpath(root))
    is_within = False
    is_named = False
    for content in contents:
        if os.path.isdir(content):
            folder = Path(os.path.realpath(content))
            is_within = is_within or folder in top.parents
            is_named = is_named or folder == top or top in folder.parents
    if is_within and not is_named:
        results.add(str(top))
    return frozenset(results)


@dataclass(frozen=True)
class RunSettings:
    """What the command line says of a run, beside its plan."""

    engine: EngineName = "local"
    address: str | None = None
    jobs: str = "auto"
    memory: str = "auto"
    on_error: OnError = "skip"
    report: Path | None = None
    overwrite: bool = False
    as_json: bool = False
    quiet: bool = False
    verbose: bool = False


def check_settings(settings: RunSettings) -> None:
    """Fail now, not after a set was solved, where a run cannot be as it is asked for.

    Raises:
        PhotostyleError: one line for the first thing that cannot be.
    """
    if settings.engine == "local":
        _wanted_workers(settings.jobs, parse_memory(settings.memory), 0)
    if settings.report is not None:
        _check_report(settings.report, settings.overwrite)


def check_needs(plan: Sequence[Job], settings: RunSettings) -> None:
    """Fail now where a style is none, or this machine lacks a network; other machines have networks of their own."""
    if settings.engine != "local":
        return
    transforms = [job.transform_file for job in plan if job.transform_file is not None]
    for transform in dict.fromkeys(transforms):
        if not remote.is_url(transform):
            check_header(transform, "transform")
    pictures = [job.style for job in plan if job.transform_file is None and job.options.settings.style_file() is None]
    for style in dict.fromkeys(pictures):
        if not (remote.is_url(style) or is_clip(style)):
            _check_style(style)
    if any(job.is_clip for job in plan):
        check_videos_can_be_read()
    for job in plan:
        masked = job.content_mask is not None
        check_networks(job.options, masked=masked, style=job.style, style_mask=job.style_mask)


def _check_style(style: str) -> None:
    """Refuse a style that is no photo and no look, as far as its first bytes say."""
    from photostyle.photo.photo_file import PhotoFile
    from photostyle.photo.reading import format_of

    if style.lower().endswith(LOOK_SUFFIX):
        check_header(style, "look")
    else:
        format_of(PhotoFile.of(style))


def make_engine(
    settings: RunSettings, plan: Sequence[Job], looks_folder: Path, *, more_to_come: bool = False
) -> tuple[Engine, int | None]:
    """The engine, and the bytes that photos in work may take together; on a cluster Ray sees to that.

    Args:
        settings: of which engine, address, jobs and memory are used.
        plan: all jobs.
        looks_folder: where workers of this machine share what they measured of styles.
        more_to_come: whether jobs may follow, so that there are workers for more than these.
    """
    if settings.engine == "ray":
        from photostyle.batch.ray_engine import RayEngine

        return SplittingEngine(RayEngine(settings.address, looks_folder=looks_folder.absolute())), None
    from photostyle.batch.local_engine import LocalEngine

    memory = parse_memory(settings.memory)
    gpus: list[str] = []
    if any(job.options.device in ("auto", "cuda") for job in plan):
        gpus = _gpus()
    workers = _wanted_workers(settings.jobs, memory, len(gpus))
    splits = any(job.is_clip for job in plan) and settings.jobs != "auto"
    if not (more_to_come or splits):
        workers = min(workers, max(1, len(plan)))
    threads = max(1, available_cores() // workers)
    engine: Engine = LocalEngine(workers, threads, gpus, looks_folder)
    left = max(1, memory - workers * WORKER_BYTES)
    if workers > 1:
        engine = SplittingEngine(engine, max(1, left // CLIP_BYTES))
    return engine, left


def _wanted_workers(jobs: str, memory: int, gpus: int) -> int:
    """How many worker processes a text asks for."""
    if jobs == "auto":
        wanted = available_cores()
        if gpus:
            wanted = max(gpus, min(WORKERS_A_CARD * gpus, wanted))
        return workers_for(memory, wanted)
    if not (jobs.isdecimal() and int(jobs) > 0):
        raise OptionError(f"jobs must be auto or a whole number from 1 up, got {jobs!r}")
    return int(jobs)


def _gpus() -> list[str]:
    """The CUDA GPUs; torch, which takes a second to load, is loaded only where there is a driver."""
    if os.name != "nt" and not any(map(os.path.exists, _SIGNS_OF_A_GPU)):
        return []
    import torch

    return [f"cuda:{number}" for number in range(torch.cuda.device_count())]


def run_jobs(
    jobs: Sequence[Job],
    ledger: Ledger,
    engine: Engine,
    memory: int | None,
    settings: RunSettings,
    summary: Summary,
    callback: BatchCallback,
) -> None:
    """Do jobs as the settings say; what became of them is counted in the summary."""
    run_batch(
        jobs,
        ledger,
        engine,
        memory=memory,
        photo_memory=photo_memory(settings.engine),
        on_error=settings.on_error,
        overwrite=settings.overwrite,
        summary=summary,
        callback=callback,
    )


def run(plan: Sequence[Job], ledger: Ledger, settings: RunSettings) -> int:
    """Run a plan and show it; returns the exit code."""
    summary = Summary(len(plan), kinds=kinds_of(plan))
    interrupted = False
    engine, memory = make_engine(settings, plan, ledger.path.parent)
    try:
        with batch_progress.progress_display(len(plan), settings.as_json, settings.quiet, settings.verbose) as callback:
            run_jobs(plan, ledger, engine, memory, settings, summary, callback)
    except KeyboardInterrupt:
        interrupted = True
    finally:
        engine.close()
        with suppress(sqlite3.Error):  # if the ledger is what failed, the next run clears up
            outputs.finish_this_run(ledger)
    batch_progress.show_summary(summary, ledger, settings.as_json, settings.quiet, interrupted)
    if settings.report is not None:
        from photostyle.batch.page import write_page

        write_page(settings.report, plan, summary)
    if interrupted:
        return 130
    return int(summary.failed > 0 or summary.left > 0)


def _check_report(path: Path, overwrite: bool) -> None:
    """Fail now, not after the work, where the page cannot be written; the page of an earlier run is replaced."""
    from photostyle.batch.page import is_page

    if path.suffix.lower() not in (".html", ".htm"):
        raise FileError(f"{path}: a report is a web page; give it a name that ends in .html", option="report")
    check_place(path, overwrite=overwrite or is_page(path))


def photo_memory(engine: EngineName) -> int | None:
    """What a photo may take at most: all that this machine has."""
    if engine == "ray":
        return None
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None
