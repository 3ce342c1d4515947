"""Steps against the clock: Adam on a network's weights, a running average of them, and a way back where it diverges.

It knows of no photos and no styles: a `Task` draws what a step is given, and says what is minimised.
"""

import copy
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor, nn

from photostyle.errors import FileError
from photostyle.events import Progress, ProgressCallback, ignore
from photostyle.methods.adam import Adam
from photostyle.training.early_stop import Best, Watch
from photostyle.training.step import Step

BETAS = (0.9, 0.99)
WARM_UP = 20  # steps in which the rate grows to its height
LAST_RATE = 0.05  # of the height, at the end of the budget
MEMORY = 0.998  # of the running average of weights, in the long run
READ_EVERY = 10  # steps, on a device that runs ahead of Python; reading a number makes it wait
RECORD_EVERY = 10  # steps to one entry of the history
SAFE_EVERY = 50  # steps from one set of weights that can be gone back to, to the next
DIVERGED = 10.0  # times the usual total
LOWER = 0.25  # what the rate is multiplied by after a step back
STEPS_BACK = 6  # at most
ESTIMATED_AFTER = 8  # steps, of which the first are slow
FEW_PICTURES = 4000  # fewer leave marks and a pale hand

Numbers = dict[str, float]
Network = TypeVar("Network", bound=nn.Module)


class Task(Protocol):
    """What is trained for.

    Attributes:
        betas: how much Adam keeps of the running means of gradient and squared gradient; `BETAS` where nothing speaks against it.
        patience: held-out measures without a better one, after which the training stops and its best weights are taken; 0 where
            nothing is measured, and it goes to its end.
        few: pictures, fewer than which are too few for the whole training; 0 where any number will do.
    """

    betas: tuple[float, float] = BETAS
    patience: int = 0
    few: int = FEW_PICTURES

    def draw(self, count: int, random: torch.Generator) -> tuple[Tensor, ...]:
        """What a step on so many photos is given: tensors on the CPU, of the same shapes each time."""

    def terms(self, given: Sequence[Tensor]) -> dict[str, Tensor]:
        """The weighted terms of what was drawn, on the network's device; see `Step`."""

    def settle(self) -> None:
        """Bring weights back to where they must be, after a step; most tasks have nothing to do here."""
        return None

    def measured(self, network: Any) -> float:
        """How far a network is from what is wanted, on held-out pictures; less is better. Only asked where there is patience."""
        return math.nan


class Course(Protocol):
    """How a training goes: the rate of Adam at its height, photos in a step, and its budget, in seconds or else in steps."""

    @property
    def rate(self) -> float: ...
    @property
    def batch(self) -> int: ...
    @property
    def steps(self) -> int | None: ...
    @property
    def budget_seconds(self) -> float | None: ...


@dataclass
class Training:
    """A training on its way: all that a checkpoint keeps.

    Args:
        network: that is trained; of its weights, those that ask for a gradient.
        average: the running average of those, which is what comes out.
        adam: the optimiser.
        random: of what steps are given.
        step: steps done.
        seconds: spent on them.
        slower: what the rate is multiplied by, after steps back.
        steps_back: how many there were.
        history: terms, the mean of some steps each.
        best: the weights that were best on held-out pictures, where they are measured.
    """

    network: nn.Module
    average: list[Tensor]
    adam: Adam
    random: torch.Generator
    step: int = 0
    seconds: float = 0.0
    slower: float = 1.0
    steps_back: int = 0
    history: list[Numbers] = field(default_factory=list)
    best: Best = field(default_factory=Best)

    def result(self, patience: int) -> list[Tensor]:
        """The weights that come out: with patience the best that were measured, without it the running average as it is."""
        return self.best.weights if patience and self.best.weights else self.average

    @classmethod
    def begun(cls, network: nn.Module, seed: int, betas: tuple[float, float] = BETAS) -> "Training":
        """A training of a network at its beginning; parts of it that say so (`pace`) take shorter steps."""
        paces: dict[int, float] = {}
        for part in network.modules():
            pace = getattr(part, "pace", None)
            if pace is not None:
                paces |= dict.fromkeys(map(id, part.parameters()), float(pace))
        weights = [each for each in network.parameters() if each.requires_grad]
        adam = Adam(weights, betas, [paces.get(id(each), 1.0) for each in weights])
        return cls(network, [each.detach().clone() for each in weights], adam, torch.Generator().manual_seed(seed))

    def tensors(self) -> list[Tensor]:
        """All tensors that change with a step."""
        weights = [each.detach() for each in self.adam.unknowns]
        return [*weights, *self.average, *self.adam.means, *self.adam.squares, self.adam.steps]


