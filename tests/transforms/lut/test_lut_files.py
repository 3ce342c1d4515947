"""Tables in files, read again by other programs."""

import shutil
import subprocess
import sys

import numpy as np
import pytest

from photostyle import lut_checks
from photostyle.errors import DependencyError, FileError
from photostyle.photo import Photo, read_photo, write_photo
from photostyle.transforms.lut import Lut, identity, write_cube, write_hald


@pytest.fixture
def lut():
    return Lut(identity(17) ** (0.7, 1.0, 1.4) * (0.9, 0.8, 1.0))


@pytest.fixture
def picture():
    return np.random.default_rng(0).random((30, 40, 3))


def test_colour_science_reads_the_cube_as_we_do(tmp_path, lut, picture):
    colour = pytest.importorskip("colour")
    path = tmp_path / "look.cube"
    write_cube(lut, path, 'dusk "one"\n on café.jpg')
    read = colour.io.read_LUT_IridasCube(str(path))
    assert np.abs(read.apply(picture) - lut(picture)).max() < 1e-3
    assert read.name == "dusk 'one' on caf?.jpg" and "sRGB" in read.comments[0]
    text = path.read_text("ascii")
    assert "LUT_3D_SIZE 17\nDOMAIN_MIN 0 0 0\nDOMAIN_MAX 1 1 1\n" in text and [p.name for p in tmp_path.iterdir()] == [
        "look.cube"
    ]


def test_nothing_is_said_of_libraries_that_colour_science_could_use(tmp_path):
    pytest.importorskip("colour")
    code = (
        "import sys, numpy\n"
        "sys.modules['matplotlib'] = None  # as where it is not installed\n"
        "from photostyle.transforms.lut import Lut, identity, write_cube\n"
        f"write_cube(Lut(identity(2)), {str(tmp_path / 'look.cube')!r}, 'dusk')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_hald_picture_has_red_fastest(tmp_path, lut):
    path = tmp_path / "look.png"
    assert write_hald(lut, path) == ()
    photo = read_photo(path)
    assert photo.size == (512, 512) and photo.file.depth == 16
    points = photo.pixels.reshape(64, 64, 64, 3)  # by blue, green and red
    asked = np.array([[5, 0, 0], [0, 40, 0], [0, 0, 63], [20, 30, 40]])
    assert np.allclose(points[asked[:, 2], asked[:, 1], asked[:, 0]], lut(asked / 63), atol=2e-5)


def has_imagemagick() -> bool:
    """Whether `convert` is ImageMagick's: other programs have that name too, such as one of Windows for disks."""
    if not shutil.which("convert"):
        return False
    asked = subprocess.run(["convert", "-version"], capture_output=True, text=True, errors="replace")
    return asked.returncode == 0 and asked.stdout.startswith("Version: ImageMagick")


def test_imagemagick_gives_the_hald_picture_the_same_meaning(tmp_path, lut, picture):
    if not has_imagemagick():
        pytest.skip("there is no ImageMagick: no command `convert` that names it as its version")
    write_hald(lut, tmp_path / "hald.png")
    write_photo(Photo.from_array((picture * 65535).astype(np.uint16)), tmp_path / "before.png")
    run = ["convert", "before.png", "hald.png", "-hald-clut", "after.png"]
    subprocess.run(run, cwd=tmp_path, check=True)
    assert np.abs(read_photo(tmp_path / "after.png").pixels - lut(picture)).mean() < 3e-3


def test_without_colour_science_one_line_says_what_to_install(tmp_path, lut, monkeypatch):
    monkeypatch.setattr(lut_checks, "find_spec", lambda name: None)
    with pytest.raises(DependencyError, match=r"pip install 'photostyle\[lut\]'"):
        write_cube(lut, tmp_path / "look.cube", "look")


def test_where_it_cannot_be_written(tmp_path, lut):
    pytest.importorskip("colour")
    with pytest.raises(FileError, match="cannot be written"):
        write_cube(lut, tmp_path / "none" / "look.cube", "look")
