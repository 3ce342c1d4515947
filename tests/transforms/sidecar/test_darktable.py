"""darktable itself, where it is installed, makes of a sidecar what the table says."""

import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image

from photostyle.transforms.lut import Lut, identity, write_cube
from photostyle.transforms.sidecar import write_darktable

pytest.importorskip("colour")


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("darktable-cli") is None, reason="darktable-cli is not installed")
def test_darktable_gives_the_photo_the_table(tmp_path):
    table = identity(9).copy()
    table[..., 0] **= 0.7
    table[..., 2] *= 0.6
    codes = np.random.default_rng(0).integers(0, 256, (60, 80, 3)).astype(np.uint8)
    Image.fromarray(codes).save(tmp_path / "day.png")
    write_cube(Lut(table), tmp_path / "look.cube", "look")
    write_darktable("look.cube", "day.png", tmp_path / "day.png.xmp")
    core = ["--core", "--configdir", str(tmp_path / "settings"), "--conf", f"plugins/darkroom/lut3d/def_path={tmp_path}"]
    names = [str(tmp_path / name) for name in ("day.png", "day.png.xmp", "out.png")]
    done = subprocess.run(["darktable-cli", *names, *core, "--conf", "opencl=FALSE"], capture_output=True, text=True, timeout=300)
    made = np.asarray(Image.open(tmp_path / "out.png").convert("RGB"))
    assert np.abs(made - 255 * Lut(table)(codes / 255)).max() < 8, done.stdout  # it interpolates between points by tetrahedra
    assert np.abs(made - 255 * Lut(table)(codes / 255)).mean() < 1
