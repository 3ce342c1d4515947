"""Photoshop documents are read with their depth, colours, transparency, selections and what they say."""

import struct
import zlib

import imagecodecs
import numpy as np
import pytest
import tifffile

from photostyle.errors import PhotoError
from photostyle.photo import read_photo, write_photo

WIDTH, HEIGHT = 30, 20
RNG = np.random.default_rng(14)
GREY, INDEXED, RGB, CMYK, MULTICHANNEL, LAB = 1, 2, 3, 4, 7, 9


def resource(number, data):
    return b"8BIM" + struct.pack(">HHI", number, 0, len(data)) + data + b"\0" * (len(data) % 2)


def packed(planes, packing, large):
    """The channels (C, H, W) as they stand in a document."""
    raw = planes.astype(planes.dtype.newbyteorder(">"))
    if packing == 0:
        return raw.tobytes()
    if packing == 1:
        rows = [imagecodecs.packbits_encode(row.tobytes()) for plane in raw for row in plane]
        lengths = np.array([len(row) for row in rows], ">u4" if large else ">u2")
        return lengths.tobytes() + b"".join(rows)
    if packing == 3:
        raw = np.diff(planes, axis=-1, prepend=planes.dtype.type(0)).astype(raw.dtype)
    return zlib.compress(raw.tobytes())


def document(codes, mode, *, packing=1, large=False, layers=b"", resources=b"", palette=b"", depth=None):
    codes = np.atleast_3d(codes)
    depth = depth or 8 * codes.dtype.itemsize
    head = struct.pack(">4sH6xHIIHH", b"8BPS", 2 if large else 1, codes.shape[2], HEIGHT, WIDTH, depth, mode)
    length = ">Q" if large else ">I"
    parts = [head, struct.pack(">I", len(palette)), palette, struct.pack(">I", len(resources)), resources]
    parts += [struct.pack(length, len(layers)), layers, struct.pack(">H", packing)]
    return b"".join(parts) + packed(np.moveaxis(codes, -1, 0), packing, large)


def layer_section(count, large=False):
    """Layers of which only the number is of interest; it is negative where the flat picture is transparent."""
    info = struct.pack(">h", count) + b"\0\0"
    return struct.pack(">Q" if large else ">I", len(info)) + info + struct.pack(">I", 0)


def codes_of(depth, channels):
    return RNG.integers(0, 2**depth, (HEIGHT, WIDTH, channels), dtype=np.uint8 if depth == 8 else np.uint16)


def read(path, content):
    path.write_bytes(content)
    return read_photo(path)


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("packing", [0, 1, 2, 3])
@pytest.mark.parametrize("large", [False, True])
def test_every_depth_and_packing(tmp_path, depth, packing, large):
    for channels, mode in ((1, GREY), (3, RGB)):
        codes = codes_of(depth, channels)
        photo = read(tmp_path / "a.psd", document(codes, mode, packing=packing, large=large))
        assert photo.file.depth == depth and photo.file.format == "psd"
        assert (np.rint(photo.pixels * (2**depth - 1)) == codes).all()


def test_inks_lab_palettes_and_bitmaps(tmp_path):
    codes = codes_of(8, 4)
    photo = read(tmp_path / "a.psd", document(codes, CMYK))
    write_photo(photo, tmp_path / "a.tif")
    assert (tifffile.imread(tmp_path / "a.tif") == 255 - codes).all()
    lab = np.full((HEIGHT, WIDTH, 3), 32768, np.uint16)
    assert np.abs(read(tmp_path / "b.psd", document(lab, LAB)).pixels - 0.466).max() < 0.01
    colours = RNG.integers(0, 256, (256, 3), dtype=np.uint8)
    index = codes_of(8, 1)
    photo = read(tmp_path / "c.psd", document(index, INDEXED, palette=colours.T.tobytes()))
    assert (np.rint(photo.pixels * 255) == colours[index[..., 0]]).all()
    bits = RNG.integers(0, 2, (HEIGHT, 32), dtype=np.uint8)
    rows = np.packbits(bits[:, :WIDTH], axis=1)
    content = document(rows, 0, packing=0, depth=1)
    assert (read(tmp_path / "d.psd", content).pixels[..., 0] == 1 - bits[:, :WIDTH]).all()


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("large", [False, True])
def test_transparency_laid_on_white_is_freed_of_it(tmp_path, depth, large):
    top = 2**depth - 1
    straight = codes_of(depth, 4)
    share = straight[..., 3:] / top
    on_white = straight.copy()
    on_white[..., :3] = np.rint(straight[..., :3] * share + top * (1 - share))
    photo = read(tmp_path / "a.psb", document(on_white, RGB, layers=layer_section(-2, large), large=large))
    assert (np.rint(photo.alpha * top) == straight[..., 3]).all()
    thick = photo.alpha > 0.5
    assert np.abs(photo.pixels * top - straight[..., :3])[thick].max() <= 2
    plain = read(tmp_path / "b.psd", document(straight, RGB, layers=layer_section(-1)))  # as GIMP writes it
    assert (np.rint(plain.pixels * top) == straight[..., :3]).all()
    assert any("layers" in note for note in plain.notes)


