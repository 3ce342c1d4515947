"""What clips: pixels that a change sends to white or black that were not there before."""

from dataclasses import dataclass
from typing import Self

from torch import Tensor

CLIPPING_SAID = 0.0005  # share of the pixels from which it is worth saying


@dataclass(frozen=True)
class Clipped:
    """Shares of a photo's pixels that came newly to white (a channel at its limit) and to black.

    >>> str(Clipped(0.021, 0.0))
    'newly clipped: 2.1% of the pixels at white'
    """

    highlights: float = 0.0
    shadows: float = 0.0

    @classmethod
    def of_counts(cls, whites: int, blacks: int, pixels: Tensor, visible: Tensor | None) -> Self:
        """The shares of so many pixels newly at white and at black, of those of a photo (3, H, W) that are visible (H, W)."""
        counted = pixels[0].numel()
        if visible is not None:
            counted = max(1, int(visible.sum()))
        return cls(whites / counted, blacks / counted)

    @property
    def notes(self) -> tuple[str, ...]:
        """A line for the user where enough pixels clip."""
        if max(self.highlights, self.shadows) < CLIPPING_SAID:
            return ()
        return (str(self),)

    def __str__(self) -> str:
        parts = []
        if self.highlights >= CLIPPING_SAID:
            parts.append(f"{self.highlights:.1%} of the pixels at white")
        if self.shadows >= CLIPPING_SAID:
            parts.append(f"{self.shadows:.1%} of the pixels at black")
        return "newly clipped: " + (", ".join(parts) or "nothing to speak of")
