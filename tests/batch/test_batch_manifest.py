"""Manifests: a column for every option, as spreadsheets write them."""

from pathlib import Path

import pytest

from photostyle.batch.manifest import FILE_COLUMNS, WRITING_COLUMNS, option_columns
from photostyle.batch.plan import make_plan
from photostyle.errors import PhotostyleError
from photostyle.options import option_names
from photostyle.registry import method_names

ROW = {
    "content": "shoot/a.jpg",
    "style": "dusk.jpg",
    "content_mask": "masks/a.png",
    "style_mask": "masks/dusk.png",
    "output": "out/a.png",
    "depth": "16",
    "quality": "85",
    "metadata": "strip",
    "method": "pixels",
    "strength": '"0.8,sky=0.4"',
    "luma": "0.5",
    "chroma": '"1,person=0"',
    "protect": '"person,car"',
    "ignore": "water",
    "pairs": "sea=lake",
    "feather": "1%",
    "hard_masks": "yes",
    "segmenter": "none",
    "seed": "3",
    "precision": "float32",
    "device": "cpu",
    "cache": "no",
    "encoder": "compact",
    "size": "128",
    "steps": "7",
}


@pytest.fixture
def shoot(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("shoot/a.jpg", "dusk.jpg", "masks/a.png", "masks/dusk.png", "w.safetensors"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).touch()


def manifest(row, separator=",", name="rows.csv", start=""):
    text = start + separator.join(row) + "\n" + separator.join(row.values()) + "\n"
    Path(name).write_text(text, "utf-8")
    return name


def test_every_option_of_every_method_is_a_column():
    columns = (*FILE_COLUMNS, *WRITING_COLUMNS, *option_columns())
    for method in method_names():
        assert set(option_names(method)) <= set(columns)


def test_a_row_says_all(shoot):
    (job,) = make_plan([manifest(ROW)], None)
    options = job.options
    assert (job.content_mask, job.style_mask, job.output) == ("masks/a.png", "masks/dusk.png", "out/a.png")
    assert job.writing == {"depth": 16, "quality": 85, "metadata": "strip"}
    assert options.strength == {"*": 0.8, "sky": 0.4} and options.luma == 0.5 and options.chroma == {"*": 1.0, "person": 0.0}
    assert options.protect == ("person", "car") and options.ignore == ("water",) and options.pairs == {"sea": "lake"}
    assert (options.method, options.settings.steps, options.settings.size, options.seed) == ("pixels", 7, 128, 3)
    assert (options.hard_masks, options.cache, options.feather, options.segmenter) == (True, False, "1%", "none")


@pytest.mark.parametrize("separator", [";", "\t"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_what_spreadsheets_write(shoot, separator, start):
    row = {"Content": "shoot/a.jpg", " Style ": "dusk.jpg", "Strength": "0.5", "Hard-Masks": "yes", "pair": "sea=lake"}
    (job,) = make_plan([manifest(row, separator, start=start)], "out")
    assert job.options.strength == 0.5 and job.options.hard_masks and job.options.pairs == {"sea": "lake"}


def test_weights_lie_where_the_manifest_does(shoot):
    Path("sub").mkdir()
    manifest({"content": "../shoot/a.jpg", "weights": "../w.safetensors"}, name="sub/rows.csv")
    (job,) = make_plan(["sub/rows.csv"], "out", ["dusk.jpg"])
    assert job.options.settings.weights == Path("sub/../w.safetensors")


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ({"content": "shoot/a.jpg", "stile": "x"}, "rows.csv: unknown column 'stile'; did you mean style?"),
        ({"content": "shoot/a.jpg", "xyzzy": "x"}, "rows.csv: unknown column 'xyzzy'; the columns are content, style"),
        ({"content": "shoot/a.jpg", "luma": "1", "Luma": "1"}, "rows.csv: two columns 'luma'; keep one"),
        ({"style": "dusk.jpg"}, "rows.csv: no column 'content'; the columns are content"),
        ({"content": "shoot/a.jpg", "depth": "12"}, "rows.csv, row 2: depth must be one of keep, 8, 16, float, got '12'"),
        ({"content": "shoot/a.jpg", "luma": "0,5"}, "luma must be a number"),
    ],
)
def test_what_is_refused(shoot, row, text):
    separator = ";" if "0,5" in row.values() else ","
    with pytest.raises(PhotostyleError, match=text.replace("?", r"\?")):
        make_plan([manifest(row, separator)], "out", ["dusk.jpg"])
