"""What a batch run shows: a bar on a terminal, lines elsewhere, JSON lines for programs; a summary at the end."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

from photostyle.batch import Ledger, PhotoDone, Summary
from photostyle.batch.scheduler import Callback

EVERY = 10.0  # seconds between plain lines


@contextmanager
def shown(total: int, as_json: bool, quiet: bool) -> Iterator[Callback]:
    """A callback that shows a run of so many photos."""
    if as_json:
        yield _json_line
    elif quiet:
        yield _errors_only
    elif sys.stderr.isatty():
        with _bar(total) as callback:
            yield callback
    else:
        yield _Lines()


def _json_line(event) -> None:
    if isinstance(event, PhotoDone):
        sys.stdout.write(json.dumps(asdict(event)) + "\n")
        sys.stdout.flush()


def _errors_only(event) -> None:
    if isinstance(event, PhotoDone) and event.status == "failed":
        _write(f"photostyle: {event.error}")


@contextmanager
def _bar(total: int) -> Iterator[Callback]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"), TimeRemainingColumn(elapsed_when_finished=True),
        TextColumn("{task.fields[current]}"),
    )  # fmt: skip
    rate = _Rate()
    with Progress(*columns, console=Console(stderr=True), transient=True, speed_estimate_period=120) as bar:
        task = bar.add_task("", total=total, rate="", current="")

        def callback(event) -> None:
            if not isinstance(event, PhotoDone):
                bar.update(task, current=f"{event.content[-40:]}: {event.stage}")
                return
            rate.count(event)
            bar.update(task, completed=event.settled, rate=rate.text())
            if event.status == "failed":
                bar.console.print(f"failed: {event.error}", markup=False, highlight=False)

        yield callback


class _Rate:
    """Photos a minute, of those made in this run."""

    def __init__(self):
        self.begin, self.made = time.monotonic(), 0

    def count(self, event: PhotoDone) -> None:
        self.made += event.status == "done"

    def text(self) -> str:
        minutes = (time.monotonic() - self.begin) / 60
        return f"{self.made / minutes:.1f} photos/min" if self.made and minutes > 0.02 else ""


class _Lines:
    """A line now and then, and one for each failure."""

    def __init__(self):
        self.rate, self.said = _Rate(), time.monotonic()

    def __call__(self, event) -> None:
        if not isinstance(event, PhotoDone):
            return
        self.rate.count(event)
        if event.status == "failed":
            _write(f"failed: {event.error}")
        if time.monotonic() - self.said > EVERY:
            self.said = time.monotonic()
            _write(f"{event.settled} of {event.total} {self.rate.text()} {_left(event, self.rate)}{event.content}")


def _left(event: PhotoDone, rate: _Rate) -> str:
    if not rate.made:
        return ""
    seconds = (event.total - event.settled) * (time.monotonic() - rate.begin) / rate.made
    return f"{int(seconds // 3600)}:{int(seconds % 3600 // 60):02}:{int(seconds % 60):02} left "


def say(summary: Summary, ledger: Ledger, as_json: bool, quiet: bool, interrupted: bool = False) -> None:
    """The end of a run."""
    if as_json:
        record = {**asdict(summary), "left": summary.left, "interrupted": interrupted, "ledger": str(ledger.path)}
        sys.stdout.write(json.dumps({"summary": record}) + "\n")
        return
    if quiet:
        return
    if summary.failures:
        _write(f"{summary.failed} could not be made:")
        for _, _, error in summary.failures:
            _write(f"  {error}")
    counts = (
        (summary.done, "done"), (summary.kept, "done before"), (summary.elsewhere, "done by another run"),
        (summary.failed, "failed"), (summary.left, "not come to"),
    )  # fmt: skip
    facts = ", ".join(f"{count} {word}" for count, word in counts if count) or "nothing to do"
    end = "interrupted; run the same command again to go on: " if interrupted else ""
    _write(f"{end}{summary.total} photos: {facts}; {summary.seconds:.1f} s; ledger {ledger.path}")


def _write(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
