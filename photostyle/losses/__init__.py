"""Small losses that compose: each is a few lines, differentiable, and one objective sums them in one graph."""

from photostyle.losses.colour import QUANTILES, directions, lab, quantiles, sliced_wasserstein, transport_targets
from photostyle.losses.content import content_distance
from photostyle.losses.evenness import Evenness
from photostyle.losses.gram import MaskedGram, gram_distance, masked_gram
from photostyle.losses.order import LightOrder
from photostyle.losses.photorealism import photorealism
from photostyle.losses.variation import total_variation

__all__ = [
    "QUANTILES",
    "Evenness",
    "LightOrder",
    "MaskedGram",
    "content_distance",
    "directions",
    "gram_distance",
    "lab",
    "masked_gram",
    "photorealism",
    "quantiles",
    "sliced_wasserstein",
    "total_variation",
    "transport_targets",
]
