"""Progress as a record handed to a callback, and the ways to stop; the library itself never prints."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from photostyle.errors import Cancelled, OptionError
from photostyle.heap import return_free_memory


@dataclass(frozen=True)
class Progress:
    """One step of a stage. Within a stage `step` never falls.

    Args:
        stage: what is being done, for people: "read", "regions", "solve", "render", "write", "download"...
        step: steps done so far, from 0 to `total`.
        total: steps in the stage.
        values: named numbers of this step, such as the losses.
        so_far: makes what is found so far, in the form of the stage's result (of a method, its transform); to be called before
            the callback returns, if at all. None where there is nothing to see yet.
    """

    stage: str
    step: int
    total: int
    values: Mapping[str, float] = field(default_factory=dict)
    so_far: Callable[[], Any] | None = field(default=None, compare=False, repr=False)

    def __reduce__(self) -> tuple[Any, ...]:
        """What is found so far stays in its own process; all else goes to another."""
        return Progress, (self.stage, self.step, self.total, dict(self.values))


ProgressCallback = Callable[[Progress], None]


def ignore(progress: Progress) -> None:
    """The callback that does nothing."""


def showing(callback: ProgressCallback, form: Callable[[Any], Any]) -> ProgressCallback:
    """A callback that passes records on to another, with what is found so far in another form.

    >>> showing(lambda progress: print(progress.so_far()), str.upper)(Progress("solve", 1, 2, so_far=lambda: "so far"))
    SO FAR
    """

    def told(progress: Progress) -> None:
        found = progress.so_far
        if found is not None:
            progress = replace(progress, so_far=lambda: form(found()))
        callback(progress)

    return told


def unheard(note: str) -> None:
    """The listener to notes that does nothing."""


class CancelToken:
    """Asks running work to stop, from any thread; the work raises `Cancelled` at its next step.

    Example:
        >>> token = CancelToken()
        >>> token.cancel()
        >>> token.cancelled
        True
    """

    def __init__(self) -> None:
        self._event = threading.Event()
        self._finish = threading.Event()

    def cancel(self) -> None:
        """Ask the work to stop."""
        self._event.set()

    def finish(self) -> None:
        """Ask the work to end early and keep what it has; methods that cannot (`Method.keeps_unfinished`) go on to their end."""
        self._finish.set()

    @property
    def finishing(self) -> bool:
        """Whether the work was asked to end early."""
        return self._finish.is_set()

    def __repr__(self) -> str:
        return f"CancelToken(cancelled={self.cancelled})"

    @property
    def cancelled(self) -> bool:
        """Whether the work was asked to stop."""
        return self._event.is_set()


class Tell:
    """What a piece of work reports to: it passes progress on, times the stages, and stops the work when asked.

    Args:
        callback: told of each step; whatever it raises stops the work.
        cancel: a token that stops the work; None for none.
    """

    def __init__(self, callback: ProgressCallback = ignore, cancel: CancelToken | None = None):
        if not callable(callback):
            raise OptionError(f"callback must be a function that takes a Progress, got {callback!r}")
        if cancel is not None and not isinstance(cancel, CancelToken):
            raise OptionError(f"cancel must be a CancelToken, got {cancel!r}")
        self.callback = callback
        self.cancel = cancel
        self.seconds: dict[str, float] = {}
        self._latest: dict[str, Progress] = {}

    @property
    def finishing(self) -> bool:
        """Whether the work was asked to end early and keep what it has."""
        return self.cancel is not None and self.cancel.finishing

    def showing(self, form: Callable[[Any], Any]) -> "Tell":
        """Another to report to, which passes all on to this one, what is found so far in another form; see `showing`."""
        return Tell(showing(self, form), self.cancel)

    def __call__(self, progress: Progress) -> None:
        """Pass a step on.

        Raises:
            Cancelled: the token was cancelled.
        """
        if self.cancel is not None and self.cancel.cancelled:
            raise Cancelled(f"cancelled in the stage {progress.stage!r}, at step {progress.step} of {progress.total}")
        latest = self._latest.get(progress.stage)
        if latest is not None and progress.step < latest.step:  # a solver that begins anew has not undone its steps
            progress = replace(progress, step=latest.step)
        self._latest[progress.stage] = progress
        self.callback(progress)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage and say where it begins and ends; free memory that it leaves goes back to the system.

        The seconds of a stage that is entered again are added up.
        """
        self._latest.pop(name, None)
        self(Progress(name, 0, 1))
        begin = time.perf_counter()
        yield
        return_free_memory()
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - begin
        total = self._latest[name].total
        self(Progress(name, total, total))
