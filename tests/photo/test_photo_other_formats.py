"""Old formats that Pillow reads are read; what is not read is called by its name, and "damaged" only what is."""

import struct

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from photostyle.batch.inputs import find_photos
from photostyle.errors import PhotoError
from photostyle.photo import read_photo

WIDTH, HEIGHT = 30, 20
CODES = np.random.default_rng(2).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)


def refusal(path) -> str:
    with pytest.raises(PhotoError) as caught:
        read_photo(path)
    text = str(caught.value)
    assert "\n" not in text and ";" in text and text.startswith(str(path)), text
    return text


@pytest.mark.parametrize("suffix", [".tga", ".sgi", ".pcx", ".dds"])
def test_old_pictures_are_read(tmp_path, suffix):
    Image.fromarray(CODES).save(tmp_path / f"a{suffix}")
    photo = read_photo(tmp_path / f"a{suffix}")
    assert photo.file.format == suffix[1:] and (np.rint(photo.pixels * 255) == CODES).all()
    assert len(find_photos([str(tmp_path)])) == 1
    if suffix != ".tga":
        assert read_photo((tmp_path / f"a{suffix}").read_bytes()).size == (WIDTH, HEIGHT)


def test_a_tga_of_the_second_version_is_known_without_its_name(tmp_path):
    Image.fromarray(CODES).save(tmp_path / "a.tga")
    content = (tmp_path / "a.tga").read_bytes()
    if not content.endswith(b"TRUEVISION-XFILE.\0"):
        content += bytes(8) + b"TRUEVISION-XFILE.\0"
    assert read_photo(content).size == (WIDTH, HEIGHT)


def test_a_fourth_channel_of_a_tga_is_transparency_where_its_header_says_so(tmp_path):
    Image.fromarray(np.dstack([CODES, CODES[..., 0]])).save(tmp_path / "a.tga")
    assert read_photo(tmp_path / "a.tga").alpha is not None
    data = bytearray((tmp_path / "a.tga").read_bytes())
    data[17] &= 0xF0
    (tmp_path / "b.tga").write_bytes(data)
    photo = read_photo(tmp_path / "b.tga")
    assert photo.alpha is None and any("does not call transparency" in note for note in photo.notes)
    assert (np.rint(photo.pixels * 255) == CODES).all()


def test_an_sgi_of_16_bits_says_that_8_are_read(tmp_path):
    head = struct.pack(">HBBHHHHII", 474, 0, 2, 3, WIDTH, HEIGHT, 3, 0, 65535).ljust(512, b"\0")
    planes = np.moveaxis(CODES[::-1].astype(">u2") * 257, -1, 0)
    (tmp_path / "a.sgi").write_bytes(head + planes.tobytes())
    photo = read_photo(tmp_path / "a.sgi")
    assert any("16 bits" in note for note in photo.notes) and (np.rint(photo.pixels * 255) == CODES).all()


@pytest.mark.parametrize(
    "content, words",
    [
        (b"\0\0\1\0\1\0\x10\x10", "a Windows icon"),
        (b"\0\0\2\0\1\0\x10\x10", "a Windows cursor"),
        (b"icns\0\0\1\0", "a macOS icon"),
        (b"v/1\x01\2\0\0\0", "an OpenEXR picture"),
        (b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n", "a Radiance picture"),
        (b"II\xbc\x01\x08\0\0\0", "a JPEG XR picture"),
        (b"\0" * 128 + b"DICM", "a DICOM picture"),
        (b"SIMPLE  =                    T", "a FITS picture"),
        (b"gimp xcf v011\0", "a GIMP document"),
        (b"\xc5\xd0\xd3\xc6\x1e\0\0\0", "an EPS drawing"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "a PostScript document"),
        (b"\xd7\xcd\xc6\x9a\0\0", "a Windows drawing"),
        (b"\1\0\0\0" + b"\0" * 36 + b" EMF", "a Windows drawing"),
        (b'<?xml version="1.0"?>\n<!-- made -->\n<svg xmlns="http://www.w3.org/2000/svg"/>', "an SVG drawing"),
        (b'<?xml version="1.0"?>\n<gpx/>', "an XML text"),
        (b"\0\0\0\x14ftypqt  ", "a video"),
        (b"\0\0\0\x08wide\0\0\0\0mdat", "a video"),
        (b"RIFF\x24\0\0\0AVI LIST", "a video"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "a sound"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an office document"),
        (b"\0\5\x16\7\0\2\0\0Mac OS X", "a macOS side file"),
        (b"\x93NUMPY\1\0", "a NumPy array"),
        (b"Rar!\x1a\7", "a RAR archive"),
        (b"\xff\xfeh\0e\0l\0l\0o\0", "a text"),
        (b"BLP2\1\0\0\0", "a Blizzard texture"),
        (bytes(imagecodecs.jpegls_encode(CODES)), "JPEG-LS"),
    ],
)
def test_what_is_not_read_is_called_by_its_name(tmp_path, content, words):
    (tmp_path / "a.jpg").write_bytes(content)
    text = refusal(tmp_path / "a.jpg")
    assert words in text and "damaged" not in text


def tiff(path, changes, **options):
    """A TIFF with tags of one SHORT changed."""
    tifffile.imwrite(path, CODES, photometric="rgb", metadata=None, **options)
    data = bytearray(path.read_bytes())
    for tag, value in changes.items():
        place = data.index(struct.pack("<HHI", tag, 3, 1))
        data[place + 8 : place + 10] = struct.pack("<H", value)
    path.write_bytes(data)


def test_what_is_not_supported_is_not_called_damaged(tmp_path):
    tiff(tmp_path / "logluv.tif", {262: 32845})
    tiff(tmp_path / "packed.tif", {259: 34676})
    tifffile.imwrite(tmp_path / "luma.tif", CODES, photometric="ycbcr")
    tifffile.imwrite(tmp_path / "complex.tif", CODES.astype(np.complex64), photometric="rgb")
    tifffile.imwrite(tmp_path / "bands.tif", np.zeros((20, 30, 20), np.uint8), photometric="minisblack", planarconfig="contig")
    bitmap = bytearray(b"BM" + bytes(52))
    bitmap[10:18] = struct.pack("<II", 54, 40)
    bitmap[18:30] = struct.pack("<iiHH", 4, 4, 1, 7)
    (tmp_path / "seven.bmp").write_bytes(bitmap + bytes(100))
    for name in ("logluv.tif", "packed.tif", "luma.tif", "complex.tif", "bands.tif", "seven.bmp"):
        text = refusal(tmp_path / name)
        assert "not supported: " in text and "; convert" in text and "damaged" not in text, text


def test_a_blank_fax_is_a_sound_file(tmp_path):
    white = Image.new("1", (2000, 2000), 1)
    white.save(tmp_path / "a.tif", compression="group4")
    photo = read_photo(tmp_path / "a.tif")
    assert photo.size == (2000, 2000) and photo.pixels.min() == 1
