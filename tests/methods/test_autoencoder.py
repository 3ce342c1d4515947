"""The method autoencoder: sizes, amounts, regions, mixtures, modes, in library and command, and what bad input gets."""

import json
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from photostyle import FileError, ModelError, OptionError, load_transform, relight, transfer
from photostyle.cli import main
from photostyle.colour import directions, quantiles, sliced_wasserstein
from photostyle.models import find
from photostyle.networks import Stylizer, TrainedStylizer

BASE = {"method": "autoencoder", "segmenter": "none"}


@pytest.fixture
def day():
    y, x = np.mgrid[0:45, 0:61]
    return np.stack([0.3 + x / 150, 0.5 + y / 130, 0.6 + 0.2 * np.sin(x / 5) * np.cos(y / 3)], -1).astype(np.float32)


@pytest.fixture
def dusk():
    y, x = np.mgrid[0:50, 0:40]
    return np.stack([0.5 + 0.2 * np.sin(x / 4), 0.25 + y / 300, 0.15 + x / 300], -1).astype(np.float32)


def apart(picture, other):
    return float(np.abs(np.asarray(picture) - np.asarray(other)).mean())


def run(*words):
    """What a command ends with."""
    saved = sys.argv
    sys.argv = ["photostyle", *map(str, words)]
    try:
        with pytest.raises(SystemExit) as ended:
            main()
    finally:
        sys.argv = saved
    return ended.value.code


