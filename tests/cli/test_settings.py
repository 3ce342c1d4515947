"""Options from photostyle.toml, presets and recipes: which comes first, what is said, what is refused."""

import json
import os
from pathlib import Path

import pytest

from photostyle.batch import Ledger
from photostyle.cli.settings import folder_file


@pytest.fixture(autouse=True)
def photos(make_photos, monkeypatch, tmp_path):
    """A day and a dusk in the current folder."""
    monkeypatch.chdir(tmp_path)
    return make_photos(("day.jpg", (40, 60), (1, 1, 1)), ("dusk.png", (50, 30), (1, 0.6, 0.4)))


@pytest.fixture
def planned(call):
    """The record of a dry run: `planned("--preset", "gentle")`."""

    def record(*words):
        code, out, err = call("run", *words, "--dry-run", "--json")
        assert code == 0, err
        return json.loads(out)

    return record


def test_the_first_place_that_has_an_option_wins(planned, photos, monkeypatch):
    (photos / "photostyle.toml").write_text(
        'strength = 0.9\nprotect = ["person", "car"]\nfast = true\nquality = 90\n'
        '[presets.dim]\nluma = 0.5\nstrength = {"*" = 0.8, sky = 0.2}\n'
    )
    home = photos / "settings"
    (home / "photostyle").mkdir(parents=True)
    (home / "photostyle" / "photostyle.toml").write_text("strength = 0.1\nchroma = 0.7\npairs = {sea = 'lake'}\n")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    record = planned("day.jpg", "dusk.png")
    options = record["options"]
    assert (options["strength"], options["chroma"], options["fast"], options["luma"]) == (0.9, 0.7, True, 1.0)
    assert options["protect"] == ["person", "car"] and options["pairs"] == {"sea": "lake"} and record["writing"]["quality"] == 90
    assert "options from photostyle.toml: strength 0.9; protect person,car; fast yes; quality 90" in record["notes"]
    dim = planned("day.jpg", "dusk.png", "--preset", "dim", "--no-fast", "--luma", "0.6")["options"]
    assert (dim["strength"], dim["luma"], dim["fast"]) == ({"*": 0.8, "sky": 0.2}, 0.6, False)
    slow = planned("day.jpg", "dusk.png", "--method", "pixels")
    assert "photostyle.toml: the method pixels has no fast; left out" in slow["notes"]


def test_a_built_in_preset(planned):
    assert planned("day.jpg", "dusk.png", "--preset", "light-only")["options"]["chroma"] == 0


@pytest.mark.parametrize(
    ("text", "words", "says"),
    [
        ("strengh = 1", [], "photostyle.toml: there is no option strengh; did you mean strength?"),
        ("strength = 9", [], "photostyle.toml: strength must be a number from 0 to 1.5, got 9"),
        ("size = 'large'", [], "photostyle.toml: size must be a whole number"),
        ("strength = ", [], "photostyle.toml: is no TOML"),
        ("presets = 3", [], "presets must be tables"),
        ("segmenter = 'evil:run'", [], "names code to run as the segmenter, evil:run; give it on the command line"),
        ("", ["--preset", "gentel"], "there is no preset gentel; did you mean gentle?"),
        ("", ["--recipe", "none.json"], "none.json: no such file; name a recipe"),
        ("", ["--recipe", "photostyle.toml"], "is no JSON"),
    ],
)
def test_what_cannot_be_used_is_one_line(call, photos, text, words, says):
    (photos / "photostyle.toml").write_text(text)
    code, out, err = call("run", "day.jpg", "dusk.png", *words)
    assert code == 2 and out == "" and says in err and err.count("\n") == 1, err


def test_a_user_whom_the_system_does_not_know_has_no_home(photos, monkeypatch):
    """As in a container that is run as any user; where that user's files are said by PHOTOSTYLE_HOME, nothing else is needed."""
    from photostyle import cli

    monkeypatch.setattr("os.path.expanduser", lambda path: os.environ.get("HOME", "~") if path == "~" else path)
    monkeypatch.setenv("HOME", "/home/somebody")
    cli._have_a_home()
    assert os.environ["HOME"] == "/home/somebody"
    monkeypatch.delenv("HOME")
    cli._have_a_home()
    assert os.environ["HOME"] == "/nonexistent"


def test_settings_are_looked_for_up_to_home_and_no_further(photos, monkeypatch):
    inner = photos / "home" / "shoot" / "may"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    (photos / "photostyle.toml").touch()
    monkeypatch.setattr(Path, "home", lambda: photos / "home")
    assert folder_file() is None
    (photos / "home" / "photostyle.toml").touch()
    assert folder_file() == photos / "home" / "photostyle.toml"
    monkeypatch.setattr(Path, "home", lambda: photos / "elsewhere")
    assert folder_file() is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_recipe_repeats_a_run(planned, photos, encoding):
    first = planned(
        "day.jpg", "dusk.png", "--strength", "0.8,sky=0.5", "--protect", "person", "--depth", "8", "--preset", "draft"
    )
    (photos / "r.json").write_bytes(json.dumps(first).encode(encoding))
    again = planned("--recipe", "r.json")
    for name in ("inputs", "options", "writing"):
        assert again[name] == first[name]
    other = planned("dusk.png", "--recipe", "r.json", "--strength", "0.3")
    assert other["inputs"]["content"] == "dusk.png" and other["options"]["strength"] == 0.3 and other["options"]["fast"]


def test_a_recipes_mask_belongs_to_its_photo(planned, photos):
    first = planned("day.jpg", "dusk.png", "--content-mask", "day.jpg")
    (photos / "r.json").write_text(json.dumps(first))
    assert planned("--recipe", "r.json")["inputs"]["content_mask"] == "day.jpg"
    other = planned("dusk.png", "--recipe", "r.json")
    assert other["inputs"]["content_mask"] is None
    assert "the content is not the recipe's, so its content mask day.jpg is left out" in other["notes"]


def test_a_recipe_of_another_version_is_said(planned, photos):
    first = planned("day.jpg", "dusk.png")
    (photos / "r.json").write_text(json.dumps({**first, "version": "0.1.0"}))
    assert any(note.startswith("the recipe was made by photostyle 0.1.0") for note in planned("--recipe", "r.json")["notes"])


def test_a_batch_says_what_it_would_do_and_writes_nothing(call, photos):
    (photos / "text.jpg").write_text("no photo")
    Ledger(photos / "new" / ".photostyle" / "ledger.sqlite").close()
    before = sorted(photos.rglob("*"))
    code, out, err = call("batch", "day.jpg", "text.jpg", "-s", "dusk.png", "-o", "new/{stem}.{ext}", "--dry-run")
    assert code == 0, err
    assert (
        "make  day.jpg -> new/day.jpg  in the light of dusk.png; regions: found by" in out
        and "fail  text.jpg: not a photo" in out
    )
    assert out.endswith("1 to make, 0 to keep, 1 that would fail; nothing was written\n")
    assert sorted(photos.rglob("*")) == before
