"""Read and write the common formats; strength 0 gives back the very codes."""

import numpy as np
import pytest
import tifffile
from imagecodecs import png_decode
from PIL import Image

from photostyle.errors import OptionError, PhotoError
from photostyle.photo import Photo, check_writable, read_photo, resample, write_photo

RNG = np.random.default_rng(5)
RGB8 = RNG.integers(0, 256, (13, 17, 3), dtype=np.uint8)
RGB16 = RNG.integers(0, 65536, (13, 17, 3), dtype=np.uint16)


def test_png8_comes_back_with_its_codes(tmp_path):
    Image.fromarray(RGB8).save(tmp_path / "in.png")
    photo = read_photo(tmp_path / "in.png")
    assert photo.pixels.dtype == np.float32 and photo.size == (17, 13) and photo.alpha is None
    write_photo(photo, tmp_path / "out.png")
    assert (np.asarray(Image.open(tmp_path / "out.png")) == RGB8).all()


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_16_bits_come_back(tmp_path, suffix):
    write_photo(Photo.from_array(RGB16), tmp_path / f"in{suffix}")
    write_photo(read_photo(tmp_path / f"in{suffix}"), tmp_path / f"out{suffix}")
    data = (tmp_path / f"out{suffix}").read_bytes()
    back = png_decode(data) if suffix == ".png" else tifffile.imread(tmp_path / "out.tif")
    assert back.dtype == np.uint16 and (back == RGB16).all()


def test_jpeg_keeps_tables_and_subsampling(tmp_path):
    Image.fromarray(RGB8).save(tmp_path / "in.jpg", quality=77, subsampling=1)
    write_photo(read_photo(tmp_path / "in.jpg"), tmp_path / "out.jpg")
    before, after = Image.open(tmp_path / "in.jpg"), Image.open(tmp_path / "out.jpg")
    assert before.quantization == after.quantization and before.layer == after.layer


def test_orientation_is_applied(tmp_path):
    exif = Image.Exif()
    for orientation in range(1, 9):
        exif[0x0112] = orientation
        Image.fromarray(RGB8).save(tmp_path / "in.png", exif=exif)
        from PIL import ImageOps

        upright = np.asarray(ImageOps.exif_transpose(Image.open(tmp_path / "in.png")))
        assert (np.rint(read_photo(tmp_path / "in.png").pixels * 255) == upright).all()


def test_errors_are_one_line(tmp_path):
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "text.jpg").write_text("hello")
    for name in ("missing.jpg", "empty.jpg", "text.jpg", "."):
        with pytest.raises(PhotoError) as caught:
            read_photo(tmp_path / name)
        assert "\n" not in str(caught.value) and ";" in str(caught.value)


def test_check_writable(tmp_path):
    for name, words in (("a.xyz", "extension"), ("no/a.png", "folder"), ("a.cr2", "camera raw"), ("a", "extension")):
        with pytest.raises(PhotoError, match=words):
            check_writable(tmp_path / name)
    with pytest.raises(OptionError, match="quality"):
        write_photo(Photo.from_array(RGB8), tmp_path / "a.jpg", quality=101)


def test_resample_keeps_the_mean():
    small = resample(RGB8.astype(np.float32), (5, 4))
    assert small.shape == (4, 5, 3) and abs(small.mean() - RGB8.mean()) < 8
