"""Aged prints and the benchmark of translation, on tiny pictures."""

import importlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photostyle.networks.translation import FieldGenerator, FieldShape, TrainedTranslators, Translators

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


@pytest.fixture(autouse=True)
def scripts_importable(monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPTS))


@pytest.fixture
def photos(tmp_path):
    """A folder of small photos: ramps of several colours."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for k in range(24):
        rows = np.linspace(0.05, 0.95, 40)[:, None, None] ** (0.5 + k / 12)
        pixels = rows * np.ones((40, 48, 3)) * np.linspace(0.4, 1, 48)[None, :, None] * [1, 0.9 - k / 60, 0.5 + k / 60]
        Image.fromarray((pixels * 255).astype(np.uint8)).save(folder / f"{k:02}.png")
    return folder


@pytest.fixture
def prints(photos, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["age_prints.py", str(photos), str(tmp_path / "prints"), "--seed", "3", "--copies", "1"])
    importlib.import_module("age_prints").main()
    return tmp_path / "prints"


@pytest.fixture
def network(tmp_path):
    made = [FieldGenerator(FieldShape(4, 2, 2, 2, view=32)) for _ in range(2)]
    for seed, part in enumerate(made):
        part.initialise(seed)
    TrainedTranslators(Translators(*made), "field", ("aged", "clean"), {"name": "tiny"}).save(tmp_path / "tiny.safetensors")
    return tmp_path / "tiny.safetensors"


def test_the_parts_are_disjoint_and_the_same_each_time(photos, prints, tmp_path):
    ages = importlib.import_module("age_prints")
    named = {part: {path.stem for path in (prints / part).iterdir()} for part in ("aged", "clean", "held", "truth")}
    assert named["held"] == named["truth"] and all(named.values())
    assert not named["aged"] & named["clean"] and not named["held"] & (named["aged"] | named["clean"])
    assert len(named["aged"] | named["clean"] | named["held"]) == 24
    assert ages.part_of("a.jpg", 1) == ages.part_of("a.jpg", 1)
    shares = [sum(ages.part_of(f"{k}.jpg", 1) == part for k in range(4000)) / 4000 for part in ages.PARTS]
    assert np.allclose(shares, ages.SHARES, atol=0.03)


def test_a_print_loses_contrast_and_black_and_gets_a_cast():
    ages = importlib.import_module("age_prints")
    ramp = np.linspace(0, 1, 64, dtype=np.float32)[None, :, None] * np.ones((64, 64, 3), np.float32)
    aged = np.stack([ages.aged_print(ramp, np.random.default_rng(k)) for k in range(12)])
    assert aged.min() >= 0 and aged.max() <= 1 and aged.shape == (12, 64, 64, 3)
    dark, light = aged[:, :, 2:10].mean((1, 2)), aged[:, :, -10:-2].mean((1, 2))
    assert (dark.mean(-1) > 0.1).all()  # blacks are lifted
    assert (light[:, 2] < light[:, 0]).mean() > 0.7  # paper turned yellow
    cast = aged.mean((1, 2)) - aged.mean((1, 2, 3))[:, None]
    assert np.abs(cast).max(-1).mean() > 0.02
    again = ages.aged_print(ramp, np.random.default_rng(0))
    assert np.array_equal(again, aged[0])


def test_fading_leaves_paper_and_takes_most_where_there_is_most_dye():
    ages = importlib.import_module("age_prints")
    density = np.broadcast_to(np.linspace(0, 2, 32)[:, None, None], (32, 8, 3)).copy()
    for seed in range(6):
        faded = ages.faded(density, np.random.default_rng(seed))
        assert np.allclose(faded[0], 0) and (faded <= density + 1e-9).all()
        assert (density - faded)[-1].min() > (density - faded)[4].max() * 0.5


def test_levels_take_a_cast_away():
    translate = importlib.import_module("benchmark_translate")
    ramp = np.linspace(0, 1, 50, dtype=np.float32)[:, None, None] * np.ones((50, 20, 3), np.float32)
    faded = 0.2 + ramp * np.float32([0.7, 0.5, 0.4])
    assert translate.nearness(translate.levels_by_channel(faded), ramp)[2] < 0.1 * translate.nearness(faded, ramp)[2]


def test_restoration_is_measured_against_truth(prints, network):
    translate = importlib.import_module("benchmark_translate")
    rows = translate.against_truth(
        {"as it is": np.asarray, "grey": lambda photo: photo * 0 + 0.5}, prints / "held", prints / "truth", 9
    )
    assert rows["as it is"]["pictures"] == len(list((prints / "held").iterdir()))
    assert rows["as it is"]["better"] == 0 and rows["grey"]["PSNR"] < 60


@pytest.mark.parametrize("what", ["restore", "set"])
def test_the_benchmark_writes_a_record(what, prints, network, tmp_path, monkeypatch):
    translate = importlib.import_module("benchmark_translate")
    monkeypatch.setattr(translate, "write_record", lambda record, name: json.dumps(record) and name)
    monkeypatch.setattr(translate, "labels_of", lambda photo, session: (photo.mean(-1) > 0.5).astype(int))
    seen = {}
    monkeypatch.setattr(translate, "print_table", lambda title, header, rows: seen.update({row[0]: row[1:] for row in rows}))
    shown = prints / "clean" if what == "set" else None
    translate.translate(
        what, network, prints / "held", prints / ("truth" if what == "restore" else "clean"), shown=shown, count=4
    )
    expected = {"restore": {"as it is", "restore", "levels by channel"}, "set": {"the photos", "Monge-Kantorovich", "network"}}
    assert set(seen) == expected[what]
