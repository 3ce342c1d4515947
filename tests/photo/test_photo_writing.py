"""Writing: the old file stays whole, options are checked, quality and depth follow the source."""

import os
import stat
import subprocess
import sys
import threading

import numpy as np
import pytest
from PIL import Image

from photostyle.errors import OptionError, PhotoError
from photostyle.photo import Photo, check_writable, read_mask_picture, read_photo, resample, write_photo, writing
from photostyle.photo.raster import Raster

CODES = np.random.default_rng(6).integers(0, 256, (30, 40, 3), dtype=np.uint8)
PHOTO = Photo.from_array(CODES)


def refusal(path, photo=None) -> str:
    with pytest.raises(PhotoError) as caught:
        check_writable(path, photo)
    text = str(caught.value)
    assert "\n" not in text and text.startswith(str(path)) and ";" in text
    return text


def test_what_cannot_be_written_is_told_early(tmp_path):
    for name, words in (("a.xyz", "'.xyz'"), ("a", "no extension"), ("a.gif", "'.gif'"), ("a.CR3", "camera raw")):
        assert words in refusal(tmp_path / name) and ".jpg" in refusal(tmp_path / name)
    assert "does not exist" in refusal(tmp_path / "none" / "a.png")
    (tmp_path / "folder.png").mkdir()
    assert "is a folder" in refusal(tmp_path / "folder.png")
    (tmp_path / "file").write_text("x")
    assert "does not exist" in refusal(tmp_path / "file" / "a.png")
    see_through = Photo.from_array(np.dstack([CODES, CODES[..., :1]]))
    assert "transparency" in refusal(tmp_path / "a.jpg", see_through)
    wide = Photo.from_array(np.zeros((1, 17000), np.uint8))
    assert "16383 pixels" in refusal(tmp_path / "a.webp", wide)
    check_writable(tmp_path / "a.jpg", PHOTO)
    assert list(tmp_path.glob("*.jpg")) == []


