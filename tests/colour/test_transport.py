"""Laws of the linear map between Gaussians and of sliced optimal transport."""

import pytest
import torch

from photostyle.colour import (
    colour_moments,
    directions,
    monge_kantorovich,
    quantiles,
    sliced_transfer,
    sliced_wasserstein,
    transport_targets,
)

ONES = torch.ones(4000)


@pytest.fixture
def random():
    return torch.Generator().manual_seed(0)


def colours(seed, scale):
    random = torch.Generator().manual_seed(seed)
    return torch.randn(3, 3, generator=random) * scale @ torch.randn(3, 4000, generator=random) + 0.5


def test_it_carries_the_moments_over():
    x = colours(0, 0.1)
    mean, covariance = colour_moments(x, ONES)
    goal_mean, goal_covariance = colour_moments(colours(1, 0.2), ONES)
    affine = monge_kantorovich(mean, covariance, goal_mean, goal_covariance, floor=1e-7)
    out_mean, out_covariance = colour_moments(x + affine[:, :3] @ x + affine[:, 3:], ONES)
    torch.testing.assert_close(out_mean, goal_mean, atol=1e-3, rtol=0)
    torch.testing.assert_close(out_covariance, goal_covariance, atol=1e-3, rtol=0)


def test_its_linear_part_is_symmetric_and_positive():
    """What makes it the map of least movement (Pitie & Kokaram 2007, section 2.2)."""
    affine = monge_kantorovich(*colour_moments(colours(2, 0.1), ONES), *colour_moments(colours(3, 0.2), ONES))
    linear = affine[:, :3] + torch.eye(3)
    torch.testing.assert_close(linear, linear.T, atol=1e-4, rtol=0)
    assert torch.linalg.eigvalsh(linear).min() > 0


def test_the_same_colours_stay():
    moments = colour_moments(colours(4, 0.1), ONES)
    torch.testing.assert_close(monge_kantorovich(*moments, *moments), torch.zeros(3, 4), atol=1e-4, rtol=0)


def test_a_flat_colour_does_not_explode():
    flat = torch.full((3, 4000), 0.5)
    affine = monge_kantorovich(*colour_moments(flat, ONES), *colour_moments(colours(5, 0.3), ONES))
    assert affine.abs().max() < 50


def test_quantiles_of_sorted_samples():
    torch.testing.assert_close(quantiles(torch.tensor([[3.0, 1.0, 2.0, 0.0]]), 4), torch.tensor([[0.0, 1.0, 2.0, 3.0]]))


def test_wasserstein_of_a_shift_is_the_shift(random):
    x = torch.rand(3, 999, generator=random)
    along = directions(12)
    goal = quantiles(along @ (x + torch.tensor([[0.3], [0.0], [0.0]])))
    torch.testing.assert_close(sliced_wasserstein(x, goal, along), (0.3 * along[:, 0]).pow(2).mean(), atol=1e-4, rtol=1e-3)


def test_transport_reaches_the_goal_and_bounds_the_distance(random):
    along = directions(8)
    x = torch.rand(3, 512, generator=random)
    projected = along @ x
    goal = quantiles(along @ torch.rand(3, 700, generator=random) ** 2)
    targets = transport_targets(projected, quantiles(goal, projected.shape[1]))
    torch.testing.assert_close(quantiles(targets), goal, atol=2e-2, rtol=0)
    torch.testing.assert_close((projected - targets).pow(2).mean(), sliced_wasserstein(x, goal, along), atol=1e-3, rtol=0.1)
    # Transport along a line keeps the order. Of samples that are equal, two sorts may put either first.
    order = projected.argsort(1)
    apart = projected.gather(1, order).diff(dim=1) > 1e-6  # samples that rounding makes one may come in either order
    assert (targets.gather(1, order).diff(dim=1)[apart] >= 0).all()


def test_directions_are_even():
    d = directions(48)
    torch.testing.assert_close(d.norm(dim=1), torch.ones(48))
    torch.testing.assert_close(3 * d.T @ d / 48, torch.eye(3), atol=0.05, rtol=0)


def test_sliced_transfer_gives_colours_the_goals_distribution():
    chance = torch.Generator().manual_seed(3)
    colours = torch.randn(3, 2000, generator=chance) * 0.1
    goal = torch.randn(3, 3000, generator=chance) * torch.tensor([0.3, 0.1, 0.05])[:, None] + 0.4
    goal[1] += goal[0] ** 2
    levels = quantiles(directions() @ goal)
    moved = sliced_transfer(colours, levels, 10)
    assert sliced_wasserstein(moved, levels, directions()) < 1e-4 < sliced_wasserstein(colours, levels, directions())
    assert sliced_transfer(colours, levels, 10, 0.0).equal(colours)
    half = sliced_transfer(colours, levels, 10, 0.5)
    torch.testing.assert_close(half, (colours + moved) / 2)