class Loop:
    """Trains until the budget is spent.

    Args:
        training: where it stands; changed in place.
        task: what is minimised.
        course: rate, batch and budget.
        keep: called now and then with the training, and at its end, also where it is interrupted.
        tell: told of each step, stage "train".
        say: told, in a line, what the user should know while it runs.
    """

    keep_every = 30.0  # seconds

    def __init__(
        self,
        training: Training,
        task: Task,
        course: Course,
        *,
        keep: Callable[[Training], None] = lambda training: None,
        tell: ProgressCallback = ignore,
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        self.training = training
        self.task = task
        self.course = course
        self.keep = keep
        self.tell = tell
        self.say = say
        self.step = Step(task.terms, training.network, training.adam, training.average)
        self.read_every = 1 if self.step.device.type == "cpu" else READ_EVERY
        self.unread: list[dict[str, Tensor]] = []
        self.unrecorded: list[Numbers] = []
        self.usual: float | None = None  # total of late
        self.kept = True  # whether the last time it could be
        self.watch = Watch(training.best, task.patience, self._measure, self.share_done)

    def run(self) -> None:
        """Train until the budget is spent; what was reached is kept, whatever ends it."""
        training = self.training
        training.network.train()
        kept_at = time.monotonic()
        self._make_safe()
        begun_at = (training.step, training.seconds)
        try:
            while not self._is_done():
                begin = time.perf_counter()
                self._step()
                training.step += 1
                if len(self.unread) >= self.read_every:
                    self._read()
                training.seconds += time.perf_counter() - begin
                self._estimate(*begun_at)
                self.watch.look(training.step, self.share_done, training.average)
                if time.monotonic() - kept_at > self.keep_every:
                    self._keep_on_the_way()
                    kept_at = time.monotonic()
            self._say_which()
        finally:
            self.keep(training)

    def _measure(self) -> float:
        """Of the running average, on held-out pictures."""
        with torch.no_grad():
            return self.task.measured(averaged(self.training.network, self.training.average))

    def _say_which(self) -> None:
        """Say that it stopped before its end, or that an earlier state was better than the last."""
        best = self.training.best
        if self.watch.is_enough:
            self.say(f"stopped at step {self.training.step}: {best.waited} measures on held-out pictures were no better")
        if self.task.patience and best.waited:
            self.say(f"the network is as it was at step {best.step}, which measured best on held-out pictures")

    def _keep_on_the_way(self) -> None:
        """Keep what was reached; a full disk does not end hours of work, for there may be room again the next time."""
        try:
            self.keep(self.training)
            self.kept = True
        except FileError as error:
            if self.kept:
                self.say(f"{error}; the training goes on, and tries again")
            self.kept = False

    @property
    def share_done(self) -> float:
        """Of the budget, 0 to 1."""
        if self.course.budget_seconds is None:
            return min(1.0, self.training.step / (self.course.steps or 1))
        return min(1.0, self.training.seconds / self.course.budget_seconds)

    def _is_done(self) -> bool:
        return self.share_done >= 1 or self.watch.is_enough

    def _step(self) -> None:
        """One step; its terms are left to be read."""
        training = self.training
        given = self.task.draw(self.course.batch, training.random)
        memory = min(MEMORY, (1 + training.step) / (10 + training.step))
        self.unread.append(self.step(given, self._rate(), memory))
        self.task.settle()

    def _rate(self) -> float:
        """Grows in the first steps, and falls along a cosine to the end of the budget (Loshchilov & Hutter 2017)."""
        warm = min(1.0, (self.training.step + 1) / WARM_UP)
        falling = LAST_RATE + (1 - LAST_RATE) * (1 + math.cos(math.pi * self.share_done)) / 2
        return self.course.rate * warm * falling * self.training.slower

    def _read(self) -> None:
        """Look at the terms of the last steps: record them, or go back where they are beyond all measure."""
        training = self.training
        numbers = [{name: float(term) for name, term in terms.items()} for terms in self.unread]
        self.unread = []
        for each in numbers:
            if self._is_wild(each["total"]) and training.steps_back < STEPS_BACK:
                self._go_back()
                return
            self.usual = each["total"] if self.usual is None else 0.95 * self.usual + 0.05 * each["total"]
            self.unrecorded.append(each)
        if len(self.unrecorded) >= RECORD_EVERY:
            training.history.append(_mean(self.unrecorded))
            self.unrecorded = []
        if training.step % SAFE_EVERY < self.read_every:
            self._make_safe()
        self.tell(Progress("train", training.step, max(training.step, self._steps_in_all()), numbers[-1]))

    def _is_wild(self, total: float) -> bool:
        if not math.isfinite(total):
            return True
        return self.usual is not None and total > DIVERGED * self.usual

    def _make_safe(self) -> None:
        """Remember where the training stands."""
        self.safe = ([each.clone() for each in self.training.tensors()], self.training.step)

    def _go_back(self) -> None:
        """Go back to where it was safe, and on at a lower rate."""
        training = self.training
        tensors, step = self.safe
        with torch.no_grad():
            for tensor, kept in zip(training.tensors(), tensors, strict=True):
                tensor.copy_(kept)
        training.slower *= LOWER
        training.steps_back += 1
        self.unrecorded = []
        self.say(f"diverged at step {training.step}: back to step {step}, and on at {training.slower:g} of the rate")
        training.step = step

    def _steps_in_all(self) -> int:
        """How many steps the budget will be."""
        if self.course.budget_seconds is None:
            return self.course.steps or 1
        per_step = self.training.seconds / max(1, self.training.step)
        return max(1, round(self.course.budget_seconds / max(per_step, 1e-6)))

    def _estimate(self, first_step: int, first_seconds: float) -> None:
        """Say, once and early, what the budget will bring."""
        training = self.training
        if training.step - first_step != ESTIMATED_AFTER:
            return
        per_step = (training.seconds - first_seconds) / ESTIMATED_AFTER
        if self.course.budget_seconds is None:
            left = ((self.course.steps or 1) - training.step) * per_step
            self.say(f"{per_step:.2f} s a step: {duration(left)} to go")
            pictures = (self.course.steps or 1) * self.course.batch
        else:
            steps = training.step + round((self.course.budget_seconds - training.seconds) / per_step)
            pictures = steps * self.course.batch
            self.say(f"{per_step:.2f} s a step: about {steps:,} steps in {duration(self.course.budget_seconds)}")
        if pictures < self.task.few:
            self.say(
                f"that is {pictures:,} pictures, and {self.task.few:,} are few: expect marks and a pale hand; give more time, "
                "a smaller size, or a graphics card"
            )


def averaged(network: Network, average: Sequence[Tensor]) -> Network:
    """A copy of a network with the running average of the weights that are trained, ready for use."""
    ready = copy.deepcopy(network)
    with torch.no_grad():
        trained = [each for each in ready.parameters() if each.requires_grad]
        for weight, kept in zip(trained, average, strict=True):
            weight.copy_(kept)
    return ready.eval().requires_grad_(False)


def duration(seconds: float) -> str:
    """For people.

    >>> duration(50), duration(3000), duration(9000)
    ('50 s', '50 min', '2.5 h')
    """
    if seconds < 100:
        return f"{seconds:.0f} s"
    if seconds < 100 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def _mean(numbers: list[Numbers]) -> Numbers:
    return {name: sum(each[name] for each in numbers) / len(numbers) for name in numbers[0]}
