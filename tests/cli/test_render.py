"""`photostyle run --save-transform`, by its former name --save-field too, and `photostyle render` as a user types them."""

import numpy as np
import pytest
from PIL import Image

QUICK = ["--segmenter", "none", "--size", "64", "--steps", "2", "--device", "cpu", "--encoder", "compact"]


@pytest.fixture
def photos(make_photos):
    return make_photos(("day.png", (40, 60), (1, 1, 1)), ("dusk.png", (50, 30), (1, 0.6, 0.4)))


def test_render_repeats_a_run(photos, call):
    day, new, again, field = (photos / name for name in ("day.png", "new.png", "again.png", "f.safetensors"))
    run = ["run", "-c", day, "-s", photos / "dusk.png", "-o", new, "--save-field", field]
    code, _, err = call(*run, *QUICK)
    assert code == 0, err
    code, out, err = call("render", day, "--field", field, "-o", again, "--device", "cpu")
    assert code == 0 and out.strip() == str(again), err
    first, second = (np.asarray(Image.open(path)).astype(int) for path in (new, again))
    assert np.abs(first - second).max() <= 1
    code, _, err = call("render", day, "--field", field, "-o", again, "--overwrite", "--strength", "0", "--depth", "16")
    assert code == 0 and np.array_equal(np.asarray(Image.open(again)), np.asarray(Image.open(day))), err


def test_another_photo_is_refused_unless_forced(photos, call, make_photos):
    make_photos(("other.png", (40, 60), (0.5, 1, 0.5)))
    found = photos / "found.safetensors"
    run = ["run", "-c", photos / "day.png", "-s", photos / "dusk.png", "-o", photos / "new.png", "--save-transform", found, "-q"]
    assert call(*run, *QUICK)[0] == 0
    render = ["render", photos / "other.png", "--transform", found, "-o", photos / "again.png", "--device", "cpu"]
    code, out, err = call(*render)
    assert code == 2 and out == "" and err.count("\n") == 1
    assert "found for day.png and has its masks, and this is another photo" in err and err.endswith("(--force)\n")
    code, out, err = call(*render, "--force")
    assert code == 0 and out.strip() == str(photos / "again.png"), err


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--depth", "12"], "depth must be one of"),
        (["--quality", "0"], "quality must be keep or"),
        (["--metadata", "drop"], "metadata must be one of"),
        (["--strength", "sky=9"], "strength of 'sky'"),
        (["-o", "day.png/new.png"], "is a file and no folder"),
        (["--save-field", "day.png/f.safetensors"], "is a file and no folder"),
        (["--save-field", "none.jpg"], "ends in .safetensors"),
        (["-o", "f.png", "--compare", "f.png"], "is asked for twice"),
    ],
)
def test_bad_options_fail_before_the_photo_is_read(photos, call, monkeypatch, arguments, text):
    monkeypatch.chdir(photos)
    code, _, err = call("run", "-c", "day.png", "-s", "dusk.png", *arguments)
    assert code == 2 and text in err and err.count("\n") == 1