def halves(photo):
    """Masks of its left and right half."""
    left = np.zeros(photo.shape[:2], np.float32)
    left[:, : photo.shape[1] // 2] = 1
    return {"left": left, "right": 1 - left}


def test_it_gives_the_styles_colours_at_the_photos_own_size(day, dusk):
    result = transfer(day, dusk, **BASE)
    made = result.photo.pixels
    assert made.shape == day.shape and result.transform.provenance.method == "autoencoder"
    before, after, wanted = (torch.from_numpy(np.ascontiguousarray(p.reshape(-1, 3).T)) for p in (day, made, dusk))
    assert (after.mean(1) - wanted.mean(1)).abs().max() < 0.02
    along = directions()
    goal = quantiles(along @ wanted)
    assert sliced_wasserstein(after, goal, along) < 0.05 * sliced_wasserstein(before, goal, along)


@pytest.mark.parametrize("size", [(16, 16), (17, 201), (37, 53)])
def test_any_size_comes_back(size, dusk):
    photo = np.random.default_rng(0).random((*size, 3), np.float32)
    made = transfer(photo, dusk, **BASE).photo.pixels
    assert made.shape == photo.shape and np.isfinite(made).all()


def test_a_larger_photo_is_worked_on_small_and_carried_to_its_size(day, dusk):
    large = np.kron(day, np.ones((3, 3, 1), np.float32))
    small = transfer(large, dusk, size=64, **BASE).photo.pixels
    assert small.shape == large.shape
    assert apart(small, transfer(large, dusk, **BASE).photo.pixels) < 0.03


def test_a_style_that_is_the_photo_itself_changes_nothing(day):
    for mode in ("photo", "art"):
        assert apart(transfer(day, day, mode=mode, **BASE).photo.pixels, day) < 2e-3


def test_colour_and_texture_are_given_apart(day, dusk):
    made = {}
    for colour, texture in ((0, 0), (1, 0), (0, 1), (1, 1)):
        made[colour, texture] = transfer(day, dusk, colour=float(colour), texture=float(texture), **BASE).photo.pixels
    assert apart(made[0, 0], day) < 1e-6
    mean_of = {key: picture.mean((0, 1)) for key, picture in made.items()}
    assert np.abs(mean_of[0, 1] - day.mean((0, 1))).max() < 0.03 < np.abs(mean_of[1, 0] - day.mean((0, 1))).max()
    assert np.abs(mean_of[1, 0] - dusk.mean((0, 1))).max() < 0.03
    changes = [made[key] - day for key in ((1, 0), (0, 1), (1, 1))]
    inside = (made[1, 1] > 0.02) & (made[1, 1] < 0.98)
    assert np.abs(changes[0] + changes[1] - changes[2])[inside].mean() < 2e-3


def test_regions_take_from_their_partners_and_protected_ones_stay(day, dusk):
    masks = {"content_mask": halves(day), "style_mask": halves(dusk), "hard_masks": True}
    made = transfer(day, dusk, texture=0.0, **masks, method="autoencoder").photo.pixels
    for side in (slice(0, 30), slice(30, None)):
        theirs = dusk[:, :20] if side.start == 0 else dusk[:, 20:]
        assert np.abs(made[:, side].mean((0, 1)) - theirs.mean((0, 1))).max() < 0.03
    crossed = transfer(day, dusk, texture=0.0, pairs={"left": "right"}, **masks, method="autoencoder").photo.pixels
    assert np.abs(crossed[:, :30].mean((0, 1)) - dusk[:, 20:].mean((0, 1))).max() < 0.03
    kept = transfer(day, dusk, texture=0.0, protect="left", **masks, method="autoencoder").photo.pixels
    assert apart(kept[:, :30], day[:, :30]) < 1e-6 < apart(kept[:, 30:], day[:, 30:])


def test_several_styles_are_mixed_by_their_shares(day, dusk, tmp_path):
    Image.fromarray((255 * dusk[:, :, ::-1]).astype(np.uint8)).save(tmp_path / "blue.png")
    one = transfer(day, dusk, **BASE).photo.pixels
    other = transfer(day, tmp_path / "blue.png", **BASE).photo.pixels
    made = transfer(day, dusk, blend=(f"{tmp_path / 'blue.png'}:0.5",), texture=0.0, **BASE).photo.pixels
    half = (one.mean((0, 1)) + other.mean((0, 1))) / 2
    assert np.abs(made.mean((0, 1)) - half).max() < 0.02 < np.abs(one.mean((0, 1)) - half).max()
    with pytest.raises(OptionError, match="the content has no region 'sky'"):
        transfer(day, dusk, blend=(f"sky={tmp_path / 'blue.png'}",), **BASE)


def test_a_photo_keeps_its_edges_and_art_does_not(day, dusk):
    noise = np.random.default_rng(0).normal(0, 0.15, (50, 40, 1)).astype(np.float32)
    rough = (dusk + noise).clip(0, 1)
    plain = np.full_like(day, 0.5) + 0.01 * day
    plain[:, 30:] += 0.2
    change = {mode: transfer(plain, rough, mode=mode, **BASE).photo.pixels for mode in ("photo", "art")}
    flat = {mode: float(np.abs(np.diff(picture[:, 5:25], axis=1)).mean()) for mode, picture in change.items()}
    assert flat["photo"] <= flat["art"]


def test_a_saved_transform_needs_no_style(day, dusk, tmp_path):
    result = transfer(day, dusk, **BASE)
    result.transform.save(tmp_path / "dusk.safetensors")
    again = relight(day, load_transform(tmp_path / "dusk.safetensors")).photo.pixels
    assert apart(again, result.photo.pixels) < 1e-3
    assert apart(relight(day, tmp_path / "dusk.safetensors", strength=0).photo.pixels, day) == 0


def test_run_paint_and_models_know_it(day, dusk, tmp_path, capsys):
    for name, photo in (("day", day), ("dusk", dusk), ("blue", dusk[:, :, ::-1])):
        Image.fromarray((255 * photo).astype(np.uint8)).save(tmp_path / f"{name}.png")
    content, style, out = tmp_path / "day.png", tmp_path / "dusk.png", tmp_path / "out.png"
    words = ("--method", "autoencoder", "-o", out, "--overwrite", "--json")
    assert run("run", content, style, *words, "--segmenter", "none", "--texture", "0.5") == 0
    assert json.loads(capsys.readouterr().out)["options"]["texture"] == 0.5
    assert Image.open(out).size == (61, 45)
    assert run("paint", content, style, "--style", f"{tmp_path / 'blue.png'}:0.3", *words) == 0
    record = json.loads(capsys.readouterr().out)["options"]
    assert record["mode"] == "art" and record["blend"] == [f"{tmp_path / 'blue.png'}:0.3"]
    assert run("models", "verify", "autoencoder") == 0
    assert run("models", "show", "autoencoder") == 0
    assert "**Licence**" in capsys.readouterr().out


def test_bad_input_is_one_line(day, dusk, tmp_path):
    with pytest.raises(OptionError, match="mode must be one of photo, art, got 'oil'"):
        transfer(day, dusk, mode="oil", **BASE)
    with pytest.raises(OptionError, match="texture must be a number from 0 to 2, got -1.0"):
        transfer(day, dusk, texture=-1.0, **BASE)
    with pytest.raises(ModelError, match="gone.safetensors: no such network"):
        transfer(day, dusk, network="gone.safetensors", **BASE)
    TrainedStylizer(Stylizer(), ("ink",)).save(tmp_path / "ink.safetensors")
    with pytest.raises(FileError, match="its architecture is 'stylizer', and the method autoencoder needs autoencoder"):
        transfer(day, dusk, network=str(tmp_path / "ink.safetensors"), **BASE)
    with pytest.raises(OptionError, match="the method autoencoder needs a style, got none"):
        transfer(day, **BASE)


def test_the_file_of_an_autoencoder_is_a_method(day, dusk, tmp_path):
    """As that of every network: what it does is in its head."""
    file = tmp_path / "mine.safetensors"
    file.write_bytes(find("autoencoder").read_bytes())
    by_file = transfer(day, dusk, method=str(file), segmenter="none")
    assert np.array_equal(by_file.photo.pixels, transfer(day, dusk, **BASE).photo.pixels)
