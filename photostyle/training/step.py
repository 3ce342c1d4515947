"""One step of a training: as it stands on a processor; on a graphics card in bfloat16, recorded once and replayed.

Both run the same lines. What a card does differently is here alone: numbers of 16 bits in convolutions, channels side by side in
memory, and one recording in place of a thousand small operations (`photostyle.repeated`).
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

import torch
from torch import Tensor, nn

from photostyle.encoders import computes_bfloat16
from photostyle.methods.adam import Adam
from photostyle.repeated import Repeated

Terms = Callable[[Sequence[Tensor]], dict[str, Tensor]]


class Step:
    """Takes steps: terms, their gradient, Adam, and the running average of the weights.

    Args:
        terms: the weighted terms, whose sum is minimised, of what a step is given: tensors of the same shapes each time. It must
            not read a tensor's value, for then it cannot be recorded.
        network: whose weights `adam` changes.
        adam: the optimiser.
        average: the running average of its unknowns, changed in place.
        half: whether convolutions compute in bfloat16; None where the device does so in hardware and is a graphics card.
    """

    def __init__(
        self, terms: Terms, network: nn.Module, adam: Adam, average: Sequence[Tensor], *, half: bool | None = None
    ) -> None:
        self.terms = terms
        self.adam = adam
        self.average = average
        self.device = adam.unknowns[0].device
        on_card = self.device.type == "cuda"
        self.half = on_card and computes_bfloat16(self.device) if half is None else half
        if on_card:
            network.to(memory_format=torch.channels_last)
        self.rate = torch.zeros((), device=self.device)
        self.memory = torch.zeros((), device=self.device)
        self.given: tuple[Tensor, ...] = ()
        self.numbers: dict[str, Tensor] = {}
        self.repeated = Repeated(self._compute, self.device)

    def __call__(self, given: Sequence[Tensor], rate: float, memory: float) -> dict[str, Tensor]:
        """Take a step.

        Args:
            given: to the terms, on any device.
            rate: of Adam.
            memory: of the running average, 0 to 1.

        Returns:
            The terms and their total, on the device; nothing was waited for.
        """
        if not self.given:
            self.given = tuple(each.to(self.device, copy=True) for each in given)
        for kept, new in zip(self.given, given, strict=True):
            kept.copy_(new, non_blocking=True)
        self.rate.fill_(rate)
        self.memory.fill_(memory)
        self.repeated()
        return {name: term.clone() for name, term in self.numbers.items()}

    def _compute(self) -> None:
        with self._precision():
            terms = self.terms(self.given)
        total = torch.stack(list(terms.values())).sum()
        gradients = torch.autograd.grad(total, self.adam.unknowns)
        self.adam.step(gradients, self.rate)
        with torch.no_grad():
            for average, weight in zip(self.average, self.adam.unknowns, strict=True):
                average.lerp_(weight, 1 - self.memory)
        self.numbers = {name: term.detach() for name, term in {**terms, "total": total}.items()}

    def _precision(self) -> AbstractContextManager[None]:
        """Convolutions in bfloat16, or all as it is; casts are not kept, for a recording would keep them for ever."""
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.half, cache_enabled=False)
