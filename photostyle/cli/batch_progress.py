"""What a batch run shows: a bar on a terminal, lines elsewhere, JSON lines for programs; a summary at the end."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

from photostyle.batch import Ledger, PhotoBegun, PhotoDone, Summary
from photostyle.batch.notes import counted
from photostyle.batch.progress import BatchCallback

EVERY = 10.0  # seconds between plain lines
_LONGEST_NAME = 40  # characters of a photo's name beside the bar
_MOST_NOTES = 12  # lines of them at the end
_TOO_EARLY = 0.02  # minutes before a rate is shown


@contextmanager
def progress_display(total: int, as_json: bool, quiet: bool, verbose: bool = False) -> Iterator[BatchCallback]:
    """A callback that shows a run of so many photos."""
    if as_json:
        yield _write_json_line
    elif quiet:
        yield _write_path
    elif verbose:
        yield _write_photo
    elif sys.stderr.isatty():
        with _bar(total) as callback:
            yield callback
    else:
        yield _Lines()


def _write_json_line(event: PhotoDone | PhotoBegun) -> None:
    if isinstance(event, PhotoDone):
        sys.stdout.write(json.dumps(asdict(event)) + "\n")
        sys.stdout.flush()


def _write_path(event: PhotoDone | PhotoBegun) -> None:
    """The path of a result that is there now on stdout, a failure on stderr; nothing else."""
    if not isinstance(event, PhotoDone):
        return
    if event.status == "failed":
        _write(f"photostyle: {event.error}")
        return
    sys.stdout.write(f"{event.output}\n")
    sys.stdout.flush()


def _write_photo(event: PhotoDone | PhotoBegun) -> None:
    """A line for each photo, and one for each of its notes."""
    if not isinstance(event, PhotoDone):
        return
    if event.status == "failed":
        _write(f"{event.settled} of {event.total} failed: {event.error}")
        return
    _write(f"{event.settled} of {event.total} {event.status}: {event.content} -> {event.output}, {event.seconds:.1f} s")
    for note in event.notes:
        _write(f"  note: {note}")


@contextmanager
def _bar(total: int) -> Iterator[BatchCallback]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(elapsed_when_finished=True),
        TextColumn("{task.fields[current]}"),
    )
    rate = _Rate()
    with Progress(*columns, console=Console(stderr=True), transient=True, speed_estimate_period=120) as bar:
        task = bar.add_task("", total=total, rate="", current="")

        def callback(event: PhotoDone | PhotoBegun) -> None:
            if isinstance(event, PhotoBegun):
                bar.update(task, current=f"{event.content[-_LONGEST_NAME:]}: {event.stage}")
                return
            rate.count(event)
            bar.update(task, completed=event.settled, rate=rate.text())
            if event.status == "failed":
                bar.console.print(f"failed: {event.error}", markup=False, highlight=False)

        yield callback


class _Rate:
    """Photos a minute, of those made in this run."""

    def __init__(self) -> None:
        self.begin = time.monotonic()
        self.photos = 0

    def count(self, event: PhotoDone) -> None:
        if event.status == "done":
            self.photos += 1

    def text(self) -> str:
        minutes = (time.monotonic() - self.begin) / 60
        if not self.photos or minutes <= _TOO_EARLY:
            return ""
        return f"{self.photos / minutes:.1f} photos/min"

    def time_left(self, event: PhotoDone) -> str:
        """The time that the photos after this event will take, such as "0:01:30 left"; "" before any is made."""
        if not self.photos:
            return ""
        each = (time.monotonic() - self.begin) / self.photos
        seconds = int((event.total - event.settled) * each)
        return f"{seconds // 3600}:{seconds % 3600 // 60:02}:{seconds % 60:02} left"


class _Lines:
    """A line now and then, and one for each failure."""

    def __init__(self) -> None:
        self.rate = _Rate()
        self.last_line = time.monotonic()

    def __call__(self, event: PhotoDone | PhotoBegun) -> None:
        if isinstance(event, PhotoBegun):
            return
        self.rate.count(event)
        if event.status == "failed":
            _write(f"failed: {event.error}")
        if time.monotonic() - self.last_line > EVERY:
            self.last_line = time.monotonic()
            parts = (f"{event.settled} of {event.total}", self.rate.text(), self.rate.time_left(event), event.content)
            _write(" ".join(filter(None, parts)))


def show_summary(summary: Summary, ledger: Ledger, as_json: bool, quiet: bool, interrupted: bool = False) -> None:
    """The end of a run."""
    if as_json:
        record = {**summary.as_record(), "interrupted": interrupted, "ledger": str(ledger.path)}
        sys.stdout.write(json.dumps({"summary": record}) + "\n")
        return
    if quiet:
        return
    if summary.failures:
        _write(f"{summary.failed} could not be made:")
        for _, _, error in summary.failures:
            _write(f"  {error}")
    _show_notes(summary)
    ends = ", ".join(summary.ends()) or "nothing to do"
    line = f"{summary.total} {summary.kinds}: {ends}; {summary.seconds:.1f} s; ledger {ledger.path}"
    if interrupted:
        line = f"interrupted; run the same command again to go on: {line}"
    _write(line)


def _show_notes(summary: Summary) -> None:
    """What is to be said of the photos that were made in this run, counted."""
    noted = [(content, notes) for content, status, notes in summary.notes if status == "done"]
    if not noted:
        return
    _write(f"notes on {len(noted)} of {summary.done} {summary.kinds}:")
    lines = counted(noted)
    for line in lines[:_MOST_NOTES]:
        _write(f"  {line}")
    if len(lines) > _MOST_NOTES:
        _write(f"  and {len(lines) - _MOST_NOTES} other notes; --report and the ledger have them all")


def _write(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
