"""Photos as people hold them: one function opens files, bytes, arrays, tensors and pictures, and refuses the rest."""

import io
import pickle
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageCms

from photostyle.errors import PhotoError
from photostyle.photo import Photo, open_photo, read_mask_picture, read_photo, write_photo
from photostyle.photo.arrays import channels_last

RNG = np.random.default_rng(21)
CODES = RNG.integers(0, 256, (20, 30, 3), dtype=np.uint8)
PIXELS = CODES / np.float32(255)


def refusal(source, role="content") -> str:
    with pytest.raises(PhotoError) as caught:
        open_photo(source, role)
    text = str(caught.value)
    assert "\n" not in text and ";" in text and len(text) < 400, text
    return text


@pytest.fixture
def png(tmp_path) -> Path:
    Image.fromarray(CODES).save(tmp_path / "day.png")
    return tmp_path / "day.png"


def test_files_in_every_form(png):
    data = png.read_bytes()
    with open(png, "rb") as file:
        for source in (str(png), png, data, bytearray(data), memoryview(data), io.BytesIO(data), file):
            assert np.array_equal(open_photo(source).pixels, PIXELS)
    assert open_photo(png).file.name == "day.png" and open_photo(data).file.path is None
    named = io.BytesIO(data)
    named.name = "upload.png"
    assert open_photo(named).file.path == "upload.png"
    assert read_photo(data).notes == read_photo(png).notes
    assert np.array_equal(read_mask_picture(io.BytesIO(data)).codes, CODES)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp", ".avif", ".heic", ".jxl", ".gif", ".bmp"])
def test_content_in_memory_is_read_as_from_disk(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    if suffix == ".jxl":
        write_photo(Photo.from_array(CODES), path)
    else:
        if suffix == ".heic":
            pytest.importorskip("pillow_heif").register_heif_opener()
        Image.fromarray(CODES).save(path)
    there, here = read_photo(path), read_photo(path.read_bytes())
    assert np.array_equal(there.pixels, here.pixels) and there.notes == here.notes
    assert (there.file.format, there.file.encoding) == (here.file.format, here.file.encoding)
    broken = refusal(path.read_bytes()[:60])
    assert broken.startswith("the content: ") and "/" not in broken


def test_file_objects_that_give_nothing_are_refused(png, tmp_path):
    stream = io.BytesIO(png.read_bytes())
    stream.read()
    assert "seek(0)" in refusal(stream)
    assert "empty" in refusal(io.BytesIO())
    (tmp_path / "a.txt").write_text("hello")
    with open(tmp_path / "a.txt") as text:
        assert "'rb'" in refusal(text)
    assert "'rb'" in refusal(io.StringIO("hello"))
    closed = io.BytesIO(b"x")
    closed.close()
    assert "cannot be read" in refusal(closed)
    assert refusal(b"hello, a text").startswith("the content: not a photo")


def test_arrays_of_every_shape():
    for array in (
        CODES, PIXELS, PIXELS.astype(np.float64), CODES[None], np.moveaxis(CODES, -1, 0), np.moveaxis(CODES, -1, 0)[None],
        memoryview(CODES), CODES.astype(np.uint16) * 257,
    ):  # fmt: skip
        assert np.abs(open_photo(array).pixels - PIXELS).max() < 1e-7
    assert open_photo(CODES[..., 0]).file.layout == "grey" and open_photo(CODES[..., :1]).file.layout == "grey"
    assert open_photo(CODES[..., :2]).alpha.shape == (20, 30)
    photo = Photo.from_array(CODES)
    assert open_photo(photo) is photo


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (np.zeros((5, 20, 30)), "must have shape .* got .5, 20, 30."),
        (np.zeros((2, 20, 30, 3)), "a batch of 2"),
        (np.zeros((0, 20, 3)), "must have shape"),
        (np.zeros(20), "must have shape"),
        (np.full((20, 20, 3), np.nan), "finite"),
        (np.full((20, 20), np.inf, np.float16), "finite"),
        (np.full((20, 20, 3), 200.0), "white at 1"),
        (np.zeros((20, 20, 3), bool), "uint8, uint16 or float, got bool"),
        (np.zeros((20, 20, 3), np.int64), "got int64"),
        (np.zeros((20, 20, 3), complex), "got complex128"),
        (np.zeros((20, 20, 3), object), "got object"),
        (np.zeros((3, 40, 3)), "at least 16 pixels a side, got 3 x 3|at least 16 pixels a side, got 40 x 3"),
        (np.zeros((20, 15, 3)), "the content must be at least 16 pixels a side, got 15 x 20"),
        (torch.zeros(2, 3, 20, 20), "a batch of 2"),
        (torch.zeros(20, 20, dtype=torch.int64), "got int64"),
        (torch.full((3, 20, 20), float("nan")), "finite"),
        (torch.zeros(3, 20, 20, device="meta"), "dense tensor"),
        (torch.zeros(20, 20).to_sparse(), "dense tensor"),
        (None, "the content must be a path"),
        (["a.jpg"], "got list"),
        (b"", "empty"),
    ],
)
def test_what_is_no_photo_is_refused_in_one_line(source, words):
    assert re.search(words, refusal(source))


