"""JPEG 2000 is read with its own depth, profile, transparency and metadata."""

import struct

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from photostyle.errors import PhotoError
from photostyle.photo import read_photo, write_photo

WIDTH, HEIGHT = 30, 20
RNG = np.random.default_rng(9)
EXIF = b"MM\0*\0\0\0\x08\0\x01\x01\x0f\0\x02\0\0\0\x06\0\0\0\x1a\0\0\0\0Maker\0"
GREY, SRGB, LAB, ROMM, CMYK = 17, 16, 14, 21, 12


def box(kind, body):
    return struct.pack(">I4s", len(body) + 8, kind) + body


def stream(codes, bits):
    return bytes(imagecodecs.jpeg2k_encode(codes, level=0, reversible=True, bitspersample=bits, codecformat="j2k"))


def jp2(codes, bits, header, others=b""):
    """A JP2 file made box by box."""
    channels = codes.shape[2] if codes.ndim == 3 else 1
    size = box(b"ihdr", struct.pack(">IIHBBBB", codes.shape[0], codes.shape[1], channels, bits - 1, 7, 0, 0))
    start = b"\0\0\0\x0cjP  \r\n\x87\n" + box(b"ftyp", b"jp2 \0\0\0\0jp2 ")
    return start + box(b"jp2h", size + header) + others + box(b"jp2c", stream(codes, bits))


def enumerated(number):
    return box(b"colr", struct.pack(">BBBI", 1, 0, 0, number))


def profile(data):
    return box(b"colr", b"\2\0\0" + data)


def codes_of(bits, channels):
    shape = (HEIGHT, WIDTH, channels) if channels > 1 else (HEIGHT, WIDTH)
    return RNG.integers(0, 2**bits, shape, dtype=np.uint8 if bits <= 8 else np.uint16)


def read(path, content):
    path.write_bytes(content)
    return read_photo(path)


@pytest.mark.parametrize("bits", [4, 8, 10, 12, 16])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_every_depth(tmp_path, bits, channels):
    codes = codes_of(bits, channels)
    wanted = np.atleast_3d(codes) / (2**bits - 1)
    files = [stream(codes, bits), jp2(codes, bits, enumerated(SRGB if channels > 2 else GREY))]
    for content in files:
        photo = read(tmp_path / "a.jp2", content)
        assert photo.file.depth == (16 if bits > 8 else 8) and (photo.file.layout == "grey") == (channels < 3)
        assert np.abs(photo.pixels[..., 0] - wanted[..., 0]).max() < 1e-5 + (bits < 8) * 1e-2
        assert (photo.alpha is not None) == (channels in (2, 4))
        if photo.alpha is not None:
            assert np.abs(photo.alpha - wanted[..., -1]).max() < 1e-5 + (bits < 8) * 1e-2


def test_profiles_come_along(tmp_path, profiles):
    codes = codes_of(16, 3)
    photo = read(tmp_path / "a.jp2", jp2(codes, 16, profile(profiles["adobe"])))
    assert photo.profile == profiles["adobe"]
    write_photo(photo, tmp_path / "a.tif")
    assert (tifffile.imread(tmp_path / "a.tif") == codes).all()
    grey = read(tmp_path / "b.jp2", jp2(codes_of(8, 1), 8, profile(profiles["grey"])))
    assert grey.profile == profiles["grey"] and grey.file.layout == "grey"
    assert read(tmp_path / "c.jp2", jp2(codes_of(8, 3), 8, enumerated(ROMM))).profile
    assert read(tmp_path / "d.jp2", jp2(codes_of(8, 4), 8, enumerated(CMYK))).file.layout == "cmyk"


def test_channels_are_what_their_box_says(tmp_path):
    codes = np.full((HEIGHT, WIDTH, 4), 40, np.uint8)
    codes[..., 3] = 80
    codes[..., 0] = 20

    def channels(*kinds):
        return box(b"cdef", struct.pack(">H", len(kinds)) + b"".join(struct.pack(">HHH", *kind) for kind in kinds))

    colours = [(0, 0, 1), (1, 0, 2), (2, 0, 3)]
    straight = read(tmp_path / "a.jp2", jp2(codes, 8, enumerated(SRGB) + channels(*colours, (3, 1, 0))))
    assert np.allclose(straight.pixels[0, 0] * 255, [20, 40, 40]) and np.allclose(straight.alpha * 255, 80)
    divided = read(tmp_path / "b.jp2", jp2(codes, 8, enumerated(SRGB) + channels(*colours, (3, 2, 0))))
    assert np.allclose(divided.pixels[0, 0], [0.25, 0.5, 0.5])
    turned = read(tmp_path / "c.jp2", jp2(codes, 8, enumerated(SRGB) + channels((0, 0, 3), (1, 0, 2), (2, 0, 1), (3, 1, 0))))
    assert np.allclose(turned.pixels[0, 0] * 255, [40, 40, 20])
    selection = read(tmp_path / "d.jp2", jp2(codes, 8, enumerated(SRGB) + channels(*colours, (3, 65535, 65535))))
    assert selection.alpha is None and (selection.extra.codes == 80).all()
    assert any("no place" in note for note in write_photo(selection, tmp_path / "d.jpg"))