def test_opaque_alpha_may_go_into_a_jpeg(tmp_path):
    photo = Photo.from_array(np.dstack([CODES, np.full_like(CODES[..., :1], 255)]))
    write_photo(photo, tmp_path / "a.jpg")
    assert Image.open(tmp_path / "a.jpg").mode == "RGB"


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    path.write_bytes(b"old")

    def fail(order, temporary):
        temporary.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(writing._ENCODERS, "png", fail)
    with pytest.raises(PhotoError, match="No space left on device"):
        write_photo(PHOTO, path)
    assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["a.png"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_a_full_disk_is_one_line(tmp_path, monkeypatch):
    real = writing._ENCODERS["tiff"]
    monkeypatch.setitem(writing._ENCODERS, "tiff", lambda order, temporary: real(order, "/dev/full"))
    with pytest.raises(PhotoError) as caught:
        write_photo(PHOTO, tmp_path / "a.tif")
    assert "\n" not in str(caught.value) and os.listdir(tmp_path) == []


def test_interrupted_writes_leave_nothing(tmp_path, monkeypatch):
    def interrupt(order, temporary):
        raise KeyboardInterrupt

    monkeypatch.setitem(writing._ENCODERS, "png", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_photo(PHOTO, tmp_path / "a.png")
    assert os.listdir(tmp_path) == []


def test_overwriting(tmp_path):
    path = tmp_path / "a.png"
    write_photo(PHOTO, path)
    with pytest.raises(PhotoError, match="exists already"):
        write_photo(PHOTO, path, overwrite=False)
    path.chmod(0o640)
    (tmp_path / "link.png").symlink_to(path)
    write_photo(PHOTO, tmp_path / "link.png")
    assert (tmp_path / "link.png").is_symlink() and stat.S_IMODE(path.stat().st_mode) == 0o640


def test_new_files_have_the_usual_permissions(tmp_path):
    write_photo(PHOTO, tmp_path / "a.png")
    (tmp_path / "b").write_text("")
    assert (tmp_path / "a.png").stat().st_mode == (tmp_path / "b").stat().st_mode


@pytest.mark.parametrize("options", [{"depth": 12}, {"depth": "16"}, {"quality": 0}, {"quality": 101}, {"metadata": "x"}])
def test_options_are_checked(tmp_path, options):
    with pytest.raises(OptionError, match="must be"):
        write_photo(PHOTO, tmp_path / "a.png", **options)
    assert os.listdir(tmp_path) == []


def test_depth(tmp_path):
    deep = Photo.from_array(CODES.astype(np.uint16) * 257)
    assert any("8 bits" in note and "16" in note for note in write_photo(deep, tmp_path / "a.jpg"))
    assert any("16 bits" in note for note in write_photo(Photo.from_array(CODES / 255), tmp_path / "a.png"))
    assert read_photo(tmp_path / "a.png").file.depth == 16
    with pytest.raises(OptionError, match="JPEG holds a depth of 8, not 16"):
        write_photo(deep, tmp_path / "b.jpg", depth=16)
    write_photo(PHOTO, tmp_path / "up.png", depth=16)
    assert (np.rint(read_photo(tmp_path / "up.png").pixels * 65535) == CODES.astype(int) * 257).all()


@pytest.mark.parametrize("quality, subsampling, progressive", [(60, 2, False), (77, 1, True), (95, 0, False)])
def test_jpeg_follows_its_source(tmp_path, quality, subsampling, progressive):
    options = {"quality": quality, "subsampling": subsampling, "progressive": progressive}
    Image.fromarray(CODES).save(tmp_path / "a.jpg", **options)
    photo = read_photo(tmp_path / "a.jpg")
    write_photo(photo, tmp_path / "b.jpg")
    before, after = Image.open(tmp_path / "a.jpg"), Image.open(tmp_path / "b.jpg")
    assert before.quantization == after.quantization and before.layer == after.layer
    assert before.info.get("progressive") == after.info.get("progressive")
    write_photo(photo, tmp_path / "c.jpg", quality=30)
    assert Image.open(tmp_path / "c.jpg").quantization != before.quantization
    # The pixels that are encoded are those that were decoded.
    Image.fromarray(np.asarray(before)).save(tmp_path / "d.jpg", qtables=before.quantization, subsampling=subsampling)
    assert (np.asarray(Image.open(tmp_path / "d.jpg")) == np.asarray(after)).all()


def test_a_jpeg_from_elsewhere_is_fine(tmp_path):
    write_photo(PHOTO, tmp_path / "a.jpg")
    image = Image.open(tmp_path / "a.jpg")
    assert image.quantization[0][0] == 2 and [component[1:3] for component in image.layer] == [(1, 1)] * 3


def test_masks_keep_their_codes(tmp_path):
    palette = Image.fromarray(CODES).quantize(9)
    palette.save(tmp_path / "a.png")
    picture = read_mask_picture(tmp_path / "a.png")
    assert picture.mode == "palette" and (picture.codes == np.asarray(palette)).all()
    assert (picture.palette[picture.codes] == np.asarray(palette.convert("RGB"))).all()
    palette.save(tmp_path / "b.gif")
    assert read_mask_picture(tmp_path / "b.gif").palette.shape[1] == 3
    grey = np.arange(1200, dtype=np.uint16).reshape(30, 40)
    Image.fromarray(grey).save(tmp_path / "c.png")
    picture = read_mask_picture(tmp_path / "c.png")
    assert picture.mode == "grey" and picture.codes.dtype == np.uint16 and (picture.codes == grey).all()
    Image.fromarray(np.dstack([CODES, CODES[..., :1]])).save(tmp_path / "d.png")
    assert read_mask_picture(tmp_path / "d.png").mode == "rgb+alpha"
    Image.fromarray(CODES[..., 0] > 99).save(tmp_path / "e.png")
    assert set(np.unique(read_mask_picture(tmp_path / "e.png").codes)) == {0, 255}


def test_a_writer_that_fails_midway_leaves_no_thread_behind():
    """The garbage collector would wait for it, in whatever thread and under whatever lock it happens to run."""
    raster = Raster.from_array(np.zeros((4000, 1000), np.uint8))
    threads = threading.active_count()
    results = raster.mapped(lambda top, bottom: (top, bottom))
    first = next(results)
    assert threading.active_count() <= threads
    assert [first, *results] == list(raster.strips()) and first[1] < 4000


def test_resampling():
    ramp = np.linspace(0, 1, 64, dtype=np.float32)[None, :, None] * np.ones((48, 1, 3), np.float32)
    small = resample(ramp, (16, 12))
    assert small.shape == (12, 16, 3) and small.dtype == np.float32
    assert np.abs(small[6, 2:-2, 0] - ramp.reshape(48, 16, 4, 3).mean(axis=2)[0, 2:-2, 0]).max() < 2e-3
    assert resample(ramp[..., 0], (100, 90)).shape == (90, 100)
    assert resample(ramp * 5 - 2, (20, 20)).min() < -1.9
    same = resample(ramp, (64, 48))
    assert (same == ramp).all() and same is not ramp
    checks = np.indices((300, 400)).sum(0) % 2 * np.float32(1)
    assert np.abs(resample(checks, (40, 30)) - 0.5).max() < 0.05
    for size in ((0, 5), (2.5, 3), (-1, 2)):
        with pytest.raises(OptionError, match="size"):
            resample(ramp, size)


def test_importing_is_light():
    heavy = "{'torch', 'tifffile', 'imagecodecs', 'rawpy', 'pillow_heif', 'skimage', 'scipy', 'PIL.Image'}"
    code = f"import sys, photostyle.photo; print({heavy} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "set()"


def test_a_quality_that_changes_nothing_is_said(tmp_path):
    assert "PNG is written without loss: quality 90 changes nothing" in write_photo(PHOTO, tmp_path / "a.png", quality=90)
    assert not any("without loss" in note for note in write_photo(PHOTO, tmp_path / "a.jpg", quality=90))


def test_a_depth_that_the_format_lacks_is_refused_early(tmp_path):
    with pytest.raises(OptionError, match="a.jpg: JPEG holds a depth of 8, not 16; choose .tif"):
        check_writable(tmp_path / "a.jpg", depth=16)


def test_the_longest_name_can_be_written(tmp_path):
    write_photo(PHOTO, tmp_path / f"{'x' * 251}.png")
    assert (tmp_path / f"{'x' * 251}.png").is_file()