def test_tensors_of_every_shape():
    planes = torch.from_numpy(PIXELS).permute(2, 0, 1)
    for tensor in (
        planes, planes[None], planes.permute(1, 2, 0), planes.clone().requires_grad_(), planes.double(),
        torch.from_numpy(CODES).permute(2, 0, 1), torch.nn.Parameter(planes.clone()),
    ):  # fmt: skip
        assert np.abs(open_photo(tensor).pixels - PIXELS).max() < 1e-7
    assert np.abs(open_photo(planes.bfloat16()).pixels - PIXELS).max() < 4e-3
    assert open_photo(planes[0]).size == (30, 20) and open_photo(planes[:1]).file.layout == "grey"
    assert open_photo(torch.cat([planes, planes[:1]])).alpha is not None


def test_a_shape_that_can_be_read_both_ways_is_read_as_its_library_has_it():
    both = np.zeros((3, 40, 4))
    assert channels_last(both).shape == (3, 40, 4) and channels_last(both, channels_first=True).shape == (40, 4, 3)


def test_opening_loads_no_torch(png):
    code = f"import sys; from photostyle.photo import open_photo; open_photo({str(png)!r}); print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "False"


PICTURE = Image.fromarray(CODES)
ALPHA = Image.fromarray(np.where(CODES[..., 0] > 99, 255, 128).astype(np.uint8))


def near(photo: Photo, image: Image.Image, most: float) -> bool:
    return np.abs(photo.pixels * 255 - np.asarray(image.convert("RGB"))).max() <= most


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "CMYK", "YCbCr", "HSV", "RGBX"])
def test_pillow_pictures_of_opaque_modes(mode):
    image = PICTURE.convert(mode)
    photo = open_photo(image)
    assert near(photo, image, 1.001) and photo.alpha is None and photo.size == (30, 20)


@pytest.mark.parametrize("mode", ["LA", "PA", "RGBA", "La", "RGBa"])
def test_pillow_pictures_with_alpha(mode):
    image = PICTURE.copy()
    image.putalpha(ALPHA)
    straight = image
    if mode in ("LA", "La"):
        straight = image.convert("LA")
    other = {"La": straight.convert("La"), "RGBa": image.convert("RGBa"), "LA": straight}.get(mode, image)
    if mode == "PA":
        other = PICTURE.convert("P").convert("PA")
        other.putalpha(ALPHA)
        straight = other.convert("RGBA")
    assert other.mode == mode
    photo = open_photo(other)
    assert np.array_equal(np.rint(photo.alpha * 255), np.asarray(ALPHA))
    assert near(photo, straight, 1.001)


def test_colours_divided_by_alpha_are_the_nearest():
    straight = np.dstack([CODES, np.full((20, 30), 200, np.uint8)])
    photo = open_photo(Image.fromarray(straight).convert("RGBa"))
    assert np.abs(photo.pixels * 255 - CODES).max() <= 1


def test_palettes_with_transparency():
    image = PICTURE.quantize(8)
    image.info["transparency"] = 3
    photo = open_photo(image)
    assert ((photo.alpha == 0) == (np.asarray(image) == 3)).all()
    assert open_photo(Image.fromarray(CODES[..., 0] > 99)).file.layout == "grey"