def test_palettes(tmp_path):
    index = RNG.integers(0, 4, (HEIGHT, WIDTH), dtype=np.uint8)
    colours = RNG.integers(0, 256, (4, 3), dtype=np.uint8)
    palette = box(b"pclr", struct.pack(">HB", 4, 3) + b"\7\7\7" + colours.tobytes())
    mapping = box(b"cmap", b"".join(struct.pack(">HBB", 0, 1, column) for column in range(3)))
    photo = read(tmp_path / "a.jp2", jp2(index, 8, enumerated(SRGB) + palette + mapping))
    assert (np.rint(photo.pixels * 255) == colours[index]).all()


def test_metadata(tmp_path):
    xmp = b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"/><?xpacket end="w"?>'
    resolution = box(b"res ", box(b"resc", struct.pack(">HHHHbb", 11811, 1, 11811, 1, 0, 0)))
    others = box(b"uuid", bytes.fromhex("BE7ACFCB97A942E89C71999491E3AFAC") + xmp) + box(b"uuid", b"JpgTiffExif->JP2" + EXIF)
    photo = read(tmp_path / "a.jp2", jp2(codes_of(8, 3), 8, enumerated(SRGB) + resolution, others))
    assert photo.metadata.xmp == xmp and b"Maker" in photo.metadata.exif
    assert photo.metadata.resolution == pytest.approx((300, 300), abs=0.01)


def test_where_on_earth_goes_into_a_tiff(tmp_path):
    tifffile.imwrite(tmp_path / "geo.tif", np.zeros((1, 1), np.uint8), extratags=[(33550, 12, 3, (1.0, 1.0, 0.0), True)])
    geo = box(b"uuid", bytes.fromhex("B14BF8BD083D4B43A5AE8CD7D5A6CE03") + (tmp_path / "geo.tif").read_bytes())
    photo = read(tmp_path / "a.jp2", jp2(codes_of(8, 3), 8, enumerated(SRGB), geo))
    write_photo(photo, tmp_path / "b.tif")
    with tifffile.TiffFile(tmp_path / "b.tif") as file:
        assert file.pages[0].tags[33550].value == (1.0, 1.0, 0.0)


def test_luma_and_chroma_by_pillow(tmp_path):
    image = Image.fromarray(codes_of(8, 3)).convert("YCbCr")
    image.save(tmp_path / "a.jp2")
    assert read_photo(tmp_path / "a.jp2").size == (WIDTH, HEIGHT)


def test_what_is_not_supported_is_no_damage(tmp_path):
    with pytest.raises(PhotoError, match="not supported: .*CIELAB"):
        read(tmp_path / "a.jp2", jp2(codes_of(8, 3), 8, enumerated(LAB)))


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5, 0.95])
def test_damage(tmp_path, share):
    for content in (jp2(codes_of(16, 3), 16, enumerated(SRGB)), stream(codes_of(8, 3), 8)):
        with pytest.raises(PhotoError, match="damaged"):
            read(tmp_path / "a.jp2", content[: int(len(content) * share)])


def test_high_throughput_and_several_pictures(tmp_path):
    codes = codes_of(12, 3)
    packed = bytes(imagecodecs.htj2k_encode(codes, reversible=True))
    photo = read(tmp_path / "a.jph", packed)
    assert photo.file.depth == 16 and (np.rint(photo.pixels * 65535) == codes).all()
    more = jp2(codes, 12, enumerated(SRGB)) + box(b"jp2c", stream(codes, 12))
    assert any("holds 2 pictures" in note for note in read(tmp_path / "b.jpx", more).notes)


def test_tiles_that_are_not_there(tmp_path):
    content = bytearray(stream(codes_of(8, 3), 8))
    content[8:16] = struct.pack(">II", 30000, 2000)  # width and height of the whole, far more than the one tile
    with pytest.raises(PhotoError, match="damaged .* tiles"):
        read(tmp_path / "a.j2k", bytes(content))
