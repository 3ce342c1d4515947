"""The one luminance is Rec. 601 luma, for tensors and for arrays alike."""

import numpy as np
import pytest
import torch

from photostyle.colour import LUMA, luminance, luminance_of_pixels


def test_it_is_rec_601_luma():
    assert luminance_of_pixels(np.eye(3)[None]).tolist() == [[0.299, 0.587, 0.114]]
    assert sum(LUMA) == pytest.approx(1)


def test_tensors_and_arrays_agree():
    pixels = np.random.default_rng(0).random((7, 5, 3))
    found = luminance(torch.from_numpy(pixels).permute(2, 0, 1))
    np.testing.assert_allclose(found.numpy(), luminance_of_pixels(pixels), atol=1e-12)


def test_it_is_linear_and_greys_keep_their_level():
    one = torch.rand(2, 3, 4, 5)
    other = torch.rand(2, 3, 4, 5)
    torch.testing.assert_close(luminance(one - 2 * other), luminance(one) - 2 * luminance(other))
    torch.testing.assert_close(luminance(torch.full((3, 2, 2), 0.7)), torch.full((2, 2), 0.7))


def test_arrays_of_any_type_give_float64():
    for dtype in (np.uint8, np.float32, np.float64):
        assert luminance_of_pixels(np.ones((2, 2, 3), dtype)).dtype == np.float64
