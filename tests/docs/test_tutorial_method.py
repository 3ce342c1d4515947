"""The tutorial's method is taken from its page and used as the page says."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import photostyle
from photostyle import registry
from photostyle.errors import OptionError

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "tutorial-method.md").read_text(encoding="utf-8")
METHOD, USE = re.findall(r"```python\n(.*?)```", PAGE, re.S)
COMMANDS = re.search(r"```sh\n(.*?)```", PAGE, re.S).group(1).replace("\\\n", " ")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder: with the method, and with small copies of the sample."""
    sample = tmp_path / "docs" / "sample"
    sample.mkdir(parents=True)
    for name in ("day.jpg", "sunset.jpg"):
        Image.open(ROOT / "docs" / "sample" / name).resize((300, 200)).save(sample / name)
    for name in ("day-mask.png", "sunset-mask.png"):
        Image.open(ROOT / "docs" / "sample" / name).resize((300, 200), Image.Resampling.NEAREST).save(sample / name)
    for name in ("day-mask.json", "sunset-mask.json"):
        (sample / name).write_bytes((ROOT / "docs" / "sample" / name).read_bytes())
    (tmp_path / "reinhard.py").write_text(METHOD, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def registered(folder, monkeypatch):
    """The method, known to this process by the environment variable as if it had just begun."""
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv(registry.VARIABLE, "reinhard")
    registry._load_others.cache_clear()
    yield "reinhard"
    registry._registered.pop("reinhard", None)
    sys.modules.pop("reinhard", None)
    registry._load_others.cache_clear()


def test_the_method_is_one_file_of_under_60_lines():
    assert len(METHOD.splitlines()) < 60
    assert f"For its {len(METHOD.splitlines())}\nlines" in PAGE


def test_the_page_s_python_code_runs(folder, registered):
    names = {}
    exec(compile(USE, "tutorial-method.md", "exec"), names)
    assert names["result"].transform.provenance.method == registered
    assert (folder / "relit.png").exists()
    assert names["picture"].shape == (200, 300, 3)
    assert names["again"].provenance.method == registered
    whole, half = names["result"].photo.to_uint8(), names["half"].to_uint8()
    before = np.asarray(Image.open("docs/sample/day.jpg"))
    assert np.abs(whole.astype(int) - before).mean() > np.abs(half.astype(int) - before).mean() > 3


def test_a_region_gets_the_mean_of_its_partner(folder, registered):
    day, dusk = np.full((48, 64, 3), 0.8), np.full((48, 64, 3), (0.5, 0.3, 0.2))
    relit = photostyle.transfer(day, dusk, method=registered, segmenter="none").photo.pixels
    assert np.allclose(relit, (0.5, 0.3, 0.2), atol=0.01)


def test_protected_regions_keep_their_colours(folder, registered):
    mask = np.zeros((48, 64), np.uint8)
    mask[:, 32:] = 1
    day, dusk = np.full((48, 64, 3), 0.8), np.full((48, 64, 3), (0.5, 0.3, 0.2))
    regions = {"left": mask == 0, "right": mask == 1}
    relit = photostyle.transfer(
        day, dusk, content_mask=regions, method=registered, segmenter="none", protect="left", hard_masks=True
    )
    assert np.allclose(relit.photo.pixels[:, :30], 0.8, atol=0.01)


def test_its_options_are_checked(folder, registered):
    with pytest.raises(OptionError, match="most_gain must be a number from 1 to 10, got 0.3"):
        photostyle.Options(method=registered, most_gain=0.3)
    with pytest.raises(OptionError, match="there is no option 'most_gian'.*did you mean most_gain"):
        photostyle.Options(method=registered, most_gian=3)


@pytest.mark.slow
def test_the_page_s_commands_run(folder):
    """In processes of their own, and so in the worker processes of a batch too."""
    variables = {"PHOTOSTYLE_METHODS": "reinhard", "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}", "COLUMNS": "200"}
    assert "export PHOTOSTYLE_METHODS=reinhard PYTHONPATH=$PWD" in COMMANDS
    printed = {}
    for line in COMMANDS.splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] == ["photostyle"]:
            done = subprocess.run(
                [sys.executable, "-m", *words], cwd=folder, env=os.environ | variables, capture_output=True, text=True
            )
            assert done.returncode == 0, done.stderr
            printed[" ".join(words[1:3])] = done.stdout
    assert "--most-gain" in printed["run --help"] and "reinhard mean" in printed["run --help"]
    for path in ("relit.jpg", "relit.safetensors", "less.jpg", "relit/day.jpg", "relit/sunset.jpg"):
        assert (folder / path).exists(), path
