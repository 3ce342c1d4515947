"""Alpha mattes: exact where the colour line model holds, and borders that move to the edges of the photo."""

import pytest
import torch
from torch.nn.functional import avg_pool2d

from matting import alpha_from_trimap, matting_laplacian, refine_mask


def composite(height=40, width=50):
    """A blurred disc of one colour line over another: alpha is affine in the colours everywhere."""
    y, x = torch.meshgrid(torch.arange(height).double(), torch.arange(width).double(), indexing="ij")
    disc = ((y - 20) ** 2 + (x - 25) ** 2 < 144).double()
    alpha = avg_pool2d(disc[None, None], 5, 1, 2)[0, 0]
    generator = torch.Generator().manual_seed(0)
    shade = torch.rand(height, width, generator=generator, dtype=torch.float64) * 0.1
    front, back = torch.tensor([0.9, 0.5, 0.1]).double(), torch.tensor([0.1, 0.3, 0.8]).double()
    return alpha * front[:, None, None] + (1 - alpha) * back[:, None, None] + shade, alpha, disc


def test_recovers_the_alpha_of_a_composite():
    image, alpha, _ = composite()
    trimap = torch.where(alpha > 0.99, 1.0, torch.where(alpha < 0.01, 0.0, 0.5)).double()
    y, x = torch.meshgrid(torch.arange(40), torch.arange(50), indexing="ij")
    trimap[(((y - 20) ** 2 + (x - 25) ** 2) ** 0.5 - 12).abs() < 6] = 0.5
    steps = []
    solution = alpha_from_trimap(image, trimap, tolerance=1e-8, callback=lambda *step: steps.append(step))
    assert solution.converged and len(steps) == solution.iterations
    assert solution.x.shape == alpha.shape and solution.x.dtype == image.dtype
    assert (solution.x - alpha).abs().max() < 1e-3


def test_matte_minimises_the_form_and_keeps_what_is_known():
    image = torch.rand(3, 12, 13, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    trimap = torch.full((12, 13), 0.5, dtype=torch.float64)
    trimap[:, :2], trimap[:, -2:] = 0, 1
    solution = alpha_from_trimap(image, trimap, epsilon=1e-1, tolerance=1e-12)
    L, unknown = matting_laplacian(image, 1e-1).to_dense(), (trimap == 0.5).flatten()
    b = -L[unknown][:, ~unknown] @ trimap.flatten()[~unknown]
    expected = trimap.flatten().clone()
    expected[unknown] = torch.linalg.solve(L[unknown][:, unknown], b)
    assert torch.allclose(solution.x.flatten(), expected.clamp(0, 1), atol=1e-8)
    assert torch.equal(solution.x[:, :2], trimap[:, :2]) and torch.equal(solution.x[:, -2:], trimap[:, -2:])


def test_trimap_of_known_pixels_alone_needs_no_iterations():
    image, _, disc = composite()
    solution = alpha_from_trimap(image, disc)
    assert solution.iterations == 0 and solution.converged and torch.equal(solution.x, disc)


def test_refined_mask_moves_to_the_edge_and_stays_outside_the_band():
    image, alpha, disc = composite()
    rough = disc.roll(3, 1)
    solution = refine_mask(image, rough, 6, epsilon=1e-7, tolerance=1e-6)
    assert solution.converged
    assert (solution.x - alpha).abs().mean() < 0.1 * (rough - alpha).abs().mean()
    far = (alpha < 0.01) & (rough == 0)
    far[10:30, :] = far[:, 6:] = False
    assert torch.equal(solution.x[far], rough[far])
    assert 0 <= solution.x.min() and solution.x.max() <= 1


def test_several_masks_still_sum_to_one():
    image, _, disc = composite()
    left = (torch.arange(50) < 25).double().expand(40, 50)
    masks = torch.stack([disc, (1 - disc) * left, (1 - disc) * (1 - left)]).float()
    solution = refine_mask(image.float(), masks, 4)
    assert solution.converged and solution.x.shape == masks.shape and solution.x.dtype == torch.float32
    assert (solution.x.sum(0) - 1).abs().max() < 1e-6
    assert solution.x.min() >= 0


def test_one_mask_is_the_first_of_two():
    image, _, disc = composite()
    alone = refine_mask(image, disc, 4, tolerance=1e-8).x
    pair = refine_mask(image, torch.stack([disc, 1 - disc]), 4, tolerance=1e-8).x
    assert torch.allclose(alone, pair[0], atol=1e-4)


@pytest.mark.parametrize("mask", [torch.zeros(40, 50), torch.ones(40, 50), torch.full((2, 40, 50), 0.5)])
def test_mask_without_border_comes_back(mask):
    solution = refine_mask(composite()[0], mask, 4)
    assert solution.iterations == 0 and torch.equal(solution.x, mask)


def test_errors():
    image, _, disc = composite()
    with pytest.raises(ValueError, match="some pixels must be known, got none; give a trimap with 0s and 1s"):
        alpha_from_trimap(image, torch.full((40, 50), 0.5))
    with pytest.raises(ValueError, match=r"trimap must have the image's height and width \(40, 50\), got \(50, 40\)"):
        alpha_from_trimap(image, disc.T)
    with pytest.raises(ValueError, match="band must be a whole number of pixels, at least 1, got 0"):
        refine_mask(image, disc, 0)
    with pytest.raises(ValueError, match="mask must hold floats, in 0 to 1, got torch.bool"):
        refine_mask(image, disc > 0, 3)
    with pytest.raises(ValueError, match="image must be at least 3 x 3 pixels"):
        refine_mask(torch.rand(3, 2, 4), torch.tensor([[0.0, 0, 1, 1]] * 2), 1)
    with pytest.raises(ValueError, match="some pixels must be known, got none; .* or a narrower band"):
        refine_mask(image, disc, 100)
