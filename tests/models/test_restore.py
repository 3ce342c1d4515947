"""The network that ships for faded prints: found by its name, and worth having."""

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage.color import deltaE_ciede2000, rgb2lab

import photostyle
from photostyle import models
from photostyle.cli import main
from photostyle.errors import ModelError
from photostyle.photo import read_photo, resample
from photostyle.training.adversarial.failures import light_kept

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def truth() -> np.ndarray:
    return resample(read_photo(ROOT / "docs/sample/day.jpg").pixels, (160, 120)).clip(0, 1)


@pytest.fixture
def faded(truth, monkeypatch) -> list[np.ndarray]:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    aged_print = importlib.import_module("age_prints").aged_print
    return [aged_print(truth, np.random.default_rng(seed)) for seed in range(4)]


def apart(one: np.ndarray, other: np.ndarray) -> float:
    return float(deltaE_ciede2000(rgb2lab(one), rgb2lab(other)).mean())


def test_prints_come_nearer_to_what_they_were(truth, faded):
    made = [photostyle.transfer(each, method="network", network="restore").photo.pixels.clip(0, 1) for each in faded]
    before, after = (np.mean([apart(each, truth) for each in pictures]) for pictures in (faded, made))
    assert after < 0.85 * before
    planes = [np.moveaxis(np.stack(pictures), -1, 1) for pictures in (faded, made)]
    import torch

    assert light_kept(*(torch.from_numpy(np.ascontiguousarray(each)) for each in planes)) > 0.9


def test_it_is_called_by_its_name(faded, tmp_path, monkeypatch):
    Image.fromarray((faded[0] * 255).astype(np.uint8)).save(tmp_path / "old.png")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["photostyle", "paint", "old.png", "--method", "restore", "-o", "new.png", "--quiet"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    with Image.open("new.png") as made:
        assert made.size == (160, 120)


def test_shipped_networks_and_ones_own_are_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PHOTOSTYLE_HOME", str(tmp_path))
    own = tmp_path / "models" / "networks" / "mine.safetensors"
    own.parent.mkdir(parents=True)
    own.write_bytes(models.find("restore").read_bytes())
    assert list(models.named_networks()) == ["painters", "any", "restore", "nineteenth", "mine"] and list(
        models.trained_networks()
    ) == ["mine"]
    assert models.find_network("restore") == models.find("restore") and models.find_network("mine") == own
    with pytest.raises(
        ModelError, match="no trained network is called 'lost' \\(there are painters, any, restore, nineteenth, mine\\)"
    ):
        models.find_network("lost")
    with pytest.raises(ModelError, match="cannot be called 'restore'"):
        models.add_network(own, "restore")


def test_it_is_small_and_says_what_it_is():
    assert models.find("restore").stat().st_size < 4_000_000
    card = models.card("restore")
    for word in ("simulated", "non-commercial", "dust", "age_prints.py", "seed", "delta E"):
        assert word in card, word
