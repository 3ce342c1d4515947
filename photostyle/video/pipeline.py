"""Decoding, rendering and encoding side by side: each in a thread of its own, with few frames on their way."""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Generic, TypeVar

Raw = TypeVar("Raw")
Made = TypeVar("Made")
_PATIENCE = 0.1  # seconds until a thread that waits looks whether all is over
_END = object()


class Pipeline(Generic[Raw, Made]):
    """Frames from where they come to where they go.

    Args:
        source: gives frames; runs in a thread.
        work: makes of a frame what is written; runs where `run` is called.
        sink: writes it, in order; runs in a thread.
        held: frames that may wait before and after the work.

    Attributes:
        seconds: that each stage was busy: "decode", "render", "encode".

    Example:
        >>> made = []
        >>> Pipeline(iter(range(3)), lambda number: number + 1, made.append).run(lambda done: None)
        >>> made
        [1, 2, 3]
    """

    def __init__(self, source: Iterator[Raw], work: Callable[[Raw], Made], sink: Callable[[Made], None], held: int = 2) -> None:
        self._source, self._work, self._sink = source, work, sink
        self._raw: queue.Queue[Any] = queue.Queue(held)
        self._made: queue.Queue[Any] = queue.Queue(held)
        self._over = threading.Event()
        self._problem: BaseException | None = None
        self.seconds = {"decode": 0.0, "render": 0.0, "encode": 0.0}

    def run(self, told: Callable[[int], None]) -> None:
        """Bring all frames through.

        Args:
            told: of how many are through; whatever it raises stops the pipeline.

        Raises:
            BaseException: the first that a stage raised, once all threads have ended.
        """
        threads = [threading.Thread(target=self._read, daemon=True), threading.Thread(target=self._write, daemon=True)]
        for thread in threads:
            thread.start()
        done = 0
        try:
            while (frame := self._taken(self._raw)) is not _END:
                begin = time.perf_counter()
                made = self._work(frame)
                self.seconds["render"] += time.perf_counter() - begin
                self._put(self._made, made)
                done += 1
                told(done)
            self._put(self._made, _END)
            threads[1].join()
        finally:
            self._over.set()
            for thread in threads:
                thread.join()
        if self._problem is not None:
            raise self._problem

    def _read(self) -> None:
        with self._guarded():
            while not self._over.is_set():
                begin = time.perf_counter()
                frame = next(self._source, _END)
                self.seconds["decode"] += time.perf_counter() - begin
                self._put(self._raw, frame)
                if frame is _END:
                    return

    def _write(self) -> None:
        with self._guarded():
            while (made := self._taken(self._made)) is not _END:
                begin = time.perf_counter()
                self._sink(made)
                self.seconds["encode"] += time.perf_counter() - begin

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Hand what a thread raises to the one that runs the pipeline, and end all stages."""
        try:
            yield
        except BaseException as problem:
            if self._problem is None:
                self._problem = problem
            self._over.set()

    def _put(self, to: "queue.Queue[Any]", item: Any) -> None:
        while not self._over.is_set():
            with suppress(queue.Full):
                to.put(item, timeout=_PATIENCE)
                return

    def _taken(self, out_of: "queue.Queue[Any]") -> Any:
        while not self._over.is_set():
            with suppress(queue.Empty):
                return out_of.get(timeout=_PATIENCE)
        return _END
