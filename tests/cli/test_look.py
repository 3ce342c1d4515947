"""`photostyle look`, and `photostyle run --style sunset.look`, as a user types them."""

import json

import numpy as np
import pytest
from PIL import Image

QUICK = ("--encoder", "compact", "--segmenter", "none", "--device", "cpu", "--no-cache", "--size", "64")


@pytest.fixture(autouse=True)
def photos(monkeypatch, tmp_path):
    """A day and a dusk in the current folder."""
    monkeypatch.chdir(tmp_path)
    for seed, name in enumerate(("day.png", "dusk.jpg")):
        ramp = np.linspace(40, 200 - 60 * seed, 40)[:, None, None] + np.random.default_rng(seed).normal(0, 9, (40, 60, 3))
        Image.fromarray(ramp.clip(0, 255).astype(np.uint8)).save(name)


def test_a_look_is_measured_shown_and_used(call, tmp_path):
    code, stdout, stderr = call("look", "dusk.jpg", *QUICK)
    assert (code, stdout) == (0, "dusk.look\n") and "100.0%  all" in stderr and "look of dusk.jpg, version 2" in stderr
    code, stdout, _ = call("look", "--info", "dusk.look", "--json")
    facts = json.loads(stdout)
    assert code == 0 and facts["encoder"] == "compact" and facts["size"] == 64 and facts["regions"][0]["name"] == "all"
    same = ("run", "-c", "day.png", "--steps", "2", "-q", *QUICK)
    assert call(*same, "--style", "dusk.jpg", "-o", "a.png")[0] == 0
    code, _, stderr = call(*same, "--style", "dusk.look", "-o", "b.png", "--report", "b.html")
    assert code == 0, stderr
    assert np.array_equal(np.asarray(Image.open("a.png")), np.asarray(Image.open("b.png")))
    code, _, stderr = call("run", "day.png", "dusk.look", "--fast", "--steps", "1", "-o", "c.png", *QUICK[:-2])
    assert code == 0 and "note: fast works at 224 pixels, but the look was measured at 64: solved at that size" in stderr
    assert "a look of dusk.jpg" in (tmp_path / "b.html").read_text("utf-8")


def test_what_cannot_be_used_is_one_line(call, tmp_path):
    (tmp_path / "bad.look").write_text("no look")
    assert call("look", "dusk.jpg", "-q", *QUICK)[0] == 0
    for words, arguments in {
        "bad.look: is no look of photostyle": ("run", "-c", "day.png", "-s", "bad.look"),
        "none.look: no such file": ("run", "-c", "day.png", "-s", "none.look"),
        "the method pixels needs the style photo itself": ("run", "-c", "day.png", "-s", "dusk.look", "--solver", "pixel"),
        "and size 128 is asked for; leave size out": ("run", "-c", "day.png", "-s", "dusk.look", "--size", "128"),
        "give it a name that ends in .look": ("look", "dusk.jpg", "-o", "dusk.txt"),
        "dusk.look: is a look already": ("look", "dusk.look"),
        "gone.jpg": ("look", "gone.jpg"),
        "dusk.jpg: is no look of photostyle": ("look", "--info", "dusk.jpg"),
    }.items():
        code, stdout, stderr = call(*arguments)
        assert code == 2 and stdout == "" and words in stderr, (arguments, stderr)
        assert stderr.splitlines()[-1].startswith("photostyle: "), stderr
