"""What passes between the scheduler and an engine: orders go out, stages and outcomes come back. Paths, no pixels."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from photostyle.batch.plan import Job


@dataclass(frozen=True)
class Order:
    """One job given to an engine.

    Args:
        number: by which its outcome is known.
        part: the temporary name, beside the output, that the result is written under; the output itself for a URL.
        memory: bytes that it is thought to take.
        tries: how often a worker has died in the middle of it.
    """

    number: int
    job: Job
    part: str
    memory: int = 0
    tries: int = 0


@dataclass(frozen=True)
class Stage:
    """A worker has begun a stage of an order: "read", "solve", "render" or "write"."""

    number: int
    name: str


@dataclass(frozen=True)
class Outcome:
    """How an order ended.

    Args:
        status: "made": the result lies whole under the part's name; "failed": it cannot be, see `error`; "died": the
            worker ended in the middle of it.
        inputs: name -> [bytes, version, hash] of each input, as it was read.
        seconds: from the reading to the end of the writing, without the waits between; stages: of each part of that.
        output_bytes, output_hash: of the result.
        size: (width, height) of the photo.
    """

    number: int
    status: Literal["made", "failed", "died"]
    error: str | None = None
    inputs: dict[str, list] = field(default_factory=dict)
    seconds: float = 0.0
    stages: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    output_bytes: int | None = None
    output_hash: str | None = None
    size: tuple[int, int] | None = None


class Engine(Protocol):
    """Where orders are carried out.

    Args:
        together: whether orders that are in work at the same time may be lost together, so that one of them that has
            been lost is tried again alone.
        retries: how often an order is tried again after its worker died.
    """

    together: bool
    retries: int

    def free(self) -> bool:
        """Whether another order would be begun, or read ahead, now."""

    def submit(self, order: Order) -> None:
        """Take an order."""

    def wait(self, seconds: float) -> Sequence[Stage | Outcome]:
        """What has happened since; waits at most so long for the first thing."""

    def close(self) -> None:
        """Stop everything at once; what is unfinished is lost."""
