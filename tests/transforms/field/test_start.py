"""The closed-form start does what a linear optimal transport must."""

import torch

from photostyle.transforms.field.start import colour_moments, monge_kantorovich


def colours(seed, scale):
    random = torch.Generator().manual_seed(seed)
    return torch.randn(3, 3, generator=random) * scale @ torch.randn(3, 4000, generator=random) + 0.5


def test_it_carries_the_moments_over():
    x, y = colours(0, 0.1), colours(1, 0.2)
    ones = torch.ones(4000)
    (mean, cov), (goal_mean, goal_cov) = colour_moments(x, ones), colour_moments(y, ones)
    affine = monge_kantorovich(mean, cov, goal_mean, goal_cov, floor=1e-7)
    out = x + affine[:, :3] @ x + affine[:, 3:]
    out_mean, out_cov = colour_moments(out, ones)
    torch.testing.assert_close(out_mean, goal_mean, atol=1e-3, rtol=0)
    torch.testing.assert_close(out_cov, goal_cov, atol=1e-3, rtol=0)


def test_its_linear_part_is_symmetric_and_positive():
    """What makes it the map of least movement (Pitie & Kokaram 2007, section 2.2)."""
    ones = torch.ones(4000)
    affine = monge_kantorovich(*colour_moments(colours(2, 0.1), ones), *colour_moments(colours(3, 0.2), ones))
    linear = affine[:, :3] + torch.eye(3)
    torch.testing.assert_close(linear, linear.T, atol=1e-4, rtol=0)
    assert torch.linalg.eigvalsh(linear).min() > 0


def test_the_same_colours_stay():
    moments = colour_moments(colours(4, 0.1), torch.ones(4000))
    torch.testing.assert_close(monge_kantorovich(*moments, *moments), torch.zeros(3, 4), atol=1e-4, rtol=0)


def test_a_flat_colour_does_not_explode():
    flat, ones = torch.full((3, 4000), 0.5), torch.ones(4000)
    affine = monge_kantorovich(*colour_moments(flat, ones), *colour_moments(colours(5, 0.3), ones))
    assert affine.abs().max() < 50


def test_an_empty_region_gives_finite_moments():
    mean, covariance = colour_moments(colours(6, 0.1), torch.zeros(4000))
    assert torch.isfinite(mean).all() and torch.isfinite(covariance).all()
