"""JPEG XL: its colours by numbers and by profile, with and without loss, at every depth; alpha; packed metadata."""

import struct
from dataclasses import replace

import imagecodecs
import numpy as np
import pytest
from PIL import Image, ImageCms

from photostyle.errors import PhotoError
from photostyle.photo import Photo, read_photo, write_photo
from photostyle.photo.codecs import jxl_colours, jxl_container, jxl_header
from photostyle.photo.codecs.jxl_bits import BitReader
from photostyle.photo.codecs.jxl_icc import icc_bits, read_icc
from photostyle.photo.colour_management.primaries import adobe_rgb, romm_rgb
from photostyle.photo.colour_management.profiles import colour_space
from photostyle.photo.colour_management.srgb import srgb_encoded, srgb_linear
from photostyle.photo.file_facts import FileFacts, Metadata

WIDTH, HEIGHT = 40, 24
RNG = np.random.default_rng(4)
NUMBERS = {"p3": (13, 11), "rec2020": (13, 9), "linear": (8, 1), "linear-p3": (8, 11), "rec709-transfer": (1, 1)}


def scene(channels=3):
    """Smooth sRGB colours inside the gamut of all spaces, in [0.2, 0.8]."""
    x = np.linspace(0.2, 0.8, WIDTH, dtype=np.float32)[None, :, None]
    y = np.linspace(0.3, 0.7, HEIGHT, dtype=np.float32)[:, None, None]
    planes = [x + 0 * y, y + 0 * x, (x + y) / 2, 0.5 + 0 * x + 0 * y]
    return np.concatenate(planes[:channels], axis=-1)


def coded(pixels, profile, depth):
    """Pixels as codes of a profile's space."""
    space, _ = colour_space(profile, "rgb")
    values = space.encode(pixels)
    if depth == "float":
        return values.astype(np.float32)
    top = (1 << depth) - 1
    return np.rint(np.clip(values, 0, 1) * top).astype(np.uint8 if depth == 8 else np.uint16)


def encoded(codes, **options):
    """A codestream by imagecodecs."""
    return jxl_container.codestream(bytes(imagecodecs.jpegxl_encode(codes, **options)))


def made(codes, colours, profile=None, *, lossless=True, **changes):
    """A file of these codes that tells its colours so; with loss, of linear sRGB floats."""
    stream = encoded(codes, lossless=lossless, distance=None if lossless else 0.2)
    header, frames = jxl_header.read_header(stream)
    return replace(header.with_colours(colours, profile), **changes).to_bytes() + frames


def stated_profile(numbers):
    transfer, primaries = numbers
    colours = jxl_colours.read_colours(BitReader(jxl_colours.by_numbers("rgb", transfer, primaries).to_bytes())).colours
    return colours.profile()


def header_of(path):
    return jxl_header.read_header(jxl_container.codestream(path.read_bytes()))[0]


@pytest.mark.parametrize("depth", [8, 16, "float"])
@pytest.mark.parametrize("name", NUMBERS)
def test_lossless_colours_by_numbers(tmp_path, name, depth):
    profile = stated_profile(NUMBERS[name])
    codes = coded(scene(), profile, depth)
    data = made(codes, jxl_colours.by_numbers("rgb", *NUMBERS[name]))
    (tmp_path / "a.jxl").write_bytes(data)
    photo = read_photo(tmp_path / "a.jxl")
    assert photo.profile == profile and photo.file.depth == depth
    assert np.abs(photo.pixels - scene()).max() < (0.02 if depth == 8 else 2e-4)
    write_photo(photo, tmp_path / "b.jxl")
    assert header_of(tmp_path / "b.jxl").colours == header_of(tmp_path / "a.jxl").colours
    assert (imagecodecs.jpegxl_decode((tmp_path / "b.jxl").read_bytes()) == codes).all()


@pytest.mark.parametrize("depth", [8, 16, "float"])
@pytest.mark.parametrize("name", ["adobe", "prophoto", "p3-table"])
def test_lossless_colours_by_profile(tmp_path, profiles, name, depth):
    codes = coded(scene(), profiles[name], depth)
    (tmp_path / "a.jxl").write_bytes(made(codes, jxl_colours.by_profile("rgb"), profiles[name]))
    photo = read_photo(tmp_path / "a.jxl")
    assert photo.profile == profiles[name]
    assert np.abs(photo.pixels - scene()).max() < (0.02 if depth == 8 else 2e-4)
    write_photo(photo, tmp_path / "b.jxl")
    assert header_of(tmp_path / "b.jxl").profile == profiles[name]
    assert (imagecodecs.jpegxl_decode((tmp_path / "b.jxl").read_bytes()) == codes).all()