@pytest.mark.parametrize("mode", ["I;16", "I;16L", "I;16B"])
def test_deep_pillow_pictures(mode):
    deep = np.arange(600, dtype=np.uint16).reshape(20, 30) * 100
    order = {"I;16B": ">u2"}.get(mode, "<u2")
    image = Image.frombytes(mode, (30, 20), deep.astype(order).tobytes())
    photo = open_photo(image)
    assert photo.file.depth == 16 and np.array_equal(np.rint(photo.pixels[..., 0] * 65535), deep)


def test_pillow_pictures_of_numbers():
    deep = Image.fromarray(np.arange(600, dtype=np.int32).reshape(20, 30) * 100)
    assert deep.mode == "I" and open_photo(deep).pixels.max() == np.float32(59900 / 65535)
    assert "65535" in refusal(Image.fromarray(np.full((20, 20), 70000, np.int32)))
    assert "mode L" in refusal(PICTURE.convert("I"))
    floats = Image.fromarray(PIXELS[..., 0])
    assert floats.mode == "F" and np.array_equal(open_photo(floats).pixels[..., 1], PIXELS[..., 0])
    assert "white at 1" in refusal(PICTURE.convert("F"))
    assert "finite" in refusal(Image.fromarray(np.full((20, 20), np.nan, np.float32)))


def test_lab_pictures_come_back_as_their_colours():
    dull = Image.fromarray(RNG.integers(60, 200, (20, 30, 3), dtype=np.uint8))
    to_lab = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
    photo = open_photo(ImageCms.applyTransform(dull, to_lab))
    assert np.abs(photo.pixels * 255 - np.asarray(dull)).mean() < 1.5 and photo.file.depth == 16


def test_profiles_of_pillow_pictures_count(tmp_path, profiles):
    PICTURE.save(tmp_path / "a.png", icc_profile=profiles["p3"])
    photo = open_photo(Image.open(tmp_path / "a.png"))
    assert np.array_equal(photo.pixels, read_photo(tmp_path / "a.png").pixels) and photo.profile == profiles["p3"]
    grey = open_photo(Image.open(tmp_path / "a.png").convert("L"))
    assert grey.profile[16:20] == b"GRAY" and any("profile is for RGB" in note for note in grey.notes)
    coloured = open_photo(Image.open(tmp_path / "a.png").convert("CMYK"))
    assert coloured.profile is None and any("read without the profile" in note for note in coloured.notes)
    inks = open_photo(PICTURE.convert("CMYK"))
    assert inks.file.layout == "cmyk" and any("plain inks" in note for note in inks.notes)
    assert open_photo(PICTURE).notes == ()


def test_pillow_pictures_are_turned_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    PICTURE.save(tmp_path / "a.jpg", exif=exif, quality=100, subsampling=0)
    PICTURE.save(tmp_path / "a.tif", exif=exif)
    for name in ("a.jpg", "a.tif"):
        ours, theirs = read_photo(tmp_path / name), open_photo(Image.open(tmp_path / name))
        assert theirs.size == (20, 30) and np.array_equal(ours.pixels, theirs.pixels) and theirs.file.name == name


def test_a_damaged_pillow_picture_is_refused(tmp_path):
    PICTURE.save(tmp_path / "a.jpg")
    data = (tmp_path / "a.jpg").read_bytes()
    assert "cannot be loaded" in refusal(Image.open(io.BytesIO(data[:-200])))


def test_camera_raw_content_needs_no_extension(tmp_path, write_negative):
    pytest.importorskip("rawpy")
    write_negative(tmp_path / "a.dng")
    there, here = read_photo(tmp_path / "a.dng"), read_photo((tmp_path / "a.dng").read_bytes())
    assert np.array_equal(there.pixels, here.pixels) and here.metadata.exif == there.metadata.exif
    assert "damaged" in refusal((tmp_path / "a.dng").read_bytes()[:4000])
    again = pickle.loads(pickle.dumps(here))
    assert np.array_equal(again.pixels, here.pixels) and repr(again).startswith("Photo(64 x 48, 16 bit, ROMM RGB")