def test_saved_selections_are_no_transparency(tmp_path):
    codes = codes_of(16, 5)
    photo = read(tmp_path / "a.psd", document(codes, RGB, layers=layer_section(1)))
    assert photo.alpha is None and (photo.extra.codes == codes[..., 3:]).all()
    write_photo(photo, tmp_path / "a.tif")
    assert (tifffile.imread(tmp_path / "a.tif") == codes).all()
    with tifffile.TiffFile(tmp_path / "a.tif") as file:
        assert file.pages[0].extrasamples == (0, 0)
    both = read(tmp_path / "b.psd", document(codes, RGB, layers=layer_section(-1)))
    assert both.alpha is not None and (both.extra.codes[..., 0] == codes[..., 4]).all()


def test_layers_of_16_bits_stand_elsewhere(tmp_path):
    body = struct.pack(">h", -1) + b"\0\0"
    section = struct.pack(">II", 0, 0) + b"8BIMLr16" + struct.pack(">I", len(body)) + body
    assert read(tmp_path / "a.psd", document(codes_of(16, 4), RGB, layers=section)).alpha is not None


def test_what_it_says(tmp_path, profiles):
    exif = b"MM\0*\0\0\0\x08\0\x01\x01\x0f\0\x02\0\0\0\x06\0\0\0\x1a\0\0\0\0Maker\0"
    blocks = [
        resource(1005, struct.pack(">IHHIHH", 300 << 16, 1, 1, 150 << 16, 1, 1)),
        resource(1039, profiles["adobe"]),
        resource(1058, exif),
        resource(1060, b"<x:xmpmeta/>"),
        resource(1028, b"\x1c\x02\x05\0\x04name"),
        resource(2000, bytes(26)),
    ]
    photo = read(tmp_path / "a.psd", document(codes_of(16, 3), RGB, resources=b"".join(blocks)))
    assert photo.profile == profiles["adobe"] and photo.metadata.resolution == (300, 150)
    assert photo.metadata.exif == exif and photo.metadata.xmp == b"<x:xmpmeta/>" and b"name" in photo.metadata.iptc
    write_photo(photo, tmp_path / "a.tif")
    with tifffile.TiffFile(tmp_path / "a.tif") as file:
        assert blocks[-1] in bytes(file.pages[0].tags[34377].value)


def test_what_is_not_supported_is_no_damage(tmp_path):
    codes = codes_of(8, 3)
    for content, words in (
        (document(codes, RGB, depth=32), "not supported: .*32 bits"),
        (document(codes, MULTICHANNEL), "not supported: .*multichannel"),
    ):
        with pytest.raises(PhotoError, match=words):
            read(tmp_path / "a.psd", content)


@pytest.mark.parametrize("share", [0.01, 0.2, 0.5, 0.99])
@pytest.mark.parametrize("packing", [0, 1, 2])
def test_damage(tmp_path, share, packing):
    content = document(codes_of(8, 3), RGB, packing=packing)
    with pytest.raises(PhotoError, match="damaged PSD"):
        read(tmp_path / "a.psd", content[: max(8, int(len(content) * share))])
