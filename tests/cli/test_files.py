"""What commands read and write: photos by their places, pipes, globs and URLs; nothing that is there is replaced unasked."""

import io
import json
import sys

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import save

from photostyle import cli
from photostyle.cli.files import Files
from photostyle.cli.inputs import local_input
from photostyle.errors import FileError, PhotoError

QUICK = ["--segmenter", "none", "--size", "64", "--steps", "1", "--device", "cpu", "--encoder", "compact"]
EXISTS = "exists already; give another output, or allow that it is replaced (--overwrite)"
AN_INPUT = "is also an input, and inputs are never replaced; give another output (--output)"


@pytest.fixture(autouse=True)
def photos(make_photos, monkeypatch, tmp_path):
    """A day and a dusk in the current folder."""
    monkeypatch.chdir(tmp_path)
    return make_photos(("day.jpg", (40, 60), (1, 1, 1)), ("dusk.png", (50, 30), (1, 0.6, 0.4)))


@pytest.fixture
def piped(monkeypatch):
    """Runs a command between two pipes: `piped(data, "run", "-", ...)` -> (exit code, what came out, stderr)."""

    def run(data: bytes, *words: str) -> tuple[int, bytes, str]:
        if not cli.app.registered_commands:
            cli._add_commands()
        out, err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), io.StringIO()
        with monkeypatch.context() as patch:
            patch.setattr(cli, "_add_commands", lambda: None)
            patch.setattr(sys, "argv", ["photostyle", *words])
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            with pytest.raises(SystemExit) as stop:
                cli.main()
        out.flush()
        return int(stop.value.code or 0), out.buffer.getvalue(), err.getvalue()

    return run


@pytest.mark.parametrize(
    "words",
    [
        "day.jpg dusk.png",
        "day.jpg -s dusk.png",
        "dusk.png -c day.jpg",
        "-c day.jpg -s dusk.png",
        "da*.jpg d*k.png",
        "./day.jpg dusk.png",
    ],
)
def test_content_and_style_are_named_by_their_places_or_options(call, words):
    code, out, err = call("run", *words.split(), "--dry-run", "--json")
    assert code == 0, err
    record = json.loads(out)
    assert (record["output"], record["width"], record["height"]) == ("day-relit.jpg", 60, 40)


def test_a_photo_comes_and_goes_through_pipes(photos, piped):
    code, out, err = piped((photos / "day.jpg").read_bytes(), "run", "-", "dusk.png", "-o", "-", *QUICK)
    assert code == 0, err
    picture = Image.open(io.BytesIO(out))
    assert picture.format == "JPEG" and picture.size == (60, 40)
    assert "note: both photos" in err and "photostyle-" not in err
    assert sorted(path.name for path in photos.iterdir()) == ["day.jpg", "dusk.png"]


def test_what_is_piped_may_get_another_format(photos, piped):
    words = ["run", "day.jpg", "-", "-o", "-", "--format", "png", "--json", *QUICK]
    code, out, err = piped((photos / "dusk.png").read_bytes(), *words)
    assert code == 0 and Image.open(io.BytesIO(out)).format == "PNG"
    record = json.loads(err)
    assert record["output"] == "standard output" and record["inputs"]["style"] == "-"


@pytest.mark.parametrize(
    ("words", "data", "text"),
    [
        ("- dusk.png -o a.png", b"x", "standard input: not a photo that can be read, but a text"),
        ("- dusk.png -o a.png", b"", "standard input: is empty"),
        ("- - -o a.png", b"x", "standard input (-) holds one photo; give it once"),
        ("day.jpg dusk.png --compare -", b"", "only the main output of a command can be written to standard output"),
    ],
)
def test_pipes_that_cannot_be_are_one_line(piped, words, data, text):
    code, out, err = piped(data, "run", *words.split())
    assert code == 2 and out == b"" and text in err and err.count("\n") == 1, err


def test_a_nameless_photo_needs_a_named_output(photos, piped):
    code, _, err = piped((photos / "day.jpg").read_bytes(), "run", "-", "dusk.png")
    assert code == 2 and "what comes through a pipe has no name; name the output" in err


