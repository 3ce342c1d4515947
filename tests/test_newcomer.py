"""A newcomer's way: the two commands, the sample pair, and that what is imported gets installed."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "docs" / "sample"
COMMANDS = ("scripts/demo", "scripts/test", ".ci/run")
NEEDS_BASH = pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")

# Stands in for .venv/bin/python: notes what it is asked for, and its tests end with exit status 7.
INTERPRETER = """#!/usr/bin/env bash
echo "$*" >>"$NOTES"
case "$*" in
    -V) echo "Python 3.11.7" ;;
    "-m pytest"*) echo "1 passed in 0.01s"; exit 7 ;;
esac
"""


@pytest.mark.parametrize("command", COMMANDS)
@NEEDS_BASH
def test_a_command_is_executable_and_is_clean_bash(command):
    assert os.access(ROOT / command, os.X_OK)
    for script in (ROOT / command, ROOT / "scripts" / "environment.sh"):
        subprocess.run(["bash", "-n", script], check=True)


@pytest.fixture
def clone(tmp_path):
    """A clone's scripts with a stand-in for its environment; `run(command)` from another folder."""
    for name in (*COMMANDS, "scripts/environment.sh", "pyproject.toml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    interpreter = tmp_path / ".venv" / "bin" / "python"
    interpreter.parent.mkdir(parents=True)
    interpreter.write_text(INTERPRETER)
    interpreter.chmod(0o755)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    def run(command, *arguments, **environment):
        notes = tmp_path / "notes"
        notes.unlink(missing_ok=True)
        environment = {"PATH": os.environ["PATH"], "NOTES": str(notes), **environment}
        made = subprocess.run(["bash", tmp_path / command, *arguments], cwd=elsewhere, env=environment, text=True,
                              capture_output=True, stdin=subprocess.DEVNULL)  # fmt: skip
        made.asked = notes.read_text().splitlines() if notes.exists() else []
        return made

    run.root = tmp_path
    return run


def _installs(run):
    return [line for line in run.asked if line.startswith("-m pip install")]


@NEEDS_BASH
def test_installs_once_and_again_only_when_pyproject_changed(clone):
    assert len(_installs(clone("scripts/demo"))) == 1
    assert not _installs(clone("scripts/demo"))
    assert f"--editable {clone.root}[dev]" in _installs(clone("scripts/test"))[0], "the tests need more than the demo"
    assert not _installs(clone("scripts/test")) and not _installs(clone("scripts/demo"))
    with open(clone.root / "pyproject.toml", "a") as file:
        file.write("# changed\n")
    assert len(_installs(clone("scripts/demo"))) == 1
    assert len(_installs(clone("scripts/test"))) == 1


@NEEDS_BASH
def test_the_demo_relights_the_sample_and_says_where_to_look(clone):
    demo = clone("scripts/demo", "--strength", "0.5")
    run = next(line for line in demo.asked if line.startswith("-m photostyle run"))
    for name in ("day.jpg", "day-mask.png", "sunset.jpg", "sunset-mask.png"):
        assert f"docs/sample/{name}" in run and (SAMPLE / name).exists()
    assert run.endswith("--strength 0.5")
    assert demo.stdout.splitlines()[-1] == f"Before and after, side by side: {clone.root}/out/before-after.jpg"


@NEEDS_BASH
def test_ci_ends_as_pytest_ends(clone):
    browser = clone.root / "elsewhere" / "chromium"  # so that none is installed here
    browser.write_text("#!/bin/sh\n")
    browser.chmod(0o755)
    ran = clone(".ci/run", "-k", "one", PATH=f"{browser.parent}:{os.environ['PATH']}")
    assert ran.asked[-1] == "-m pytest -n auto --maxprocesses 4 -k one"
    assert ran.returncode == 7 and ran.stdout.splitlines()[-1] == "1 passed in 0.01s"


@NEEDS_BASH
@pytest.mark.parametrize("has_apt", [False, True])
def test_ci_goes_on_where_no_browser_can_be_installed(clone, has_apt):
    tools = clone.root / "tools"
    tools.mkdir()
    for name in ("bash", "cat", "cksum", "cut", "dirname", "env", "pwd", "timeout", "uname"):
        (tools / name).symlink_to(shutil.which(name))
    stand_ins = {"id": "echo 0", "apt-get": "exit 100"}
    for name in ("id", "apt-get") if has_apt else ("id",):
        (tools / name).write_text(f"#!/usr/bin/env bash\n{stand_ins[name]}\n")
        (tools / name).chmod(0o755)
    ran = clone(".ci/run", PATH=str(tools))
    assert ran.returncode == 7, ran.stderr
    assert "the tests of the studio's page are skipped" in ran.stdout


@NEEDS_BASH
def test_an_old_python_is_refused_in_one_line(clone):
    shutil.rmtree(clone.root / ".venv")
    old = clone.root / "old-python"
    old.write_text("#!/usr/bin/env bash\nexit 1\n")
    old.chmod(0o755)
    demo = clone("scripts/demo", PYTHON=str(old))
    assert demo.returncode == 1 and not (clone.root / ".venv").exists()
    assert demo.stderr == f"photostyle: PYTHON={old} must be Python 3.11 or newer; set PYTHON to one that is\n"


@pytest.mark.parametrize("arguments", [("-c", "import photostyle, photostyle.cli"), ("-m", "photostyle", "--help")])
def test_torch_is_not_loaded_before_it_is_needed(arguments):
    ran = subprocess.run([sys.executable, "-X", "importtime", *arguments], cwd=ROOT, text=True, capture_output=True)
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in ran.stderr.splitlines()}
    assert ran.returncode == 0 and "photostyle" in loaded
    assert not loaded & {"torch", "torchvision", "scipy", "segmentation_models_pytorch"}


@pytest.fixture(scope="module")
def render_sample():
    """The script, as a module."""
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        import render_sample
    finally:
        sys.path.pop(0)
    return render_sample


@pytest.mark.parametrize("name", ["day", "sunset"])
def test_the_sample_fits_together(name, render_sample):
    photo, mask = Image.open(SAMPLE / f"{name}.jpg"), Image.open(SAMPLE / f"{name}-mask.png")
    assert photo.size == mask.size == render_sample.SIZE
    assert (SAMPLE / f"{name}.jpg").stat().st_size < 400_000
    names = json.loads((SAMPLE / f"{name}-mask.json").read_text())
    assert mask.mode == "P" and {tuple(colour) for colour in names.values()} == {c for _, c in mask.convert("RGB").getcolors()}


@pytest.mark.parametrize("name", ["day", "sunset"])
def test_the_sample_is_what_the_script_renders(name, render_sample):
    picture, kinds = render_sample.SCENES[name]().render(150, 100)
    photo, mask = Image.open(SAMPLE / f"{name}.jpg"), Image.open(SAMPLE / f"{name}-mask.png")
    shipped = np.asarray(photo.resize((150, 100), Image.Resampling.BOX), np.float32)
    apart = np.abs(picture - shipped)
    assert apart.mean() < 12 and np.quantile(apart, 0.9) < 32  # levels; single blades and waves differ with the size
    assert (kinds == np.asarray(mask.resize((150, 100), Image.Resampling.NEAREST))).mean() > 0.93
