"""The benchmark's own parts, on tiny pairs made here; and the README's tables are those of the records."""

import importlib
import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from photostyle.networks import PHOTO, Stylizer, StylizerShape, TrainedStylizer

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "scripts"
PAIRS = ROOT.parent / "shared" / "benchmark" / "pairs"


@pytest.fixture(autouse=True)
def scripts_importable(monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPTS))


def module(name):
    return importlib.import_module(name)


def save(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels.astype(np.uint8)).save(path)


@pytest.fixture
def pictures():
    """Content, style, and a mask of blue above black, 48 x 64."""
    rows = np.linspace(0, 1, 48)[:, None, None]
    noise = np.random.default_rng(0).random((48, 64, 3))
    content, style = 60 + 120 * rows + 40 * noise, (150 * rows + 60 * noise) * (1.2, 0.9, 0.6)
    mask = np.zeros((48, 64, 3))
    mask[:24, :, 2] = 255
    return content, style.clip(0, 255), mask


@pytest.fixture
def folder(tmp_path, pictures):
    content, style, mask = pictures
    for name, pixels in (("content", content), ("style", style), ("content_mask", mask), ("style_mask", mask), ("other", style)):
        save(tmp_path / "pairs" / "3" / f"{name}.png", pixels)
    return tmp_path / "pairs"


def test_a_folder_of_pairs_is_read(folder):
    (pair,) = module("benchmark_pairs").read_pairs(folder)
    assert pair.name == "3" and list(pair.published) == ["other"]
    ours, theirs = pair.masks
    assert ours.shape == theirs.shape == (2, 48, 64) and ours.sum() == 48 * 64


def test_the_papers_layout_is_read(tmp_path, pictures):
    content, style, mask = pictures
    for name, pixels in (
        ("input/in7.png", content), ("style/tar7.png", style), ("segmentation/in7.png", mask),
        ("segmentation/tar7.png", mask), ("final_results/best7_t_1000.png", style), ("input/in12.png", content),
    ):  # fmt: skip
        save(tmp_path / name, pixels)
    pairs = module("benchmark_pairs").read_pairs(tmp_path)
    assert [pair.name for pair in pairs] == ["7", "12"]
    assert list(pairs[0].published) == ["luan2017"] and pairs[0].content_mask is not None
    assert pairs[1].content_mask is None and pairs[1].published == {}
    assert [p.name for p in module("benchmark_pairs").read_pairs(tmp_path, "9-21")] == ["12"]


def test_the_closed_form_gives_each_mask_its_partners_mean(folder):
    (pair,) = module("benchmark_pairs").read_pairs(folder)
    made = module("benchmark_rivals").monge_kantorovich_per_mask(pair)
    for ours, theirs in zip(*pair.masks, strict=True):
        np.testing.assert_allclose(made[ours > 0].mean(0), pair.style[theirs > 0].mean(0), atol=1e-3)


def test_quality_goes_on_where_it_was(folder, tmp_path, monkeypatch):
    quality = module("benchmark_quality")
    made = []
    monkeypatch.setattr(quality, "SCRATCH", tmp_path)
    monkeypatch.setattr(quality, "rivals", lambda: {"content, nothing done": lambda pair: made.append(1) or pair.content})
    app = quality.typer.Typer()
    app.command()(quality.quality)
    command = ["--pairs", folder, "--out", tmp_path, "--label", "done", "--option", "steps=2"]
    for _ in range(2):
        done = CliRunner().invoke(app, [str(a) for a in command], catch_exceptions=False)
        assert done.exit_code == 0
    record = json.loads((tmp_path / "done.json").read_text())
    assert len(made) == 1
    assert list(record["methods"]) == ["photostyle", "content, nothing done", "other"]
    nothing, other = (record["methods"][n]["values"] for n in ("content, nothing done", "other"))
    assert nothing["gstruct"]["mean"] == 1 and other["swd"]["median"] == 0
    in_git = (Path(__file__).resolve().parents[2] / ".git").exists()  # not so where an sdist was unpacked
    assert bool(record["commit"]) == in_git
    assert record["versions"]["torch"] and str(tmp_path) not in json.dumps(record)


