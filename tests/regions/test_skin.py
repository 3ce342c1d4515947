"""Skin of all tones is told from its surroundings, within people where these are known."""

import numpy as np
import pytest
import torch

from photostyle.regions import Regions, whole, with_skin

H, W = 48, 64
TONES = [(255, 219, 190), (224, 172, 135), (198, 134, 98), (141, 85, 60), (95, 58, 42)]


def photo(tone):
    """A square of skin on grey and sky."""
    pixels = np.full((H, W, 3), 0.5, np.float32)
    pixels[:, W // 2 :] = (0.4, 0.6, 0.9)
    pixels[12:36, 20:44] = np.array(tone) / 255
    return pixels


@pytest.mark.parametrize("tone", TONES)
def test_skin_of_all_tones(tone):
    regions = with_skin(whole((H, W)), photo(tone))
    skin = regions.masks[regions.index("skin")]
    assert skin[14:34, 22:42].mean() > 0.8
    assert skin[:10].max() < 0.05
    assert "by its colour alone" in regions.notes[0]


def test_only_within_people_where_these_are_known():
    person = torch.zeros(H, W)
    person[:, :32] = 1
    masks, colours = torch.stack([person, 1 - person]), ((0, 0, 0), (1, 1, 1))
    regions = Regions(("person", "sky"), masks, colours, features=torch.eye(2), embedding=torch.eye(2))
    made = with_skin(regions, photo(TONES[1]))
    assert made.names == ("person", "sky", "skin")
    assert made.masks[2][14:34, 22:31].mean() > 0.8
    assert made.masks[2][:, 33:].max() == 0
    assert made.notes == ()
    assert made.embedding.tolist() == [[1, 0], [0, 1], [0, 0]]  # of skin nothing is known
    assert with_skin(made, photo(TONES[1])) is made


def test_a_photo_without_skin():
    regions = whole((H, W))
    assert with_skin(regions, np.full((H, W, 3), 0.5, np.float32)) is regions
