"""Regions follow what moves, change evenly between key frames, and stand where a hand put them."""

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from photostyle.regions import Regions
from photostyle.video.tracking import MASK_SIDE, carried_on, track_of

HEIGHT, WIDTH, SIDE, STEP = 96, 160, 40, 3
COLOURS = ((255, 0, 0), (0, 0, 255))


@pytest.fixture(scope="module")
def textures():
    smooth = gaussian_filter(np.random.default_rng(4).random((2, HEIGHT, WIDTH)), (0, 3, 3))
    return (smooth - smooth.min()) / np.ptp(smooth)


def frame(textures, index):
    """A bright square that moves over a dark ground, and where it is."""
    left = 20 + STEP * index
    inside = np.zeros((HEIGHT, WIDTH), np.float32)
    inside[28 : 28 + SIDE, left : left + SIDE] = 1
    pixels = np.repeat((0.1 + 0.3 * textures[0])[..., None], 3, 2)
    pixels[28 : 28 + SIDE, left : left + SIDE] = (0.55 + 0.4 * textures[1][:SIDE, :SIDE])[..., None]
    return pixels.astype(np.float32), inside


def regions(inside, names=("square", "ground")):
    masks = torch.from_numpy(np.stack([inside, 1 - inside]))
    return Regions(names, masks, COLOURS)


def keys(textures, indices):
    for index in indices:
        pixels, inside = frame(textures, index)
        yield index, pixels, regions(inside)


def overlap(found, inside):
    """Intersection over union."""
    return float(np.minimum(found, inside).sum() / np.maximum(found, inside).sum())


def test_masks_move_with_the_thing(textures):
    track = track_of(keys(textures, (0, 10)))
    for index in (0, 3, 5, 8, 10, 12):
        pixels, inside = frame(textures, index)
        found = track.regions_at(index, pixels)
        assert found.names == ("square", "ground") and torch.allclose(found.masks.sum(0), torch.ones(()))
        assert overlap(found.masks[0].numpy(), inside) > 0.8
    still = frame(textures, 0)[1]
    assert overlap(still, frame(textures, 5)[1]) < 0.6  # so a mask that stays would fail


def test_masks_do_not_pop(textures):
    """A segmenter that changes its mind from one key frame to the next makes masks fade, frame by frame."""
    pixels, inside = frame(textures, 0)
    track = track_of([(0, pixels, regions(inside)), (8, pixels, regions(1 - inside))])
    shares = [track.regions_at(index, pixels).masks[0][48, 30].item() for index in range(9)]
    steps = np.diff(shares)
    assert shares[0] > 0.6 and shares[-1] < 0.4
    assert (steps < 0).all() and np.abs(steps).max() < 0.1


def test_a_region_of_some_key_frames_only(textures):
    pixels, inside = frame(textures, 0)
    later = Regions(("ground", "cat"), torch.from_numpy(np.stack([1 - inside, inside])), COLOURS)
    track = track_of([(0, pixels, regions(inside)), (6, pixels, later)])
    assert track.names == ("square", "ground", "cat")
    assert track.regions_at(6, pixels).masks.shape == (3, HEIGHT, WIDTH)


def test_one_region_needs_no_flow(textures, monkeypatch):
    monkeypatch.setattr("photostyle.video.tracking.optical_flow", None)
    pixels, _ = frame(textures, 0)
    whole = Regions(("all",), torch.ones(1, HEIGHT, WIDTH), COLOURS[:1])
    assert track_of([(0, pixels, whole), (9, pixels, whole)]).regions_at(4, pixels).masks.unique() == 1


def test_masks_by_hand_are_kept_and_carried_far(textures):
    hand = track_of(keys(textures, (0, 24)), by_hand=True)
    between = [(index, frame(textures, index)[0]) for index in range(0, 25, 4)]
    track = carried_on(hand, between)
    assert track.indices == (0, 4, 8, 12, 16, 20, 24)
    for index in (0, 24):
        assert np.array_equal(track.key(index // 4).masks[0].numpy(), frame(textures, index)[1])
    for index in (6, 12, 18):
        pixels, inside = frame(textures, index)
        assert overlap(track.regions_at(index, pixels).masks[0].numpy(), inside) > 0.8


def test_masks_are_kept_small(textures):
    pixels = np.zeros((1080, 1920, 3), np.float32)
    inside = np.zeros((1080, 1920), np.float32)
    inside[:500] = 1
    track = track_of([(0, pixels, regions(inside))])
    assert max(track.mask_size) == MASK_SIDE and sum(len(part) for part in track.kept[0]) < 20_000
