"""Networks between two sets of pictures, as transforms: where those with attention look."""

import numpy as np
import pytest

from photostyle.networks.translation import TrainedTranslators, Translators
from photostyle.networks.translation.file import built
from photostyle.networks.translation.generator import initialise
from photostyle.pages.heat import heat_layer, under_heat
from photostyle.photo import Photo
from photostyle.prepared import prepare_whole
from photostyle.transforms import Provenance, TranslationTransform

SHAPE = {"width": 4, "residuals": 2, "adds": True}


def transform_of(kind: str, size: int | None = None) -> TranslationTransform:
    networks = Translators(built(kind, SHAPE), built(kind, SHAPE)).eval()
    for number, part in enumerate(networks.children()):
        initialise(part, number)
    regions = prepare_whole(np.full((16, 16, 3), 0.5, np.float32)).regions
    return TranslationTransform(TrainedTranslators(networks, kind), "AtoB", size, regions, Provenance())


@pytest.fixture
def photo() -> Photo:
    return Photo.from_array(np.random.default_rng(0).random((60, 90, 3), np.float32))


def test_attention_is_a_map_of_the_photo(photo):
    heat = transform_of("ugatit").attention(photo)
    assert heat.shape == (15, 23) and float(heat.min()) == 0 and float(heat.max()) == 1
    assert transform_of("ugatit", size=64).attention(photo).shape == (11, 16)


def test_a_network_without_attention_says_so(photo):
    transform = transform_of("cyclegan")
    assert not transform.has_attention and transform_of("ugatit").has_attention
    with pytest.raises(ValueError, match="no attention"):
        transform.attention(photo)


def test_a_layer_covers_most_where_it_is_looked_at_most():
    heat = np.zeros((4, 6), np.float32)
    heat[1:3, 2:4] = 1
    layer = heat_layer(heat, (12, 8))
    assert layer.shape == (8, 12, 4) and layer[4, 6, 3] > 150 and layer[0, 0, 3] == 0
    shown = under_heat(heat, np.full((8, 12, 3), 0.5, np.float32))
    assert np.allclose(shown[0, 0], 0.5) and shown[4, 6, 0] > 0.8