@pytest.mark.parametrize("bits", [8, 16, "float"])
@pytest.mark.parametrize("name", ["p3", "rec2020", "linear", "adobe", "prophoto", "p3-table"])
def test_lossy_colours(tmp_path, profiles, name, bits):
    colours, profile = jxl_colours.by_profile("rgb"), profiles.get(name)
    if name in NUMBERS:
        colours, profile = jxl_colours.by_numbers("rgb", *NUMBERS[name]), None
    changes = {}
    if bits != "float":
        changes["depth"] = jxl_header.whole_bits(bits)
    data = made(srgb_linear(scene()), colours, profile, lossless=False, **changes)
    (tmp_path / "a.jxl").write_bytes(data)
    photo = read_photo(tmp_path / "a.jxl")
    assert photo.file.depth == bits
    assert np.abs(photo.pixels - scene()).mean() < 0.01
    if name in NUMBERS:
        assert photo.profile == stated_profile(NUMBERS[name])
    else:
        assert photo.profile == profiles[name]
    write_photo(photo, tmp_path / "b.jxl")
    written = header_of(tmp_path / "b.jxl")
    assert written.xyb and written.colours == header_of(tmp_path / "a.jxl").colours and written.profile == profile
    again = read_photo(tmp_path / "b.jxl")
    assert again.file.depth == bits and np.abs(again.pixels - photo.pixels).mean() < 0.01


def test_other_decoders_see_the_colours_of_a_deep_photo(tmp_path):
    codes = np.rint(scene() * 65535).astype(np.uint16)
    for quality in (90, 100):
        write_photo(Photo.from_array(codes), tmp_path / "a.jxl", quality=quality)
        header = header_of(tmp_path / "a.jxl")
        assert header.colours.colours.transfer == 13 and not header.floats and header.sample_bits == 16
        again = imagecodecs.jpegxl_decode((tmp_path / "a.jxl").read_bytes())
        assert again.dtype == np.uint16 and np.abs(again / 65535 - scene()).mean() < 0.01


def test_wide_colours_survive_loss(tmp_path, profiles):
    wide = np.broadcast_to(np.array([0, 255, 0], np.uint8), (HEIGHT, WIDTH, 3))
    space, _ = colour_space(profiles["p3"], "rgb")
    photo = Photo(space.decode(wide / np.float32(255)), profile=profiles["p3"])
    write_photo(photo, tmp_path / "a.jxl")
    assert photo.pixels.min() < -0.3
    assert np.abs(read_photo(tmp_path / "a.jxl").pixels - photo.pixels).max() < 0.05


@pytest.mark.parametrize("quality", ["keep", 100])
def test_grey(tmp_path, profiles, quality):
    for profile in (None, profiles["grey"]):
        space, _ = colour_space(profile, "grey")
        facts = FileFacts(layout="grey")
        pixels = np.repeat(scene(1), 3, axis=2)
        photo = Photo(pixels, profile=profile, file=facts)
        write_photo(photo, tmp_path / "a.jxl", quality=quality)
        again = read_photo(tmp_path / "a.jxl")
        assert again.file.layout == "grey" and again.profile == profile
        assert np.abs(again.pixels - pixels).mean() < 0.01


@pytest.mark.parametrize("bits", [4, 10, 12])
def test_odd_depths(tmp_path, bits):
    kind = np.uint8 if bits < 8 else np.uint16
    codes = RNG.integers(0, 1 << bits, (HEIGHT, WIDTH, 3)).astype(kind)
    data = bytes(imagecodecs.jpegxl_encode(codes, lossless=True, bitspersample=bits))
    (tmp_path / "a.jxl").write_bytes(data)
    photo = read_photo(tmp_path / "a.jxl")
    space = photo.profile and colour_space(photo.profile, "rgb")[0]
    light = codes / np.float32((1 << bits) - 1)
    if space:
        light = srgb_encoded(light.astype(np.float32))
    assert np.abs(photo.pixels - light).max() < 2e-3
    if bits > 8:
        write_photo(photo, tmp_path / "b.jxl")
        assert header_of(tmp_path / "b.jxl").sample_bits == bits
        assert (imagecodecs.jpegxl_decode((tmp_path / "b.jxl").read_bytes()) == codes).all()


