"""Laws of a whole transfer, tried on sizes that are odd, prime and tiny; and of amounts that are given as a text."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photostyle import OptionError, Options, transfer

QUICK = {"segmenter": "none", "size": 64, "steps": 1, "encoder": "compact", "device": "cpu"}
SIDES = st.one_of(st.sampled_from([16, 17, 31, 97, 127]), st.integers(16, 130))
SIZES = st.tuples(SIDES, SIDES)  # height, width
AMOUNTS = st.floats(0, 1.5).map(lambda amount: round(amount, 3))
NAMES = st.sampled_from(["sky", "sea", "red", "left-right", "indoor_surface", "region 7"])


def photo(size, seed=0):
    return np.random.default_rng(seed).random((*size, 3), dtype=np.float32)


@settings(max_examples=8)
@given(SIZES, SIZES)
def test_the_output_has_the_contents_size_and_is_finite(size, style_size):
    made = transfer(photo(size), photo(style_size, 1) * np.float32([1, 0.6, 0.3]), **QUICK).photo
    assert made.size == (size[1], size[0]) and made.pixels.shape == (*size, 3)
    assert np.isfinite(made.pixels).all()


@settings(max_examples=5)
@given(SIZES, st.sampled_from([{"strength": 0}, {"strength": "0"}, {"luma": 0, "chroma": 0}, {"strength": {"all": 0.0}}]))
def test_nothing_asked_for_gives_the_very_pixels(size, nothing):
    before = photo(size)
    assert np.array_equal(transfer(before, photo((20, 30), 1), **QUICK, **nothing).photo.pixels, before)


@given(st.dictionaries(NAMES, AMOUNTS, min_size=1), st.none() | AMOUNTS)
def test_amounts_written_as_a_text_are_read_as_they_were(by_region, rest):
    parts = [f"{name}={amount}" for name, amount in by_region.items()]
    expected = dict(by_region)
    if rest is not None:
        parts.insert(0, str(rest))
        expected["*"] = rest
    for text in (",".join(parts), " , ".join(parts)):
        assert Options(strength=text).strength == expected
    assert Options(luma=by_region).luma == by_region


@given(AMOUNTS)
def test_one_amount_is_the_same_as_a_number_and_as_a_text(amount):
    assert Options(chroma=str(amount)) == Options(chroma=amount)


@given(st.text(alphabet="0123456789.,=skyea -", max_size=12))
def test_any_text_is_an_amount_within_range_or_an_error_that_names_the_option(text):
    try:
        amount = Options(strength=text).strength
    except OptionError as error:
        assert str(error).startswith("strength") and "\n" not in str(error)
    else:
        assert all(0 <= value <= 1.5 for value in (amount.values() if isinstance(amount, dict) else [amount]))


@given(st.floats().filter(lambda amount: not 0 <= amount <= 1.5))
def test_an_amount_beyond_the_range_is_refused(amount):
    with pytest.raises(OptionError, match="strength must be a number from 0 to 1.5"):
        Options(strength=amount)
