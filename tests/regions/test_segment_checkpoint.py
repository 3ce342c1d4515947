"""Networks of the user's own: a folder as segmentation-models-pytorch saves it, and a table of classes, both written here."""

import json

import numpy as np
import pytest
import segmentation_models_pytorch as smp
import torch

from photostyle.errors import ModelError, OptionError
from photostyle.models.checkpoints import is_checkpoint_name
from photostyle.regions.segment import load_segmenter
from photostyle.regions.segment.checkpoint import load_checkpoint
from photostyle.regions.segment.class_table import ClassTable, read_class_table

PIXELS = np.full((48, 64, 3), 0.5, np.float32)
FOUR = ["house", "sky", "own:dress", "tower"]


def segformer(classes=4, winner=3, **changes):
    network = smp.Segformer("mit_b0", encoder_weights=None, classes=classes, **changes)
    with torch.no_grad():
        network.segmentation_head[0].bias[winner % classes] = 50.0
    return network


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("networks") / "mine"
    segformer().save_pretrained(folder)
    return folder


@pytest.fixture
def folder(saved, tmp_path):
    """A checkpoint without a table."""
    mine = tmp_path / "mine"
    mine.mkdir()
    for path in saved.iterdir():
        if path.is_file():
            (mine / path.name).write_bytes(path.read_bytes())
    return mine


def with_table(folder, said):
    (folder / "classes.json").write_text(json.dumps(said))
    return folder


def test_outputs_are_added_up_to_classes(folder):
    segmenter = load_segmenter(str(with_table(folder, {"classes": FOUR, "long_side": 64})), cache=False)
    assert segmenter.classes == ("sky", "building", "dress")  # photostyle's in their order, then the network's own
    segmentation = segmenter(PIXELS)
    assert segmentation.probabilities.shape == (3, 64, 64) or segmentation.probabilities.shape == (3, 32, 64)
    assert segmentation.probabilities[1].min() > 0.99


def test_a_csv_says_the_same(folder):
    (folder / "classes.csv").write_text("name,class\nHaus,house\nHimmel,sky\nKleid,own:dress\nTurm, tower\n", encoding="utf-16")
    assert load_checkpoint(folder).classes == ("sky", "building", "dress")


def test_another_architecture_and_another_input(folder, tmp_path):
    other = tmp_path / "other"
    smp.Unet("resnet18", encoder_weights=None, classes=2).save_pretrained(other)
    said = {"classes": ["sky", "grass"], "long_side": 96, "mean": [0.5, 0.5, 0.5], "deviation": [0.25, 0.25, 0.25]}
    segmenter = load_checkpoint(with_table(other, said))
    assert segmenter.mean.flatten().tolist() == [0.5] * 3 and segmenter.deviation.flatten().tolist() == [0.25] * 3
    assert max(segmenter.probabilities(PIXELS).shape) == 96


def test_another_table_is_another_segmenter_for_the_cache(folder):
    first = load_checkpoint(with_table(folder, FOUR)).fingerprint
    assert load_checkpoint(with_table(folder, [*FOUR[:3], "sky"])).fingerprint != first


@pytest.mark.parametrize("missing", ["config.json", "model.safetensors"])
def test_a_missing_file_is_said(folder, missing):
    (with_table(folder, FOUR) / missing).unlink()
    with pytest.raises(ModelError, match=f"mine has no {missing}; save the network"):
        load_checkpoint(folder)


def test_a_missing_table_or_folder_is_said(folder):
    with pytest.raises(ModelError, match=r"mine has no classes.json or classes.csv to say what each output"):
        load_checkpoint(folder)
    with pytest.raises(
        ModelError, match=r"no folder at nets/mine; give one with config.json, model.safetensors and classes.json"
    ):
        load_segmenter("nets/mine", cache=False)
    with pytest.raises(OptionError, match="no segmenter is called 'mine'; choose from .*, or give a network's folder or module"):
        load_segmenter("mine")


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (["sky", "tree"], "it names 2 classes, the network has 4 outputs"),
        (["sky", "tree", "xyzzy", "sea"], "output 2, 'xyzzy', is no known class; write one of sky, vegetation, .*, or own:xyzzy"),
        (["sky", "tree", "", "sea"], "output 2 has no name"),
        (["sky", "tree", 7, "sea"], "output 2 has no name"),
        (["sky", "tree", "own:", "sea"], "output 2, 'own:', is no known class"),
        ("sky", "expected a list of names"),
        ({"sky": 0}, "expected a list of names"),
        ({"classes": FOUR, "size": 512}, "it says 'size'; known are classes, long_side, mean, deviation"),
        ({"classes": FOUR, "long_side": 9}, "long_side must be a whole number from 64 to 2048, got 9"),
        ({"classes": FOUR, "mean": [0.5]}, r"mean must be three numbers, got \[0.5\]"),
        ({"classes": FOUR, "deviation": [0, 1, 1]}, "deviation must be three numbers"),
    ],
)
def test_a_wrong_table_is_said_in_one_line(folder, said, text):
    with pytest.raises(ModelError, match=text) as caught:
        load_checkpoint(with_table(folder, said))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("classes.json", "[", "is no table of classes"),
        ("classes.csv", "sky\ntree\n", "expected a heading with a column called class"),
        ("classes.csv", "", "expected a heading"),
        ("classes.csv", "name,class\na,sky\nb\n", "output 1 has no name"),
    ],
)
def test_a_broken_table_is_said(tmp_path, name, text, says):
    (tmp_path / name).write_text(text)
    with pytest.raises(ModelError, match=says):
        read_class_table(tmp_path / name, 2)


def test_networks_that_give_no_logits_of_classes_are_refused(tmp_path):
    smp.Unet("resnet18", encoder_weights=None, classes=1).save_pretrained(tmp_path / "one")
    with pytest.raises(ModelError, match="has 1 output, which tells no classes apart"):
        load_checkpoint(with_table(tmp_path / "one", ["sky"]))
    segformer(2, activation="softmax2d").save_pretrained(tmp_path / "soft")
    with pytest.raises(ModelError, match="ends in softmax2d; save it with activation=None"):
        load_checkpoint(with_table(tmp_path / "soft", ["sky", "tree"]))


def test_the_fold_keeps_all_probability():
    table = ClassTable(("building", "sky", "building"))
    assert torch.equal(table.fold().sum(0), torch.ones(3)) and table.classes == ("sky", "building")


def test_a_folder_is_told_from_a_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here").mkdir()
    assert is_checkpoint_name("here") and is_checkpoint_name("./there")
    assert not is_checkpoint_name("there") and not is_checkpoint_name("module:function")
