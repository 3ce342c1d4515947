"""Found regions that were painted over in part: the others stay as they were found."""

import numpy as np
import pytest
import torch

from photostyle import Session
from photostyle.photo import WorkingCopy, open_photo
from photostyle.regions import Regions
from photostyle.studio.masks import PaintedMask
from photostyle.studio.painted_over import painted_over
from tests.studio.conftest import sample

COLOURS = ((0, 0, 255), (0, 255, 0), (255, 0, 0))


@pytest.fixture
def session():
    return Session("cpu", cache=False)


@pytest.fixture
def copy():
    return WorkingCopy.of(open_photo(sample(0, (192, 128))))


@pytest.fixture
def found():
    """Sky over ground with a soft border, and what a segmenter saw in them."""
    sky = torch.linspace(4, -3, 128)[:, None].clamp(0, 1).expand(128, 192)
    embedding = torch.tensor([[1.0, 0.0, 0.0], [0.0, 0.6, 0.8]])
    return Regions(("sky", "ground"), torch.stack([sky, 1 - sky]), COLOURS[:2], ("a note",), torch.eye(2), embedding=embedding)


def labels_of(found: Regions) -> np.ndarray:
    return found.labels().numpy().astype(np.uint8)


def test_what_was_not_painted_stays_as_it_was_found(session, copy, found):
    labels = labels_of(found)
    mask = PaintedMask(labels, ("sky", "earth"), COLOURS[:2], found=(("sky",), ("ground",)))
    made = painted_over(mask, found, copy, session)
    assert made.names == ("sky", "earth")
    assert torch.allclose(made.masks, found.masks, atol=1e-6)
    assert torch.equal(made.features, found.features)
    assert torch.allclose(made.embedding, found.embedding)  # by which doubtful pairs are told
    assert made.named == {"earth"}  # a name that a person gave
    assert made.notes == found.notes


def test_a_part_that_was_painted_is_by_hand(session, copy, found):
    labels = labels_of(found)
    labels[90:120, 100:180] = 2
    mask = PaintedMask(labels, ("sky", "ground", "hat"), COLOURS, found=(("sky",), ("ground",), ()))
    made = painted_over(mask, found, copy, session)
    assert made.named == {"hat"}
    assert torch.allclose(made.masks.sum(0), torch.ones(128, 192), atol=1e-4)
    assert torch.allclose(made.masks[:2, :80], found.masks[:, :80], atol=1e-6)  # far from what was painted
    assert made.masks[2, 105, 140] > 0.9
    assert torch.allclose(made.features[0], found.features[0])
    assert torch.allclose(made.embedding.norm(dim=1), torch.ones(3))
    assert torch.allclose(made.features[2], found.features[1])  # where it was painted, ground had been found


def test_regions_that_were_merged_stay_found(session, copy, found):
    mask = PaintedMask(np.zeros((128, 192), np.uint8), ("ground",), COLOURS[1:2], found=(("ground", "sky"),))
    made = painted_over(mask, found, copy, session)
    assert made.named == frozenset()
    assert torch.allclose(made.masks, torch.ones(1, 128, 192))


def test_hard_edges_are_exactly_as_painted(session, copy, found):
    labels = labels_of(found)
    mask = PaintedMask(labels, ("sky", "ground"), COLOURS[:2], hard=True, found=(("sky",), ("ground",)))
    made = painted_over(mask, found, copy, session)
    assert torch.equal(made.masks, torch.from_numpy(np.stack([labels == 0, labels == 1])).float())
    assert torch.equal(made.features, found.features)
    assert torch.allclose(made.embedding, found.embedding)  # by which doubtful pairs are told


def test_regions_that_are_not_found_any_more_are_by_hand(session, copy, found):
    mask = PaintedMask(labels_of(found), ("sky", "ground"), COLOURS[:2], found=(("cloud",), ("ground",)))
    made = painted_over(mask, found, copy, session)
    assert made.named == {"sky"}
    assert made.masks[0, 5].min() > 0.99
