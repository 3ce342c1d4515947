"""Networks of unpaired translation: generators, and the discriminators that they are trained against."""

from photostyle.networks.translation.attention import AttentionGenerator
from photostyle.networks.translation.discriminators import AttentionDiscriminator, PatchDiscriminator
from photostyle.networks.translation.field import FieldGenerator, FieldShape
from photostyle.networks.translation.generator import GeneratorShape, ResidualGenerator

__all__ = [
    "AttentionDiscriminator",
    "AttentionGenerator",
    "FieldGenerator",
    "FieldShape",
    "GeneratorShape",
    "PatchDiscriminator",
    "ResidualGenerator",
]
