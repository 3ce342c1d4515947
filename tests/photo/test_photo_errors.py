"""Bad files: one line that says what is wrong and what to do, soon, and with little memory."""

import os
import struct
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image

from photostyle.errors import PhotoError
from photostyle.photo import Photo, read_mask_picture, read_photo, write_photo
from photostyle.photo.limits import Limits

CODES = np.random.default_rng(4).integers(0, 256, (40, 60, 3), dtype=np.uint8)
SUFFIXES = [".jpg", ".png", ".tif", ".webp", ".avif", ".heic", ".jxl", ".gif", ".bmp"]


def refusal(path, read=read_photo, **options) -> str:
    with pytest.raises(PhotoError) as caught:
        read(path, **options)
    text = str(caught.value)
    assert "\n" not in text and text.startswith(str(path)) and ";" in text and len(text) < 400, text
    return text


def sample(path):
    if path.suffix in (".gif", ".bmp"):
        Image.fromarray(CODES).save(path)
    else:
        if path.suffix == ".heic":
            pytest.importorskip("pillow_heif")
        write_photo(Photo.from_array(CODES), path)
    return path


def png_header(width, height, bits=8) -> bytes:
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, bits, 2, 0, 0, 0)
    parts = [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(b"\0" * 99)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_truncated(tmp_path, suffix, share, capfd):
    path = sample(tmp_path / f"a{suffix}")
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    refusal(path)
    refusal(path, read_mask_picture)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "content, words",
    [
        (b"", "empty"),
        (b"\0" * 5000, "zeros"),
        (b"hello, this is a text\n", "text"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"<!doctype html><html>", "web page"),
        (b"\xef\xbb\xbf<svg>", "SVG"),
        (b"PK\x03\x04" + b"\0" * 60, "ZIP"),
        (b"\0\0\0\x20ftypisom" + b"\0" * 60, "video"),
        (b"version https://git-lfs.github.com/spec/v1\n", "LFS"),
        (bytes(range(1, 256)), "no format"),
    ],
)
def test_no_picture(tmp_path, content, words):
    path = tmp_path / "a.jpg"
    path.write_bytes(content)
    assert words in refusal(path)


def test_no_file(tmp_path):
    assert "no such file" in refusal(tmp_path / "none.jpg")
    assert "folder" in refusal(tmp_path)
    os.mkfifo(tmp_path / "pipe.jpg")
    assert "regular file" in refusal(tmp_path / "pipe.jpg")
    (tmp_path / "link.jpg").symlink_to(tmp_path / "gone.jpg")
    assert "no such file" in refusal(tmp_path / "link.jpg")
    refusal(tmp_path / ("x" * 252 + ".jpg"))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_no_permission(tmp_path):
    path = sample(tmp_path / "a.png")
    path.chmod(0)
    assert "Permission" in refusal(path)


def test_content_decides_not_the_extension(tmp_path):
    Image.fromarray(CODES).save(tmp_path / "a.png", "JPEG")
    photo = read_photo(tmp_path / "a.png")
    assert photo.file.format == "jpeg" and "holds a JPEG picture" in photo.notes[0]
    tifffile.imwrite(tmp_path / "a.nef", CODES, photometric="rgb")
    pytest.importorskip("rawpy")
    assert (np.rint(read_photo(tmp_path / "a.nef").pixels * 255) == CODES).all()


