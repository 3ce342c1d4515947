"""A command loads what its run needs, and no more: each of these packages takes a fifth of a second or more of a cold start."""

import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

# Runs one command line and says which modules are loaded after it, with its exit code.
DRIVER = """
import contextlib, io, json, sys
from photostyle import cli
cli._add_commands()
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    code = cli._run()
print(json.dumps([code, sorted(sys.modules)]))
"""


# The same for a batch, but for its workers, which are other processes.
BATCH_DRIVER = "from photostyle.cli import batch_run\nbatch_run.run = lambda *arguments: 0\n" + DRIVER


def loaded_by(words, folder, driver=DRIVER) -> set[str]:
    """The modules that a process has loaded once it has run a command line."""
    command = [sys.executable, "-c", driver, *words.split()]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    code, modules = json.loads(ended.stdout)
    assert code == 0
    return set(modules)


@pytest.fixture
def photos(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    values = np.random.default_rng(0).integers(0, 255, (2, 40, 56, 3), np.uint8)
    for name, codes in zip(("day", "dusk"), values, strict=True):
        Image.fromarray(codes).save(tmp_path / f"{name}.png")
    return tmp_path


def test_a_small_photo_as_one_region_needs_neither_scipy_ndimage_nor_numba(photos):
    modules = loaded_by("run day.png dusk.png --segmenter none --steps 2 --quiet", photos)
    assert "torch" in modules
    assert not modules & {"scipy.ndimage", "numba", "skimage", "torch._dynamo"}


def test_regions_bring_scipy_ndimage(photos):
    codes = np.zeros((40, 56, 3), np.uint8)
    codes[20:] = 255
    for name in ("day", "dusk"):
        Image.fromarray(codes).save(photos / f"{name}-mask.png")
    words = "run day.png dusk.png --content-mask day-mask.png --style-mask dusk-mask.png --steps 2 --quiet"
    assert "scipy.ndimage" in loaded_by(words, photos)


def test_a_batch_leaves_torch_to_its_workers(photos):
    """What its parent holds, it holds as long as the batch takes."""
    modules = loaded_by("batch day.png -s dusk.png -o out/{stem}.{ext} --segmenter none --quiet", photos, BATCH_DRIVER)
    assert "photostyle.batch.plan" in modules
    assert not modules & {"torch", "scipy", "skimage", "numba"}
