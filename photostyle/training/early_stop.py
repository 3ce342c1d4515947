"""When a training has gone far enough: a measure on held-out pictures, its best weights, and how long none was better.

It is as good as the measure. Of the network `restore` the kernel distance was least at step 445 of 1,391, while against truth it
went on to get nearer: delta E 10.4 at about 800 steps, 8.8 at 1,340. So no training stops early unless it is asked to.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from torch import Tensor

MEASURES = 20  # over the budget, evenly spread


@dataclass
class Best:
    """The weights that measured best so far; a part of what a checkpoint keeps.

    Args:
        weights: the running average of the weights, as it was then; none before the first measure.
        measured: (step, value) of all measures, in order; less is better.

    Example:
        >>> best = Best()
        >>> for step, value in ((10, 3.0), (20, 2.0), (30, 2.5)):
        ...     best.take(step, value, [])
        >>> best.step, best.waited
        (20, 1)
    """

    weights: list[Tensor] = field(default_factory=list)
    measured: list[tuple[int, float]] = field(default_factory=list)

    @property
    def step(self) -> int:
        """Of the best weights."""
        return min(self.measured, key=lambda each: each[1])[0]

    @property
    def waited(self) -> int:
        """How many measures came after the best one."""
        values = [value for _, value in self.measured]
        return len(values) - 1 - values.index(min(values)) if values else 0

    def take(self, step: int, value: float, average: Sequence[Tensor]) -> None:
        """Count a measure in; one that is no number is as bad as can be."""
        value = value if math.isfinite(value) else math.inf
        is_best = not self.measured or value < min(before for _, before in self.measured)
        self.measured.append((step, value))
        if is_best:
            self.weights = [each.detach().clone() for each in average]


class Watch:
    """Measures now and then, and says when to stop.

    Args:
        best: of the training; changed in place.
        patience: measures without a better one, after which it is enough; 0 measures nothing.
        measure: the held-out measure of the running average of the weights.
        share: of the budget that is done already.
    """

    def __init__(self, best: Best, patience: int, measure: Callable[[], float], share: float = 0.0) -> None:
        self.best = best
        self.patience = patience
        self.measure = measure
        self.last_share = share

    @property
    def is_enough(self) -> bool:
        """Whether nothing was better for too long."""
        return bool(self.patience) and self.best.waited >= self.patience

    def look(self, step: int, share: float, average: Sequence[Tensor]) -> None:
        """Measure where it is time to.

        Args:
            step: that was done.
            share: of the budget that is done.
            average: of the weights.
        """
        before, now = (math.floor(MEASURES * min(1.0, each)) for each in (self.last_share, share))
        self.last_share = share
        if self.patience and now > before:
            self.best.take(step, self.measure(), average)


def told(best: Best) -> str:
    """The measures for people: where it began, its best and its last.

    >>> told(Best(measured=[(10, 3.0), (20, 2.0), (30, 2.5)]))
    '3 at step 10, 2 at step 20, 2.5 at step 30'
    """
    steps = {best.measured[0][0], best.step, best.measured[-1][0]}
    return ", ".join(f"{value:.4g} at step {step}" for step, value in best.measured if step in steps)
