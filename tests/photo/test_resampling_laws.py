"""Laws of resampling, tried on sizes that are even, odd, prime and tiny."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from photostyle.photo import resample

SIDES = st.integers(1, 70)
SIZES = st.tuples(SIDES, SIDES)  # width, height


def picture(size, seed):
    width, height = size
    return np.random.default_rng(seed).random((height, width, 3), dtype=np.float32)


@given(SIZES, SIZES, st.floats(-2, 3, width=32))
def test_one_colour_stays_that_colour_at_the_size_asked_for(size, asked, level):
    made = resample(np.full((size[1], size[0], 3), level, np.float32), asked)
    assert made.shape == (asked[1], asked[0], 3) and made.dtype == np.float32
    np.testing.assert_allclose(made, level, atol=1e-5)


@given(SIZES, st.integers(0, 9))
def test_the_same_size_gives_the_very_pixels_in_memory_of_their_own(size, seed):
    before = picture(size, seed)
    made = resample(before, size)
    assert np.array_equal(made, before) and not np.shares_memory(made, before)


@given(SIZES, SIZES, st.integers(0, 9))
def test_a_mirrored_picture_gives_the_mirrored_result(size, asked, seed):
    # From a quarter down blocks are averaged first, from the top left on: those at the far end may be smaller.
    assume(all(long < 4 * short for long, short in zip(size, asked, strict=True)))
    before = picture(size, seed)
    for axis in (0, 1):
        np.testing.assert_allclose(resample(np.flip(before, axis), asked), np.flip(resample(before, asked), axis), atol=1e-5)


@given(SIZES, SIZES, st.integers(0, 9), st.floats(-3, 3), st.floats(-1, 1))
def test_resampling_is_linear_and_knows_no_range(size, asked, seed, gain, offset):
    before = picture(size, seed)
    changed = resample((gain * before + offset).astype(np.float32), asked)
    np.testing.assert_allclose(changed, gain * resample(before, asked) + offset, atol=2e-5)


@given(st.integers(1, 9), st.integers(1, 9), st.integers(2, 6), st.integers(0, 9))
def test_a_smaller_picture_keeps_the_mean(width, height, factor, seed):
    before = picture((width * factor, height * factor), seed)
    assert resample(before, (width, height)).mean() == pytest.approx(before.mean(), abs=0.02)
