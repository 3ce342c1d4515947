"""A style that a stylizer was not trained on: from numbers that describe a picture to the gains and offsets of the norms.

Ghiasi et al. 2017 predict them with a network of their own from the picture; here the numbers are an encoder's, the means and
deviations of its features at each level, and those of the colours.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

HIDDEN = 128
FARTHEST = 4.0  # deviations from the mean, of a number as it is read: beyond what was trained on a predictor knows nothing
LEAST_VARIANCE = 1e-6  # of colours
COLOURS = 9  # numbers: means, and the lower Cholesky factor of the covariance
CONTENT_RANGE = 4.0  # a content weight between its inverse and this may be asked for

Moments = tuple[Tensor, Tensor]  # (B, C) means and (B, C) variances of features


class StylePredictor(nn.Module):
    """Norms from the numbers of a style, and from how much of the photo is to be kept.

    Args:
        numbers: that describe a style, as `style_numbers` gives them.
        norms: numbers that a stylizer takes.

    Attributes:
        centre, spread: (numbers,), mean and deviation of each number over the pictures that were trained on.
        pace: of its training against that of convolutions: a step that moves each of hundreds of weights moves their sum far.
    """

    pace = 0.25

    centre: Tensor
    spread: Tensor

    def __init__(self, numbers: int, norms: int) -> None:
        super().__init__()
        self.register_buffer("centre", torch.zeros(numbers))
        self.register_buffer("spread", torch.ones(numbers))
        self.read = nn.Linear(numbers + 1, HIDDEN)
        self.think = nn.Linear(HIDDEN, HIDDEN)
        self.write = nn.Linear(HIDDEN, norms)

    def initialise(self, norms: Tensor, random: torch.Generator) -> None:
        """Random weights, which give norms (N,) to begin with, and little else."""
        with torch.no_grad():
            for layer, factor in ((self.read, 1.0), (self.think, 1.0), (self.write, 0.1)):
                deviation = factor * math.sqrt(2 / layer.in_features)
                layer.weight.copy_(deviation * torch.randn(layer.weight.shape, generator=random))
                layer.bias.zero_()
            self.write.bias.copy_(norms)

    def measure(self, numbers: Tensor) -> None:
        """Take the numbers (P, numbers) of many pictures as the usual ones."""
        deviation, mean = torch.std_mean(numbers, 0, correction=0)
        self.centre.copy_(mean)
        self.spread.copy_(deviation.clamp_min(1e-3 * mean.abs().mean().clamp_min(1e-6)))

    def forward(self, numbers: Tensor, content: Tensor) -> Tensor:
        """(B, norms) from numbers (B, numbers) and content weights (B,), 1 as usual, 2 for more of the photo."""
        usual = ((numbers - self.centre) / self.spread).clamp(-FARTHEST, FARTHEST)
        kept = content.clamp(1 / CONTENT_RANGE, CONTENT_RANGE).log2()
        hidden = F.relu(self.read(torch.cat([usual, kept[:, None]], 1)))
        hidden = hidden + F.relu(self.think(hidden))
        norms: Tensor = self.write(hidden)
        return norms


def style_numbers(features: Sequence[Moments], colour_means: Tensor, colour_covariances: Tensor) -> Tensor:
    """The numbers of styles.

    Args:
        features: of each layer means and variances (B, C).
        colour_means: (B, 3), sRGB-encoded.
        colour_covariances: (B, 3, 3).

    Returns:
        (B, numbers): of each layer means and deviations, then the colours' means and the lower Cholesky factor of their
        covariance, row by row.
    """
    parts = [part for means, variances in features for part in (means, variances.clamp_min(0).sqrt())]
    rows, columns = torch.tril_indices(3, 3)
    factors = torch.linalg.cholesky(colour_covariances + LEAST_VARIANCE * torch.eye(3).to(colour_covariances))
    return torch.cat([*parts, colour_means, factors[:, rows, columns]], 1)


def numbers_of_channels(channels: Sequence[int]) -> int:
    """How many numbers describe a style by layers of so many channels.

    >>> numbers_of_channels([16, 40])
    121
    """
    return 2 * sum(channels) + COLOURS
