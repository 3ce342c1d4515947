"""What can be refused is refused before the work: in one line, with exit code 2, and before torch is loaded."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photostyle.cli.option_sources import gathered

# Runs command lines one after the other in one process, and says of each its exit code, its errors, and whether torch is loaded.
DRIVER = """
import contextlib, io, json, sys
from photostyle import cli
cli._add_commands()
answers = []
for words in json.load(open(sys.argv[1])):
    sys.argv = ["photostyle", *words]
    errors = io.StringIO()
    with contextlib.redirect_stderr(errors):
        code = cli._run()
    answers.append([code, errors.getvalue(), "torch" in sys.modules])
print(json.dumps(answers))
"""
CASES = {
    "run day.png dusk.png --segmenter nope": "no segmenter is called 'nope'",
    "run day.png dusk.png --segmenter ade20k-b5": "the weights of ade20k-b5 are not on this machine",
    "run day.png dusk.png --encoder nope": "encoder must be one of",
    "run day.png dusk.png --weights nope.pth": "expected the weights of compact at nope.pth",
    "run day.png dusk.png --device nope": "device must be auto, cpu, cuda, cuda:N or mps, got 'nope'",
    "run day.png dusk.png --content-mask text.png": "cannot read a mask: text.png: not a photo",
    "run day.png dusk.png --style-mask empty": "the folder empty holds no pictures",
    "run day.png bad.look": "bad.look: is no look of photostyle",
    "run day.png other.look": "other.look: is no look of photostyle (its kind is 'transform')",
    "run day.png dusk.png --segmenter nope --dry-run": "no segmenter is called 'nope'",
    "run ftp://host/day.png dusk.png": "ftp:// is no kind of address that can be used here",
    "run github://host/day.png dusk.png": "github:// is no kind of address that can be used here",
    "look dusk.png --encoder nope": "encoder must be one of",
    "look nope.look --info": "nope.look: no such file",
    "look dusk.png --info": "dusk.png: is no look of photostyle",
    "lut day.png dusk.png --size 1": "size must be a whole number from 2 to 65, got 1",
    "lut day.png dusk.png -o day.txt": "a LUT is a .cube file",
    "lut day.png --transform text.png": "text.png: is no transform of photostyle",
    "lut day.png dusk.png --segmenter nope": "no segmenter is called 'nope'",
    "lut day.png dusk.png --per-region -o day.cube": "day-warm.cube: may be the LUT of a region, and exists already",
    "render day.png text.png": "text.png: is no transform of photostyle",
    "render day.png empty": "empty: is a folder, and no transform",
    "render day.png text.png --device nope": "device must be",
    "compare text.png day.png": "text.png: not a photo that can be read, but a text",
    "compare --contents day.png --styles text.png": "no pair could be made",
    "compare --contents day.png --styles dusk.png --encoder nope": "encoder must be one of",
    "masks day.png --segmenter nope": "no segmenter is called 'nope'",
    "masks day.png --device nope": "device must be",
    "masks day.png --mask text.png": "cannot read a mask: text.png",
    "masks check text.png day.png": "cannot read a mask: text.png",
    "masks day.png -o made": "exists already",
    "batch nope.png -s dusk.png -o out": "nope.png: no such file or folder",
    "batch day.png -s nope.png -o out": "nope.png: no such file or folder",
    "batch day.png -s text.png -o out": "text.png: not a photo that can be read",
    "batch day.png -s bad.look -o out": "bad.look: is no look of photostyle",
    "batch day.png -o out": "no style is named",
    "batch day.png -s dusk.png -o out --segmenter nope": "no segmenter is called 'nope'",
    "batch day.png -s dusk.png -o out --encoder nope": "encoder must be one of",
    "batch day.png -s dusk.png -o out --device nope": "device must be",
}
EMPTY = {"run '' dusk.png": "the name of the content is empty", "look day.png -o ''": "the name of the output is empty"}


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, str, bool]]:
    """What each command line of the cases came to: exit code, errors, whether torch was loaded by then."""
    from safetensors.numpy import save_file

    folder = tmp_path_factory.mktemp("early")
    for name in ("day.png", "dusk.png"):
        Image.new("RGB", (40, 30), (90, 120, 150)).save(folder / name)
    (folder / "text.png").write_text("hello")
    (folder / "bad.look").write_text("hello")
    save_file({"a": np.zeros(1)}, folder / "other.look", {"photostyle": json.dumps({"kind": "transform", "version": 3})})
    (folder / "empty").mkdir()
    (folder / "made").mkdir()
    (folder / "made" / "day.png").write_bytes(b"edited by hand")
    (folder / "day-warm.cube").write_text("a table")
    before = sorted(folder.rglob("*"))
    lines = [*CASES, *EMPTY]
    (folder.parent / "cases.json").write_text(json.dumps([shlex.split(line) for line in lines]))
    done = subprocess.run(
        [sys.executable, "-c", DRIVER, str(folder.parent / "cases.json")], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert sorted(folder.rglob("*")) == before  # nothing was written, no ledger and no folder
    found = {}
    for line, (code, errors, has_torch) in zip(lines, json.loads(done.stdout), strict=True):
        found[line] = (code, errors, has_torch)
    return found


@pytest.mark.parametrize("line", [*CASES, *EMPTY])
def test_refused_in_one_line_before_torch_is_loaded(answers: dict[str, tuple[int, str, bool]], line: str) -> None:
    code, errors, has_torch = answers[line]

    assert code == 2
    assert {**CASES, **EMPTY}[line] in errors and errors.count("\n") == 1
    assert not has_torch


def test_the_help_names_the_table_of_presets() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "photostyle", "run", "--help"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "COLUMNS": "200"},
    )
    assert "[presets.NAME]" in done.stdout


def test_an_option_of_a_recipe_that_is_unknown_is_left_out_with_a_note(tmp_path: Path) -> None:
    recipe = tmp_path / "day.json"
    recipe.write_text(json.dumps({"version": "9.9", "inputs": {}, "options": {"strength": 0.5, "glow": 1}}))

    options, _, given = gathered({"strength": None}, None, str(recipe))

    assert options.strength == 0.5
    assert any(note.endswith("there is no option glow here; left out") for note in given.notes)
