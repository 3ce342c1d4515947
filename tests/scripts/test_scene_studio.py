"""Laws of the simulated studios that the segmenter is trained with."""

import importlib
from pathlib import Path

import pytest
import torch

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
GRASS, ANIMAL, INDOOR_SURFACE, UNKNOWN = 2, 10, 11, 255


@pytest.fixture
def studio(monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPTS))
    return importlib.import_module("scene_studio")


@pytest.fixture
def staged(studio):
    """`before_a_backdrop` for one crop, with dice of a seed."""
    return lambda photo, labels, seed: [x[0] for x in studio.before_a_backdrop(photo[None], labels[None], studio.Dice(seed))]


@pytest.fixture
def crop():
    photo = torch.rand(3, 64, 64, generator=torch.Generator().manual_seed(0))
    labels = torch.full((64, 64), GRASS)
    labels[:8] = UNKNOWN
    labels[20:50, 20:50] = ANIMAL
    return photo, labels


@pytest.mark.parametrize("seed", range(12))
def test_things_stay_and_all_else_is_a_surface_or_keeps_its_label(crop, staged, seed):
    photo, labels = crop
    made, said, kept = staged(photo, labels, seed)
    assert torch.equal(kept, labels == ANIMAL) and (said[kept] == ANIMAL).all()
    torch.testing.assert_close(made[:, 24:46, 24:46], photo[:, 24:46, 24:46])
    assert (said[~kept] == INDOOR_SURFACE).all() or torch.equal(said, labels)
    assert (made - photo)[:, ~kept].abs().mean() > 0.1 and 0 <= made.min() and made.max() <= 1
    assert torch.equal(made, staged(photo, labels, seed)[0])


def test_a_crop_of_hardly_any_thing_stays_as_it_is(crop, staged):
    photo, labels = crop
    labels = torch.where(labels == ANIMAL, GRASS, labels)
    made, said, kept = staged(photo, labels, 0)
    assert torch.equal(made, photo) and torch.equal(said, labels) and kept.all()


@pytest.mark.parametrize("seed", range(6))
def test_a_sky_changes_and_nothing_else(crop, studio, seed):
    photo, labels = crop
    labels[:20] = studio.SKY
    made, kept = (x[0] for x in studio.under_a_plain_sky(photo[None], labels[None], studio.Dice(seed)))
    assert torch.equal(kept, labels != studio.SKY)
    torch.testing.assert_close(made[:, 24:], photo[:, 24:])
    assert (made - photo)[:, :18].abs().mean() > 0.1
    assert studio.under_a_plain_sky(photo[None], labels[None].clamp_min(1), studio.Dice(seed))[1].all()


def test_each_crop_of_a_batch_is_judged_by_itself(crop, studio):
    photo, labels = crop
    empty = torch.where(labels == ANIMAL, GRASS, labels)
    made, said, kept = studio.before_a_backdrop(torch.stack([photo, photo]), torch.stack([labels, empty]), studio.Dice(0, 2))
    assert not torch.equal(made[0], photo) and torch.equal(made[1], photo)
    assert torch.equal(said[1], empty) and kept[1].all()
