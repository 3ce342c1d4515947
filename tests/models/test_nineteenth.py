"""The network that ships for paintings of the nineteenth century: found by its name, and known failures do not show."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import photostyle
from photostyle import models
from photostyle.cli import main
from photostyle.photo import read_photo, resample
from photostyle.training.adversarial import failures

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def photos() -> list[np.ndarray]:
    names = ("day.jpg", "sunset.jpg")
    return [resample(read_photo(ROOT / "docs/sample" / name).pixels, (240, 160)).clip(0, 1) for name in names]


def stacked(pictures: list[np.ndarray]) -> torch.Tensor:
    return torch.from_numpy(np.moveaxis(np.stack(pictures).astype(np.float32), -1, 1).copy())


def test_a_photo_is_painted_and_shows_what_it_showed(photos):
    made = [photostyle.transfer(each, method="network", network="nineteenth").photo.pixels.clip(0, 1) for each in photos]
    before, after = stacked(photos), stacked(made)
    assert failures.light_kept(before, after) > 0.7
    assert failures.changed(before, after) > 0.03
    assert failures.holes(before, after) < 0.01
    assert failures.checkerboard(after) < 6  # a grid on smooth drawn things, as its card says; of sixty real photos 0.4
    assert (after[0] - after[1]).abs().mean() > 0.05  # two photos do not become one picture


def test_it_is_called_by_its_name(tmp_path, monkeypatch):
    photo = ROOT / "docs/sample/day.jpg"
    monkeypatch.chdir(tmp_path)
    words = ["paint", str(photo), "--method", "nineteenth", "--size", "160", "-o", "new.png", "--quiet"]
    monkeypatch.setattr(sys, "argv", ["photostyle", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code and read_photo("new.png").size == read_photo(photo).size


def test_it_is_small_and_says_what_it_is():
    assert models.find("nineteenth").stat().st_size < 4_000_000
    card = models.card("nineteenth")
    for word in ("public domain", "non-commercial", "held out", "nineteenth_sets.py", "seed", "Kernel distance", "painters"):
        assert word in card, word
