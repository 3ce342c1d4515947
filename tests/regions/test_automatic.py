"""Regions from a segmenter: specks go where they fit, the rest follows the photo."""

import numpy as np
import pytest
import torch

from photostyle.errors import MaskError
from photostyle.regions import Regions, segment_photo
from photostyle.regions.specks import borders, merge_specks, without_islands


def blocks(names, labels):
    labels = torch.as_tensor(labels)
    masks = torch.stack([(labels == r).float() for r in range(len(names))])
    return Regions(tuple(names), masks, tuple((r, r, r) for r in range(len(names))))


def scene():
    """Sky over grass, with a speck of vegetation on the border, longer on the sky's side."""
    labels = np.zeros((60, 80), int)
    labels[30:] = 1
    labels[25:31, 40:45] = 2
    return labels


def test_a_speck_goes_to_its_kin_first():
    merged = merge_specks(blocks(("sky", "grass", "vegetation"), scene()))
    assert merged.names == ("sky", "grass")
    assert merged.masks[1, 27, 42] == 1
    stranger = merge_specks(blocks(("sky", "grass", "moose"), scene()))
    assert stranger.masks[0, 27, 42] == 1


def test_a_region_large_enough_stays():
    assert merge_specks(blocks(("sky", "grass", "vegetation"), scene()), least=0.004).names == ("sky", "grass", "vegetation")


def test_borders_are_shares():
    meet = borders(blocks(("sky", "grass", "vegetation"), scene()))
    assert torch.allclose(meet.sum(1), torch.ones(3))
    assert meet[2, 0] > meet[2, 1] > 0


def test_islands_go_to_what_is_around_them():
    labels = scene()
    labels[10:12, 10:12] = 1
    cleaned = without_islands(blocks(("sky", "grass", "vegetation"), labels), 2e-3)
    assert cleaned.masks[0, 10:12, 10:12].min() == 1
    assert cleaned.names == ("sky", "grass", "vegetation")


class Fake:
    classes = ("sky", "grass", "person")

    def __call__(self, pixels):
        self.probabilities = torch.full((3, 12, 16), 0.1)
        self.probabilities[0, :6] = self.probabilities[1, 6:] = 0.8
        return self


def test_a_photo_is_segmented_with_edges_that_follow_it():
    labels = np.mgrid[:96, :128][0] > 50
    pixels = np.where(labels[..., None], (0.2, 0.4, 0.1), (0.5, 0.7, 0.9)).astype(np.float32)
    regions = segment_photo(pixels, Fake(), size=64)
    assert regions.names == ("sky", "grass")
    assert regions.size == (64, 48)
    assert regions.features.shape == (2, 3)
    full = segment_photo(pixels, Fake())
    assert (full.masks[1] - torch.from_numpy(labels).float()).abs().mean() < 0.005
    assert full.colours[0] == (110, 180, 255)


class Embedding(Fake):
    """Says beside its classes that the upper half is one thing and the lower one two, left and right."""

    def __call__(self, pixels):
        self.embedding = torch.zeros(3, 6, 8)
        self.embedding[0, :3] = self.embedding[1, 3:, :4] = self.embedding[2, 3:, 4:] = 1
        return super().__call__(pixels)


def test_regions_have_the_mean_direction_of_what_they_show():
    pixels = np.full((96, 128, 3), 0.5, np.float32)
    regions = segment_photo(pixels, Embedding(), refine=False)
    expected = torch.tensor([[1.0, 0, 0], [0, 0.5**0.5, 0.5**0.5]])
    torch.testing.assert_close(regions.embedding, expected, atol=0.05, rtol=0)
    without = segment_photo(pixels, Fake(), refine=False)
    assert without.embedding is None
    assert torch.equal(regions.masks, without.masks) and torch.equal(regions.features, without.features)
    seen = torch.ones(96, 128)
    seen[:, 64:] = 0  # only the left is seen
    half = segment_photo(pixels, Embedding(), refine=False, visible=seen)
    assert half.embedding[1, 1] > 0.95


def test_an_embedding_goes_with_its_regions():
    pixels = np.full((96, 128, 3), 0.5, np.float32)
    regions = segment_photo(pixels, Embedding(), refine=False)
    assert torch.equal(regions.subset(["grass"]).embedding, regions.embedding[1:])
    merged = regions.merged({"grass": "sky"}).embedding
    torch.testing.assert_close(merged.norm(dim=1), torch.ones(1))
    assert merged[0, 0] > 0.7 and merged[0, 1] > 0.4


def test_an_embedding_of_other_regions_is_refused():
    with pytest.raises(MaskError, match=r"embedding must have shape \(1, F\), got \(2, 3\)"):
        Regions(("all",), torch.ones(1, 4, 4), ((0, 0, 0),), embedding=torch.zeros(2, 3))


def test_kin_are_nearly_alike():
    from photostyle.regions.automatic import class_features

    root = class_features(("sky", "grass", "vegetation"))
    likeness = root @ root.T
    assert likeness[1, 2] > 0.7 and likeness[0, 1].abs() < 0.05 and torch.allclose(likeness.diagonal(), torch.ones(3), atol=0.05)
    assert torch.allclose(class_features(("a", "b")), torch.eye(2))
