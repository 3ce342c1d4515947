"""Laws of colour moments."""

import numpy as np
import torch

from photostyle.colour import colour_moments


def colours(count=400):
    return torch.rand(3, count, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_equal_weights_give_the_plain_mean_and_covariance():
    mean, covariance = colour_moments(colours(), torch.ones(400, dtype=torch.float64))
    np.testing.assert_allclose(mean, colours().numpy().mean(1))
    np.testing.assert_allclose(covariance, np.cov(colours().numpy(), bias=True))


def test_a_weight_of_zero_leaves_a_colour_out_and_their_scale_does_not_matter():
    weights = torch.ones(400, dtype=torch.float64)
    weights[100:] = 0
    expected = colour_moments(colours()[:, :100], torch.ones(100, dtype=torch.float64))
    torch.testing.assert_close(colour_moments(colours(), 7 * weights), expected)


def test_an_empty_region_gives_finite_moments():
    mean, covariance = colour_moments(colours(), torch.zeros(400, dtype=torch.float64))
    assert torch.isfinite(mean).all()
    assert torch.isfinite(covariance).all()
