"""Progress as a record handed to a callback; the library itself never prints."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Progress:
    """One step of a stage.

    Args:
        stage: what is being done, for people: "read", "segment", "solve", "render", "write", "download"...
        step: steps done so far, from 0 to `total`.
        total: steps in the stage.
        values: named numbers of this step, such as the losses.
    """

    stage: str
    step: int
    total: int
    values: Mapping[str, float] = field(default_factory=dict)


Callback = Callable[[Progress], None]


def ignore(progress: Progress) -> None:
    """The callback that does nothing."""
