"""Made pictures of earlier steps (Shrivastava et al. 2017): a discriminator that sees them again does not run in circles."""

import torch
from torch import Tensor

LENGTH = 50  # pictures, as in Zhu et al. 2017


class History:
    """A bag of made pictures.

    All is done with tensors and without reading one, so that a step can be recorded.

    Args:
        size: (3, h, w) of a picture.
        device: where they lie.
        length: how many there are; 0 gives back what is put in.
        seed: of the choices.
    """

    def __init__(self, size: tuple[int, int, int], device: torch.device, length: int = LENGTH, seed: int = 0) -> None:
        self.pictures = torch.zeros(length, *size, device=device)
        self.filled = torch.zeros(length, device=device)
        self.random = torch.Generator(device).manual_seed(seed)

    @torch.no_grad()
    def exchanged(self, made: Tensor) -> Tensor:
        """Half of the pictures are given back as they are; the other half are kept, and older ones given in their place.

        Args:
            made: (B, 3, h, w), B at most the length.
        """
        length = len(self.pictures)
        if not length:
            return made
        count = len(made)
        scores = torch.rand(length, generator=self.random, device=made.device)
        places = (scores + self.filled).argsort()[:count]  # empty ones first
        old_is_there = self.filled[places]
        is_swapped = (torch.rand(count, generator=self.random, device=made.device) < 0.5).to(made)
        kept = torch.maximum(is_swapped, 1 - old_is_there)[:, None, None, None]
        given = (is_swapped * old_is_there)[:, None, None, None]
        old = self.pictures[places]
        self.pictures[places] = torch.lerp(old, made, kept)
        self.filled[places] = 1.0
        return torch.lerp(made, old, given)
