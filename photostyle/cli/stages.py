"""The seconds of each stage of a command, as --verbose tells them."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from photostyle.events import Progress, ProgressCallback, ignore


@contextmanager
def stage_seconds(wanted: bool) -> Iterator[ProgressCallback]:
    """A callback that tells the seconds of each stage on stderr, or is silent."""
    if wanted:
        yield Seconds()
    else:
        yield ignore


class Seconds:
    """A line when a stage ends, with the seconds that it took."""

    def __init__(self) -> None:
        self.stage = ""
        self.begin = time.perf_counter()
        self.is_over = False  # the last step of a stage may be told more than once

    def __call__(self, event: Progress) -> None:
        if event.stage != self.stage or event.step < event.total:
            self.is_over = False
        if event.stage != self.stage:
            self.stage = event.stage
            self.begin = time.perf_counter()
        if event.step == event.total and not self.is_over:
            self.is_over = True
            sys.stderr.write(f"{event.stage}: {time.perf_counter() - self.begin:.2f} s\n")
            sys.stderr.flush()