@pytest.mark.parametrize("lossless", [True, False])
def test_premultiplied_alpha(tmp_path, lossless):
    codes = RNG.integers(0, 256, (HEIGHT, WIDTH, 4), dtype=np.uint8)
    codes[..., 3] = np.linspace(60, 255, WIDTH)
    straight = codes[..., :3].copy()
    straight[:] = [200, 120, 40]
    codes[..., :3] = np.rint(straight * (codes[..., 3:] / 255))
    stream = encoded(codes, lossless=lossless, distance=None if lossless else 0.1)
    header, frames = jxl_header.read_header(stream)
    header = replace(header, extra=(replace(header.extra[0], premultiplied=True),))
    (tmp_path / "a.jxl").write_bytes(header.to_bytes() + frames)
    photo = read_photo(tmp_path / "a.jxl")
    assert np.abs(photo.pixels * 255 - straight).max() < (5 if lossless else 20)
    write_photo(photo, tmp_path / "b.jxl")
    assert header_of(tmp_path / "b.jxl").alpha.premultiplied
    if lossless:
        assert (imagecodecs.jpegxl_decode((tmp_path / "b.jxl").read_bytes()) == codes).all()
    write_photo(photo, tmp_path / "c.png")
    assert np.abs(read_photo(tmp_path / "c.png").pixels - photo.pixels).max() < 0.01


@pytest.mark.parametrize("packed", [True, False])
def test_metadata(tmp_path, packed):
    exif = struct.pack(">2sHIHHHIIII", b"MM", 42, 8, 1, 0x010F, 2, 5, 26, 0, 0)[:22] + struct.pack(">I", 0) + b"Acme\0"
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'></x:xmpmeta>"
    stream = bytes(imagecodecs.jpegxl_encode(np.zeros((HEIGHT, WIDTH, 3), np.uint8), lossless=True))
    facts = {b"Exif": b"\0\0\0\0" + exif, b"xml ": xmp}
    data = b"\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x14ftypjxl \0\0\0\0jxl "
    for kind, body in facts.items():
        if packed:
            body, kind = kind + bytes(imagecodecs.brotli_encode(body)), b"brob"
        data += struct.pack(">I4s", len(body) + 8, kind) + body
    half = len(stream) // 2
    for number, part in enumerate((stream[:half], stream[half:])):
        body = struct.pack(">I", number | (number << 31)) + part
        data += struct.pack(">I4s", len(body) + 8, b"jxlp") + body
    (tmp_path / "a.jxl").write_bytes(data)
    photo = read_photo(tmp_path / "a.jxl")
    assert photo.metadata == Metadata(exif, xmp)
    write_photo(photo, tmp_path / "b.jxl")
    assert b"Acme" in read_photo(tmp_path / "b.jxl").metadata.exif
    if packed:
        place = data.index(b"brobExif") + 8
        damaged = data[:place] + b"\xff\xff" + data[place + 2 :]
        assert any("damaged" in note for note in read_photo(damaged).notes)


def test_animation_and_other_channels(tmp_path):
    frames = RNG.integers(0, 256, (3, HEIGHT, WIDTH, 3), dtype=np.uint8)
    (tmp_path / "a.jxl").write_bytes(imagecodecs.jpegxl_encode(frames, lossless=True))
    photo = read_photo(tmp_path / "a.jxl")
    assert (np.rint(photo.pixels * 255) == frames[0]).all()
    assert any("several frames; only the first is used" in note for note in photo.notes)
    planes = RNG.integers(0, 256, (2, HEIGHT, WIDTH), dtype=np.uint8)
    data = imagecodecs.jpegxl_encode(planes, lossless=True, photometric="gray", planar=True)
    photo = read_photo(bytes(data))
    assert photo.size == (WIDTH, HEIGHT) and (np.rint(photo.pixels[..., 0] * 255) == planes[0]).all()
    assert any("extra channels" in note for note in photo.notes)


def test_lossy_stays_lossy_and_lossless_lossless(tmp_path):
    codes = RNG.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    for lossless in (True, False):
        (tmp_path / "a.jxl").write_bytes(imagecodecs.jpegxl_encode(codes, lossless=lossless))
        photo = read_photo(tmp_path / "a.jxl")
        assert photo.file.encoding["lossless"] == lossless
        write_photo(photo.with_pixels(photo.pixels * 0.8), tmp_path / "b.jxl")
        assert read_photo(tmp_path / "b.jxl").file.encoding["lossless"] == lossless
        write_photo(photo, tmp_path / "b.jxl", quality=80)
        assert not read_photo(tmp_path / "b.jxl").file.encoding["lossless"]


