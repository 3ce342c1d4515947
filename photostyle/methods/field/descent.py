"""The descent of the field solver: Adam on a table, in steps that can be recorded."""

from collections.abc import Iterable

import torch
from torch import Tensor

from photostyle.events import Progress, ProgressCallback
from photostyle.methods.adam import Adam
from photostyle.methods.field.objective import FieldObjective, FieldWeights
from photostyle.methods.field.table import FieldTable, excess_gain, patchiness, roughness
from photostyle.repeated import Repeated
from photostyle.threads import few_threads
from photostyle.transforms.field.bilateral import Slicer

WARM_UP = 10  # steps until the full rate: the first ones must not throw away the closed-form start
STEADINESS = 0.95  # Adam's second beta
START_SHARES = (1.0, 0.7, 0.4)
TOLD_EVERY = 12  # steps; on a graphics card, which each reading of a value brings to a halt


class Descent:
    """Adam on a table; its state and its rate run on from one size of the photo to the next.

    Args:
        table: whose unknowns are moved.
        weights: of the objective, with the number of steps and their rate.
        bearable: (R, depth) gains that the photo's noise bears, None for any.
        callback: told of each step, on a graphics card of one in `TOLD_EVERY`, with the cells as they are then.
    """

    def __init__(self, table: FieldTable, weights: FieldWeights, bearable: Tensor | None, callback: ProgressCallback):
        self.table = table
        self.weights = weights
        self.bearable = None if bearable is None else bearable.to(table.start)
        self.callback = callback
        self.adam = Adam(table.levels, (weights.momentum, STEADINESS))
        device = table.start.device
        self.taken = 0
        self.done = torch.zeros(1, dtype=torch.int64, device=device)  # `taken`, where the steps can read it
        self.rates = rates(weights).to(device)
        self.names: tuple[str, ...] = ()
        self.values = torch.zeros(0, device=device)

    @property
    def history(self) -> list[dict[str, float]]:
        """The objective's terms at each step so far."""
        rows = self.values[: self.taken].tolist()
        return [dict(zip(self.names, row, strict=True)) for row in rows]

    def choose_start(self, objective: FieldObjective, slicer: Slicer) -> None:
        """The share of the closed-form start of least objective: a far style may ask for more than the photo can bear."""
        totals = []
        for share in START_SHARES:
            totals.append(float(self._total(objective, slicer, self.table.unchanged(share))))
        self.table.start = START_SHARES[totals.index(min(totals))] * self.table.start

    def __call__(self, objective: FieldObjective, slicer: Slicer, steps: int) -> Tensor:
        """The cells of least objective in some steps; a photo already in the style's light is left as it is."""
        best = self.table.unchanged().clone()
        least = self._total(objective, slicer, best)
        step = Repeated(lambda: self._step(objective, slicer, best, least), best.device)
        with few_threads(objective.pixels.shape[1]):
            for _ in range(steps):
                step()
                self.taken += 1
                self._tell(best.device)
        return best

    @torch.no_grad()
    def _total(self, objective: FieldObjective, slicer: Slicer, cells: Tensor) -> Tensor:
        objective.begin()
        return _sum(self._terms(objective, slicer, cells).values())

    def _terms(self, objective: FieldObjective, slicer: Slicer, cells: Tensor) -> dict[str, Tensor]:
        terms = objective(objective.pixels + slicer(cells).T)
        terms["gain"] = self.weights.gain * excess_gain(cells, self.weights.most, self.bearable)
        return terms

    def _step(self, objective: FieldObjective, slicer: Slicer, best: Tensor, least: Tensor) -> None:
        """One step; `best` (R, depth, rows, cols, 4, 3) and `least`, a scalar, keep the cells of the least objective so far."""
        table = self.table
        unknown = table()
        cells = table.cells(unknown)
        terms = self._terms(objective, slicer, cells)
        tones, places = roughness(unknown)
        tints = patchiness(cells - table.start, table.centres)
        terms["smooth"] = self.weights.smooth * (tones + table.stiffness * places).mean()
        terms["tint"] = self.weights.tint * (table.stiffness * tints).mean()
        total = _sum(terms.values())
        terms["total"] = total
        self.adam.step(torch.autograd.grad(total, table.levels), self.rates.index_select(0, self.done)[0])
        with torch.no_grad():
            best.copy_(torch.where(total < least, cells, best))
            least.copy_(torch.where(total < least, total, least))
            self._note(terms)
            self.done.add_(1)

    def _note(self, terms: dict[str, Tensor]) -> None:
        if not self.names:
            self.names = tuple(terms)
            self.values = self.rates.new_zeros(len(self.rates), len(terms))
        self.values.index_copy_(0, self.done, torch.stack(list(terms.values()))[None].to(self.values))

    def _tell(self, device: torch.device) -> None:
        steps = self.weights.steps
        if device.type == "cpu" or self.taken % TOLD_EVERY == 0 or self.taken == steps:
            row = self.values[self.taken - 1].tolist()
            self.callback(Progress("solve", self.taken, steps, dict(zip(self.names, row, strict=True)), self._cells))

    @torch.no_grad()
    def _cells(self) -> Tensor:
        """(R, depth, rows, cols, 4, 3) as they are now."""
        return self.table.cells(self.table())


def rates(weights: FieldWeights) -> Tensor:
    """(steps,) float64, the rate of each step: it rises over the first ones, and falls to nothing at the last."""
    done = torch.arange(weights.steps, dtype=torch.float64)
    return weights.rate * ((done + 1) / WARM_UP).clamp(max=1) * (1 - done / weights.steps)


def _sum(terms: Iterable[Tensor]) -> Tensor:
    """The sum of the terms, one after the other."""
    first, *others = terms
    total = first
    for term in others:
        total = total + term
    return total
