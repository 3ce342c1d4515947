"""Flicker against clips whose flicker is known."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from photostyle.errors import OptionError
from photostyle.metrics.video import FlickerJudge

COUNT = 12


@pytest.fixture(scope="module")
def clip():
    """A camera that moves over a scene, with a little noise of the sensor."""
    random = np.random.default_rng(2)
    noise = random.random((64, 140, 3))
    wide = 5 * gaussian_filter(noise, (7, 7, 0)) + gaussian_filter(noise, (1.5, 1.5, 0))
    wide = (wide - wide.min()) / np.ptp(wide)
    return [(wide[:, k : k + 96] + random.normal(0, 0.01, (64, 96, 3))).clip(0, 1) for k in range(COUNT)]


@pytest.fixture(scope="module")
def judge(clip):
    return FlickerJudge(clip)


def test_the_input_is_1(clip, judge):
    own = judge(clip)
    assert own.relative_short == own.relative_long == own.local_short == own.local_long == 1 and own.drift == own.own_drift
    assert 0 < own.short < 0.05


def test_contrast_is_no_flicker(clip, judge):
    flatter = judge([0.25 + 0.5 * frame for frame in clip])
    assert flatter.local_long == pytest.approx(1, abs=0.01)
    assert flatter.relative_short == pytest.approx(1, abs=0.01) and flatter.relative_long == pytest.approx(1, abs=0.01)


def test_a_curve_is_no_flicker_and_what_goes_with_time_or_place_is(clip, judge):
    """A strong S-curve halves the measure of the field; against the input in its colours it is 1, and a jump is not."""
    curved = [0.5 + 0.5 * np.tanh(6 * (frame - 0.6)) for frame in clip]
    flicker = judge(curved)
    assert flicker.toned_short == pytest.approx(1, abs=0.03) and flicker.toned_long == pytest.approx(1, abs=0.03)
    assert flicker.relative_long < 0.7
    jumping = judge([frame * (0.95 if k % 2 else 1.0) for k, frame in enumerate(curved)])
    assert jumping.toned_short > 1.3
    random = np.random.default_rng(5)
    grainy = judge([frame + random.normal(0, 0.02, frame.shape) for frame in curved])
    assert grainy.toned_short > 1.3
    assert judge(clip).toned_short == pytest.approx(1, abs=1e-6)


def test_light_that_jumps_is_flicker_and_light_that_drifts_is_drift(clip, judge):
    jumping = judge([frame * (0.9 if k % 2 else 1.0) for k, frame in enumerate(clip)])
    assert jumping.relative_short > 3 and jumping.relative_long < 1.3  # eight apart are alike
    drifting = judge([frame * (1 - 0.01 * k) for k, frame in enumerate(clip)])
    assert drifting.relative_short < 1.6
    assert drifting.relative_long > 2 and drifting.drift > drifting.own_drift + 2


def test_contrast_of_the_one_thing_that_moves_is_no_local_flicker():
    """A bright thing moves over a ground; a look that flattens the ground alone changes the one error, and not the other."""
    random = np.random.default_rng(1)
    texture = gaussian_filter(random.random((64, 96, 3)), (3, 3, 0))
    texture = (texture - texture.min()) / np.ptp(texture)
    frames = []
    for k in range(COUNT):
        frame = 0.4 * texture
        frame[20:44, 10 + 2 * k : 50 + 2 * k] = 0.6 + 0.3 * texture[:24, :40]
        frames.append((frame + random.normal(0, 0.005, frame.shape)).clip(0, 1))
    made = [np.where(frame < 0.5, 0.35 + 0.3 * frame, frame) for frame in frames]
    judge = FlickerJudge(frames)
    flicker = judge(made)
    assert abs(flicker.local_short - 1) < 0.02 and abs(flicker.relative_short - 1) > 0.05
    jumping = judge([frame * (0.95 if k % 2 else 1.0) for k, frame in enumerate(made)])
    assert jumping.local_short > 1.5


def test_less_noise_is_less_flicker(clip, judge):
    assert judge([gaussian_filter(frame, (1, 1, 0)) for frame in clip]).relative_short < 0.9


def test_what_cannot_be_measured(clip, judge):
    with pytest.raises(OptionError, match="flicker over 8 frames needs at least 9 of them, got 8"):
        FlickerJudge(clip[:8])
    with pytest.raises(OptionError, match="the input's 12 frames of shape"):
        judge(clip[:5])
