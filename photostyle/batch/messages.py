"""What passes between the scheduler and an engine: tasks go out, stages and outcomes come back. Paths, no pixels."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from photostyle.batch.job import Job

ClipStep = Literal["prepare", "render", "join"]


@dataclass(frozen=True)
class Task:
    """One job given to an engine.

    Args:
        number: by which its outcome is known.
        job: the photo to make.
        part: the temporary name, beside the output, that the result is written under; the output itself for a URL.
        memory: bytes that it is expected to take.
        deaths: how often a worker has died in the middle of it.
        step: of a clip that several workers make: which step of it this is; None for all at once. See `batch.splitting`.
        segments: numbers of the clip's segments to render.
    """

    number: int
    job: Job
    part: str
    memory: int = 0
    deaths: int = 0
    step: ClipStep | None = None
    segments: tuple[int, ...] = ()


@dataclass(frozen=True)
class StageBegun:
    """A worker has begun a stage of a task: "read", "solve", "render" or "write"; of a clip also how far it is."""

    number: int
    stage: str


@dataclass(frozen=True)
class Outcome:
    """How a task ended.

    Args:
        number: of the task.
        status: "made": the result lies whole under the part's name; "failed": it cannot be made, see `error`; "died":
            the worker ended in the middle of it.
        inputs: name -> [bytes, version, hash] of each input, as it was read.
        seconds: from the reading to the end of the writing, without the waits between.
        stages: seconds of each stage.
        notes: for the user.
        output_bytes, output_hash: of the result.
        size: (width, height) of the photo.
        segments: of a clip that was prepared: numbers of its segments that are to be rendered.
    """

    number: int
    status: Literal["made", "failed", "died"]
    error: str | None = None
    inputs: dict[str, list[Any]] = field(default_factory=dict)
    seconds: float = 0.0
    stages: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    output_bytes: int | None = None
    output_hash: str | None = None
    size: tuple[int, int] | None = None
    segments: tuple[int, ...] = ()


class Engine(Protocol):
    """Where tasks are carried out.

    Args:
        lost_together: whether one worker's death may take several tasks with it, so that a task which has been lost is
            tried again with no other beside it.
        retries: how often a task is tried again after its worker died.
    """

    lost_together: bool
    retries: int

    def has_room(self) -> bool:
        """Whether another task would be begun, or its photo read ahead, now."""

    def submit(self, task: Task) -> None:
        """Take a task."""

    def wait(self, seconds: float) -> Sequence[StageBegun | Outcome]:
        """What has happened since the last call; waits at most so long for the first thing."""

    def close(self) -> None:
        """Stop everything at once; what is unfinished is lost."""
