"""The shipped compact5 against its teachers, on pictures kept out of the training."""

import importlib
from pathlib import Path

import pytest
import torch
from scipy.stats import spearmanr

from photostyle.encoders import load_encoder

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not (SHARED / "teachers").is_dir(), reason="needs the data beside the checkout, ../shared"),
]


def test_gram_distances_rank_pictures_as_vgg_does(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    judging = importlib.import_module("judge_compact5")
    _, held_out = judging.split_pictures(SHARED)
    pictures = [judging.fitted(path, 96) for path in held_out["photos"][::16] + held_out["paintings"][::3]]
    teacher = judging.Teacher(SHARED)
    encoder = load_encoder("compact5")
    with torch.no_grad():
        own = [judging.grams_of(lambda x: list(encoder(x).values()), x) for x in pictures]
        known = [judging.grams_of(teacher, x) for x in pictures]
    mine, theirs = judging.distances(own[1:], own[0]), judging.distances(known[1:], known[0])
    for level, least in enumerate((0.95, 0.9, 0.9, 0.8)):
        assert spearmanr(mine[:, level], theirs[:, level]).statistic > least, f"level {level + 1}"
