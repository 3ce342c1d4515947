"""Laws of the filters that make a picture locally affine in the content's colours."""

import math

import pytest
import torch

from matting.guided import guided_filter
from photostyle.errors import OptionError
from photostyle.methods.pixels import local_affine
from photostyle.methods.pixels.local_affine import refine_posterization, smooth_local_affine


def pictures(height=9, width=11, seed=0):
    random = torch.Generator().manual_seed(seed)
    return torch.rand(3, height, width, generator=random), torch.rand(3, height, width, generator=random)


def by_loops(picture, content, radius, edge, ridge=1e-3):
    """The definition, a pixel at a time, in float64."""
    picture, content = picture.double(), content.double()
    height, width = content.shape[1:]
    maps = torch.zeros(height, width, 4, 3, dtype=torch.float64)
    for y in range(height):
        for x in range(width):
            box = (slice(max(y - 1, 0), y + 2), slice(max(x - 1, 0), x + 2))
            colours = content[:, *box].flatten(1).T
            rows = torch.cat([colours, torch.ones(len(colours), 1)], 1)
            count = len(colours) / 9  # the ridge is on sums over nine pixels; windows cut at the border have fewer
            penalty = torch.diag(torch.tensor([ridge, ridge, ridge, 0], dtype=torch.float64)) * count
            maps[y, x] = torch.linalg.solve(rows.T @ rows + penalty, rows.T @ picture[:, *box].flatten(1).T)
    result = torch.zeros_like(content)
    for y in range(height):
        for x in range(width):
            total, weights = torch.zeros(4, 3, dtype=torch.float64), 0.0
            for v in range(max(y - radius, 0), min(y + radius + 1, height)):
                for u in range(max(x - radius, 0), min(x + radius + 1, width)):
                    apart = (content[:, v, u] - content[:, y, x]).pow(2).mean()
                    near = ((v - y) ** 2 + (u - x) ** 2) / (2 * (radius / 3) ** 2)
                    weight = math.exp(-near - apart / (2 * edge**2))
                    total, weights = total + weight * maps[v, u], weights + weight
            result[:, y, x] = torch.cat([content[:, y, x], torch.ones(1)]) @ (total / weights)
    return result


def test_the_filter_is_its_definition(monkeypatch):
    monkeypatch.setattr(local_affine, "_STRIP", 30)  # several strips, joined
    picture, content = pictures()
    expected = by_loops(picture, content, 3, 0.2)
    torch.testing.assert_close(smooth_local_affine(picture, content, 3, 0.2).double(), expected, atol=2e-4, rtol=0)


@pytest.mark.parametrize("size", [(1, 1), (2, 7), (31, 5)])
def test_a_constant_stays_constant_at_any_size(size):
    content = pictures(*size)[1]
    flat = torch.tensor([0.2, 0.5, 0.9])[:, None, None].expand_as(content).contiguous()
    torch.testing.assert_close(smooth_local_affine(flat, content, 4), flat)


def test_an_affine_recolouring_is_kept_where_the_content_has_contrast():
    content = pictures(24, 24)[1]
    recoloured = torch.einsum("vc,chw->vhw", torch.tensor([[0.5, 0.2, 0], [0, 0.6, 0.1], [0.1, 0, 0.4]]), content) + 0.1
    assert (smooth_local_affine(recoloured, content, 5) - recoloured).abs().max() < 0.02


def test_noise_that_the_content_lacks_is_removed():
    ramp = torch.linspace(0.2, 0.8, 40).expand(3, 40, 40).contiguous()
    noisy = ramp + 0.1 * torch.randn(ramp.shape, generator=torch.Generator().manual_seed(0))
    error = lambda v: (v - ramp).pow(2).mean().sqrt()
    assert error(smooth_local_affine(noisy, ramp)) < 0.3 * error(noisy)


def test_refinement_adds_what_the_guided_filter_takes():
    picture, content = pictures(20, 20)
    filtered = guided_filter(content[None], content[None], 8, 0.01)[0]
    torch.testing.assert_close(refine_posterization(picture, content), picture + content - filtered)
    torch.testing.assert_close(refine_posterization(picture, torch.full_like(content, 0.5)), picture)


def test_pictures_of_two_sizes_are_refused():
    with pytest.raises(OptionError, match=r"must both have shape \(3, H, W\), got \(3, 4, 5\) and \(3, 5, 4\); resize"):
        smooth_local_affine(torch.zeros(3, 4, 5), torch.zeros(3, 5, 4))
