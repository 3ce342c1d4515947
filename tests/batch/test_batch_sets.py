"""One look for a set, and the number that says how alike its photos come out."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from photostyle import Options, Session, load_transform, open_photo, transfer
from photostyle.batch import make_plan
from photostyle.batch.consistency import colour_spread
from photostyle.batch.sets import sample
from photostyle.batch.sets.rendering import apply_to_member
from photostyle.batch.sets.sample import with_shared_transforms
from photostyle.batch.sets.solving import solve_set
from photostyle.errors import PhotostyleError
from photostyle.events import Progress
from photostyle.photo import read_photo

OPTIONS = Options(segmenter="none", size=64, steps=6, device="cpu", encoder="compact")


@pytest.fixture(scope="module")
def shoot(tmp_path_factory):
    """Crops of one scene, at two exposures, a style, and one file that is no photo."""
    folder = tmp_path_factory.mktemp("set")
    random = np.random.default_rng(1)
    scene = np.linspace(0.15, 0.85, 120)[:, None, None] * np.linspace((0.6, 0.9, 1.2), (1.1, 0.9, 0.6), 200)[None]
    scene = (scene + random.normal(0, 0.03, scene.shape)).clip(0, 1)
    for number, (left, gain) in enumerate([(0, 1), (60, 1), (100, 0.8)]):
        crop = scene[10 * number : 10 * number + 80, left : left + 100] * gain
        Image.fromarray((crop * 255).astype(np.uint8)).save(folder / f"{number}.png")
    (folder / "3.png").write_bytes(b"no picture")
    style = np.linspace((0.1, 0.05, 0.2), (1, 0.6, 0.3), 70)[:, None] * np.ones((70, 90, 3))
    Image.fromarray((style * 255).astype(np.uint8)).save(folder / "dusk.jpg")
    return folder


def applied(photo, transform, **changes):
    """A photo of the set through the set's transform."""
    options = OPTIONS.changed(**changes)
    return apply_to_member(photo, None, transform, options, Session.shared(options))[0]


def plan(shoot):
    return make_plan([str(shoot / "*.png")], "x/{stem}.png", [str(shoot / "dusk.jpg")], options=OPTIONS)


def spread(shoot, relight) -> float:
    photos = [read_photo(shoot / f"{n}.png") for n in range(3)]
    return colour_spread((p.pixels, relight(p).pixels, np.zeros(p.pixels.shape[:2])) for p in photos)


def test_a_shared_field_makes_a_set_alike(shoot, tmp_path):
    solve_set(plan(shoot), tmp_path / "shared.safetensors")
    solve_set(plan(shoot)[:1], tmp_path / "anchor.safetensors")
    shared = load_transform(tmp_path / "shared.safetensors")
    assert shared.names == ("all",) and shared.table.shape == (2, 8, 1, 1, 3, 4) and torch.isfinite(shared.table).all()
    each = spread(shoot, lambda photo: transfer(photo, shoot / "dusk.jpg", options=OPTIONS).photo)
    for mode in ("shared", "anchor"):
        transform = load_transform(tmp_path / f"{mode}.safetensors")
        alike = spread(shoot, lambda photo: applied(photo, transform))  # noqa: B023
        assert alike < 1.0 < each


def test_a_field_moves_the_set_towards_the_style(shoot, tmp_path):
    solve_set(plan(shoot), tmp_path / "f.safetensors")
    style, photo = read_photo(shoot / "dusk.jpg").pixels.mean((0, 1)), read_photo(shoot / "0.png")
    transform = load_transform(tmp_path / "f.safetensors")
    relit = applied(photo, transform)
    assert abs(relit.pixels.mean((0, 1)) - style).sum() < abs(photo.pixels.mean((0, 1)) - style).sum()
    still = applied(photo, transform, strength=0.0)
    assert np.array_equal(still.pixels, photo.pixels)


def test_what_cannot_be_a_set(shoot, tmp_path):
    with pytest.raises(PhotostyleError, match="3.png"):
        solve_set(plan(shoot)[3:], tmp_path / "none.safetensors")


def test_the_number():
    grey, labels = np.full((20, 20, 3), 0.5), np.zeros((20, 20))
    brighter = np.clip(grey + 0.1, 0, 1)
    assert colour_spread([(grey, brighter, labels)] * 2) == 0
    assert colour_spread([(grey, brighter, labels), (grey, grey, labels)]) > 3


def test_there_is_no_number_where_no_two_photos_share_a_colour_of_a_region():
    grey, labels = np.full((20, 20, 3), 0.5), np.zeros((20, 20))
    brighter = np.clip(grey + 0.1, 0, 1)
    assert np.isnan(colour_spread([(grey, brighter, labels), (grey, grey, labels + 1)]))
    assert np.isnan(colour_spread([(grey, brighter, labels)]))


def test_a_set_says_what_it_is_at(shoot, tmp_path):
    told = []
    with_shared_transforms(plan(shoot)[:3], "shared", tmp_path, callback=told.append)
    stages = list(dict.fromkeys(event.stage for event in told))
    assert stages == ["look of the set: style", "look of the set: sample", "look of the set: solve"]
    assert [event.step for event in told if event.stage.endswith("sample")] == [0, 1, 2]
    assert [event.step for event in told if event.stage.endswith("solve")] == [1, 2, 3, 4, 5, 6]
    told.clear()
    with_shared_transforms(plan(shoot)[:3], "shared", tmp_path, callback=told.append)
    assert not told  # it is there already


def test_of_several_sets_each_is_named(shoot, tmp_path, monkeypatch):
    monkeypatch.setattr(sample, "solve_in_process", lambda jobs, path, callback: callback(Progress("solve", 1, 1)))
    jobs = plan(shoot)[:2]
    jobs = [jobs[0], replace(jobs[1], options=OPTIONS.changed(strength=0.5))]
    told = []
    with_shared_transforms(jobs, "anchor", tmp_path, callback=told.append)
    assert [event.stage for event in told] == ["look of set 1 of 2: solve", "look of set 2 of 2: solve"]


def test_the_photos_of_the_sample_are_not_held_back_and_others_are(shoot, tmp_path):
    solve_set(plan(shoot)[:1], tmp_path / "anchor.safetensors")
    transform = load_transform(tmp_path / "anchor.safetensors")
    assert len(transform.members) == 1 and transform.sample.held.shape[0] == 1
    photo = read_photo(shoot / "0.png")
    assert np.array_equal(applied(photo, transform).pixels, applied(photo, replace(transform, sample=None)).pixels)
    blue = open_photo(np.full((40, 50, 3), (0.05, 0.2, 0.95)), "content")
    made, notes = apply_to_member(blue, None, transform, OPTIONS, Session.shared(OPTIONS))
    assert np.abs(made.pixels - blue.pixels).max() < 1e-5
    assert "100% of the photo has colours that the set's sample does not hold; held back there" in notes


def test_an_anchor_that_is_not_there_or_not_asked_for(shoot, tmp_path):
    with pytest.raises(PhotostyleError, match="nosuch.jpg: no such anchor; check the path"):
        with_shared_transforms(plan(shoot)[:2], "anchor", tmp_path, "nosuch.jpg")
    with pytest.raises(PhotostyleError, match="an anchor is for set-mode anchor, got each; choose that") as told:
        with_shared_transforms(plan(shoot)[:2], "each", tmp_path, str(shoot / "0.png"))
    assert told.value.option == "anchor" and not list(tmp_path.iterdir())
