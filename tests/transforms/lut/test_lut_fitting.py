"""A fitted table is right where the photo has colours, tame where it has none, and its error is what was lost."""

import numpy as np
import pytest

from photostyle.colour import LUMA
from photostyle.errors import OptionError, PhotoError
from photostyle.transforms.lut import Lut, blended_error, fit_lut, identity
from photostyle.photo import Photo

WARM = np.array([[0.8, 0.1, 0], [0.1, 0.6, 0.05], [0, 0.1, 0.5]], np.float32)


@pytest.fixture
def photo():
    """All colours, in noise of many grains."""
    return Photo.from_array(np.random.default_rng(0).random((80, 120, 3)))


def warm(photo: Photo) -> Photo:
    return photo.with_pixels(photo.pixels @ WARM.T + np.float32(0.05))


def test_a_change_by_colour_alone_is_held(photo):
    lut, error = fit_lut(photo, warm(photo), size=17)
    assert error.mean < 0.3 and error.most < 0.8
    assert np.abs(lut(photo.pixels) - warm(photo).pixels).mean() < 5e-3


def test_where_regions_differ_the_table_is_no_step():
    """A dark ground that is darkened and a light sky that is lightened, whose greys meet: a cliff would draw contours."""
    ramp = np.linspace(0, 1, 200)[None, :, None] * np.ones((60, 1, 3))
    before = ramp * np.where(np.arange(60) < 30, 0.55, -0.55)[:, None, None] + np.where(np.arange(60) < 30, 0, 1)[:, None, None]
    after = before + np.where(np.arange(60) < 30, -0.2, 0.15)[:, None, None]
    lut, _ = fit_lut(Photo.from_array(before), Photo.from_array(after.clip(0, 1)), size=33)
    greys = lut(np.linspace(0, 1, 33)[:, None].repeat(3, 1).astype(np.float32))
    slopes = np.diff(greys.mean(1)) * 32
    assert slopes.max() < 6.5 and slopes.min() > -0.1  # 7.6 if only slopes counted


def test_no_change_is_the_identity(photo):
    lut, error = fit_lut(photo, photo, size=9)
    assert np.allclose(lut.table, identity(9), atol=1e-6) and error.most < 1e-3


def test_the_error_is_what_a_table_cannot_hold():
    """A grey that becomes lighter on the left and darker on the right: the table stays between."""
    grey = np.full((40, 40, 3), 0.5)
    after = grey + np.where(np.arange(40) < 20, 0.1, -0.1)[None, :, None]
    before, after = Photo.from_array(grey), Photo.from_array(after)
    lut, error = fit_lut(before, after, size=9)
    lightness = [53.39, 63.22, 43.19]  # CIE L* of the greys 0.5, 0.6 and 0.4
    weighting = [1 + 0.015 * (m - 50) ** 2 / np.sqrt(20 + (m - 50) ** 2) for m in (np.add(lightness[0], lightness[1:]) / 2)]
    wanted = np.abs(np.subtract(lightness[0], lightness[1:])) / weighting
    assert np.allclose(lut(np.array([0.5, 0.5, 0.5])), 0.5, atol=1e-3)
    assert abs(error.mean - wanted.mean()) < 0.05 and abs(error.most - wanted.max()) < 0.05
    masks = np.stack([np.arange(40) < 20, np.arange(40) >= 20])[:, None, :].repeat(40, 1).astype(np.float32)
    luts, errors = zip(*(fit_lut(before, after, mask, size=9) for mask in masks), strict=True)
    assert max(e.most for e in errors) < 0.1 and blended_error(before, after, masks, luts).most < 0.1


def test_unseen_colours_change_as_those_that_were_seen():
    random = np.random.default_rng(1)
    before = Photo.from_array(0.5 + 0.1 * random.random((40, 40, 3)))
    lut, _ = fit_lut(before, before.with_pixels(before.pixels - np.float32(0.2)), size=17)
    change = lut.table - identity(17)
    assert change.min() > -0.21 and change.max() < 1e-6
    assert np.allclose(lut(np.array([0.9, 0.3, 0.4])), (0.7, 0.1, 0.2), atol=0.01)


def test_greys_come_out_in_their_order():
    """A photo whose light greys become black and whose dark ones stay: a least squares fit alone would turn back."""
    ramp = np.linspace(0, 1, 60)[None, :, None].repeat(40, 0).repeat(3, 2)
    lut, _ = fit_lut(Photo.from_array(ramp), Photo.from_array(np.where(ramp > 0.6, 0.1, ramp)), size=17)
    greys = lut(np.linspace(0, 1, 17)[:, None].repeat(3, 1)) @ np.array(LUMA)
    assert np.diff(greys).min() > -0.02  # the fall in the photo is of 0.5


def test_bad_sizes(photo):
    for size in (1, 66, 3.0, True):
        with pytest.raises(OptionError, match="whole number from 2 to 65"):
            fit_lut(photo, photo, size=size)
    with pytest.raises(PhotoError, match="one size"):
        fit_lut(photo, Photo.from_array(np.zeros((3, 3))))
    with pytest.raises(OptionError, match="no pixel"):
        fit_lut(photo, photo, np.zeros((4, 4)))


def test_a_table_is_read_trilinearly():
    table = identity(2)
    table[1, 1, 1] = 0
    assert np.allclose(Lut(table)(np.array([[0.5, 0.5, 0.5], [1, 1, 1], [2, -1, 0]])), [[0.375] * 3, [0] * 3, [1, 0, 0]])
