"""ADE20K segmenters from checkpoints in the hub's format that the test writes itself."""

import sys

import numpy as np
import pytest
import segmentation_models_pytorch as smp
import torch

from photostyle.errors import DependencyError, ModelError, OptionError
from photostyle.regions.labels import ADE20K, CLASSES
from photostyle.regions.segment import load_segmenter
from photostyle.regions.segment.ade20k import ade20k_names, find_ade20k, fold_matrix, load_ade20k

SKY = [name for name, _ in ADE20K].index("sky")


def segformer(classes: int = 150) -> torch.nn.Module:
    network = smp.Segformer("mit_b0", encoder_weights=None, classes=classes)
    with torch.no_grad():
        network.segmentation_head[0].bias[SKY % classes] = 50.0  # sky everywhere
    return network


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    segformer().save_pretrained(home / "models" / "ade20k-b0")
    return home


@pytest.fixture
def pulled(home, monkeypatch):
    monkeypatch.setenv("PHOTOSTYLE_HOME", str(home))
    return home / "models" / "ade20k-b0"


def test_a_checkpoint_of_the_hub_is_read_and_folded(pulled):
    segmenter = load_ade20k("ade20k-b0")
    segmenter.long_side = 64
    probabilities = segmenter.probabilities(np.full((48, 64, 3), 0.5, np.float32))
    assert segmenter.classes == CLASSES
    assert probabilities.shape == (14, 64, 64) or probabilities.shape == (14, 32, 64)
    assert probabilities[CLASSES.index("sky")].min() > 0.99


def test_the_weights_alone_are_enough(pulled, tmp_path):
    (tmp_path / "model.safetensors").write_bytes((pulled / "model.safetensors").read_bytes())
    assert load_ade20k("ade20k-b0", folder=tmp_path).fingerprint == load_ade20k("ade20k-b0").fingerprint


def test_auto_prefers_what_was_pulled(pulled):
    assert find_ade20k("ade20k-b0") == pulled
    assert find_ade20k("ade20k-b5") is None
    assert load_segmenter("auto", cache=False).name == "ade20k-b0"


def test_what_is_not_there_is_said_with_the_way_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("PHOTOSTYLE_HOME", str(tmp_path))
    with pytest.raises(ModelError, match="ade20k-b1 are not on this machine; .*photostyle models pull ade20k-b1"):
        load_ade20k("ade20k-b1")
    with pytest.raises(OptionError, match="no ADE20K segmenter is called 'ade20k-b9'; known are ade20k-b0"):
        load_ade20k("ade20k-b9")


def test_a_network_with_other_classes_is_refused(tmp_path):
    segformer(classes=7).save_pretrained(tmp_path)
    with pytest.raises(ModelError, match="expects ADE20K.s 150 classes, .* has 7"):
        load_ade20k("ade20k-b0", folder=tmp_path)


def test_another_architecture_loads_through_smp(tmp_path):
    smp.FPN("mit_b0", encoder_weights=None, classes=150).save_pretrained(tmp_path)
    segmenter = load_ade20k("ade20k-b0", folder=tmp_path)
    segmenter.long_side = 64
    assert type(segmenter.network).__module__.startswith("segmentation_models_pytorch")
    assert segmenter.probabilities(np.zeros((64, 64, 3), np.float32)).shape == (14, 64, 64)


def test_another_architecture_without_smp_is_said(tmp_path, monkeypatch):
    smp.FPN("mit_b0", encoder_weights=None, classes=150).save_pretrained(tmp_path)
    monkeypatch.setitem(sys.modules, "segmentation_models_pytorch", None)
    with pytest.raises(DependencyError, match="holds the architecture FPN, which needs segmentation-models-pytorch; install"):
        load_ade20k("ade20k-b0", folder=tmp_path)


def test_another_architecture_beside_a_torchvision_for_another_torch_is_said(tmp_path, monkeypatch):
    smp.FPN("mit_b0", encoder_weights=None, classes=150).save_pretrained(tmp_path)
    (tmp_path / "segmentation_models_pytorch.py").write_text("raise RuntimeError('operator torchvision::nms does not exist')")
    monkeypatch.delitem(sys.modules, "segmentation_models_pytorch")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(DependencyError, match="cannot be loaded .*nms does not exist.; install torch and torchvision together"):
        load_ade20k("ade20k-b0", folder=tmp_path)


def test_weights_that_do_not_fit_their_config_are_said(pulled, tmp_path):
    (tmp_path / "model.safetensors").write_bytes((pulled / "model.safetensors").read_bytes())
    with pytest.raises(ModelError, match=r"holds no .* checkpoint \(.* must have shape .*\); get it again with"):
        load_ade20k("ade20k-b1", folder=tmp_path)


BROKEN = ["{", "{}", "[]", '{"_model_class": "Nothing"}', '{"_model_class": "Segformer", "classes": "many"}']


@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_config_is_said_in_one_line(pulled, tmp_path, text):
    (tmp_path / "model.safetensors").write_bytes((pulled / "model.safetensors").read_bytes())
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(ModelError, match="holds no segmentation-models-pytorch checkpoint") as caught:
        load_ade20k("ade20k-b0", folder=tmp_path)
    assert "\n" not in str(caught.value)


def test_the_fold_keeps_all_probability():
    assert fold_matrix().shape == (14, 150)
    assert torch.equal(fold_matrix().sum(0), torch.ones(150))


def test_every_size_can_be_pulled_and_its_licence_is_said():
    from photostyle import models

    assert {f"ade20k-b{size}" for size in range(6)} == set(ade20k_names()) <= set(models.MODELS)
    for name in ade20k_names():
        record = models.model_file(name)
        assert "NOT for commercial use" in record.licence and f"segformer-{name[-2:]}-" in record.url
