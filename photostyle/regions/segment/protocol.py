"""What a segmenter is: photo in, class probabilities out."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Segmentation:
    """What a segmenter says of a photo.

    Args:
        classes: one name for each probability.
        probabilities: (K, h, w) float32 on the CPU, at a size of the segmenter's own; they sum to 1 over K.
        embedding: (E, h', w') float32 on the CPU, at another size of its own: of each place a vector of length 1 that says
            what is there more finely than the classes can. Products of two, also of two photos, say how alike the places
            are: 1 for the same, near 0 for what has nothing in common. None for a segmenter without one.
    """

    classes: tuple[str, ...]
    probabilities: Tensor
    embedding: Tensor | None = None


@runtime_checkable
class Segmenter(Protocol):
    """Says of each part of a photo what it shows."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    @property
    def fingerprint(self) -> str | None:
        """Changes with the weights, so that a cache knows when an old answer still holds; None forbids to keep answers."""
        ...

    @property
    def options(self) -> dict[str, object]:
        """What else than weights and pixels decides the answer, for caches."""
        ...

    def __call__(self, pixels: np.ndarray) -> Segmentation:
        """The class probabilities of a photo, (H, W, 3) float32, sRGB-encoded, nominally in [0, 1]."""
        ...


class WholePhoto:
    """The segmenter that sees one region: the whole photo."""

    name = "none"
    fingerprint = None
    classes = ("all",)
    options: dict[str, object] = {}

    def __call__(self, pixels: np.ndarray) -> Segmentation:
        return Segmentation(self.classes, torch.ones(1, 32, 32))

    def probabilities(self, pixels: np.ndarray) -> Tensor:
        """(1, 32, 32) of ones."""
        return self(pixels).probabilities
