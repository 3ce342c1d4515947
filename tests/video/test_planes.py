"""Codes of video to pixels and back: known colours, every coding, and a second way to compute them."""

import numpy as np
import pytest

from photostyle.errors import PhotoError
from photostyle.video.colours import ColourTags
from photostyle.video.planes import Coding, Planes, planes_of

CODINGS = ["yuv420p", "yuvj420p", "yuv422p", "yuv444p", "yuv411p", "yuv440p", "yuv420p10le", "yuv444p12le", "gbrp", "gbrp10le"]


def coding(name, **tags):
    return Coding.named(name, ColourTags(**tags), (64, 48))


def flat(coding, *codes, size=(6, 4)):
    return Planes(
        coding, tuple(np.full(shape, code, coding.dtype) for shape, code in zip(coding.shapes(size), codes, strict=True))
    )


@pytest.mark.parametrize(
    ("name", "matrix", "codes", "colour"),
    [
        ("yuv420p", 1, (16, 128, 128), (0, 0, 0)),
        ("yuv420p", 1, (235, 128, 128), (1, 1, 1)),
        ("yuv420p", 1, (63, 102, 240), (1, 0, 0)),  # BT.709 bars: 100 % red
        ("yuv420p", 6, (82, 90, 240), (1, 0, 0)),  # BT.601
        ("yuv420p10le", 9, (294, 387, 960), (1, 0, 0)),  # BT.2020 in 10 bits
        ("yuvj420p", 6, (76, 85, 255), (1, 0, 0)),  # JPEG
        ("gbrp", 0, (0, 0, 255), (1, 0, 0)),
    ],
)
def test_known_colours(name, matrix, codes, colour):
    made = flat(coding(name, matrix=matrix, primaries=1, transfer=1), *codes).pixels()
    np.testing.assert_allclose(made, np.broadcast_to(colour, made.shape), atol=0.006)


@pytest.mark.parametrize("name", CODINGS)
def test_codes_stay_where_nothing_changes(name):
    rng = np.random.default_rng(0)
    own = coding(name)
    arrays = tuple(rng.integers(0, own.top + 1, shape).astype(own.dtype) for shape in own.shapes((37, 21)))
    planes = Planes(own, arrays)
    pixels = planes.pixels()
    assert pixels.shape == (21, 37, 3) and pixels.min() >= 0 and pixels.max() <= 1
    for before, after in zip(arrays, planes.changed(pixels, pixels.copy()).arrays, strict=True):
        np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize("name", CODINGS)
def test_colours_come_back_from_planes(name):
    smooth = np.stack(np.meshgrid(np.linspace(0.2, 0.8, 36), np.linspace(0.3, 0.7, 20), indexing="xy"), -1)
    pixels = np.concatenate([smooth, 1 - smooth[..., :1]], -1).astype(np.float32)
    made = planes_of(pixels, coding(name)).pixels()
    assert np.abs(made - pixels)[4:-4, 4:-4].max() < 0.015  # borders have less to interpolate from


def test_chroma_between_its_places_is_interpolated():
    """Against a slow second way: chroma on the first of each two columns, and amid each two rows."""
    rng = np.random.default_rng(1)
    own = coding("yuv420p", matrix=1)
    y, u, v = (rng.integers(60, 180, shape).astype(np.uint8) for shape in own.shapes((8, 6)))
    made = Planes(own, (y, u, v)).pixels()
    for row in range(6):
        for column in range(8):
            at = min(max((row + 0.5) / 2 - 0.5, 0), 2), min(column / 2, 3)
            cb, cr = ((_between(plane, *at) - 128) / 224 for plane in (u, v))
            light = (float(y[row, column]) - 16) / 219
            expected = light + 1.5748 * cr, light - 0.1873 * cb - 0.4681 * cr, light + 1.8556 * cb
            np.testing.assert_allclose(made[row, column], np.clip(expected, 0, 1), atol=2e-4)


def _between(plane, row, column):
    plane = plane.astype(float)
    up, left = int(row), int(column)
    down, right = min(up + 1, plane.shape[0] - 1), min(left + 1, plane.shape[1] - 1)
    t, s = row - up, column - left
    return (1 - t) * ((1 - s) * plane[up, left] + s * plane[up, right]) + t * (
        (1 - s) * plane[down, left] + s * plane[down, right]
    )


def test_a_change_of_grey_moves_luma_alone():
    own = coding("yuv420p", matrix=1)
    planes = flat(own, 100, 90, 160)
    before = planes.pixels()
    after = planes.changed(before, before + np.float32(10 / 219))
    assert [int(plane[0, 0]) for plane in after.arrays] == [110, 90, 160]


@pytest.mark.parametrize("transfer", [16, 18])
def test_hdr_is_seen_tone_mapped_and_comes_back(transfer):
    own = coding("yuv420p10le", primaries=9, transfer=transfer, matrix=9)
    planes = flat(own, 500, 480, 540)
    pixels = planes.pixels()
    assert 0.2 < pixels.mean() < 0.9
    again = planes.changed(pixels, pixels.copy())
    assert all(np.array_equal(a, b) for a, b in zip(planes.arrays, again.arrays, strict=True))
    darker = planes.changed(pixels, pixels * np.float32(0.8))
    assert darker.arrays[0].mean() < 500


def test_wide_colours_are_seen_in_srgb():
    """The red of BT.709 in BT.2020 is the red of sRGB."""
    own = coding("yuv444p10le", primaries=9, transfer=14, matrix=9)
    pixels = np.zeros((4, 4, 3), np.float32)
    pixels[..., 0] = 0.8
    planes = planes_of(pixels, own)
    np.testing.assert_allclose(planes.pixels(), pixels, atol=0.01)
    plain = Planes(coding("yuv444p10le", primaries=1, transfer=1, matrix=9), planes.arrays)
    assert plain.pixels()[0, 0, 1] > 0.1  # its own green is not 0


def test_colours_that_are_not_known_are_refused():
    with pytest.raises(PhotoError, match="BT.2020 constant luminance, which is not known here; convert the video"):
        coding("yuv420p10le", matrix=10)
