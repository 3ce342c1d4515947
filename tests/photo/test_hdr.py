"""PQ and HLG: seen by a tone-mapped copy, written deep with the same tags, never with other ones."""

import struct

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from photostyle.photo import read_photo, write_photo
from photostyle.photo.colour_management import icc
from photostyle.photo.colour_management.hdr import HLG, PQ
from photostyle.photo.colour_management.primaries import Colours, colours_of_points, declared_profile
from photostyle.photo.colour_management.profiles import colour_space

CODES = np.random.default_rng(7).integers(2000, 50000, (18, 20, 3), dtype=np.uint16)


def signal_of(nits: float) -> float:
    """The PQ signal of cd/m2 (SMPTE ST 2084), written again here."""
    power = (nits / 10000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375


def pq(kind=PQ, channels=3):
    layout = "rgb" if channels == 3 else "grey"
    return colour_space(declared_profile((9, kind), [], layout), layout)[0]


def test_paper_white_and_peak():
    space = pq()
    tone = lambda nits: float(space.decode(np.full((1, 1, 3), signal_of(nits), np.float32))[0, 0, 1])  # noqa: E731
    assert tone(10000) == pytest.approx(1, abs=1e-3) and tone(0) == pytest.approx(0, abs=1e-6)
    assert 0.7 < tone(203) < 0.8  # light for highlights is left
    shades = [tone(nits) for nits in (0.01, 0.1, 1, 10, 50, 100, 203, 400, 1000, 4000, 10000)]
    assert (np.diff(shades) > 0).all()
    hlg = pq(HLG).decode(np.full((1, 1, 3), 0.75, np.float32))
    assert hlg == pytest.approx(tone(203), abs=0.02)  # ITU-R BT.2408: 75 % of HLG is paper white


@pytest.mark.parametrize("kind", [PQ, HLG])
@pytest.mark.parametrize("primaries", [1, 9, 12])
def test_the_tone_mapped_copy_leads_back(kind, primaries):
    space, _ = colour_space(declared_profile((primaries, kind), []), "rgb")
    values = np.random.default_rng(1).random((40, 40, 3), dtype=np.float32)
    assert np.abs(space.encode(space.decode(values)) - values).max() < 2e-3


@pytest.mark.parametrize("kind", [PQ, HLG])
def test_a_png_comes_back_with_its_tags(tmp_path, png, chunks_of, kind):
    photo = read_photo(png(CODES, (b"cICP", bytes([9, kind, 0, 1]))))
    assert sum("(HDR)" in note for note in photo.notes) == 1 and 0 <= np.median(photo.pixels) <= 1
    assert write_photo(photo, tmp_path / "a.png") == ()
    assert (imagecodecs.png_decode((tmp_path / "a.png").read_bytes()) == CODES).all()
    assert chunks_of((tmp_path / "a.png").read_bytes())[b"cICP"] == bytes([9, kind, 0, 1])
    darker = photo.with_pixels(photo.pixels * np.float32(0.9))
    write_photo(darker, tmp_path / "b.png")
    again = read_photo(tmp_path / "b.png")
    assert np.abs(again.pixels - darker.pixels)[darker.pixels.min(-1) > 0].max() < 0.01
    assert icc.code_points(again.profile)[1] == kind


@pytest.mark.parametrize("kind", [PQ, HLG])
@pytest.mark.parametrize("suffix", [".avif", ".heic", ".tif", ".png"])
def test_deep_formats_keep_the_tags(tmp_path, png, kind, suffix):
    if suffix == ".heic":
        pytest.importorskip("pillow_heif")
    codes = np.repeat(np.repeat(CODES[:2, :3] // 2 + 10000, 16, 0), 16, 1)
    photo = read_photo(png(codes, (b"cICP", bytes([9, kind, 0, 1]))))
    quality = "keep" if suffix in (".tif", ".png") else 100
    assert write_photo(photo, tmp_path / f"a{suffix}", quality=quality) == ()
    again = read_photo(tmp_path / f"a{suffix}")
    assert icc.code_points(again.profile)[:2] == (9, kind) and again.file.depth == 16
    assert any("(HDR)" in note for note in again.notes)
    assert np.abs(again.pixels - photo.pixels)[8::16, 8::16].max() < 0.02
    write_photo(again, tmp_path / f"b{suffix}")
    assert icc.code_points(read_photo(tmp_path / f"b{suffix}").profile)[:2] == (9, kind)


@pytest.mark.parametrize("suffix", [".jpg", ".webp", ".png", ".avif", ".tif"])
def test_eight_bits_get_the_tone_mapped_copy_as_srgb(tmp_path, png, suffix):
    codes = np.repeat(np.repeat(CODES[:2, :3] // 8 + 20000, 16, 0), 16, 1)
    photo = read_photo(png(codes, (b"cICP", bytes([9, PQ, 0, 1]))))
    notes = write_photo(photo, tmp_path / f"a{suffix}", depth=8, quality=100)
    assert any("HDR" in note and "tone-mapped" in note for note in notes)
    again = read_photo(tmp_path / f"a{suffix}")
    assert again.profile is None
    assert np.abs(again.pixels - np.clip(photo.pixels, 0, 1))[8::16, 8::16].max() < 0.03


def test_eight_bit_grey_and_narrow_files_come_back(tmp_path, png, chunks_of):
    shallow = (CODES >> 8).astype(np.uint8)
    for codes, full in ((shallow, 1), (shallow[..., 0], 1), (np.clip(shallow, 16, 235), 0)):
        photo = read_photo(png(codes, (b"cICP", bytes([9, PQ, 0, full]))))
        assert write_photo(photo, tmp_path / "a.png") == ()
        assert (np.asarray(Image.open(tmp_path / "a.png")) == codes).all()
        assert chunks_of((tmp_path / "a.png").read_bytes())[b"cICP"] == bytes([9, PQ, 0, full])
    assert any("tone-mapped" in note for note in write_photo(photo, tmp_path / "a.tif"))


def test_a_profile_with_code_points_is_heard(tmp_path):
    data = declared_profile((9, PQ), [])
    tifffile.imwrite(tmp_path / "a.tif", CODES, photometric="rgb", iccprofile=data)
    photo = read_photo(tmp_path / "a.tif")
    assert any("PQ (HDR)" in note for note in photo.notes)
    assert np.abs(photo.pixels - pq().decode(CODES / np.float32(65535))).max() < 1e-4
    write_photo(photo, tmp_path / "b.tif")
    assert (tifffile.imread(tmp_path / "b.tif") == CODES).all() and read_photo(tmp_path / "b.tif").profile == data


def test_readers_without_hdr_get_a_curve_that_looks_alike():
    data = declared_profile((9, PQ), [])
    curve = icc.parse(data).curves[0]
    grey = np.linspace(0.1, 1, 20, dtype=np.float32)
    seen = pq().decode(np.repeat(grey[:, None], 3, -1))[:, 0]
    from photostyle.photo.colour_management.srgb import srgb_encoded

    assert np.abs(srgb_encoded(curve.to_linear(grey)) - seen).max() < 0.01
    assert data[8:10] == b"\x04\x40" and struct.unpack(">I", data[:4])[0] == len(data)


def test_colours_by_code_points_and_by_chromaticities():
    assert colours_of_points(2, 2) is None and colours_of_points(0, 13) is None and colours_of_points(1, 19) is None
    assert colours_of_points(12, 2).profile() == declared_profile((12, 13), [])
    notes = []
    assert declared_profile((200, 13), notes) is None and "mean nothing" in notes[0]
    for point in (4, 5, 6, 7, 8, 10, 11, 22):
        assert colour_space(declared_profile((point, 13), []), "rgb")[1] is None
    for point in (4, 5, 7, 9, 10, 17):
        space, note = colour_space(declared_profile((1, point), []), "rgb")
        values = np.linspace(0.2, 1, 9, dtype=np.float32)[:, None].repeat(3, -1)
        assert note is None and np.abs(space.encode(space.decode(values)) - values).max() < 2e-3
    with pytest.raises(ValueError, match="no colours"):
        Colours((0.3, 0.3) * 3).profile()
    assert Colours(gamma=1.8).profile("grey")[16:20] == b"GRAY"
