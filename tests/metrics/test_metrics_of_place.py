"""The metrics of place against pictures whose changes are known."""

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from photostyle.colour import pixels_of_lab
from photostyle.encoders import load_encoder
from photostyle.metrics import Judge, black_spread, cell_features, light_agreement, place, place_spread

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


# place


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


# black


@pytest.fixture(scope="module")
def grained():
    """Lab / 100 of a grey grain that repeats in each of the 6 x 6 cells."""
    light = np.tile(np.random.default_rng(4).uniform(0.2, 0.6, (16, 16)), (6, 6))
    return np.stack([light, 0 * light, 0 * light], -1)


def with_corner(lab, lift):
    """The picture with a quarter, 3 x 3 cells at the left and top, lighter by so many L*."""
    lab = lab.copy()
    lab[:48, :48, 0] += lift / 100
    return pixels_of_lab(lab)


def test_black_lifted_in_a_corner_is_a_spread(grained):
    content = pixels_of_lab(grained)
    found = black_spread(content, with_corner(grained, 8), whole(content))
    assert found == pytest.approx(8 * (0.25 * 0.75) ** 0.5, rel=1e-3)


def test_only_the_darkest_pixels_are_the_black(grained):
    dark = grained[..., 0] < np.percentile(grained[..., 0], 10)
    corner = with_corner(grained, 8)
    content = pixels_of_lab(grained)
    above = np.where(dark[..., None], content, corner)
    below = np.where(dark[..., None], corner, content)
    assert black_spread(content, above, whole(content)) == pytest.approx(0, abs=1e-9)
    assert black_spread(content, below, whole(content)) > 1


def test_black_lifted_everywhere_is_none(grained):
    content = pixels_of_lab(grained)
    assert black_spread(content, 0.3 + 0.5 * content, whole(content)) == pytest.approx(0, abs=1e-9)
    assert black_spread(content, content, whole(content)) == 0


def test_blacks_that_the_photo_has_apart_are_not_compared(grained):
    assert black_spread(with_corner(grained, 6), pixels_of_lab(grained), whole(grained)) == pytest.approx(0, abs=1e-9)
    assert black_spread(with_corner(grained, 4), pixels_of_lab(grained), whole(grained)) > 1


def test_blacks_of_two_regions_are_not_compared(grained):
    content = pixels_of_lab(grained)
    masks = whole(content).repeat(2, 0)
    masks[0, :48, :48] = 0
    masks[1] = 1 - masks[0]
    assert black_spread(content, with_corner(grained, 8), masks) == pytest.approx(0, abs=1e-9)


def test_a_few_pixels_of_a_region_have_no_black(grained):
    content = pixels_of_lab(grained)
    mask = np.zeros((1, *content.shape[:2]), np.float32)
    mask[0, ::4, ::4] = 1  # one of sixteen
    assert black_spread(content, with_corner(grained, 8), mask) == 0


# light

KINDS = np.random.default_rng(5).random((SIDE, SIDE)) < 0.4  # cells of one kind of thing, among those of another


def features_of(kinds):
    return torch.from_numpy(np.stack([kinds, ~kinds, np.ones_like(kinds)]).astype(np.float64))


def agreement(result, style_light=40 + 30 * ~KINDS, content_light=50, style_masks=WHOLE):
    """Of a result with the L* given, where the style has things of one kind at L* 40 and of the other at 70."""
    features = (features_of(KINDS), features_of(KINDS))
    return light_agreement(of_cells(content_light), of_cells(result), of_cells(style_light), WHOLE, style_masks, features)


def test_light_on_the_matching_thing_agrees_and_on_the_other_does_not():
    assert agreement(50 + 5 * ~KINDS) == pytest.approx(1)
    assert agreement(50 + 5 * KINDS) == pytest.approx(-1)
    assert abs(agreement(50 + 5 * HALF)) < 0.3


