"""Cuts are found; light that changes, flashes, moving cameras and moving things are none."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from photostyle.video.shots import Shot, find_shots

HEIGHT, WIDTH = 54, 96


def scene(seed):
    """A landscape: a sky, hills and things, twice as wide as a frame."""
    random = np.random.default_rng(seed)
    height, width = HEIGHT, 2 * WIDTH
    hills = 0.5 + 0.2 * gaussian_filter(random.normal(size=width), 8) / 0.14
    below = np.linspace(0, 1, height)[:, None] > hills
    colours = random.uniform(0.15, 0.85, (2, 3))
    picture = np.where(below[..., None], colours[0], colours[1])
    for _ in range(25):
        y, x, side = random.integers(height), random.integers(width), random.integers(4, 14)
        picture[y : y + side, x : x + side] = random.uniform(0.05, 0.95, 3)
    return gaussian_filter(picture, (1, 1, 0)).astype(np.float32)


def still(seed, count):
    return [scene(seed)[:, :WIDTH]] * count


def stops(shots):
    return [shot.stop for shot in shots]


@pytest.mark.parametrize("seed", range(6))
def test_a_cut_is_found(seed):
    assert stops(find_shots(still(2 * seed, 5) + still(2 * seed + 1, 7))) == [5, 12]


def test_shots_of_few_frames_are_found_and_numbered_from_the_start():
    frames = still(1, 4) + still(2, 3) + still(3, 1)
    assert find_shots(frames, start=100) == [Shot(100, 104), Shot(104, 107), Shot(107, 108)]


def test_a_clip_of_one_frame_and_none():
    assert find_shots(still(1, 1)) == [Shot(0, 1)]
    assert find_shots([]) == []


def test_light_that_falls_is_no_cut():
    day = scene(4)[:, :WIDTH]
    dusk = [day * (1 - t) + t * day * np.float32((0.35, 0.2, 0.3)) for t in np.linspace(0, 1, 20)]
    assert stops(find_shots(dusk)) == [20]
    assert stops(find_shots([day] * 6 + [0.4 * day] * 6)) == [12]  # a cloud before the sun


@pytest.mark.parametrize("length", [1, 2])
def test_a_flash_is_no_cut(length):
    frames = still(5, 12)
    for k in range(5, 5 + length):
        frames[k] = np.ones_like(frames[k])
    assert stops(find_shots(frames)) == [12]


def test_a_moving_camera_is_no_cut():
    wide = scene(6)
    assert stops(find_shots([wide[:, 6 * k : 6 * k + WIDTH] for k in range(14)])) == [14]


def test_a_thing_that_comes_in_is_no_cut():
    frames = []
    for k in range(12):
        frame = scene(7)[:, :WIDTH].copy()
        frame[20:50, max(0, 10 * k - 40) : 10 * k] = (0.8, 0.2, 0.1)
        frames.append(frame)
    assert stops(find_shots(frames)) == [12]