def test_an_unknown_option_is_refused(folder):
    quality = module("benchmark_quality")
    with pytest.raises(quality.typer.BadParameter, match="NAME=VALUE"):
        quality._option("hue=1")
    assert quality._option("steps=4") == ("steps", 4) and quality._option("encoder=vgg19") == ("encoder", "vgg19")


def test_every_command_has_help():
    benchmark = module("benchmark")
    for name in benchmark.COMMANDS:
        assert CliRunner().invoke(benchmark.app, [name, "--help"]).exit_code == 0, name


def test_peak_memory_is_seen():
    watched = module("benchmark_memory").watched
    small, large = watched(["-c", ""]), watched(["-c", "import time; b = bytearray(10**8)"])
    assert 80 < large["peak_mb"] - small["peak_mb"] < 130
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        watched(["-c", "1/0"])


def test_a_large_photo_has_its_size(tmp_path):
    path = module("benchmark_photos").large_photo(ROOT / "docs/sample/day.jpg", 0.06, tmp_path / "large.jpg")
    with Image.open(path) as photo:
        assert photo.size == (300, 200)


def test_a_summary_says_mean_median_and_spread():
    found = module("benchmark_record").summary([1.0, 2.0, 6.0])
    assert (found["mean"], found["median"], found["least"], found["most"], found["n"]) == (3, 2, 1, 6, 3)


def test_a_table_is_renewed_between_its_marks(tmp_path):
    tables = module("benchmark_tables")
    mean = {c: {"mean": 0.5} for c in tables.COLUMNS}
    (tmp_path / "quality.json").write_text(json.dumps({"methods": {"photostyle": {"values": mean}}}))
    text = "a\n<!-- benchmark:quality -->\nold\n<!-- /benchmark -->\nb\n"
    new = tables.renewed(text, tmp_path)
    assert "old" not in new and "| **photostyle** | 0.500 | 0.50 | 0.500 | 0.500 | 50.0% | 5.0e-01 |" in new
    assert new.startswith("a\n<!--") and new.endswith("-->\nb\n") and tables.renewed(new, tmp_path) == new
    with pytest.raises(tables.typer.BadParameter, match="speed.json is missing"):
        tables.renewed(text.replace("quality", "speed"), tmp_path)


@pytest.mark.parametrize("name", ["quality", "speed", "memory", "invariance"])
def test_the_records_hold_what_repeats_them_and_give_a_table(name):
    path = ROOT / "docs" / "benchmark" / f"{name}.json"
    if not path.exists():
        pytest.skip(f"no record of {name} yet; python scripts/benchmark.py {name}")
    record = json.loads(path.read_text())
    assert {"commit", "machine", "versions", "threads"} <= record.keys()
    assert not re.search(r'"/\w+/', path.read_text()), "a path of somebody's machine"
    assert module("benchmark_tables").TABLES[name](record).startswith("| ")


def test_the_readmes_tables_are_current():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    if not module("benchmark_tables").MARKED.search(readme):
        pytest.skip("the README marks no table yet")
    assert module("benchmark_tables").renewed(readme) == readme, "run python scripts/benchmark.py tables"


@pytest.mark.shared
@pytest.mark.skipif(not PAIRS.is_dir(), reason="needs the pairs beside the checkout, ../shared")
def test_the_shared_pairs_are_read():
    pairs = module("benchmark_pairs").read_pairs(PAIRS)
    assert len(pairs) == 20 and all("luan2017" in p.published and p.style_mask for p in pairs)


def test_a_device_is_measured_beside_the_processor(folder, tmp_path):
    """The card's part of `speed`, run on the processor: every stage has its time, and two runs are one picture."""
    (pair,) = module("benchmark_pairs").read_pairs(folder)
    times, facts = module("benchmark_card").card(pair, "cpu", 0.02, 1, tmp_path, size=64, steps=2)
    assert times["cpu, with masks: solve"]["n"] == 1 and times["cpu, 0.02 Mpixel: Laplacian, build"]["median"] > 0
    assert facts["two runs: largest difference"] == 0
    assert facts["recorded and step by step: delta E"]["median"] == facts["card and processor: delta E"]["median"] == 0


