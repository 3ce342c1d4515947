"""Laws of the losses."""

import pytest
import torch
from torch.nn import functional as F

from photostyle.losses import (
    Evenness,
    LightOrder,
    gram_distance,
    masked_gram,
    photorealism,
    total_variation,
)
from photostyle.losses.order import BoxMean


@pytest.fixture
def random():
    return torch.Generator().manual_seed(0)


def test_gram_equals_its_definition_and_its_gradient(random):
    f = torch.rand(4, 5, 6, generator=random, dtype=torch.float64, requires_grad=True)
    m = torch.rand(3, 5, 6, generator=random, dtype=torch.float64)
    m[:, :2] = 0
    flat = f.flatten(1)
    expected = torch.stack([flat * w @ flat.T / w.sum() for w in m.flatten(1)])
    torch.testing.assert_close(masked_gram(f, m), expected)
    assert torch.autograd.gradcheck(lambda x: masked_gram(x, m), f)


def test_gram_does_not_see_where_pixels_are(random):
    f, order = torch.rand(4, 5, 6, generator=random), torch.randperm(30, generator=random)
    m = torch.rand(2, 5, 6, generator=random)
    shuffled = masked_gram(f.flatten(1)[:, order].view_as(f), m.flatten(1)[:, order].view_as(m))
    torch.testing.assert_close(masked_gram(f, m), shuffled)


def test_a_mask_of_ones_is_no_mask(random):
    f = torch.rand(4, 5, 6, generator=random)
    torch.testing.assert_close(masked_gram(f, torch.ones(1, 5, 6))[0], f.flatten(1) @ f.flatten(1).T / 30)


def test_an_empty_mask_gives_zero_not_nan(random):
    f = torch.rand(4, 5, 6, generator=random, requires_grad=True)
    gram = masked_gram(f, torch.zeros(1, 5, 6))
    assert torch.equal(gram, torch.zeros(1, 4, 4))
    gram_distance(gram, torch.ones(1, 4, 4)).sum().backward()
    assert torch.isfinite(f.grad).all()


def test_gram_distance_is_relative(random):
    a, b = torch.rand(2, 3, 3, generator=random), torch.rand(2, 3, 3, generator=random)
    torch.testing.assert_close(gram_distance(a, b), gram_distance(10 * a, 10 * b))
    assert gram_distance(b, b).sum() == 0


def test_light_order(random):
    content = torch.rand(3, 20, 24, generator=random)
    order = LightOrder(content)
    assert order(content) < 1e-5
    assert order(content * 0.5 + 0.2) < 1e-5  # a darker photo keeps its order
    assert order(1 - content) > 1  # a negative reverses it
    assert order(torch.full_like(content, 0.5)) > 0.1  # a flat one loses it


def test_photorealism_is_the_quadratic_form_and_its_gradient(random):
    a = torch.rand(12, 12, generator=random, dtype=torch.float64)
    laplacian = (a + a.T).to_sparse_csr()
    v = torch.rand(3, 3, 4, generator=random, dtype=torch.float64, requires_grad=True)
    expected = sum(c @ (a + a.T) @ c for c in v.flatten(1)) / 12
    torch.testing.assert_close(photorealism(v, laplacian), expected)
    assert torch.autograd.gradcheck(lambda x: photorealism(x, laplacian), v)


def test_variation_is_the_mean_squared_step_across_and_down():
    steps = torch.tensor([[0.0, 1.0, 3.0], [0.0, 1.0, 3.0]])  # across 1 and 4, down 0
    assert total_variation(steps) == total_variation(steps.T) == 2.5
    assert total_variation(steps + 7) == 2.5 and total_variation(2 * steps) == 10
    assert total_variation(torch.ones(3, 4, 5)) == 0
    rows = torch.arange(4.0)[:, None].expand(3, 4, 5)
    columns = torch.arange(5.0).expand(3, 4, 5)
    assert total_variation(2 * rows) == 4  # the squared step, in the one direction that has any
    assert total_variation(2 * rows + 3 * columns) == 4 + 9


def test_evenness_is_no_matter_for_an_affine_change_and_sees_a_ramp_of_colour_more_than_one_of_light(random):
    content = torch.rand(3, 60, 120, generator=random) * 0.05 + 0.6
    even = Evenness(content)
    assert even(0.5 * content.flip(0) + 0.1) < 1e-6
    ramp = torch.linspace(-0.2, 0.2, 120)
    light, colour = content + ramp, content + ramp * torch.tensor([1.0, 0.0, -1.0])[:, None, None]
    assert even(colour) > 4 * even(light) > 0


@pytest.mark.parametrize("size", [(3, 400), (400, 16), (16, 16)])
def test_evenness_takes_narrow_photos(size, random):
    content = torch.rand(3, *size, generator=random)
    even = Evenness(content)
    assert even(content) < 1e-5
    assert even(torch.rand(3, *size, generator=random)) > 0.1


def test_light_orders_gradient_is_its_own(random):
    content = torch.rand(3, 12, 14, generator=random, dtype=torch.float64)
    picture = torch.rand(3, 12, 14, generator=random, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(LightOrder(content, keep=0.2), picture)


@pytest.mark.parametrize("box", [1, 3, 5])
def test_box_means_and_their_gradient_are_those_of_pooling(random, box):
    y = torch.rand(7, 9, generator=random, dtype=torch.float64, requires_grad=True)
    mean = BoxMean(y.detach(), box)
    torch.testing.assert_close(mean(y), F.avg_pool2d(y[None], box, 1, box // 2, count_include_pad=False)[0])
    assert torch.autograd.gradcheck(mean, y)
