"""A photo gives itself back: to NumPy, Pillow, notebooks and file objects; it pickles, copies, and says what it is."""

import copy
import io
import pickle

import numpy as np
import pytest
import tifffile
from PIL import Image

from photostyle.errors import OptionError, PhotoError
from photostyle.photo import Photo, WorkingCopy, open_photo, read_mask_picture, read_photo, write_photo, writing
from photostyle.photo.colour_management.primaries import declared_profile

RNG = np.random.default_rng(8)
CODES = RNG.integers(0, 256, (20, 30, 3), dtype=np.uint8)
RGBA = np.dstack([CODES, CODES[..., 1]])
PHOTO = Photo.from_array(CODES)


def test_numpy_takes_a_photo_for_its_pixels():
    assert np.asarray(PHOTO) is PHOTO.pixels
    assert np.array(PHOTO) is not PHOTO.pixels and np.array_equal(np.array(PHOTO), PHOTO.pixels)
    assert np.asarray(PHOTO, dtype=np.float64).dtype == np.float64
    assert PHOTO.__array__(copy=True) is not PHOTO.pixels and PHOTO.__array__(copy=False) is PHOTO.pixels
    with pytest.raises(ValueError, match="needs a copy"):
        PHOTO.__array__(np.float64, copy=False)
    assert np.asarray(Photo.from_array(RGBA)).shape == (20, 30, 3)


def test_codes_come_back():
    assert np.array_equal(PHOTO.to_uint8(), CODES)
    assert np.array_equal(Photo.from_array(RGBA).to_uint8(), RGBA)
    wild = PHOTO.with_pixels(PHOTO.pixels * 3 - 1).to_uint8()
    assert wild.min() == 0 and wild.max() == 255


def test_pillow_gets_srgb_that_says_so(tmp_path, profiles):
    image = PHOTO.to_pil()
    assert image.mode == "RGB" and np.array_equal(np.asarray(image), CODES)
    image.save(tmp_path / "a.png")
    again = read_photo(tmp_path / "a.png")
    assert again.profile and np.array_equal(again.pixels, PHOTO.pixels)
    assert Photo.from_array(RGBA).to_pil().mode == "RGBA"
    Image.fromarray(CODES // 4 + 90).save(tmp_path / "p3.png", icc_profile=profiles["p3"])
    wide = read_photo(tmp_path / "p3.png")
    assert np.abs(np.asarray(wide.to_pil()) / 255 - wide.pixels).max() <= 0.5 / 255 + 1e-6
    assert np.abs(open_photo(wide.to_pil()).pixels - wide.pixels).max() <= 0.5 / 255 + 1e-6


def test_notebooks_get_a_small_png():
    large = Photo.from_array(np.zeros((50, 3000, 4), np.uint8))
    shown = Image.open(io.BytesIO(large._repr_png_()))
    assert shown.format == "PNG" and shown.size == (1000, 17) and shown.mode == "RGBA"
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(PHOTO._repr_png_()))), CODES)


def test_one_line_says_what_a_photo_is(tmp_path, profiles):
    assert repr(PHOTO) == "Photo(30 x 20, 8 bit)"
    assert repr(Photo.from_array(np.zeros((4, 5)))) == "Photo(5 x 4, float, grey)"
    deep = RGBA.astype(np.uint16) * 257
    p3 = declared_profile((12, 13), [])
    tifffile.imwrite(tmp_path / "day.tif", deep, photometric="rgb", extrasamples=[2], iccprofile=p3)
    assert repr(read_photo(tmp_path / "day.tif")) == "Photo(30 x 20, 16 bit, Display P3, alpha, day.tif)"
    Image.fromarray(CODES).save(tmp_path / "a.jpg", icc_profile=profiles["adobe"], dpi=(300, 300))
    photo = read_photo(tmp_path / "a.jpg")
    assert repr(photo) == "Photo(30 x 20, 8 bit, unnamed profile, a.jpg)" and "300 x 300 dpi" in repr(photo.metadata)
    for thing in (photo.metadata, photo.file, photo.exact_codes, WorkingCopy.of(photo), read_mask_picture(tmp_path / "a.jpg")):
        assert "\n" not in repr(thing) and len(repr(thing)) < 1000


