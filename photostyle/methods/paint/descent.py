"""Steps against the gradient at one scale after the other; the running mean of the pictures is the painting."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from photostyle.events import Progress, Tell
from photostyle.methods.paint import PaintOptions
from photostyle.methods.paint.lbfgs import Lbfgs
from photostyle.methods.paint.objective import PaintObjective
from photostyle.methods.paint.pyramid import LEVELS, Moments, PyramidAdam

MEMORY = 0.95  # of the running mean of the pictures, which is what comes out: single steps leave grain
RATES = {"pyramid": 0.005, "adam": 0.02, "lbfgs": 1.0}
DIVERGED = 10.0  # times the first total; from there a scale begins again at a quarter of the rate
RESTARTS = 3
SWING = 4.0  # times its weight that content has at one end of a schedule, and that part of it at the other

Stepped = Callable[["State"], None]


@dataclass
class State:
    """A painting under way.

    Args:
        unknown: (3, h, w), what the steps change.
        begun: (3, h, w), where the scale began.
        mean, weight: the running mean of `unknown`, and how much it has seen of it, 0 to 1.
        scale, step: index of the scale, and steps done at it.
        rate: length of the steps.
        restarts: how often a scale began again at a lower rate.
        history: the terms at each step.
        first: the total at the first step of this scale.
        moments: what Adam remembers; None before the first step and for L-BFGS.
    """

    unknown: Tensor
    begun: Tensor
    mean: Tensor
    weight: float = 0.0
    scale: int = 0
    step: int = 0
    rate: float = 0.02
    restarts: int = 0
    history: list[dict[str, float]] = field(default_factory=list)
    first: float = math.inf
    moments: Moments | None = None

    @property
    def picture(self) -> Tensor:
        """(3, h, w) in [0, 1], the painting so far."""
        return self.mean.detach().clamp(0, 1)


class Descent:
    """Takes the steps.

    Args:
        settings: of which optimiser, schedule, rate and steps are used.
        tell: told of each step, with the picture so far; it may ask to end early.
        stepped: called after each step.
    """

    def __init__(self, settings: PaintOptions, tell: Tell, stepped: Stepped):
        self.settings = settings
        self.tell = tell
        self.stepped = stepped
        self.memory = 0.0 if settings.optimiser == "lbfgs" else MEMORY

    def begin(self, picture: Tensor) -> State:
        """The state of a painting that begins with a picture (3, h, w)."""
        rate = self.settings.rate or RATES[self.settings.optimiser]
        return State(picture.clone(), picture, picture.clone(), rate=rate)

    def next_scale(self, state: State, begun: Tensor) -> None:
        """Go on at another size: from a picture, with the moments of the scale before, enlarged."""
        state.unknown, state.begun, state.mean, state.weight = begun.clone(), begun, begun.clone(), 0.0
        state.scale, state.step, state.first = state.scale + 1, 0, math.inf

    def __call__(self, state: State, objective: PaintObjective, photo: Tensor, kept: Tensor, steps: int) -> None:
        """Steps at one scale, until there are so many, or an early end is asked for.

        Args:
            photo: (3, h, w), which shows where `kept` (h, w) is 1.
        """
        optimiser = self._optimiser(state)
        while state.step < steps and not (state.step and self.tell.finishing):
            numbers, gradient = objective(state.unknown, self._content_factor(len(state.history)))
            if state.step == 0:
                state.first = numbers["total"]
            if not (numbers["total"] <= DIVERGED * max(state.first, 1e-6) and bool(gradient.isfinite().all())):
                if state.restarts >= RESTARTS:
                    return
                self._restart(state)
                optimiser = self._optimiser(state)
                continue
            state.history.append(numbers)
            optimiser.step([gradient], state.rate)
            self._take(state, photo, kept)
            if isinstance(optimiser, PyramidAdam):
                state.moments = optimiser.moments
            self.tell(Progress("solve", len(state.history), self.settings.all_steps(), numbers, lambda: state.picture))
            self.stepped(state)

    def _take(self, state: State, photo: Tensor, kept: Tensor) -> None:
        """Hold the unknown to its range and what is kept of the photo, and to the running mean."""
        state.unknown.clamp_(0, 1)
        state.unknown.copy_(torch.lerp(state.unknown, photo, kept))
        state.weight = self.memory * state.weight + (1 - self.memory)
        state.mean.lerp_(state.unknown, (1 - self.memory) / state.weight)
        state.step += 1

    def _restart(self, state: State) -> None:
        """Begin the scale again at a quarter of the rate."""
        del state.history[len(state.history) - state.step :]
        state.rate /= 4
        state.restarts += 1
        state.unknown.copy_(state.begun)
        state.mean.copy_(state.begun)
        state.weight, state.step, state.moments = 0.0, 0, None

    def _optimiser(self, state: State) -> PyramidAdam | Lbfgs:
        if self.settings.optimiser == "lbfgs":
            return Lbfgs(state.unknown)
        adam = PyramidAdam(state.unknown, LEVELS if self.settings.optimiser == "pyramid" else 1)
        if state.moments is not None:
            adam.restore(state.moments)
        return adam

    def _content_factor(self, done: int) -> float:
        """What content's weight is multiplied by after some steps: from `SWING` to 1 / `SWING`, the other way round, or 1."""
        if self.settings.schedule == "even":
            return 1.0
        way = 1 - 2 * done / max(1, self.settings.all_steps() - 1)
        if self.settings.schedule == "to-content":
            way = -way
        return float(SWING**way)
