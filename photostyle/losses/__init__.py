"""Small losses that compose: each is a few lines, differentiable, and one objective sums them in one graph."""

from photostyle.losses.content import content_distance
from photostyle.losses.evenness import Evenness
from photostyle.losses.gram import MaskedGram, gram_distance, masked_gram
from photostyle.losses.nearest import nearest_distance
from photostyle.losses.order import LightOrder
from photostyle.losses.photorealism import photorealism
from photostyle.losses.variation import total_variation

__all__ = [
    "Evenness",
    "LightOrder",
    "MaskedGram",
    "content_distance",
    "gram_distance",
    "masked_gram",
    "nearest_distance",
    "photorealism",
    "total_variation",
]