def test_a_glob_of_several_photos_speaks_of_batch(call, photos):
    (photos / "day2.jpg").write_bytes((photos / "day.jpg").read_bytes())
    code, _, err = call("run", "day*.jpg", "dusk.png")
    assert (
        code == 2 and "2 files match, such as day.jpg and day2.jpg; name one content, or give them all to photostyle batch" in err
    )


def test_a_url_is_fetched_and_names_the_result(call, photos):
    fsspec = pytest.importorskip("fsspec")
    with fsspec.open("memory://shoot/far.jpg", "wb") as file:
        file.write((photos / "day.jpg").read_bytes())
    code, out, err = call("run", "memory://shoot/far.jpg", "dusk.png", "--dry-run", "--json")
    assert code == 0 and json.loads(out)["output"] == "far-relit.jpg", err
    code, _, err = call("run", "memory://shoot/none.jpg", "dusk.png")
    assert code == 2 and "memory://shoot/none.jpg: no such file" in err


def test_a_url_is_taken_up_to_a_limit(tmp_path, monkeypatch):
    fsspec = pytest.importorskip("fsspec")
    from photostyle.cli import inputs

    with fsspec.open("memory://shoot/large.jpg", "wb") as file:
        file.write(bytes(100))
    monkeypatch.setattr(inputs, "MOST", 99)
    with pytest.raises(PhotoError, match="is larger than"):
        local_input("memory://shoot/large.jpg", "content", lambda: tmp_path)


def test_a_default_name_gets_a_number(call, photos):
    for name in ("day-relit.jpg", "day-relit-2.jpg"):
        (photos / name).write_text("mine")
    code, out, _ = call("run", "day.jpg", "dusk.png", "-q", *QUICK)
    assert code == 0 and out == "day-relit-3.jpg\n" and (photos / "day-relit.jpg").read_text() == "mine"
    code, out, err = call("run", "day.jpg", "dusk.png", "--overwrite", "--dry-run", "--json")
    assert code == 0 and json.loads(out)["output"] == "day-relit.jpg", err


def test_folders_are_made_when_the_work_is_done(call, photos):
    made = [
        "-o",
        "new/a/out.png",
        "--compare",
        "new/b/both.png",
        "--save-transform",
        "new/c/day.safetensors",
        "--report",
        "n/r.html",
    ]
    code, out, err = call("run", "day.jpg", "dusk.png", *made, *QUICK)
    assert code == 0 and out.split() == ["new/a/out.png", "new/b/both.png", "n/r.html", "new/c/day.safetensors"], err
    assert all((photos / name).is_file() for name in out.split())
    code, out, _ = call("run", "day.jpg", "dusk.png", "-o", "new/", "--dry-run", "--json")
    assert json.loads(out)["output"] == "new/day-relit.jpg"


