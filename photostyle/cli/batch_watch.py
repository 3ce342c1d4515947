"""`photostyle batch --watch`: what is there is done, then photos that appear, until the user ends it."""

import glob
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress

from photostyle.batch import Job, Ledger, Summary, outputs, remote
from photostyle.batch.inputs import FoundPhoto, find_photos
from photostyle.batch.messages import Engine
from photostyle.batch.progress import BatchCallback
from photostyle.batch.watch import LOOK, Arrivals
from photostyle.cli import batch_progress
from photostyle.cli.batch_run import RunSettings, check_needs, make_engine, run_jobs, say_note
from photostyle.cli.usage import error_line
from photostyle.errors import OptionError, PhotoError, PhotostyleError

_LOOKING = 0.1  # share of the time that is spent on looking into folders, at most
Planner = Callable[[], list[Job]]


def check_watched(contents: Sequence[str], styles: Sequence[str]) -> None:
    """Check that photos can appear in what is to be watched, and that the styles are there before the first one does.

    Raises:
        PhotostyleError: one line for the first thing that cannot be.
    """
    for name in contents:
        path = remote.local_path(name)
        if remote.is_url(path) or not (os.path.isdir(path) or glob.has_magic(path)):
            raise OptionError(f"{name}: is no folder and no glob of this machine, where photos can appear", option="watch")
    find_photos(style for style in map(remote.local_path, styles) if not remote.is_url(style))


def watch(contents: Sequence[str], plan_now: Planner, ledger: Ledger, settings: RunSettings, notes: Sequence[str]) -> int:
    """Do what is there and what appears, until Ctrl-C; returns the exit code, as of a run that has come to its end.

    Args:
        contents: folders and globs of this machine.
        plan_now: makes a plan of all photos that are there.
        ledger: of all that is done.
        settings: of the run.
        notes: for the user, said at the start.

    Raises:
        PhotostyleError: what is there at the start cannot be done; what cannot later is said, and the watch goes on.
    """
    if _photos(contents):
        check_needs(plan_now(), settings)
    if not settings.quiet:
        for note in notes:
            say_note(note)
        sys.stderr.write(f"watching {', '.join(contents)}; Ctrl-C ends\n")
    summary = Summary(0)
    rounds: list[Job] = []
    with ExitStack() as stack:
        callback = stack.enter_context(batch_progress.progress_display(0, settings.as_json, settings.quiet, verbose=True))
        engine, memory = make_engine(settings, rounds, ledger.path.parent, more_to_come=True)
        stack.callback(_finish, ledger)
        stack.callback(engine.close)
        try:
            for jobs in _arriving(contents, plan_now, settings):
                rounds += jobs
                summary.total += len(jobs)
                _run(jobs, ledger, engine, memory, settings, summary, callback)
                if summary.failed and settings.on_error == "stop":
                    break
        except KeyboardInterrupt:
            pass
    interrupted = summary.left > 0
    batch_progress.show_summary(summary, ledger, settings.as_json, settings.quiet, interrupted)
    if settings.report is not None and rounds:
        from photostyle.batch.page import write_page

        write_page(settings.report, rounds, summary)
    if interrupted:
        return 130
    return int(summary.failed > 0)


def _arriving(contents: Sequence[str], plan_now: Planner, settings: RunSettings) -> Iterator[list[Job]]:
    """The jobs of photos that are ready, as they become so; between looks it sleeps."""
    arrivals = Arrivals()
    while True:
        begin = time.monotonic()
        ready = arrivals.look((photo.path for photo in _photos(contents)), time.time())
        looked = time.monotonic() - begin
        if ready:
            arrivals.hand_out(ready)
            jobs = _jobs_of(ready, plan_now, settings)
            if jobs:
                yield jobs
        time.sleep(max(LOOK, looked / _LOOKING))


def _photos(contents: Sequence[str]) -> list[FoundPhoto]:
    """All photos that are there now, results of runs among them."""
    found = []
    for name in contents:
        with suppress(PhotoError):  # none there yet
            found += find_photos([remote.local_path(name)])
    return found


def _jobs_of(ready: frozenset[str], plan_now: Planner, settings: RunSettings) -> list[Job]:
    """The jobs of these photos; none, and a line that says why, where they cannot be planned."""
    try:
        jobs = [job for job in plan_now() if job.content in ready]
        check_needs(jobs, settings)
    except PhotostyleError as error:
        sys.stderr.write(f"photostyle: {error_line(error)}\n")
        return []
    return jobs


def _run(
    jobs: Sequence[Job],
    ledger: Ledger,
    engine: Engine,
    memory: int | None,
    settings: RunSettings,
    summary: Summary,
    callback: BatchCallback,
) -> None:
    """Do some jobs; what is refused as a whole counts as failed."""
    settled, seconds = summary.settled, summary.seconds
    try:
        run_jobs(jobs, ledger, engine, memory, settings, summary, callback)
        summary.seconds += seconds
    except OptionError as error:  # files of others are in the way, and nothing was begun
        sys.stderr.write(f"photostyle: {error_line(error)}\n")
        summary.failed += len(jobs) - (summary.settled - settled)
        summary.failures += [(job.content, job.output, str(error)) for job in jobs]


def _finish(ledger: Ledger) -> None:
    with suppress(sqlite3.Error):  # if the ledger is what failed, the next run clears up
        outputs.finish_this_run(ledger)
