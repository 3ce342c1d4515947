"""The model of the sliders keeps what the editors document, and the fit finds sliders that were moved."""

import numpy as np
import pytest

from photostyle.errors import OptionError
from photostyle.photo import Photo
from photostyle.transforms.sidecar import Sliders, fit_sliders
from photostyle.transforms.sidecar.sliders import BASIC, HUES, KNOTS

GREYS = np.linspace(0, 1, 64)[:, None].repeat(3, 1)


@pytest.fixture
def photo():
    """All colours, in noise of many grains."""
    return Photo.from_array(np.random.default_rng(0).random((60, 80, 3)))


def moved(photo: Photo, sliders: Sliders) -> Photo:
    pixels = sliders(photo.pixels.reshape(-1, 3)).reshape(photo.pixels.shape)
    return photo.with_pixels(pixels.astype(np.float32))


def test_sliders_at_zero_change_nothing(photo):
    colours = photo.pixels.reshape(-1, 3)
    straight = Sliders(curves=tuple(tuple(map(float, KNOTS)) for _ in range(3)))
    assert np.abs(Sliders()(colours) - colours).max() < 1e-5 and np.abs(straight(colours) - colours).max() < 1e-4


def test_saturation_is_grey_at_one_end_and_twice_the_colour_at_the_other():
    colours = np.array([[0.5, 0.45, 0.4], [0.3, 0.35, 0.4]])
    grey = Sliders(saturation=-100)(colours)
    assert np.ptp(grey, axis=1).max() < 1e-4
    spread = np.ptp(Sliders(saturation=100)(colours), axis=1) / np.ptp(colours, axis=1)
    assert (np.abs(spread - 2) < 0.2).all()


@pytest.mark.parametrize("name", BASIC)
@pytest.mark.parametrize("end", [-1, 1])
def test_no_slider_turns_tones_around(name, end):
    value = end * (5 if name == "Exposure" else 100)
    assert (np.diff(Sliders({name: value})(GREYS), axis=0) > -1e-6).all()


def test_each_hue_has_its_own_slider():
    pure = np.array([(0.7, 0.3, 0.3), (0.3, 0.7, 0.3), (0.3, 0.3, 0.7)])
    for number, hue in ((0, "Red"), (1, "Green"), (2, "Blue")):
        amounts = tuple(-100.0 * (name == hue) for name in HUES)
        changed = np.abs(Sliders(saturation_of=amounts)(pure) - pure).max(1)
        assert changed.argmax() == number and changed[number] > 0.1, hue


@pytest.mark.parametrize(
    ("wanted", "tone"),
    [
        (Sliders({"Exposure": 0.6, "Temperature": 30.0, "Contrast": 20.0}, saturation=-20), "basic"),
        (Sliders(saturation=-20, curves=tuple(tuple(255 * (k / 255) ** g for k in KNOTS) for g in (0.8, 1, 1.2))), "curves"),
    ],
)
def test_sliders_that_were_moved_are_found(photo, wanted, tone):
    found, error = fit_sliders(photo, moved(photo, wanted), tone)
    assert error.median < 1 and error.most < 3, error
    assert abs(found.saturation + found.vibrance / 2 + 20) < 12
    if tone == "basic":
        assert found.curves is None and abs(found.basic["Exposure"] - 0.6) < 0.2
        assert abs(found.basic["Temperature"] - 30) < 8
    else:
        assert not any(found.basic.values()) and all(np.diff(curve).min() >= 0 for curve in found.curves)


def test_the_error_is_that_of_the_rounded_sliders(photo, monkeypatch):
    monkeypatch.setattr("photostyle.transforms.sidecar.fitting.STEPS", 2)
    after = photo.with_pixels(photo.pixels[:, :, ::-1].copy())  # red and blue changed places: no sliders do that
    found, error = fit_sliders(photo, after, "basic")
    assert error.median > 5 and error.mean < error.most
    assert all(float(value).is_integer() for value in (*found.hue, *found.saturation_of, found.vibrance))


def test_a_photo_of_nothing_is_refused(photo):
    nothing = Photo.from_array(np.zeros((4, 4, 4)))
    with pytest.raises(OptionError, match="nothing of the photo is seen"):
        fit_sliders(nothing, nothing)
