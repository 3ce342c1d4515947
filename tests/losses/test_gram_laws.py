"""Laws of the masked Gram matrices, tried on features and masks of several sizes."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from photostyle.losses import gram_distance, masked_gram

SHAPES = st.tuples(st.integers(1, 6), st.integers(1, 9), st.integers(1, 9))  # channels, height, width
SEEDS = st.integers(0, 1000)


def drawn(shape, regions, seed):
    """Features (C, H, W), and masks (R, H, W) that are 1 together."""
    generator = torch.Generator().manual_seed(seed)
    features = torch.rand(shape, generator=generator, dtype=torch.float64) - 0.3
    masks = torch.rand(regions, *shape[1:], generator=generator, dtype=torch.float64) + 0.01
    return features, masks / masks.sum(0), generator


@given(SHAPES, st.integers(1, 4), SEEDS)
def test_the_order_of_the_pixels_is_no_matter(shape, regions, seed):
    features, masks, generator = drawn(shape, regions, seed)
    order = torch.randperm(shape[1] * shape[2], generator=generator)
    shuffled = masked_gram(features.flatten(1)[:, order].view_as(features), masks.flatten(1)[:, order].view_as(masks))
    torch.testing.assert_close(shuffled, masked_gram(features, masks))


@given(SHAPES, st.integers(1, 4), SEEDS, st.floats(0.1, 3))
def test_they_are_symmetric_without_negative_directions_and_of_degree_two(shape, regions, seed, gain):
    features, masks, _ = drawn(shape, regions, seed)
    gram = masked_gram(features, masks)
    torch.testing.assert_close(gram, gram.mT)
    assert torch.linalg.eigvalsh(gram).min() > -1e-12
    torch.testing.assert_close(masked_gram(gain * features, masks), gain**2 * gram)


@given(SHAPES, st.integers(1, 4), SEEDS)
def test_the_regions_weigh_together_what_the_whole_weighs(shape, regions, seed):
    features, masks, _ = drawn(shape, regions, seed)
    shares = masks.flatten(1).mean(1)
    whole = masked_gram(features, torch.ones_like(masks[:1]))[0]
    torch.testing.assert_close(torch.einsum("r,rij->ij", shares, masked_gram(features, masks)), whole)


@given(SHAPES, st.integers(1, 4), SEEDS)
def test_the_distance_is_zero_to_itself_alone(shape, regions, seed):
    features, masks, _ = drawn(shape, regions, seed)
    gram = masked_gram(features, masks)
    assert torch.equal(gram_distance(gram, gram), torch.zeros(regions, dtype=torch.float64))
    torch.testing.assert_close(gram_distance(3 * gram, gram), torch.full((regions,), 4.0, dtype=torch.float64))