def test_judges_of_paintings_know_a_hand_and_a_photo(pictures):
    judge = module("paint_judge")
    content, style, _ = (each / 255 for each in pictures)
    content, style = (each.astype(np.float32) for each in (content, style))
    own, other = judge.judged(content, style, style), judge.judged(content, style, content)
    assert own["patches"] < 0.2 * other["patches"]
    assert other["ssim"] == pytest.approx(1) and other["edges"] == pytest.approx(1) and own["ssim"] < 0.9
    assert 0 < judge.patch_distance(content, style[:, :12]) < 10
    features = lambda x: {layer: x.clamp(0, 1) for layer in judge.VGG_LAYERS}
    assert judge.vgg_distances(style, style, features) == [0, 0, 0] < judge.vgg_distances(content, style, features)
    levels = judge.judged(content, style, content, features)
    assert levels["vgg"] == pytest.approx((levels["vgg1"] + levels["vgg2"] + levels["vgg3"]) / 3)


def test_texture_that_goes_along_with_the_photo_is_told_from_a_weave(pictures):
    texture = module("paint_judge").texture
    content = np.random.default_rng(0).random((64, 64, 3)).astype(np.float32)
    weave = content.copy()
    weave[::2] += 0.5
    part, other = (slice(0, -1), slice(None)), content[1:].copy()
    other[::2] += 0.5  # the same weave, on the same photo a row further
    along = texture(content[1:], content[1:], content[1:])
    assert along["texture"] > 0.05 and along["stays"] == 0
    assert texture(content[1:], weave[1:], other)["stays"] > 0.7
    assert texture(content[part], weave[part], weave[part])["stays"] == 0


def test_a_benchmark_of_paintings_on_tiny_pictures(pictures, tmp_path, monkeypatch):
    paint = module("benchmark_paint")
    monkeypatch.setattr(paint, "SCRATCH", tmp_path)
    monkeypatch.setattr(paint, "_is_here", lambda encoder: False)
    for folder, pixels in (("photos", pictures[0]), ("paintings", pictures[1])):
        for name in ("one", "two"):
            save(tmp_path / folder / f"images/{name}.png", pixels)
        (tmp_path / folder / "index.csv").write_text("file,artist\none.png,nobody\ntwo.png,nobody\n")
    places = (tmp_path / "paintings", tmp_path / "photos")
    quick = {"size": 64, "steps": 2, "encoder": "compact", "weights": "1", "label": "few", "out": tmp_path}
    paint.paint(*places, pairs="diagonal", stand_in=True, **quick)
    record = json.loads((tmp_path / "few.json").read_text())
    assert record["pairs"] == [["one.png", "one.png"], ["two.png", "two.png"]] and record["left_out"] == []
    stand_ins = [f"{name} on compact" for name in ("gatys2016", "tutorial", "johnson-layers")]
    assert list(record["methods"]) == ["ours 1", "ours fast", *stand_ins, "plain gatys", "photo"]
    assert record["methods"]["photo"]["ssim"]["mean"] == pytest.approx(1, abs=0.01)
    assert record["methods"]["plain gatys"]["cpu_of_plain"]["mean"] == 1
    assert (tmp_path / "few/sheet.jpg").exists() and "ours 1" in (tmp_path / "few/curve.svg").read_text()
    paint.paint(*places, few=1, minutes=0, **quick)
    record = json.loads((tmp_path / "few.json").read_text())
    assert record["pairs"] == [] and record["pairs_asked_for"] == 1 and record["left_out"][0] == "gatys2016"
    with pytest.raises(paint.typer.BadParameter, match="all or diagonal"):
        paint.paint(*places, pairs="some", **quick)


