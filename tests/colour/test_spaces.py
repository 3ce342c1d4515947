"""Laws of CIE Lab and OKLab: the published values, there and back, and sane slopes outside the range."""

import numpy as np
import pytest
import torch
from skimage.color import rgb2lab

from photostyle.colour import (
    lab_of_pixels,
    lab_to_srgb,
    oklab_of_pixels,
    oklab_to_srgb,
    pixels_of_lab,
    pixels_of_oklab,
    srgb_to_lab,
    srgb_to_oklab,
)
from photostyle.errors import PhotoError

SPACES = pytest.mark.parametrize(
    ("there", "back"), [(srgb_to_lab, lab_to_srgb), (srgb_to_oklab, oklab_to_srgb)], ids=["lab", "oklab"]
)


@pytest.fixture
def random():
    return torch.Generator().manual_seed(0)


def test_lab_equals_the_standard(random):
    colours = torch.rand(3, 500, generator=random)
    expected = torch.tensor(rgb2lab(colours.T.numpy())).float().T / 100
    torch.testing.assert_close(srgb_to_lab(colours), expected, atol=2e-4, rtol=0)


def test_oklab_gives_the_values_of_css_color_4_for_the_primaries():
    expected = [[0.62796, 0.22486, 0.12585], [0.86644, -0.23389, 0.17950], [0.45201, -0.03246, -0.31153]]
    torch.testing.assert_close(srgb_to_oklab(torch.eye(3)).T, torch.tensor(expected), atol=1e-4, rtol=0)


@SPACES
def test_greys_have_no_colour_and_black_and_white_are_0_and_1(there, back):
    found = there(torch.linspace(0, 1, 9).expand(3, 9))
    assert found[1:].abs().max() < 1e-4
    assert (found[0].diff() > 0).all()
    torch.testing.assert_close(found[0, [0, -1]], torch.tensor([0.0, 1.0]), atol=1e-4, rtol=0)


@SPACES
def test_there_and_back_is_the_identity_outside_the_range_too(there, back, random):
    colours = 2 * torch.rand(3, 4, 500, generator=random, dtype=torch.float64) - 0.5
    torch.testing.assert_close(back(there(colours)), colours, atol=1e-6, rtol=0)


@SPACES
def test_the_slope_stays_finite_and_does_not_vanish(there, back):
    colours = torch.tensor([[-0.2, 0, 1, 1.3]]).repeat(3, 1).requires_grad_()
    there(colours)[0].sum().backward()
    assert torch.isfinite(colours.grad).all()
    assert (colours.grad.sum(0) > 0).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("there", "back", "tensor"),
    [(lab_of_pixels, pixels_of_lab, srgb_to_lab), (oklab_of_pixels, pixels_of_oklab, srgb_to_oklab)],
    ids=["lab", "oklab"],
)
def test_arrays_give_what_tensors_give_in_their_own_type(there, back, tensor, dtype):
    pixels = np.random.default_rng(0).random((5, 7, 3)).astype(dtype)
    pixels.flags.writeable = False
    found = there(pixels)
    assert found.dtype == dtype
    expected = tensor(torch.tensor(pixels).permute(2, 0, 1)).permute(1, 2, 0)
    np.testing.assert_allclose(found, expected.numpy(), atol=1e-6)
    returned = back(found)
    assert returned.dtype == dtype
    np.testing.assert_allclose(returned, pixels, atol=1e-5 if dtype == np.float64 else 1e-4)


@pytest.mark.parametrize("pixels", [np.zeros((2, 2, 3), np.uint8), np.zeros((2, 2)), np.zeros((2, 2, 4))])
def test_other_arrays_are_refused_in_one_line(pixels):
    with pytest.raises(PhotoError, match=r"pixels must be float32 or float64 with shape \(H, W, 3\), got") as told:
        lab_of_pixels(pixels)
    assert "\n" not in str(told.value)
