"""PNG's colour chunks: read in their order of precedence, kept on writing, turned into profiles for other formats."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from photostyle.photo import read_photo, write_photo
from photostyle.photo.colour_management.srgb import XYZ_TO_SRGB, srgb_encoded, srgb_linear

CODES = np.random.default_rng(4).integers(40, 200, (18, 20, 3), dtype=np.uint8)
D65 = (0.3127, 0.3290)
SRGB = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
P3 = (0.68, 0.32, 0.265, 0.69, 0.15, 0.06)
ADOBE = (0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
SWAPPED = (0.30, 0.60, 0.64, 0.33, 0.15, 0.06)


def gama(gamma: float) -> tuple[bytes, bytes]:
    return b"gAMA", struct.pack(">I", round(gamma * 100000))


def chrm(*numbers: float) -> tuple[bytes, bytes]:
    """White, red, green and blue, x and y each."""
    return b"cHRM", struct.pack(">8I", *(round(number * 100000) for number in numbers))


def cicp(*numbers: int) -> tuple[bytes, bytes]:
    return b"cICP", bytes(numbers)


@pytest.fixture(scope="module")
def expected(matrix_of):
    return lambda *arguments: _expected(matrix_of, *arguments)


def _expected(matrix_of, values, primaries, gamma=None, white=D65):
    linear = values**gamma if gamma else srgb_linear(values.astype(np.float32))
    return srgb_encoded((linear @ (XYZ_TO_SRGB @ matrix_of(primaries, white)).T).astype(np.float32))


def off(photo, pixels) -> float:
    return float(np.abs(photo.pixels - pixels).max() * 255)


@pytest.mark.parametrize(
    ("chunks", "primaries", "gamma"),
    [
        ([gama(1.0)], SRGB, 1.0),
        ([gama(0.45455)], SRGB, None),
        ([gama(0.45455), chrm(*D65, *SRGB)], SRGB, None),
        ([chrm(*D65, *SRGB)], SRGB, None),
        ([gama(0.45455), chrm(*D65, *P3)], P3, None),
        ([chrm(*D65, *P3)], P3, None),
        ([gama(0.45455), chrm(*D65, *SWAPPED)], SWAPPED, 2.2),
        ([gama(0.45455), chrm(*D65, *ADOBE)], ADOBE, 2.2),
        ([gama(1 / 1.8)], SRGB, 1.8),
        ([cicp(12, 13, 0, 1)], P3, None),
        ([cicp(9, 4, 0, 1)], (0.708, 0.292, 0.17, 0.797, 0.131, 0.046), 2.2),
        ([cicp(1, 8, 0, 1)], SRGB, 1.0),
        ([cicp(5, 5, 0, 1)], (0.64, 0.33, 0.29, 0.60, 0.15, 0.06), 2.8),
        ([cicp(1, 13, 0, 1)], SRGB, None),
    ],
)
@pytest.mark.parametrize("bits", [8, 16])
def test_what_chunks_state_is_heard(chunks, primaries, gamma, bits, png, expected):
    codes = CODES if bits == 8 else CODES.astype(np.uint16) * 257
    photo = read_photo(png(codes, *chunks))
    assert off(photo, expected(CODES / 255, primaries, gamma)) < 0.1
    assert not any("read as sRGB" in note for note in photo.notes)


@pytest.mark.parametrize("chunks", [[gama(1.0)], [gama(0.45455), chrm(*D65, *P3)], [cicp(12, 13, 0, 1)], [(b"sRGB", b"\1")]])
@pytest.mark.parametrize("kind", ["rgb", "rgba", "16", "grey", "palette"])
def test_chunks_and_codes_come_back(tmp_path, chunks, kind, png, chunks_of):
    codes, palette = CODES, None
    if kind == "rgba":
        codes = np.concatenate([CODES, CODES[..., :1]], axis=2)
    elif kind == "16":
        codes = CODES.astype(np.uint16) * 199
    elif kind == "grey":
        codes = CODES[..., 0]
    elif kind == "palette":
        codes, palette = CODES[..., 0] % 16, CODES.tobytes()[:48]
    photo = read_photo(png(codes, *chunks, palette=palette))
    write_photo(photo, tmp_path / "a.png")
    written = chunks_of((tmp_path / "a.png").read_bytes())
    assert all(written[name] == body for name, body in chunks) and b"iCCP" not in written
    again = read_photo(tmp_path / "a.png")
    assert (again.pixels == photo.pixels).all()
    if palette is None and kind != "16":
        assert (np.asarray(Image.open(tmp_path / "a.png")) == codes).all()


@pytest.mark.parametrize("suffix", [".tif", ".webp", ".jpg", ".avif"])
@pytest.mark.parametrize("chunks", [[gama(1.0)], [gama(0.45455), chrm(*D65, *P3)], [cicp(12, 13, 0, 1)]])
def test_other_formats_get_a_profile_with_the_same_look(tmp_path, suffix, chunks, png):
    codes = np.repeat(np.repeat(CODES[:2, :3], 16, 0), 16, 1)
    photo = read_photo(png(codes, *chunks))
    write_photo(photo, tmp_path / f"a{suffix}", quality=100)
    again = read_photo(tmp_path / f"a{suffix}")
    assert again.profile is not None and np.abs(again.pixels - photo.pixels)[4::16, 4::16].max() < 0.06


def test_the_order_of_precedence(profiles, png, expected):
    icc = (b"iCCP", b"x\0\0" + zlib.compress(profiles["prophoto"]))
    code_points, intent, light = cicp(12, 13, 0, 1), (b"sRGB", b"\0"), gama(1.0)
    values = CODES / 255
    assert off(read_photo(png(CODES, code_points, icc, intent, light)), expected(values, P3)) < 0.1
    assert read_photo(png(CODES, icc, intent, light)).profile == profiles["prophoto"]
    assert off(read_photo(png(CODES, intent, light)), values) < 0.1
    assert off(read_photo(png(CODES, light)), expected(values, SRGB, 1.0)) < 0.1
    assert off(read_photo(png(CODES, (b"iCCP", b"x\0\0junk"), light)), expected(values, SRGB, 1.0)) < 0.1
    assert (
        off(read_photo(png(CODES, (b"iCCP", b"x\0\0" + zlib.compress(b"junk" * 99)), light)), expected(values, SRGB, 1.0)) < 0.1
    )
    assert off(read_photo(png(CODES, cicp(2, 2, 0, 1), light)), expected(values, SRGB, 1.0)) < 0.1


@pytest.mark.parametrize(
    "bad",
    [
        (b"gAMA", struct.pack(">I", 0)),
        (b"gAMA", b"\1"),
        gama(4000),
        (b"cHRM", bytes(32)),
        (b"cHRM", b"\1\2"),
        (b"cHRM", b"\xff" * 32),
        chrm(*D65, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3),
        chrm(0.3127, 0.0, *P3),
        chrm(0.9, 0.05, *P3),
        cicp(12, 13, 5, 1),
        cicp(12, 200, 0, 1),
        cicp(12, 13, 0, 9),
        (b"cICP", b"\14"),
        (b"sRGB", b"\7"),
        (b"sRGB", b""),
    ],
)
def test_absurd_chunks_are_left_out_with_a_note(tmp_path, bad, png, chunks_of):
    photo = read_photo(png(CODES, bad))
    assert off(photo, CODES / 255) < 0.01 and photo.profile is None
    name = bad[0].decode()
    assert any(name in note and "left out" in note for note in photo.notes)
    write_photo(photo, tmp_path / "a.png")
    assert bad[0] not in chunks_of((tmp_path / "a.png").read_bytes())


def test_narrow_range_is_stretched_and_comes_back(tmp_path, png, chunks_of, expected):
    codes = np.clip(CODES, 16, 235)
    photo = read_photo(png(codes, cicp(12, 13, 0, 0)))
    assert off(photo, expected((codes - 16.0) / 219, P3)) < 0.1
    write_photo(photo, tmp_path / "a.png")
    assert (np.asarray(Image.open(tmp_path / "a.png")) == codes).all()
    assert chunks_of((tmp_path / "a.png").read_bytes())[b"cICP"] == bytes([12, 13, 0, 0])
    write_photo(photo, tmp_path / "b.tif")
    assert off(read_photo(tmp_path / "b.tif"), photo.pixels) < 0.6
    deep = CODES.astype(np.uint16) * 256
    assert off(read_photo(png(deep, cicp(1, 13, 0, 0))), (deep / 65535 - 4096 / 65535) / (56064 / 65535)) < 0.3


def test_grey_that_gains_colour_does_not_take_chunks_that_say_other_colours(tmp_path, png, chunks_of):
    photo = read_photo(png(CODES[..., 0], gama(0.45455), chrm(*D65, *P3)))
    assert photo.profile is None
    tinted = photo.with_pixels(photo.pixels * np.float32([1, 0.9, 0.8]))
    write_photo(tinted, tmp_path / "a.png")
    assert b"cHRM" not in chunks_of((tmp_path / "a.png").read_bytes())
    assert off(read_photo(tmp_path / "a.png"), tinted.pixels) < 1


def test_facts_about_the_mastering_display_are_kept(tmp_path, png, chunks_of):
    facts = [(b"mDCV", bytes(range(24))), (b"cLLI", bytes(8))]
    photo = read_photo(png(CODES.astype(np.uint16) * 200, cicp(9, 16, 0, 1), *facts))
    assert write_photo(photo, tmp_path / "a.png") == ()
    written = chunks_of((tmp_path / "a.png").read_bytes())
    assert all(written[name] == body for name, body in facts)
    assert any("mDCV" in note for note in write_photo(photo, tmp_path / "a.tif"))
