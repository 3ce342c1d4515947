"""Hands: which pictures are alike, how several mix, and that a picture's parts add up to the whole."""

import pytest
import torch

from photostyle.losses import nearest_distance
from photostyle.methods.paint.hands import Gram, Moments, Nearest, Styled

ONE = torch.ones(1)


def planes(seed, height=16, width=16, channels=4, mean=0.0):
    return torch.rand(channels, height, width, generator=torch.Generator().manual_seed(seed)) + mean


def styled(features, share=1.0):
    return Styled({"a": features}, {"a": torch.ones(1, *features.shape[1:])}, torch.tensor([share]))


def sums_of(hand, features):
    mask = torch.ones(1, *features.shape[1:])
    return hand.sums({"a": features}, {"a": mask / mask.sum()})


def apart(hand, features):
    return float(next(iter(hand.distances(sums_of(hand, features)).values())))


@pytest.mark.parametrize("kind", [Gram, Moments, Nearest])
def test_the_style_is_like_itself_and_the_order_of_pixels_does_not_matter(kind):
    features = planes(0) * torch.tensor([1, 0.1, 0.1, 0.1])[:, None, None]  # they vary in one direction
    hand = kind([styled(features)])
    shuffled = features.flatten(1)[:, torch.randperm(256, generator=torch.Generator().manual_seed(1))].view_as(features)
    assert apart(hand, features) < 0.02 and apart(hand, shuffled) == pytest.approx(apart(hand, features), abs=1e-3)
    assert apart(hand, planes(3)) > 0.05


@pytest.mark.parametrize("kind", [Gram, Moments])
def test_parts_add_up_to_the_whole(kind):
    features = planes(0)
    hand = kind([styled(planes(5))])
    mask = torch.full((1, 16, 16), 1 / 256)
    whole = hand.sums({"a": features}, {"a": mask})["a"]
    left, right = (hand.sums({"a": features[:, :, part]}, {"a": mask[:, :, part]})["a"] for part in (slice(0, 6), slice(6, 16)))
    assert torch.allclose(left + right, whole, atol=1e-5)


def test_two_styles_mix_by_second_moments_and_not_by_covariances():
    """Two flat styles of different colours: the mixture has the spread between them, which neither has."""
    black, white = torch.zeros(1, 8, 8), torch.ones(1, 8, 8)
    hand = Moments([styled(black, 0.5), styled(white, 0.5)])
    second = hand.goals["a"][0]
    mean, spread = second[0, 1], second[0, 0] - second[0, 1] ** 2
    assert float(mean) == pytest.approx(0.5) and float(spread) == pytest.approx(0.25)
    half = torch.cat([black[:, :4], white[:, 4:]], 1)
    assert apart(hand, half) < 0.02 < apart(hand, torch.full((1, 8, 8), 0.5))


def test_nearest_features_are_pooled_by_share():
    ours, theirs = planes(0), planes(1, mean=3.0)
    pool = Nearest([styled(ours, 0.75), styled(theirs, 0.25)]).samples[0]
    assert pool is not None and 256 <= len(pool) <= 512
    assert Nearest([styled(ours, 1.0), styled(theirs, 0.0)]).samples[0].shape == (256, 4)


def test_a_region_without_pixels_is_borne():
    features = planes(0)
    masks = torch.stack([torch.ones(16, 16), torch.zeros(16, 16)])
    for kind in (Gram, Moments, Nearest):
        hand = kind([Styled({"a": features}, {"a": masks}, torch.tensor([1.0, 0.0]))])
        sums = hand.sums({"a": features}, {"a": masks / 256})
        assert all(each.isfinite().all() for each in hand.distances(sums).values())


def test_a_nearest_distance_has_a_gradient_towards_its_sample():
    features = torch.tensor([[1.0, 0.4]], requires_grad=True)
    nearest_distance(features, torch.tensor([[1.0, 0.0], [-1.0, 0.0]])).sum().backward()
    assert features.grad is not None and float(features.grad[0, 1]) > 0
