"""L-BFGS in the place of Adam: one step for one gradient, without a line search, as the Lua programs took it."""

from collections.abc import Sequence

import torch
from torch import Tensor

HISTORY = 20  # pairs of vectors that are kept
CODES = 256


class Lbfgs:
    """torch.optim.LBFGS over a picture, given its gradient.

    What it steps is z, the picture in such a unit that the very first step, which L-BFGS takes of length |z|_1 = 1, moves a
    value by 1 / 256 on average; in the picture's own unit float32 would round it away.

    Args:
        unknown: (3, h, w), changed in place.
    """

    def __init__(self, unknown: Tensor):
        self.unknown = unknown
        self.unit = unknown.numel() / CODES
        self.z = torch.nn.Parameter(torch.zeros_like(unknown))
        self.optimiser = torch.optim.LBFGS([self.z], max_iter=1, tolerance_grad=0, tolerance_change=-1, history_size=HISTORY)

    @torch.no_grad()
    def step(self, gradients: Sequence[Tensor], rate: float) -> None:
        """One step of a length, given the gradient of the unknown."""
        self.optimiser.param_groups[0]["lr"] = rate
        self.z.copy_(self.unknown / self.unit)
        self.z.grad = (gradients[0] * self.unit).contiguous()
        self.optimiser.step(lambda: torch.zeros(()))  # type: ignore[no-untyped-call]
        self.unknown.copy_(self.z * self.unit)