def test_giant_dimensions_in_a_tiny_file(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(png_header(100_000, 100_000))
    assert "limit of 1000 Mpixel" in refusal(path)
    path.write_bytes(png_header(30_000, 30_000))
    assert "claim to hold" in refusal(path)
    path.write_bytes(png_header(0, 5))
    refusal(path)
    bitmap = bytearray(sample(tmp_path / "a.bmp").read_bytes())
    bitmap[18:26] = struct.pack("<ii", 30_000, 30_000)
    (tmp_path / "a.bmp").write_bytes(bitmap)
    refusal(tmp_path / "a.bmp")
    jpeg = sample(tmp_path / "a.jpg").read_bytes()
    place = jpeg.index(b"\xff\xc0") + 5
    (tmp_path / "a.jpg").write_bytes(jpeg[:place] + b"\xff\x00\xff\x00" + jpeg[place + 4 :])
    refusal(tmp_path / "a.jpg", max_pixels=10**10)


def test_max_pixels(tmp_path):
    path = sample(tmp_path / "a.jpg")
    assert "limit" in refusal(path, max_pixels=2399)
    assert read_photo(path, max_pixels=2400).size == (60, 40)


def test_a_photo_larger_than_the_memory_is_refused():
    with pytest.raises(ValueError, match="GB are free; shrink it"):
        Limits(10**12, 10**12).check(10**6, 10**6)


def test_tiff_that_claims_more_than_it_has(tmp_path):
    for name, tag in (("width", 256), ("length", 257), ("offsets", 273)):
        path = tmp_path / f"{name}.tif"
        tifffile.imwrite(path, CODES, photometric="rgb")
        with tifffile.TiffFile(path) as file:
            entry = file.pages[0].tags[tag]
        data = bytearray(path.read_bytes())
        data[entry.offset + 8 : entry.offset + 12] = struct.pack("<I", 60_000 if tag < 258 else 10**9)
        path.write_bytes(data)
        refusal(path)


def test_jpeg_of_endless_scans(tmp_path):
    Image.fromarray(CODES).save(tmp_path / "a.jpg", progressive=True)
    data = (tmp_path / "a.jpg").read_bytes()
    start = data.rindex(b"\xff\xda")
    (tmp_path / "a.jpg").write_bytes(data[:-2] + data[start:-2] * 500 + data[-2:])
    assert "scans" in refusal(tmp_path / "a.jpg")


def test_damaged_pixels_and_damaged_facts_of_a_png(tmp_path, profiles):
    path = tmp_path / "a.png"
    Image.fromarray(CODES).save(path, icc_profile=profiles["p3"])
    data = path.read_bytes()
    facts = bytearray(data)
    facts[data.index(b"iCCP") + 20] ^= 0xFF
    path.write_bytes(facts)
    assert any("iCCP chunk is damaged" in note for note in read_photo(path).notes)
    pixels = bytearray(data)
    pixels[data.index(b"IDAT") + 200] ^= 0xFF
    path.write_bytes(pixels)
    assert "IDAT chunk is damaged" in refusal(path)
    bomb = b"a\0\0" + zlib.compress(b"\0" * (1 << 26))
    chunk = struct.pack(">I", len(bomb)) + b"iCCP" + bomb + struct.pack(">I", zlib.crc32(b"iCCP" + bomb))
    path.write_bytes(data[:33] + chunk + data[33:])
    assert any("cannot be unpacked" in note for note in read_photo(path).notes)


def test_floats_that_are_not_numbers(tmp_path):
    values = np.full((4, 5, 3), 0.5, np.float32)
    values[1, 2], values[2, 2] = np.nan, np.inf
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="rgb")
    photo = read_photo(tmp_path / "a.tif")
    assert np.isfinite(photo.pixels).all() and photo.pixels[1, 2, 0] == 0
    assert any("not numbers" in note for note in photo.notes)


def test_arrays():
    for array, words in (
        (np.zeros((0, 3, 3), np.uint8), "shape"),
        (np.zeros((2, 2, 5), np.uint8), "C from 1 to 4"),
        (np.zeros(7, np.uint8), "shape"),
        (np.zeros((2, 2), np.int64), "uint8, uint16 or float"),
        (np.full((2, 2), np.nan), "finite"),
    ):
        with pytest.raises(PhotoError, match=words):
            Photo.from_array(array)
    photo = Photo.from_array(CODES)
    with pytest.raises(PhotoError, match="shape"):
        photo.with_pixels(photo.pixels[:5])


def test_a_damaged_digital_negative(tmp_path, capfd, write_negative):
    pytest.importorskip("rawpy")
    path = tmp_path / "a.dng"
    write_negative(path, [(274, 3, 1, 6, True)])  # turned: orientation 6
    photo = read_photo(path)
    assert photo.size == (48, 64) and photo.file.depth == 16 and photo.profile and b"Maker" in photo.metadata.exif
    write_photo(photo, tmp_path / "a.tif")
    path.write_bytes(path.read_bytes()[:4000])
    refusal(path)
    assert capfd.readouterr() == ("", "")
