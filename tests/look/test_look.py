"""A look stands for its photo: the same pixels, from memory or a file, and clear words where it cannot."""

import copy
import json
import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import save_file

from photostyle.errors import FileError, OptionError
from photostyle.look import load_look, measure_look, save_look
from photostyle.story import measure, transfer

QUICK = {"steps": 2, "device": "cpu", "encoder": "compact", "cache": False}


def halves(pixels):
    """A segmenter: the upper part is sky, the lower one grass or vegetation, as green or blue leads there."""
    sky = np.zeros(pixels.shape[:2], np.float32)
    sky[: len(pixels) // 3] = 0.9
    green = pixels[-1, :, 1].mean() > pixels[-1, :, 2].mean()
    ground = (1 - sky, 0 * sky) if green else (0.1 - 0.1 * sky, 0.9 - 0.9 * sky)
    return np.stack([sky, *ground]), ("sky", "grass", "vegetation")


def scene(seed: int, top, bottom, size=(72, 96)) -> np.ndarray:
    rows = np.linspace(0, 1, size[0])[:, None, None]
    base = np.where(rows < 1 / 3, np.array(top), np.array(bottom)) * (0.7 + 0.3 * rows)
    return (base + np.random.default_rng(seed).normal(0, 0.04, (*size, 3))).clip(0, 1).astype(np.float32)


@pytest.fixture(scope="module")
def day():
    return scene(1, (0.5, 0.7, 0.9), (0.3, 0.5, 0.2))


@pytest.fixture(scope="module")
def dusk():
    return scene(2, (0.8, 0.4, 0.3), (0.2, 0.2, 0.4), (80, 70))


def test_a_look_gives_the_very_pixels_of_its_photo(day, dusk, tmp_path):
    asked = {**QUICK, "segmenter": halves}
    from_photo = transfer(day, dusk, **asked)
    look = measure(dusk, **asked)
    save_look(look, tmp_path / "dusk.look")
    for style in (look, str(tmp_path / "dusk.look")):
        from_look = transfer(day, style, **asked)
        assert np.array_equal(from_photo.photo.pixels, from_look.photo.pixels)
        assert from_look.pairs == from_photo.pairs and from_look.notes == from_photo.notes
    assert {pair.style for pair in from_photo.pairs} == {"sky", "vegetation"}  # by features: a partner is of another name


def test_a_look_of_masks_by_hand_pairs_by_name(day, dusk, tmp_path):
    for name, size in (("day", (72, 96)), ("dusk", (80, 70))):
        paint = np.zeros((*size, 3), np.uint8)
        paint[: size[0] // 3, :, 2], paint[size[0] // 3 :, :, 1] = 255, 255
        Image.fromarray(paint).save(tmp_path / f"{name}.png")
    ours, theirs = tmp_path / "day.png", tmp_path / "dusk.png"
    from_photo = transfer(day, dusk, content_mask=ours, style_mask=theirs, **QUICK)
    look = measure(dusk, style_mask=theirs, **QUICK)
    from_look = transfer(day, look, content_mask=ours, **QUICK)
    assert [(p.content, p.style) for p in from_look.pairs] == [("blue", "blue"), ("green", "green")]
    assert np.array_equal(from_photo.photo.pixels, from_look.photo.pixels)
    with pytest.raises(OptionError, match="got a style mask; give the mask when the look is measured"):
        transfer(day, look, content_mask=ours, style_mask=theirs, **QUICK)


def test_what_is_read_back_is_what_was_written(dusk, tmp_path):
    look = measure(dusk, segmenter=halves, **QUICK)
    regions = replace(look.regions, embedding=torch.eye(len(look.regions.names)))
    look = replace(look, photo="dusk é.jpg", notes=("a note",), regions=regions)
    save_look(look, tmp_path / "dusk.look")
    again = load_look(tmp_path / "dusk.look")
    save_look(again, tmp_path / "again.look")
    assert (tmp_path / "again.look").read_bytes() == (tmp_path / "dusk.look").read_bytes()
    (tmp_path / "again.look").unlink()
    for name in ("encoder", "weights", "size", "photo", "notes", "names"):
        assert getattr(again, name) == getattr(look, name), name
    for name in ("names", "colours", "area", "notes"):
        assert getattr(again.regions, name) == getattr(look.regions, name), name
    for name in ("means", "covariances", "quantiles"):
        assert torch.equal(getattr(again, name), getattr(look, name)), name
    assert torch.equal(again.regions.features, look.regions.features) and list(again.grams) == list(look.grams)
    assert torch.equal(again.regions.embedding, look.regions.embedding)
    for layer in look.grams:
        assert torch.equal(again.grams[layer], look.grams[layer])
        assert torch.equal(again.feature_means[layer], look.feature_means[layer])
    for ours, theirs in zip(look.exemplars, again.exemplars, strict=True):
        for part in ("features", "tones", "colours"):
            assert torch.equal(getattr(ours, part), getattr(theirs, part)), part
    assert [path.name for path in tmp_path.iterdir()] == ["dusk.look"]  # nothing temporary is left
    with safe_open(tmp_path / "dusk.look", "np") as file:  # no pixels: nothing in it is as large as the photo
        assert not any(dusk.shape[0] in file.get_tensor(name).shape for name in file.keys())  # noqa: SIM118


def test_encoder_and_size_are_the_looks_own(day, dusk):
    look = measure(dusk, size=64, segmenter="none", **QUICK)
    assert look.size == 64
    auto = transfer(day, look, segmenter="none", **QUICK | {"encoder": "auto"})
    asked = transfer(day, dusk, size=64, segmenter="none", **QUICK)
    assert np.array_equal(auto.photo.pixels, asked.photo.pixels)
    assert measure(dusk, fast=True, segmenter="none", **QUICK).size == 224
    with pytest.raises(OptionError, match="measured with size 64, and size 128 is asked for; leave size out, or measure"):
        transfer(day, look, size=128, segmenter="none", **QUICK)
    with pytest.raises(OptionError, match="measured with encoder compact, and encoder vgg19 is asked for; leave encoder out"):
        transfer(day, look, segmenter="none", **QUICK | {"encoder": "vgg19"})
    with pytest.raises(OptionError, match="the method pixels needs the style photo itself, got a look"):
        transfer(day, look, segmenter="none", method="pixels", **QUICK)
    with pytest.raises(OptionError, match="other weights of compact"):
        transfer(day, replace(look, weights="0" * 16), segmenter="none", **QUICK)


def test_files_that_are_no_looks_are_one_line(dusk, tmp_path):
    good = tmp_path / "good.look"
    save_look(measure(dusk, size=64, segmenter="none", **QUICK), good)
    with safe_open(good, "pt") as file:
        said, tensors = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    facts = json.loads(said["photostyle"])

    def written(name, more=None, **changes):
        save_file({**tensors, **(more or {})}, tmp_path / name, {"photostyle": json.dumps(facts | changes)})
        return tmp_path / name

    broken = {"means": torch.full_like(tensors["means"], float("nan"))}
    layer = next(name for name in tensors if name.startswith("gram"))
    mean = next(name for name in tensors if name.startswith("mean "))
    (tmp_path / "cut.look").write_bytes(good.read_bytes()[:-100])
    (tmp_path / "text.look").write_text("a look")
    (tmp_path / "empty.look").write_bytes(b"")
    cases = {
        tmp_path / "none.look": "no such look",
        tmp_path / "cut.look": "no look of photostyle",
        tmp_path / "text.look": "no look of photostyle",
        tmp_path / "empty.look": "no look of photostyle",
        written("field.look", kind="field"): "its kind is",
        written("new.look", version=9): "is a look of version 9, newer than 3; update photostyle",
        written("nan.look", broken): "its numbers are broken",
        written("short.look", {layer: tensors[layer][:, :-1].contiguous()}): "Gram matrices are broken",
        written("rows.look", {"means": tensors["means"][:1].contiguous()}): "do not agree",
        written("means.look", {mean: tensors[mean][:, :-1].contiguous()}): "do not agree",
        written("null.look", shares=None): "no look of photostyle",
        written("names.look", names=["a", "b"]): "do not agree",
        written("size.look", size=-3): "do not agree",
        written("counts.look", exemplars=[1, 2]): "do not agree",
        written("few.look", {"exemplar tones": tensors["exemplar tones"][:-1].contiguous()}): "do not agree",
    }
    for path, words in cases.items():
        with pytest.raises(FileError, match=words) as caught:
            load_look(path)
        assert "\n" not in str(caught.value) and str(path) in str(caught.value), path
    with pytest.raises(FileError, match="cannot be written"):
        save_look(load_look(good), tmp_path / "missing/x.look")


def test_half_of_each_gram_is_all_of_it(dusk):
    from photostyle.encoders import load_encoder
    from photostyle.regions.regions import whole

    look = measure_look(torch.from_numpy(dusk).permute(2, 0, 1), whole((80, 70)), load_encoder("compact"))
    assert all(torch.equal(gram, gram.mT) for gram in look.grams.values()) and look.size == 80


def test_a_look_of_version_1_is_read_and_gives_the_same_photo_as_one_without_exemplars(day, dusk, tmp_path):
    look = replace(measure(dusk, size=64, segmenter="none", **QUICK), exemplars=None)
    save_look(look, tmp_path / "new.look")
    with safe_open(tmp_path / "new.look", "pt") as file:
        facts = json.loads(file.metadata()["photostyle"])
        tensors = {name: file.get_tensor(name) for name in file.keys() if not name.startswith("mean ")}  # noqa: SIM118
    assert facts["version"] == 3
    save_file(tensors, tmp_path / "old.look", {"photostyle": json.dumps(facts | {"version": 1})})
    old = load_look(tmp_path / "old.look")
    assert old.feature_means is None and old.exemplars is None and old.names == look.names
    asked = QUICK | {"segmenter": "none"}
    assert np.array_equal(transfer(day, old, **asked).photo.pixels, transfer(day, look, **asked).photo.pixels)


def test_means_of_features_are_those_of_each_region(dusk):
    from photostyle.encoders import load_encoder
    from photostyle.regions import Regions

    encoder, size = load_encoder("compact"), (64, 64)
    photo = torch.from_numpy(dusk[:64, :64]).permute(2, 0, 1)
    masks = torch.zeros(2, *size)
    masks[0, :, :32] = masks[1, :, 32:] = 1
    look = measure_look(photo, Regions(("left", "right"), masks, ((0, 0, 0), (1, 1, 1))), encoder)
    for layer, means in look.feature_means.items():
        features = encoder(photo[None], (layer,))[layer][0]
        torch.testing.assert_close(means[-1], features.mean((1, 2)), atol=1e-4, rtol=1e-3)
        assert means.shape == (3, len(features)) and not means[0].equal(means[1])


def test_a_look_travels_whole(dusk):
    look = measure(dusk, size=64, segmenter="none", **QUICK)
    for again in (pickle.loads(pickle.dumps(look)), copy.deepcopy(look)):
        assert again.names == look.names and torch.equal(again.quantiles, look.quantiles)
