"""Progress of a batch run: an event for each stage and each photo, and a summary at the end."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

# "kept": done before and still right; "elsewhere": done by another run meanwhile. Programs read these words.
Status = Literal["done", "kept", "elsewhere", "failed"]


@dataclass(frozen=True)
class PhotoDone:
    """A photo is finished with, in one way or another.

    Args:
        status: "done" now; "kept": done before and still right; "elsewhere": done by another run meanwhile; "failed".
        settled: photos finished with so far.
        total: photos of the plan.
        seconds: that the work took.
        error: why it failed.
        notes: for the user.
        size: (width, height).
    """

    content: str
    output: str
    status: Status
    settled: int
    total: int
    seconds: float = 0.0
    error: str | None = None
    notes: tuple[str, ...] = ()
    size: tuple[int, int] | None = None


@dataclass(frozen=True)
class PhotoBegun:
    """A stage of a photo has begun."""

    content: str
    stage: str


BatchCallback = Callable[[PhotoDone | PhotoBegun], None]


@dataclass
class Summary:
    """How a run ended.

    Args:
        total: photos of the plan.
        kinds: what they are called: "photos", "clips" or "photos and clips".
        done: made in this run.
        done_before: made by an earlier run, and still right.
        done_by_others: made by another run meanwhile.
        failed: that cannot be made.
        seconds: of wall time.
        failures: (content, output, error) of each.
        notes: (content, status, notes) of each photo of which there is something to say.
    """

    total: int
    kinds: str = field(default="photos", kw_only=True)
    done: int = 0
    done_before: int = 0
    done_by_others: int = 0
    failed: int = 0
    seconds: float = 0.0
    failures: list[tuple[str, str, str]] = field(default_factory=list)
    notes: list[tuple[str, Status, tuple[str, ...]]] = field(default_factory=list)

    @property
    def settled(self) -> int:
        """Photos that are finished with, in one way or another."""
        return self.done + self.done_before + self.done_by_others + self.failed

    @property
    def left(self) -> int:
        """Photos that were not reached, because the run was stopped."""
        return self.total - self.settled

    def count(self, status: Status) -> None:
        """Count a photo that has ended so."""
        if status == "done":
            self.done += 1
        elif status == "kept":
            self.done_before += 1
        elif status == "elsewhere":
            self.done_by_others += 1
        else:
            self.failed += 1

    def ends(self) -> list[str]:
        """How many photos came to which end, as a reader is told: "3 done", "1 failed"; an end of no photo is left out."""
        counts = {
            "done": self.done,
            "done before": self.done_before,
            "done by another run": self.done_by_others,
            "failed": self.failed,
            "not reached": self.left,
        }
        return [f"{count} {end}" for end, count in counts.items() if count]

    def as_record(self) -> dict[str, Any]:
        """The summary under the names that programs read."""
        return {
            "total": self.total,
            "done": self.done,
            "kept": self.done_before,
            "elsewhere": self.done_by_others,
            "failed": self.failed,
            "seconds": self.seconds,
            "failures": self.failures,
            "noted": len(self.notes),
            "left": self.left,
        }