def test_a_network_is_compared_with_paint_where_both_keep_as_much(pictures, tmp_path, monkeypatch):
    compare = module("benchmark_networks")
    monkeypatch.setattr(compare, "SCRATCH", tmp_path)
    for k in range(8):
        save(tmp_path / f"photos/{k}.png", pictures[0][k:, :])
    save(tmp_path / "paintings/images/mine.png", pictures[1])
    network = Stylizer(StylizerShape(2, 4, 0))
    network.initialise(0)
    trained = TrainedStylizer(network.eval(), ("mine", PHOTO), {"pictures": {"mine": "mine.png"}})
    trained.save(tmp_path / "own.safetensors")
    options = {"photos": tmp_path / "photos", "few": 1, "size": 64, "steps": 1, "out": tmp_path}
    compare.networks(tmp_path / "own.safetensors", tmp_path / "paintings", **options)
    record = json.loads((tmp_path / "network-own.json").read_text())
    (row,) = record["pairs"]
    assert record["styles"] == ["mine"] and row["ratio"] == pytest.approx(row["network"] / row["paint"], rel=1e-3)
    (tmp_path / "paintings/images/mine.png").unlink()
    with pytest.raises(compare.typer.BadParameter, match="mine.png, a style of own.safetensors, is not in paintings"):
        compare.networks(tmp_path / "own.safetensors", tmp_path / "paintings", **options)


def test_a_fit_finds_what_grows_and_what_does_not():
    growth = module("benchmark_growth")
    n = [1, 4, 16, 64, 256]
    found = growth.fit(n, [5 + 0.1 * x**1.2 for x in n])
    assert found["exponent"] == pytest.approx(1.2, abs=0.02) and found["fixed"] == pytest.approx(5, rel=0.01)
    assert growth.fit(n, [700, 702, 699, 701, 700])["exponent"] is None
    assert growth.fit([1, 2, 4], [3, 6, 12])["last_slope"] == pytest.approx(1)


def test_a_growth_curve_is_recorded_and_drawn(tmp_path, monkeypatch):
    growth = module("benchmark_growth")
    seen = []

    def watched(arguments, environment=None):
        seen.append(arguments)
        return {"peak_mb": 100.0 + len(seen), "seconds": 2.0 * len(seen), "processor_seconds": 1.0 * len(seen)}

    monkeypatch.setattr(growth, "watched", watched)
    app = growth.typer.Typer()
    app.command()(growth.growth)
    command = ["--megapixels", "0.01,0.02,0.04", "--regions", "1,2,3", "--photos", "1,2,3", "--out", str(tmp_path)]
    assert CliRunner().invoke(app, command, catch_exceptions=False).exit_code == 0
    record = json.loads((tmp_path / "growth.json").read_text())
    assert [point["n"] for point in record["sizes"]["points"]] == [0.01, 0.02, 0.04]
    assert record["photos"]["points"][0]["again_seconds"] > record["photos"]["points"][0]["seconds"]
    drawn = sorted(path.name for path in tmp_path.glob("*.svg"))
    assert drawn == [f"growth-{name}-{what}.svg" for name in ("photos", "regions", "sizes") for what in ("peak", "processor")]
    plot = (tmp_path / "growth-photos-processor.svg").read_text()
    assert plot.count("<circle") == 6 and "again, all done already" in plot
    assert "| 3 photos, all done already | " in module("benchmark_tables").growth_table(record)
    with pytest.raises(growth.typer.BadParameter, match="what must be of sizes, regions, photos, got 'colours'"):
        growth.growth(["colours"])


def test_stripes_cover_the_photo(tmp_path):
    folder = module("benchmark_growth").stripes(3, (10, 4), tmp_path / "masks")
    masks = [np.asarray(Image.open(path)) for path in sorted(folder.iterdir())]
    assert len(masks) == 3 and masks[0].shape == (4, 10) and (sum(mask.astype(int) for mask in masks) == 255).all()


def test_the_page_on_growth_is_current():
    page = ROOT / "docs" / "notes" / "growth.md"
    assert module("benchmark_tables").renewed(page.read_text("utf-8")) == page.read_text("utf-8")
    for name in re.findall(r"\]\(\.\./benchmark/([\w-]+\.svg)\)", page.read_text("utf-8")):
        assert (ROOT / "docs" / "benchmark" / name).exists(), name
