"""The metric of place against pictures whose changes are known."""

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from photostyle.colour import pixels_of_lab
from photostyle.encoders import load_encoder
from photostyle.metrics import Judge, cell_features, place, place_spread

SIDE = 16  # cells of the pictures that are made of flat cells
CELL = 4  # pixels
WHOLE = np.ones((1, SIDE * CELL, SIDE * CELL), np.float32)
NO_FEATURES = torch.zeros(3, SIDE, SIDE, dtype=torch.float64)
HALF = np.arange(SIDE) < SIDE // 2  # of the columns


@pytest.fixture(scope="module")
def encoder():
    return load_encoder("compact")


@pytest.fixture(scope="module")
def tiled():
    """The same textured tile of 32 x 32 px, 4 x 6 times, so that each place has its like far away; within [0.2, 0.7]."""
    tile = gaussian_filter(np.random.default_rng(3).random((32, 32, 3)), (1.5, 1.5, 0), mode="wrap")
    return np.tile(0.2 + 0.5 * (tile - tile.min()) / np.ptp(tile), (4, 6, 1))


def of_cells(light):
    """A grey picture of flat cells, from L* (SIDE, SIDE) or less."""
    light = np.broadcast_to(light, (SIDE, SIDE))
    lab = np.stack([light / 100, 0 * light, 0 * light], -1)
    return pixels_of_lab(np.kron(lab, np.ones((CELL, CELL, 1))))


def whole(picture):
    return np.ones((1, *picture.shape[:2]), np.float32)


def halves(picture):
    left = np.zeros(picture.shape[:2], np.float32)
    left[:, : picture.shape[1] // 2] = 1
    return np.stack([left, 1 - left])


def lit_from_the_left(picture, gain=0.3):
    return picture + gain * np.linspace(1, 0, picture.shape[1])[None, :, None]


def test_a_change_of_one_half_spreads_as_far_as_it_differs():
    """All cells are alike; a pair far enough apart differs by 10 L* where it has one cell of each half."""
    rows, columns = np.mgrid[:SIDE, :SIDE].reshape(2, -1)
    far = np.hypot(rows[:, None] - rows, columns[:, None] - columns) >= SIDE / 4
    crossed = HALF[columns][:, None] != HALF[columns]
    expected = np.mean(10 * (far & crossed).sum(1) / far.sum(1))
    found = place_spread(of_cells(50), of_cells(50 + 10 * HALF), WHOLE, NO_FEATURES)
    assert found == pytest.approx(expected, rel=1e-4) and found > 4


def test_a_change_of_all_alike_has_no_spread():
    assert place_spread(of_cells(50), of_cells(70), WHOLE, NO_FEATURES) == pytest.approx(0, abs=1e-9)


def test_what_is_only_nearly_alike_has_no_spread_of_its_own():
    content = of_cells(50 + 1.5 * HALF)
    assert place_spread(content, content, WHOLE, NO_FEATURES) == 0


@pytest.mark.parametrize("before", [50 + 4 * HALF, 50 + 2.5 * HALF])
def test_what_differs_in_light_is_not_compared(before):
    assert place_spread(of_cells(before), of_cells(50 + 20 * HALF), WHOLE, NO_FEATURES) == pytest.approx(0, abs=1e-6)


def test_what_differs_in_colour_is_not_compared():
    content = of_cells(50)
    content[:, : SIDE * CELL // 2, 2] += 0.05  # 5 and more in b*, little in L*
    assert place_spread(content, content + 0.1 * halves(content)[0][..., None], WHOLE, NO_FEATURES) == pytest.approx(0, abs=1e-6)
    assert place_spread(of_cells(50), content, WHOLE, NO_FEATURES) > 2


def test_what_differs_in_features_is_not_compared():
    features = NO_FEATURES.clone()
    features[0, :, HALF] = 1
    assert place_spread(of_cells(50), of_cells(50 + 10 * HALF), WHOLE, features) == pytest.approx(0, abs=1e-6)


def test_regions_are_not_compared_with_each_other():
    content = of_cells(50)
    found = place_spread(content, of_cells(50 + 10 * HALF), halves(content), NO_FEATURES)
    assert found == pytest.approx(0, abs=1e-6)


def test_neighbours_are_not_compared():
    """The change goes up and down by the column, for cells near each other as for those far apart."""
    corner = np.zeros((1, SIDE * CELL, SIDE * CELL), np.float32)
    corner[0, : 3 * CELL, : 3 * CELL] = 1  # no two cells of this region are a quarter of the side apart
    assert place_spread(of_cells(50), of_cells(50 + 10 * (np.arange(SIDE) % 2)), corner, NO_FEATURES) == 0
    assert place_spread(of_cells(50), of_cells(50 + 10 * (np.arange(SIDE) % 2)), WHOLE, NO_FEATURES) > 4


def test_a_part_of_the_cells_stands_for_all(tiled, encoder, monkeypatch):
    features = cell_features(tiled, encoder)
    result = lit_from_the_left(tiled)
    some = place_spread(tiled, result, whole(tiled), features)
    assert features.shape[1] * features.shape[2] > place.ANCHORS
    assert some == place_spread(tiled, result, whole(tiled), features)
    monkeypatch.setattr(place, "ANCHORS", 10**6)
    assert some == pytest.approx(place_spread(tiled, result, whole(tiled), features), rel=0.05)


def test_regions_spread_by_their_area(monkeypatch):
    """A quarter of the picture is a region of its own, and in it alone the change depends on place."""
    masks = np.zeros((2, SIDE * CELL, SIDE * CELL), np.float32)
    masks[0, :, : SIDE * CELL // 4] = 1
    masks[1] = 1 - masks[0]
    upper = (np.arange(SIDE) < SIDE // 2)[:, None] * (np.arange(SIDE) < SIDE // 4)
    pictures = of_cells(50), of_cells(50 + 10 * upper)
    of_one = place_spread(*pictures, masks[:1], NO_FEATURES)
    assert of_one > 4 and place_spread(*pictures, masks, NO_FEATURES) == pytest.approx(of_one / 4)
    monkeypatch.setattr(place, "ANCHORS", 32)
    assert place_spread(*pictures, masks, NO_FEATURES) == pytest.approx(of_one / 4, rel=0.1)


def test_a_map_of_colours_does_not_depend_on_place_and_a_lamp_does(tiled, encoder):
    features = cell_features(tiled, encoder)
    mixed = tiled**0.7 @ np.array([[0.8, 0.1, 0.1], [0.1, 0.6, 0.2], [0, 0.1, 1.0]])
    assert place_spread(tiled, tiled, whole(tiled), features) == pytest.approx(0, abs=1e-9)
    of_colours = place_spread(tiled, mixed, whole(tiled), features)
    of_place = place_spread(tiled, lit_from_the_left(tiled), whole(tiled), features)
    assert of_colours < 1 and of_place > 5


def test_features_are_of_a_small_copy(encoder):
    picture = np.full((150, 900, 3), 0.5)
    assert cell_features(picture, encoder).shape[1:] == (75 // 4, 112)
    assert cell_features(picture[:20], encoder).shape[1:] == (4, 112)


def test_a_judge_scores_the_place(tiled, encoder):
    judge = Judge(tiled, tiled, None, None, encoder)
    expected = place_spread(tiled, lit_from_the_left(tiled), whole(tiled), cell_features(tiled, encoder))
    assert judge.score(lit_from_the_left(tiled))["place"] == pytest.approx(expected)
