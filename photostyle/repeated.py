"""One step, run over and over: as it stands on a processor, recorded once and replayed on a graphics card.

A step of a solver is some 1,500 small operations, and a card waits longer for each to be sent to it than it works on it. A CUDA
graph sends them all at once (https://pytorch.org/docs/stable/notes/cuda.html#cuda-graphs).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

WARM_UP = 3  # runs before the recording: libraries choose their algorithms and their memory in them


class Repeated:
    """A step without arguments and without a result, which works on tensors that it changes in place.

    What a graph replays are the operations on the card alone, so a step must not read a tensor's value, make a tensor of
    Python's numbers, or keep count in a Python variable. Where a step cannot be recorded it is run as it stands.

    Args:
        step: the step.
        device: where its tensors lie.
    """

    def __init__(self, step: Callable[[], None], device: torch.device) -> None:
        self.step = step
        self.device = device
        self.graph: torch.cuda.CUDAGraph | None = None
        self.recordable = device.type == "cuda"
        self.runs = 0

    def __call__(self) -> None:
        """Take the step once."""
        if self.graph is not None:
            self.graph.replay()
        elif self.device.type == "cuda":
            with one_order_of_sums():
                self._run_on_card()
        else:
            self.step()
        self.runs += 1

    def _run_on_card(self) -> None:
        if not self.recordable:
            self.step()
        elif self.runs < WARM_UP:
            self._run_aside()
        else:
            self._record()

    def _run_aside(self) -> None:
        """Run it on a stream of its own, as the recording will."""
        here = torch.cuda.current_stream(self.device)
        aside = torch.cuda.Stream(self.device)  # type: ignore[no-untyped-call]
        aside.wait_stream(here)
        with torch.cuda.stream(aside):
            self.step()
        here.wait_stream(aside)

    def _record(self) -> None:
        """Record it, which does not run it, and run the record."""
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(graph):
                self.step()
        except RuntimeError:  # an operation that this version of CUDA or torch cannot record
            self.recordable = False
            self.step()
            return
        self.graph = graph
        graph.replay()


@contextmanager
def one_order_of_sums() -> Iterator[None]:
    """Let cuDNN's convolutions be of the kind that gives the same bits each time."""
    before = torch.backends.cudnn.deterministic
    torch.backends.cudnn.deterministic = True
    try:
        yield
    finally:
        torch.backends.cudnn.deterministic = before
