"""Regions are a partition of unity, and stay one."""

import pytest
import torch

from photostyle.errors import MaskError, OptionError
from photostyle.regions import Regions, whole


def three(height=7, width=11, seed=0):
    generator = torch.Generator().manual_seed(seed)
    masks = torch.rand((3, height, width), generator=generator).softmax(0)
    return Regions(("sky", "sea", "hill"), masks, ((0, 0, 255), (0, 255, 255), (0, 255, 0)))


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (7, 11), (13, 17), (4, 40), (40, 4), (14, 22)])
def test_resizing_keeps_the_partition(size):
    masks = three().resized(size).masks
    assert masks.shape == (3, *size)
    assert torch.allclose(masks.sum(0), torch.ones(size), atol=1e-5)


def test_shrinking_is_the_exact_area_average():
    regions = three(6, 9)
    expected = regions.masks.reshape(3, 2, 3, 3, 3).mean((2, 4))
    assert torch.allclose(regions.resized((2, 3)).masks, expected, atol=1e-6)
    assert regions.resized((4, 5)).shares() == pytest.approx(regions.shares(), abs=1e-6)


def test_the_same_size_is_the_same_object():
    regions = three()
    assert regions.resized((7, 11)) is regions


def test_merged_adds_masks_and_keeps_the_targets_swatch():
    merged = three().merged({"sky": "sea"})
    assert merged.names == ("sea", "hill")
    assert merged.colours == ((0, 255, 255), (0, 255, 0))
    assert torch.allclose(merged.masks[0], three().masks[:2].sum(0))
    assert three().merged({"sky": "clouds"}).names == ("clouds", "sea", "hill")


def test_without_empty_drops_and_keeps_the_partition():
    masks = torch.zeros((2, 4, 4))
    masks[0] = 1
    regions = Regions(("a", "b"), masks, ((0, 0, 0), (9, 9, 9))).without_empty()
    assert regions.names == ("a",)
    assert regions.shares() == (1.0,)


def test_whole_is_one_region():
    assert whole((3, 5)).names == ("all",)
    assert whole((3, 5)).size == (5, 3)


def test_what_is_no_partition_is_refused():
    with pytest.raises(MaskError, match="sum to 1 at each pixel, got sums from 2.000 to 2.000"):
        Regions(("a", "b"), torch.ones((2, 3, 3)), ((0, 0, 0), (1, 1, 1)))
    with pytest.raises(MaskError, match="different names"):
        Regions(("a", "a"), torch.ones((2, 3, 3)) / 2, ((0, 0, 0), (1, 1, 1)))
    with pytest.raises(MaskError, match="float32 tensor of shape"):
        Regions(("a",), torch.ones((1, 3, 3), dtype=torch.float64), ((0, 0, 0),))
    with pytest.raises(OptionError, match="the regions are sky, sea, hill"):
        three().merged({"moon": "sky"})
