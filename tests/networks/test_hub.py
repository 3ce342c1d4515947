"""A trained network goes into a folder of the hub and comes back, without a network of the other kind."""

import json

import pytest
import torch

import photostyle
from photostyle.errors import DependencyError, FileError, ModelError
from photostyle.networks import hub
from photostyle.networks.stylizer import Stylizer, StylizerShape
from photostyle.networks.stylizer_file import TrainedStylizer

pytest.importorskip("huggingface_hub")


@pytest.fixture
def trained():
    network = Stylizer(StylizerShape(styles=2, width=4, residuals=1))
    return TrainedStylizer(network.eval(), ("wave", "photo"), {"name": "wave", "licence": "my own", "steps": 9})


@pytest.fixture(autouse=True)
def nobody_is_asked(monkeypatch):
    def refuse(*arguments, **more):
        raise AssertionError("a host was asked")

    monkeypatch.setattr("socket.create_connection", refuse)
    monkeypatch.setattr("socket.getaddrinfo", refuse)


def test_a_folder_gives_the_same_network_back(tmp_path, trained):
    hub.save_pretrained(trained, tmp_path / "wave")
    assert {"config.json", "model.safetensors", "README.md"} <= {path.name for path in (tmp_path / "wave").iterdir()}
    again = photostyle.from_pretrained(tmp_path / "wave")
    assert again.names == trained.names and again.card == trained.card and again.network.shape == trained.network.shape
    photo = torch.rand(1, 3, 21, 17)
    with torch.no_grad():
        assert torch.equal(*(one.network(photo, one.network.mixed([0.3, 0.7])) for one in (trained, again)))


def test_a_file_of_training_will_do_too(tmp_path, trained):
    trained.save(tmp_path / "wave.safetensors")
    assert photostyle.from_pretrained(tmp_path / "wave.safetensors").names == trained.names


def test_a_name_of_the_hub_is_not_downloaded_unasked(monkeypatch, tmp_path):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelError, match="there is no trained network .* allow the download"):
        photostyle.from_pretrained("nobody/none")


def test_what_is_no_network_is_one_line(tmp_path, trained):
    with pytest.raises(ModelError):
        photostyle.from_pretrained(tmp_path / "none")
    hub.save_pretrained(trained, tmp_path)
    facts = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(facts | {"names": ["wave"]}))
    with pytest.raises(FileError, match="names 1 styles, and its weights are of 2"):
        photostyle.from_pretrained(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps(facts | {"shape": {"styles": 2, "width": 8, "residuals": 1}}))
    with pytest.raises(FileError, match="is no trained network of photostyle") as caught:
        photostyle.from_pretrained(tmp_path)
    assert "\n" not in str(caught.value)


def test_without_the_library_it_says_what_to_install(monkeypatch, tmp_path):
    hub._hub_class.cache_clear()
    monkeypatch.setattr(hub, "find_spec", lambda name: None)
    with pytest.raises(DependencyError, match=r"photostyle\[hub\]"):
        photostyle.from_pretrained(tmp_path)
    hub._hub_class.cache_clear()
