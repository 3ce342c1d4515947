"""The guided filter against its definition, window by window; its coefficients on larger guides and on tiles."""

import pytest
import torch
from torch.nn.functional import interpolate

from matting import apply_coefficients, guided_coefficients, guided_filter
from matting.boxes import box_mean, running_sum, window_sums


def random(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def by_definition(guide, source, radius, epsilon):
    """Least squares in each window, then the mean of the coefficients of the windows round each pixel."""
    channels, height, width = guide.shape
    a, b = torch.zeros(channels, height, width).double(), torch.zeros(height, width).double()

    def window(y, x):
        return slice(max(0, y - radius), y + radius + 1), slice(max(0, x - radius), x + radius + 1)

    for y in range(height):
        for x in range(width):
            rows, columns = window(y, x)
            colours, p = guide[:, rows, columns].flatten(1), source[rows, columns].flatten()
            d = colours - colours.mean(1, keepdim=True)
            S = d @ d.T / len(p) + epsilon * torch.eye(channels, dtype=torch.float64)
            a[:, y, x] = torch.linalg.solve(S, d @ (p - p.mean()) / len(p))
            b[y, x] = p.mean() - a[:, y, x] @ colours.mean(1)
    q = torch.zeros_like(source)
    for y in range(height):
        for x in range(width):
            rows, columns = window(y, x)
            q[y, x] = a[:, rows, columns].mean((1, 2)) @ guide[:, y, x] + b[rows, columns].mean()
    return q


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 8, 11])
def test_running_sum(size):
    x = random(4, 11)
    assert torch.allclose(running_sum(x, size, -1), x.unfold(-1, size, 1).sum(-1))


@pytest.mark.parametrize("radius", [1, 3, 20])
def test_box_mean_divides_by_the_pixels_inside(radius):
    x = random(2, 9, 13)
    assert torch.allclose(box_mean(torch.ones_like(x), radius), torch.ones_like(x))
    corner = x[:, : radius + 1, : radius + 1].mean((1, 2))
    assert torch.allclose(box_mean(x, radius)[:, 0, 0], corner)
    if radius == 1:
        assert torch.allclose(box_mean(x, 1)[:, 1:-1, 1:-1], window_sums(x, 3) / 9)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_equal_to_the_definition(channels):
    guide, source = random(1, channels, 7, 9), random(1, 2, 7, 9, seed=1)
    output = guided_filter(guide, source, 2, 1e-2)
    for c in range(2):
        assert torch.allclose(output[0, c], by_definition(guide[0], source[0, c], 2, 1e-2))


def test_affine_sources_pass_and_constants_stay():
    guide = random(2, 3, 12, 11)
    affine = 0.5 * guide[:, :1] - 0.2 * guide[:, 2:] + 0.1
    assert torch.allclose(guided_filter(guide, affine, 3, 1e-10), affine, atol=1e-6)
    flat = torch.full((2, 1, 12, 11), 0.3, dtype=torch.float64)
    assert torch.allclose(guided_filter(guide, flat, 3, 1e-2), flat)


def test_float32_keeps_enough_digits():
    guide, source = random(1, 3, 40, 50), random(1, 1, 40, 50, seed=1)
    exact = guided_filter(guide, source, 8, 1e-5)
    assert (guided_filter(guide.float(), source.float(), 8, 1e-5) - exact).abs().max() < 1e-4


def test_batches_and_one_guide_for_many_sources():
    guide, source = random(1, 3, 8, 9), random(3, 2, 8, 9, seed=1)
    together = guided_filter(guide, source, 2, 1e-2)
    assert torch.allclose(together[1:2], guided_filter(guide, source[1:2], 2, 1e-2))


def test_coefficients_carry_to_a_larger_guide_and_its_tiles():
    a, b = guided_coefficients(random(1, 3, 9, 7), random(1, 2, 9, 7, seed=1), 2, 1e-2)
    large = random(1, 3, 31, 20, seed=2)
    output = apply_coefficients(a, b, large)
    big_a = interpolate(a.flatten(1, 2), size=(31, 20), mode="bilinear").unflatten(1, (2, 3))
    expected = (big_a * large[:, None]).sum(2) + interpolate(b, size=(31, 20), mode="bilinear")
    assert torch.allclose(output, expected)
    tile = apply_coefficients(a, b, large[:, :, 7:20, 3:11], (7, 3), (31, 20))
    assert torch.equal(tile, output[:, :, 7:20, 3:11])


def test_a_tile_of_a_guide_of_the_coefficients_own_size():
    guide = random(1, 3, 12, 9)
    a, b = guided_coefficients(guide, guide[:, :1], 2, 1e-3)
    tile = apply_coefficients(a, b, guide[:, :, 4:8, 2:9], (4, 2), (12, 9))
    assert torch.equal(tile, apply_coefficients(a, b, guide)[:, :, 4:8, 2:9])


def test_gradient():
    guide, source = random(1, 3, 4, 5).requires_grad_(), random(1, 1, 4, 5, seed=1).requires_grad_()
    assert torch.autograd.gradcheck(lambda guide, source: guided_filter(guide, source, 1, 1e-1), (guide, source))


@pytest.mark.parametrize(
    ("guide", "source", "radius", "message"),
    [
        (torch.rand(3, 4, 5), torch.rand(1, 4, 5), 1, r"must have shape \(B, C, H, W\), got .*; add a batch axis"),
        (torch.rand(1, 3, 4, 5), torch.rand(1, 1, 4, 6), 1, r"same height and width, got \(4, 5\) and \(4, 6\)"),
        (torch.rand(1, 3, 4, 5), torch.rand(1, 1, 4, 5).double(), 1, "must be floats of one type"),
        (torch.rand(1, 3, 4, 5), torch.rand(1, 1, 4, 5), 0, "radius must be at least 1 and epsilon above 0, got 0"),
    ],
)
def test_errors(guide, source, radius, message):
    with pytest.raises(ValueError, match=message):
        guided_filter(guide, source, radius, 1e-2)


def test_tile_outside_is_refused():
    a, b = guided_coefficients(random(1, 3, 4, 4), random(1, 1, 4, 4), 1, 1e-2)
    with pytest.raises(ValueError, match=r"guide must lie inside the full size 8 x 8, got 4 x 4 at \(6, 0\)"):
        apply_coefficients(a, b, random(1, 3, 4, 4), (6, 0), (8, 8))