def test_the_gain_counts_and_not_the_light():
    """The content has one kind lighter already: what the style wants there is less light."""
    content_light = 50 + 40 * ~KINDS
    assert agreement(content_light, content_light=content_light) == 0
    assert agreement(content_light - 5 * ~KINDS, content_light=content_light) == pytest.approx(1)


def test_a_flat_region_is_no_number_out_of_the_air():
    assert agreement(np.full(1, 50)) == agreement(np.full(1, 80)) == 0
    assert agreement(50 + 5 * KINDS, style_light=np.full(1, 70)) == 0
    assert agreement(50 + 5 * ~KINDS, style_masks=0 * WHOLE) == 0
    assert agreement(50 + 0.001 * ~KINDS) == 0  # rounding is no gain


def test_a_region_of_which_the_style_wants_nothing_does_not_count():
    masks = halves(of_cells(50))
    features = (features_of(KINDS), features_of(KINDS))
    pictures = of_cells(50), of_cells(50 + 5 * ~KINDS), of_cells(np.where(HALF, 70, 40 + 30 * ~KINDS))
    assert light_agreement(*pictures, masks, masks, features) == pytest.approx(1)


def test_features_are_compared_less_the_mean_of_each_picture():
    """Five kinds of things; all of the style's features are moved, as those of a night are from those of a day."""
    rng = np.random.default_rng(7)
    kinds = rng.integers(5, size=(SIDE, SIDE))
    features = torch.from_numpy(rng.normal(size=(6, 5))[:, kinds])
    light = np.array([40, 70, 50, 30, 60])[kinds]
    pictures = of_cells(50), of_cells(45 + light / 10), of_cells(light)
    moved = features + torch.from_numpy(rng.normal(size=(6, 1, 1)) * 5)
    assert light_agreement(*pictures, WHOLE, WHOLE, (features, moved)) == pytest.approx(1)
    assert light_agreement(*pictures, WHOLE, WHOLE, (moved, features)) == pytest.approx(1)


def test_the_light_is_taken_from_the_paired_region():
    """The style's other half has the kinds the other way round, and is not the partner."""
    kinds = np.where(HALF, KINDS, ~KINDS)
    features = (features_of(KINDS), features_of(KINDS))
    style, result = of_cells(40 + 30 * ~kinds), of_cells(50 + 5 * ~KINDS)
    left, right = halves(style)[:1], halves(style)[1:]
    assert light_agreement(of_cells(50), result, style, WHOLE, left, features) == pytest.approx(1)
    assert light_agreement(of_cells(50), result, style, WHOLE, right, features) == pytest.approx(-1)


def test_regions_count_by_their_area():
    masks = np.zeros((2, SIDE * CELL, SIDE * CELL), np.float32)
    masks[0, :, : 12 * CELL] = 1
    masks[1] = 1 - masks[0]
    right_in_the_larger = np.where(np.arange(SIDE) < 12, ~KINDS, KINDS)
    features = (features_of(KINDS), features_of(KINDS))
    pictures = of_cells(50), of_cells(50 + 5 * right_in_the_larger), of_cells(40 + 30 * ~KINDS)
    assert light_agreement(*pictures, masks, masks, features) == pytest.approx(0.75 - 0.25)


def test_a_judge_knows_a_texture_again(encoder):
    """A style of light stripes and dark plain wall: light on the stripes of the photo agrees, on its wall it does not."""
    stripes = np.zeros((96, 128))
    stripes[::4] = stripes[1::4] = 0.1
    at_left = np.linspace(0, 1, 128)[None, :, None] < 0.5
    grain = 0.01 * np.random.default_rng(6).random((96, 128, 3))
    content = 0.4 + grain + np.where(at_left, stripes[..., None], 0.05)
    style = 0.3 + grain[::-1] + np.where(at_left, 0.05, 0.4 + stripes[..., None])
    judge = Judge(content, style, None, None, encoder)
    assert judge.score(content + np.where(at_left, 0.2, 0))["light"] > 0.6
    assert judge.score(content + np.where(at_left, 0, 0.2))["light"] < -0.6
