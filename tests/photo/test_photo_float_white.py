"""Floats of a photo have white at 1: light above it is light, and code values up to 255 or 65535 are refused."""

import numpy as np
import pytest
import tifffile

from photostyle.errors import PhotoError
from photostyle.photo import open_photo, read_photo

RNG = np.random.default_rng(8)
RAMP = np.linspace(0, 1, 60 * 80 * 3, dtype=np.float32).reshape(60, 80, 3) ** 2


def night():
    """A dark photo: nearly all black, a few lamps."""
    photo = RNG.random((60, 80, 3)).astype(np.float32) * 0.004
    photo[10:14, 20:40] = 0.9
    return photo


def highlights(share, light):
    photo = RAMP.copy()
    photo.reshape(-1, 3)[: int(share * 4800)] = light
    return photo


def with_alpha(colours, alpha):
    return np.concatenate([colours, np.full((60, 80, 1), alpha, np.float32)], axis=-1)


CODES = {
    "codes of 8 bits": (RAMP * 255, "255"),
    "whole codes of 8 bits": (np.rint(RAMP * 255), "255"),
    "codes of 16 bits": (RAMP * 65535, "65535"),
    "codes of 12 bits": (RAMP * 4095, "4095"),
    "a night in codes of 8 bits": (night() * 255, "255"),
    "a night in whole codes of 8 bits": (np.rint(night() * 255), "255"),
    "a night in codes of 16 bits": (night() * 65535, "65535"),
    "percent": (RAMP * 100, "255"),
    "cut out on black": (np.where(np.arange(80)[None, :, None] < 60, 0, RAMP * 255 + 1), "255"),
    "alpha in codes too": (with_alpha(RAMP, 255), "255"),
    "codes beside an alpha up to 1": (with_alpha(RAMP * 255, 1), "255"),
    "a single grey": (np.full((60, 80), 128.5), "255"),
    "beyond all codes": (RAMP * 1e6, "divide them first"),
}
LIGHT = {
    "a photo": RAMP,
    "a night": night(),
    "a little above white": RAMP * 1.4,
    "ringing of a filter": RAMP * 1.3 - 0.1,
    "highlights of 4": highlights(0.1, 4),
    "highlights of 30": highlights(0.05, 30),
    "the sun": highlights(0.001, 20000),
    "black": np.zeros((60, 80, 3)),
    "black and white": np.rint(RAMP),
    "hidden codes under transparency": with_alpha(RAMP * 255, 0),
    "an alpha that rings": with_alpha(RAMP, 1.05),
}


@pytest.mark.parametrize("name", CODES)
def test_code_values_are_refused_as_file_and_as_array(tmp_path, name):
    values, words = CODES[name]
    values = values.astype(np.float32)
    with pytest.raises(PhotoError, match=f"white.*{words}"):
        open_photo(values)
    options = {"extrasamples": [2]} if values.shape[-1] == 4 else {}
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="rgb" if values.ndim == 3 else "minisblack", **options)
    with pytest.raises(PhotoError, match=f"a.tif: its floats .*white.*{words}") as caught:
        read_photo(tmp_path / "a.tif")
    assert "divide" in str(caught.value) and "damaged" not in str(caught.value)


@pytest.mark.parametrize("name", LIGHT)
def test_light_above_white_is_light(tmp_path, name):
    values = LIGHT[name].astype(np.float32)
    assert (open_photo(values).pixels == values[..., :3]).all()
    options = {"extrasamples": [2]} if values.shape[-1] == 4 else {}
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="rgb", **options)
    assert (read_photo(tmp_path / "a.tif").pixels == values[..., :3]).all()


def test_half_floats_too(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", (RAMP * 255).astype(np.float16), photometric="rgb")
    with pytest.raises(PhotoError, match="white .* at 255"):
        read_photo(tmp_path / "a.tif")


def test_whole_numbers_that_stay_far_below_their_white(tmp_path):
    for dtype, top, words in ((np.int16, 255, "255"), (np.uint32, 255, "255"), (np.int32, 65535, "65535")):
        tifffile.imwrite(tmp_path / "a.tif", np.rint(RAMP * top).astype(dtype), photometric="rgb")
        with pytest.raises(PhotoError, match=f"white at .* at {words}.*; convert"):
            read_photo(tmp_path / "a.tif")
    tifffile.imwrite(tmp_path / "b.tif", np.rint(RAMP * 32767).astype(np.int16), photometric="rgb")
    assert np.abs(read_photo(tmp_path / "b.tif").pixels - RAMP).max() < 1e-3
