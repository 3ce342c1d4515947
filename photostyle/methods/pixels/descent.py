"""A picture's descent by L-BFGS, as torch's Lua ancestor of the released code took it: without a line search."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from photostyle.events import Progress, ProgressCallback
from photostyle.methods.pixels.objective import CODES, PixelWeights

EXPLODED = 10.0  # times its first value, at which an objective has diverged
RESTARTS = 4

Terms = Callable[[Tensor], dict[str, Tensor]]


@dataclass(frozen=True)
class Descent:
    """How a stage ended: the picture of the lowest total, the terms after each step, and whether it stayed finite."""

    picture: Tensor
    history: list[dict[str, float]]
    converged: bool


def descend(terms_of: Terms, start: Tensor, weights: PixelWeights, stage: str, tell: ProgressCallback) -> Descent:
    """Minimise the sum of some terms: if it is no number or explodes, again from the best picture with half the rate.

    Args:
        terms_of: a picture (3, h, w) -> its terms.
        start: (3, h, w), where to begin.
        weights: of which steps, rate and history are used.
        stage: the name by which progress is told.
        tell: told of each step.
    """
    record = _Record(terms_of, start)
    rate = weights.rate
    solver = _Lbfgs(start, rate, weights.history)
    for step in range(weights.steps):
        solver.step(record.evaluate)
        if record.exploded:
            rate /= 2
            if rate < weights.rate / 2**RESTARTS:
                return Descent(record.best, record.history, False)
            solver = _Lbfgs(record.best, rate, weights.history)
        if step:  # each step says how the one before it ended
            tell(Progress(stage, step, weights.steps, record.history[-1], lambda: record.best))
    with torch.no_grad():
        record.evaluate(solver.picture())
    tell(Progress(stage, weights.steps, weights.steps, record.history[-1], lambda: record.best))
    return Descent(record.best, record.history[1:], True)


class _Record:
    """Evaluates pictures, and keeps their terms and the best of them."""

    def __init__(self, terms_of: Terms, start: Tensor):
        self.terms_of = terms_of
        self.best = start
        self.lowest = math.inf
        self.history: list[dict[str, float]] = []

    def evaluate(self, picture: Tensor) -> Tensor:
        terms = self.terms_of(picture)
        total = torch.zeros(())
        for term in terms.values():
            total = total + term
        numbers = {name: float(term.detach()) for name, term in terms.items()}
        numbers["total"] = float(total.detach())
        self.history.append(numbers)
        if numbers["total"] < self.lowest:
            self.best = picture.detach().clone()
            self.lowest = numbers["total"]
        return total

    @property
    def exploded(self) -> bool:
        """Whether the latest total is far above the first one, or no number."""
        return not self.history[-1]["total"] <= EXPLODED * self.history[0]["total"]


class _Lbfgs:
    """torch.optim.LBFGS over a picture, a step at a time.

    The unknown z is a step from the start in such a unit that the very first step, which L-BFGS takes of length
    |z|_1 = 1, moves a value by 1 / 256 on average. In the released code's unit it moves all values by 1 / 256
    together, which float32 rounds away.
    """

    def __init__(self, start: Tensor, rate: float, history: int):
        self.start = start
        self.unit = start.numel() / CODES
        self.z = torch.zeros_like(start, requires_grad=True)
        self.optimiser = torch.optim.LBFGS(
            [self.z], lr=rate, max_iter=1, tolerance_grad=0, tolerance_change=-1, history_size=history
        )

    def picture(self) -> Tensor:
        return self.start + self.unit * self.z

    def step(self, evaluate: Callable[[Tensor], Tensor]) -> None:
        def closure() -> float:
            self.optimiser.zero_grad()
            total = evaluate(self.picture())
            torch.autograd.backward(total)
            return total  # type: ignore[return-value]  # L-BFGS takes it as a number

        self.optimiser.step(closure)  # type: ignore[no-untyped-call]
