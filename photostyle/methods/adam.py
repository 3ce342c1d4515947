"""Adam (Kingma and Ba 2015), as `torch.optim.Adam` has it.

torch's own loads its compiler when it is made: 1.1 seconds and 150 MB of every run, for a dozen lines. The count of steps is a
tensor, so that a step can be recorded (`photostyle.repeated`).
"""

from collections.abc import Sequence

import torch
from torch import Tensor

EPSILON = 1e-8


class Adam:
    """Steps against the gradient, each unknown's in units of its usual size.

    Args:
        unknowns: leaves of a graph, at least one; changed in place.
        betas: how much of the running means of gradient and squared gradient a step keeps.
        paces: what the rate is multiplied by, for each unknown; None for 1.
    """

    def __init__(self, unknowns: Sequence[Tensor], betas: tuple[float, float], paces: Sequence[float] | None = None):
        self.unknowns = list(unknowns)
        self.paces = [1.0] * len(self.unknowns) if paces is None else list(paces)
        self.betas = betas
        self.steps = torch.zeros((), dtype=torch.float64, device=self.unknowns[0].device)
        self.means = [torch.zeros_like(unknown) for unknown in self.unknowns]
        self.squares = [torch.zeros_like(unknown) for unknown in self.unknowns]

    @torch.no_grad()
    def step(self, gradients: Sequence[Tensor], rate: Tensor | float) -> None:
        """One step of a rate, a number or a scalar on the unknowns' device, given the gradient of each unknown."""
        self.steps += 1
        keep, keep_square = self.betas
        length = rate / (1 - keep**self.steps)
        unbiased_square = 1 - keep_square**self.steps
        moments = zip(self.means, self.squares, strict=True)
        for unknown, pace, gradient, (mean, square) in zip(self.unknowns, self.paces, gradients, moments, strict=True):
            mean.lerp_(gradient, 1 - keep)
            square.mul_(keep_square).addcmul_(gradient, gradient, value=1 - keep_square)
            usual = (square / unbiased_square).sqrt_().add_(EPSILON)
            unknown.sub_(length * pace * mean / usual)
