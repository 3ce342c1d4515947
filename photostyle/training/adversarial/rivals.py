"""The networks of unpaired translation: a generator each way, and for each set what tells its pictures from made ones."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.func import functional_call

from photostyle.colour import luminance
from photostyle.networks.translation import (
    AttentionDiscriminator,
    AttentionGenerator,
    FieldGenerator,
    LightDiscriminator,
    PatchDiscriminator,
    ResidualGenerator,
)
from photostyle.networks.translation.discriminators import SLOPE, Verdict
from photostyle.networks.translation.file import Generator
from photostyle.networks.translation.generator import initialise
from photostyle.transforms.field.guide import Guide

LOCAL, GLOBAL = 5, 7  # layers of discriminators with attention
SMALLEST_FOR_GLOBAL = 128  # pixels a side
SMALLEST_FOR_THREE = 48  # halvings of a discriminator of patches


@dataclass(frozen=True)
class Made:
    """What a generator makes of a batch.

    Args:
        pictures: (B, 3, h, w).
        logits: (B, 2) of its auxiliary classifier; None where it has none.
    """

    pictures: Tensor
    logits: Tensor | None = None


class Rivals(nn.Module):
    """Generators and discriminators.

    Args:
        generators: from A to B, and from B to A; of one kind.
        width: of the discriminators.
        size: in pixels a side, of the pictures that they judge.
        seed: of the random weights.
    """

    def __init__(self, generators: tuple[Generator, Generator], width: int, size: int, seed: int) -> None:
        super().__init__()
        self.a_to_b, self.b_to_a = generators
        self.judges_of_a = nn.ModuleList(_judges(generators[0], width, size))
        self.judges_of_b = nn.ModuleList(_judges(generators[1], width, size))
        for number, part in enumerate(self.children()):
            initialise_all(part, seed + number)

    def settle(self) -> None:
        """Bring weights back to where they must be, after each step of the optimiser."""
        for generator in (self.a_to_b, self.b_to_a):
            if isinstance(generator, AttentionGenerator):
                generator.bound_shares()


def made_by(generator: nn.Module, pictures: Tensor) -> Made:
    """What a generator makes of pictures (B, 3, h, w)."""
    if isinstance(generator, AttentionGenerator):
        translated = generator.translate(pictures)
        return Made(translated.picture, translated.logits)
    if isinstance(generator, FieldGenerator):
        return Made(generator(pictures, guides_of(pictures)))
    return Made(generator(pictures))


@torch.no_grad()
def guides_of(pictures: Tensor) -> Tensor:
    """(B, h, w), the guides by which fields are sliced, of pictures (B, 3, h, w)."""
    return torch.stack([Guide.of(picture)(luminance(picture)) for picture in pictures.detach().clamp(0, 1)])


def verdicts(judges: Sequence[nn.Module] | nn.ModuleList, pictures: Tensor, *, fixed: bool = False) -> list[Verdict]:
    """What each discriminator says.

    Args:
        judges: the discriminators.
        pictures: (B, 3, h, w).
        fixed: whether their weights are numbers, so that no gradient reaches them: where a generator is judged.
    """
    if not fixed:
        return [judge(pictures) for judge in judges]
    found = []
    for judge in judges:
        weights = {name: weight.detach() for name, weight in judge.named_parameters()}
        found.append(functional_call(judge, weights, (pictures,)))
    return found


def initialise_all(part: nn.Module, seed: int) -> None:
    """Random weights of a part by a seed; those of discriminators under spectral norms stay as torch made them."""
    if isinstance(part, FieldGenerator):
        part.initialise(seed)
        return
    if isinstance(part, ResidualGenerator | AttentionGenerator):
        initialise(part, seed)
        return
    judges_light = any(isinstance(module, LightDiscriminator) for module in part.modules())
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for module in part.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                module.reset_parameters()
            if judges_light and isinstance(module, nn.Conv2d):  # no norm makes up for weights that are too small
                nn.init.kaiming_normal_(module.weight, SLOPE)


def _judges(generator: Generator, width: int, size: int) -> list[nn.Module]:
    if isinstance(generator, AttentionGenerator):
        layers = (LOCAL, GLOBAL) if size >= SMALLEST_FOR_GLOBAL else (LOCAL,)
        return [AttentionDiscriminator(width, each) for each in layers]
    if isinstance(generator, FieldGenerator):
        return [LightDiscriminator(width)]
    return [PatchDiscriminator(width, 3 if size >= SMALLEST_FOR_THREE else 2)]