REFUSED = {
    "run day.jpg dusk.png -o there.jpg": EXISTS,
    "run day.jpg dusk.png --compare there.jpg": EXISTS,
    "run day.jpg dusk.png --report there.html": EXISTS,
    "run day.jpg dusk.png --save-transform there.safetensors": EXISTS,
    "run day.jpg dusk.png -o day.jpg --overwrite": AN_INPUT,
    "run day.jpg dusk.png --compare dusk.png --overwrite": AN_INPUT,
    "run day.jpg dusk.png -o link.jpg --overwrite": AN_INPUT,
    "run day.jpg dusk.png --depth 16 -o a.jpg": "a.jpg: JPEG holds a depth of 8, not 16; choose .tif, which holds all (--depth)",
    "run day.jpg dusk.png --quality 101": "quality must be keep or a whole number from 1 to 100",
    "run day.jpg dusk.png -o a.xyz": "names no format that can be written",
    "run day.jpg dusk.png -o a.png --format jpeg": "format must be that of the extension of a.png",
    "run day.jpg dusk.png --report a.txt": "a report is a .html file",
    "run day.jpg dusk.png --save-transform a.jpg": "a transform is a .safetensors file",
    "run day.jpg dusk.png -o day.jpg/a.jpg": "is a file and no folder",
    f"run day.jpg dusk.png -o {'x' * 300}.jpg": "is no name for a file here",
    "run clear.png dusk.png -o a.jpg": "JPEG cannot hold this photo's transparency",
    "run there.look dusk.png": "there.look: is a look, got as the content; the content must be a photo",
    "render day.jpg there.safetensors -o there.jpg": EXISTS,
    "render there.safetensors day.jpg": "got as the content; the content must be a photo",
    "look dusk.png -o there.look": EXISTS,
    "lut day.jpg dusk.png -o there.cube": EXISTS,
    "lut day.jpg dusk.png -o new.cube --hald": "new-hald.png: " + EXISTS,
    "lut day.jpg dusk.png -o new.cube --per-region": "new-sky.cube: may be the LUT of a region, and " + EXISTS,
    "masks day.jpg -o -": "masks are several files, and standard output takes one",
    "lut day.jpg dusk.png -o - --hald": "standard output takes one table",
    "compare day.jpg dusk.png -o there.jpg": EXISTS,
    "compare day.jpg dusk.png -o day.jpg --overwrite": AN_INPUT,
    "compare day.jpg dusk.png more.jpg": "two photos are before and after, got 3",
    "masks day.jpg -o masks": EXISTS,
    "masks day.jpg -o day.jpg": "is a file, and masks go to a folder",
    "batch day.jpg -s dusk.png -o there.jpg": "give another output, or allow that it is replaced (--overwrite)",
    "batch day.jpg -s dusk.png -o day.jpg --overwrite": AN_INPUT,
    "batch day.jpg -s dusk.png -o a.jpg --depth 16": "a.jpg: JPEG holds a depth of 8, not 16",
    "batch day.jpg -s dusk.png -o a.jpg --report there.html": EXISTS,
}


@pytest.mark.parametrize("line", REFUSED)
def test_what_cannot_be_written_is_refused_before_the_work(call, photos, monkeypatch, line):
    pytest.importorskip("colour")
    for name in ("there.jpg", "there.html", "there.safetensors", "there.look", "there.cube", "new-hald.png", "new-sky.cube"):
        (photos / name).write_text("mine")
    (photos / "there.safetensors").write_bytes(save({"a": np.zeros(1)}))
    (photos / "masks").mkdir()
    (photos / "masks" / "day.json").write_text("mine")
    (photos / "link.jpg").symlink_to("day.jpg")
    Image.fromarray(np.full((40, 60, 4), 99, np.uint8)).save(photos / "clear.png")
    before = {path: path.read_bytes() for path in photos.rglob("*.*")}
    for name in ("photostyle.story.transfer", "photostyle.story.measure", "photostyle.regions.regions_of"):
        monkeypatch.setattr(name, lambda *a, **k: pytest.fail("it was worked on"))
    code, out, err = call(*line.split())
    assert code == 2 and out == "" and REFUSED[line] in err and err.count("\n") == 1, err
    assert {path: path.read_bytes() for path in photos.rglob("*.*")} == before


def test_a_missing_file_is_said_before_anything_heavy_is_loaded(call, monkeypatch):
    lines = ["run none.jpg dusk.png", "run day.jpg none.png", "render none.jpg a.safetensors", "look none.jpg"]
    lines += ["lut none.jpg dusk.png", "masks none.jpg", "compare none.jpg dusk.png", "masks check none.png day.jpg"]
    for line in lines:
        with monkeypatch.context() as patch:
            for heavy in ("photostyle.story", "photostyle.photo", "photostyle.session", "torch"):
                patch.setitem(sys.modules, heavy, None)
            code, _, err = call(*line.split())
        assert code == 2 and err.endswith("no such file; check the path\n"), err


def test_an_unwritable_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("os.access", lambda *a, **k: False)
    with Files() as files, pytest.raises(FileError, match="no permission to write there"):
        files.target(tmp_path / "new" / "a.jpg")
