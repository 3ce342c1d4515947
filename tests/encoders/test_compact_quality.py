"""The shipped compact weights against their teacher, on photos kept out of the training."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.stats import spearmanr

from photostyle.encoders import load_encoder

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not (SHARED / "teacher").is_dir(), reason="needs the data beside the checkout, ../shared"),
]


def judge():
    spec = importlib.util.spec_from_file_location("judge_encoder", ROOT / "scripts" / "judge_encoder.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def held_out(count):
    names = sorted(p.name for p in (SHARED / "photos" / "images").iterdir())[::20]
    for name in names[:: len(names) // count]:
        with Image.open(SHARED / "photos" / "images" / name) as image:
            rgb = np.asarray(image.convert("RGB").reduce(2))
        yield torch.from_numpy(rgb.copy()).permute(2, 0, 1)[None].float() / 255


def test_features_carry_what_differs_between_photos():
    teacher, compact = judge().teacher_of(SHARED), load_encoder("compact")
    with torch.no_grad():
        pairs = [(teacher(x), list(compact(x).values())) for x in held_out(8)]
    for k in range(4):
        theirs = torch.stack([t[k].mean((0, 2, 3)) for t, _ in pairs])
        live = theirs.pow(2).mean(0) > 1e-4 * theirs.pow(2).mean(0).sum()
        own = torch.stack([s[k].mean((0, 2, 3)) for _, s in pairs])
        theirs, own = theirs[:, live], own
        scale = (theirs * own).sum() / theirs.pow(2).sum()
        differs = (scale * (theirs - theirs.mean(0))).norm()
        assert (own - scale * theirs).norm() < 0.25 * differs, f"level {k + 1}"


def test_outputs_are_ranked_as_the_teacher_ranks_them():
    judging = judge()
    compact = load_encoder("compact")
    encoders = {"teacher": judging.teacher_of(SHARED), "compact": lambda x: list(compact(x).values())}
    table = judging.Judge(SHARED / "benchmark" / "pairs" / "9", 160, encoders).table()
    assert spearmanr(table["teacher"].mean(1), table["compact"].mean(1)).statistic > 0.95
