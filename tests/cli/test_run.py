"""`photostyle run` as a user types it."""

import json
import os
import signal
import subprocess
import sys

import pytest
from PIL import Image

QUICK = ["--segmenter", "none", "--size", "64", "--steps", "2", "--device", "cpu", "--encoder", "compact"]


@pytest.fixture
def photos(make_photos):
    return make_photos(("day.jpg", (40, 60), (1, 1, 1)), ("dusk.png", (50, 30), (1, 0.6, 0.4)))


def test_one_photo_relit(photos, call):
    code, out, err = call(
        "run", "-c", photos / "day.jpg", "-s", photos / "dusk.png",
        "-o", photos / "new.png", "--compare", photos / "both.jpg", *QUICK,
    )  # fmt: skip
    assert code == 0, err
    assert out.split() == [str(photos / "new.png"), str(photos / "both.jpg")]
    assert Image.open(photos / "new.png").size == (60, 40)
    assert Image.open(photos / "both.jpg").size[0] > 120
    assert "on cpu with compact" in err and "of content" in err and "\r" not in err


def test_the_default_output_stands_beside_the_content(photos, call):
    code, out, _ = call("run", "-c", photos / "day.jpg", "-s", photos / "dusk.png", *QUICK)
    assert code == 0 and out.strip() == str(photos / "day-relit.jpg")


def test_json(photos, call):
    code, out, err = call("run", "-c", photos / "day.jpg", "-s", photos / "dusk.png", "--json", *QUICK)
    record = json.loads(out)
    assert code == 0 and err == ""
    assert (record["width"], record["height"], record["steps"]) == (60, 40, 2)
    assert record["regions"][0]["content"] == "all" and record["seconds"]["total"] > 0


@pytest.fixture
def odd_inputs(photos):
    """Beside the photos, files that cannot be used."""
    (photos / "text.jpg").write_text("no picture")
    (photos / "empty.jpg").write_bytes(b"")
    (photos / "cut.jpg").write_bytes((photos / "day.jpg").read_bytes()[:300])
    Image.new("RGB", (1, 1)).save(photos / "dot.png")
    Image.new("RGB", (30, 60)).save(photos / "wrong-mask.png")
    return photos


@pytest.mark.parametrize(
    ("content", "options", "text"),
    [
        ("none.jpg", [], "no such file"),
        ("text.jpg", [], "text.jpg"),
        ("empty.jpg", [], "empty.jpg"),
        ("cut.jpg", [], "cut.jpg"),
        (".", [], "folder"),
        ("dot.png", [], "at least 16 pixels a side, got 1 x 1"),
        ("day.jpg", ["--strength", "9"], "strength must be a number from 0 to 1.5"),
        ("day.jpg", ["--device", "cuda:77"], "cuda:77 cannot be used"),
        ("day.jpg", ["--encoder", "vgg99"], "encoder must be one of"),
        ("day.jpg", ["--encoder", "vgg19", "--weights", "nothing.pth"], "nothing.pth"),
        ("day.jpg", ["--content-mask", "wrong-mask.png"], "30 x 60"),
        ("day.jpg", ["--content-mask", "text.jpg"], "text.jpg"),
        ("day.jpg", ["-o", "day.jpg/new.png"], "is a file and no folder"),
        ("day.jpg", ["-o", "new.xyz"], "new.xyz"),
        ("day.jpg", ["-o", "day.jpg"], "is also an input"),
        ("day.jpg", ["--pair", "sky"], "sky"),
        ("day.jpg", ["--compare", "new.png"], "asked for twice"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(odd_inputs, call, monkeypatch, content, options, text):
    monkeypatch.chdir(odd_inputs)
    before = sorted(odd_inputs.iterdir())
    target = [] if "-o" in options else ["-o", "new.png"]
    code, out, err = call("run", "-c", content, "-s", "dusk.png", *target, *QUICK, *options)
    last = err.strip().splitlines()[-1]
    assert code == 2 and out == "", err
    assert last.startswith("photostyle: ") and text in last
    assert "Traceback" not in err
    assert sorted(odd_inputs.iterdir()) == before


def test_overwrite_must_be_asked_for(photos, call):
    day, dusk, new = photos / "day.jpg", photos / "dusk.png", photos / "new.jpg"
    new.write_text("mine")
    code, _, err = call("run", "-c", day, "-s", dusk, "-o", new, *QUICK)
    assert code == 2 and err.endswith("exists already; give another output, or allow that it is replaced (--overwrite)\n")
    assert err.count("\n") == 1 and new.read_text() == "mine"
    code, _, _ = call("run", "-c", day, "-s", dusk, "-o", new, "--overwrite", *QUICK)
    assert code == 0 and Image.open(new).size == (60, 40)


def test_the_former_name_of_the_method_is_heard(photos, call):
    code, out, err = call("run", "-c", photos / "day.jpg", "-s", photos / "dusk.png", "--solver", "pixel", "--json", *QUICK)
    assert code == 0, err
    assert json.loads(out)["regions"][0]["content"] == "all"


ENDED = """
import os, signal, sys
from photostyle import cli, story
story.transfer = lambda *a, **k: os.kill(os.getpid(), signal.{name})
sys.argv = ["photostyle", "run", "-c", "day.jpg", "-s", "dusk.png", "-o", "new.png"]
cli.main()
"""


@pytest.mark.skipif(os.name == "nt", reason="needs signals")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_an_interruption_is_a_line_and_leaves_nothing(photos, name):
    heard = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)  # tests in the background of a shell are deaf to Ctrl-C
    before = sorted(photos.iterdir())
    code = [sys.executable, "-c", ENDED.format(name=name)]
    run = subprocess.run(code, cwd=photos, capture_output=True, text=True, preexec_fn=heard, timeout=120)
    assert run.returncode == 130 and run.stderr.endswith("photostyle: interrupted\n") and "Traceback" not in run.stderr
    assert sorted(photos.iterdir()) == before
