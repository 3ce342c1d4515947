"""Ctrl-C while a method solves that can keep what it has so far: the first asks it to end, the second stops all."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from photostyle.events import CancelToken, Progress, ProgressCallback
from photostyle.options import Options
from photostyle.registry import find_method

SAID = "\nphotostyle: ending early, with the picture so far; press again to drop it\n"


@contextmanager
def early_end(options: Options, callback: ProgressCallback) -> Iterator[tuple[ProgressCallback, CancelToken]]:
    """A callback in the place of one, and a token that the first interrupt during the solving finishes.

    Args:
        options: of which the method is used: interrupts are left as they are unless it keeps what is unfinished.
        callback: told of each step, as before.
    """
    token = CancelToken()
    if not find_method(options.method).keeps_unfinished or threading.current_thread() is not threading.main_thread():
        yield callback, token
        return
    solving = threading.Event()

    def watch(event: Progress) -> None:
        if event.stage == "solve" and 0 < event.step < event.total:
            solving.set()
        else:
            solving.clear()
        callback(event)

    def interrupt(number: int, frame: FrameType | None) -> None:
        if token.finishing or not solving.is_set():
            raise KeyboardInterrupt
        token.finish()
        sys.stderr.write(SAID)

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield watch, token
    finally:
        signal.signal(signal.SIGINT, before)