@pytest.mark.parametrize("size", [0, 1, 100, 128, 129, 3144, 70000])
def test_any_profile_comes_back(size):
    profile = RNG.integers(0, 256, size, dtype=np.uint8).tobytes()
    bits = icc_bits(profile)
    reader = BitReader(bits.to_bytes() + b"rest")
    assert read_icc(reader) == profile
    assert reader.to_byte() == len(bits.to_bytes())


@pytest.mark.parametrize("name", ["adobe", "romm", "p3", "linear", "grey", "lcms"])
def test_a_repacked_jpeg_brings_its_profile(tmp_path, name):
    """libjxl packs these profiles itself, with all its means."""
    profile = {
        "adobe": adobe_rgb(),
        "romm": romm_rgb(),
        "p3": stated_profile(NUMBERS["p3"]),
        "linear": stated_profile(NUMBERS["linear"]),
        "grey": adobe_rgb("grey"),
        "lcms": ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
    }[name]
    channels = 1 if name == "grey" else 3
    codes = np.rint(scene(channels) * 255).astype(np.uint8).squeeze()
    Image.fromarray(codes).save(tmp_path / "a.jpg", quality=95, subsampling=0, icc_profile=profile)
    packed = bytes(imagecodecs.jpegxl_encode_jpeg((tmp_path / "a.jpg").read_bytes(), usecontainer=True))
    photo, jpeg = read_photo(packed), read_photo(tmp_path / "a.jpg")
    assert np.abs(photo.pixels - jpeg.pixels).mean() < 0.01
    header, frames = jxl_header.read_header(jxl_container.codestream(packed))
    if header.colours.icc:
        assert photo.profile == profile
    assert not photo.file.encoding["lossless"]


def test_hdr_is_carried(tmp_path):
    codes = np.rint(scene() * 1023).astype(np.uint16)
    stream = encoded(codes, lossless=True, bitspersample=10)
    header, frames = jxl_header.read_header(stream)
    for transfer, name in ((16, "PQ"), (18, "HLG")):
        data = header.with_colours(jxl_colours.by_numbers("rgb", transfer, 9)).to_bytes() + frames
        (tmp_path / "a.jxl").write_bytes(data)
        photo = read_photo(tmp_path / "a.jxl")
        assert any(f"{name} (HDR)" in note for note in photo.notes)
        write_photo(photo, tmp_path / "b.jxl")
        assert header_of(tmp_path / "b.jxl").colours.colours.transfer == transfer
        assert (imagecodecs.jpegxl_decode((tmp_path / "b.jxl").read_bytes()) == codes).all()


def test_cmyk_is_refused_by_name(tmp_path):
    header, frames = jxl_header.read_header(encoded(RNG.integers(0, 256, (HEIGHT, WIDTH, 4), dtype=np.uint8), lossless=True))
    black = replace(header.extra[0], kind=jxl_header.BLACK)
    with pytest.raises(PhotoError, match="not supported: JPEG XL with CMYK colours"):
        read_photo(replace(header, extra=(black,)).to_bytes() + frames)


@pytest.mark.parametrize(("transfer", "light"), [(1, 0.24656), (17, 0.15342), (8, 0.48627), (13, 0.20156)])
def test_transfers_are_those_of_libjxl(tmp_path, transfer, light):
    # Light of code 124 by the formulas of Rec. 709 and of a gamma of 2.6; elsewhere these two numbers mean something else.
    codes = np.full((HEIGHT, WIDTH, 3), 124, np.uint8)
    (tmp_path / "a.jxl").write_bytes(made(codes, jxl_colours.by_numbers("rgb", transfer)))
    photo = read_photo(tmp_path / "a.jxl")
    assert np.abs(srgb_linear(photo.pixels) - light).max() < 2e-4
    write_photo(photo, tmp_path / "b.jxl", quality=95)
    assert np.abs(read_photo(tmp_path / "b.jxl").pixels - photo.pixels).max() < 0.01
    write_photo(photo, tmp_path / "c.png")
    assert np.abs(read_photo(tmp_path / "c.png").pixels - photo.pixels).max() < 1e-4