def samples(tmp_path, profiles):
    deep = CODES.astype(np.uint16) * 257
    Image.fromarray(CODES).save(tmp_path / "a.jpg", dpi=(72, 72), comment="x")
    Image.fromarray(CODES).convert("CMYK").save(tmp_path / "cmyk.jpg")
    Image.fromarray(CODES).quantize(9).save(tmp_path / "palette.png")
    tifffile.imwrite(tmp_path / "p3.tif", deep, photometric="rgb", iccprofile=profiles["p3"])
    tifffile.imwrite(tmp_path / "dark.tif", deep // 90, photometric="rgb", iccprofile=profiles["adobe"])
    tifffile.imwrite(tmp_path / "prophoto.tif", deep, photometric="rgb", iccprofile=profiles["prophoto"])
    tifffile.imwrite(tmp_path / "grey.tif", deep[..., 0], photometric="minisblack", iccprofile=profiles["grey"])
    tifffile.imwrite(tmp_path / "float.tif", RGBA / np.float32(255), photometric="rgb", extrasamples=[2])
    write_photo(Photo.from_array(deep), tmp_path / "deep.png")
    for path in sorted(tmp_path.iterdir()):
        yield path.name, read_photo(path)
        yield f"{path.name} in memory", read_photo(path.read_bytes())
    yield "array", Photo.from_array(RGBA)
    yield "Pillow", open_photo(Image.fromarray(CODES).convert("CMYK"))
    yield "opened by Pillow", open_photo(Image.open(tmp_path / "p3.tif"))


def test_photos_pickle_and_copy_whatever_they_came_from(tmp_path, profiles):
    for name, photo in samples(tmp_path, profiles):
        for again in (pickle.loads(pickle.dumps(photo)), copy.deepcopy(photo), pickle.loads(pickle.dumps(photo, 2))):
            assert np.array_equal(again.pixels, photo.pixels), name
            assert (again.profile, again.metadata, again.file, again.notes) == (
                photo.profile, photo.metadata, photo.file, photo.notes,
            ), name  # fmt: skip
            ours, theirs = io.BytesIO(), io.BytesIO()
            assert write_photo(again, ours, format="tiff") == write_photo(photo, theirs, format="tiff")
            assert ours.getvalue() == theirs.getvalue(), name
        assert len(pickle.dumps(photo)) < 40_000, name


@pytest.mark.parametrize("name", ["jpeg", "png", "tiff", "webp", "avif", "heic", "jxl"])
def test_file_objects_get_the_file(tmp_path, name):
    if name == "heic":
        pytest.importorskip("pillow_heif")
    stream = io.BytesIO()
    write_photo(PHOTO, stream, format=name)
    write_photo(PHOTO, tmp_path / f"a.{name}")
    assert stream.getvalue() == (tmp_path / f"a.{name}").read_bytes()
    assert open_photo(stream.getvalue()).file.format == name


def test_a_raw_file_object_gets_all(tmp_path):
    class Slow(io.BytesIO):
        def write(self, data):
            return super().write(data[:100])

    slow, whole = Slow(), io.BytesIO()
    write_photo(PHOTO, slow, format=".PNG")
    write_photo(PHOTO, whole, format="png")
    assert slow.getvalue() == whole.getvalue()


def test_a_failed_write_leaves_a_file_object_as_it_was(monkeypatch):
    def fail(job, temporary):
        temporary.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(writing._ENCODERS, "png", fail)
    stream = io.BytesIO()
    with pytest.raises(PhotoError, match="^the file object: cannot be written .No space left on device.; nothing was"):
        write_photo(PHOTO, stream, format="png")
    assert stream.getvalue() == b""


def test_formats_of_file_objects_are_checked(tmp_path):
    with pytest.raises(OptionError, match="format must be given for a file object"):
        write_photo(PHOTO, io.BytesIO())
    with pytest.raises(OptionError, match="format must be one of jpeg, png, .* got 'gif'"):
        write_photo(PHOTO, io.BytesIO(), format="gif")
    with pytest.raises(PhotoError, match="transparency"):
        write_photo(Photo.from_array(RGBA), io.BytesIO(), format="jpeg")
    with pytest.raises(PhotoError, match="got int"):
        write_photo(PHOTO, 3, format="png")
    with pytest.raises(PhotoError, match="cannot be written"):
        write_photo(PHOTO, io.StringIO(), format="png")
    with pytest.raises(OptionError, match="extension of a.jpg, got 'png'"):
        write_photo(PHOTO, tmp_path / "a.jpg", format="png")
    write_photo(PHOTO, tmp_path / "a.part", format="png")
    assert Image.open(tmp_path / "a.part").format == "PNG"
