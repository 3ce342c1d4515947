"""Networks of unpaired translation: generators, and the discriminators that they are trained against."""

from photostyle.networks.translation.attention import AttentionGenerator
from photostyle.networks.translation.discriminators import AttentionDiscriminator, LightDiscriminator, PatchDiscriminator
from photostyle.networks.translation.field import FieldGenerator, FieldShape
from photostyle.networks.translation.file import DIRECTIONS, Direction, TrainedTranslators, Translators, load_translators
from photostyle.networks.translation.generator import GeneratorShape, ResidualGenerator
from photostyle.networks.translation.whole import attention_of, measured_over, translate_whole

__all__ = [
    "DIRECTIONS",
    "Direction",
    "TrainedTranslators",
    "Translators",
    "attention_of",
    "load_translators",
    "measured_over",
    "translate_whole",
    "AttentionDiscriminator",
    "AttentionGenerator",
    "FieldGenerator",
    "FieldShape",
    "GeneratorShape",
    "LightDiscriminator",
    "PatchDiscriminator",
    "ResidualGenerator",
]
