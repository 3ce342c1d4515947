"""Colour profiles: honoured in and out, broken ones noted."""

import io
import struct

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms, PngImagePlugin
from skimage.color import deltaE_ciede2000, rgb2lab

from photostyle.photo import Photo, read_photo, write_photo
from photostyle.photo.colour_management.primaries import adobe_rgb, declared_profile
from photostyle.photo.colour_management.profiles import colour_space
from photostyle.photo.colour_management.srgb import srgb_encoded, srgb_linear
from photostyle.photo.colour_management.tables import Tables, hub
from photostyle.photo.dither import blue_noise, dithered

RNG = np.random.default_rng(11)


def test_srgb_curve_is_mirrored_and_inverted():
    values = np.linspace(-1.5, 2, 4001, dtype=np.float32)
    assert np.abs(srgb_encoded(srgb_linear(values)) - values).max() < 1e-6
    assert np.abs(srgb_linear(-values) + srgb_linear(values)).max() == 0
    assert srgb_linear(np.float32([0.5]))[0] == pytest.approx(0.21404114, abs=1e-6)


@pytest.mark.parametrize("name", ["p3", "p3-table", "adobe", "prophoto"])
def test_matrix_profiles_agree_with_littlecms(tmp_path, profiles, name):
    dull = RNG.integers(90, 160, (20, 30, 3), dtype=np.uint8)
    Image.fromarray(dull).save(tmp_path / "a.png", icc_profile=profiles[name])
    ours = read_photo(tmp_path / "a.png").pixels
    profile = ImageCms.ImageCmsProfile(io.BytesIO(profiles[name]))
    theirs = ImageCms.profileToProfile(Image.fromarray(dull), profile, ImageCms.createProfile("sRGB"), 1)
    assert np.abs(np.clip(ours, 0, 1) * 255 - np.asarray(theirs)).max() < 1.2


def test_a_p3_photo_and_its_srgb_twin_are_the_same(tmp_path, profiles):
    twin = RNG.random((16, 24, 3), dtype=np.float32)
    p3, _ = colour_space(profiles["p3"], "rgb")
    codes = np.rint(np.clip(p3.encode(twin), 0, 1) * 255).astype(np.uint8)
    Image.fromarray(codes).save(tmp_path / "p3.png", icc_profile=profiles["p3"])
    pixels = np.clip(read_photo(tmp_path / "p3.png").pixels, 0, 1)
    assert deltaE_ciede2000(rgb2lab(twin), rgb2lab(pixels)).max() < 1


def test_colours_outside_srgb_are_kept(tmp_path, profiles):
    red = np.zeros((4, 4, 3), np.uint16)
    red[..., 0] = 65535
    tifffile.imwrite(tmp_path / "a.tif", red, photometric="rgb", iccprofile=profiles["p3"])
    photo = read_photo(tmp_path / "a.tif")
    assert photo.pixels[0, 0] == pytest.approx([1.0931, -0.2267, -0.1501], abs=2e-3)
    # A change so small that the kept codes do not apply comes back as near, by arithmetic alone.
    write_photo(photo.with_pixels(photo.pixels * np.float32(0.99999)), tmp_path / "b.tif")
    assert np.abs(tifffile.imread(tmp_path / "b.tif").astype(int) - red).max() <= 120


def test_srgb_by_any_name_is_srgb(tmp_path, profiles):
    codes = np.arange(256, dtype=np.uint8).reshape(16, 16)
    for name in ("srgb", "srgb-table"):
        Image.fromarray(codes).convert("RGB").save(tmp_path / "a.png", icc_profile=profiles[name])
        photo = read_photo(tmp_path / "a.png")
        assert (photo.pixels[..., 0] == codes / np.float32(255)).all() and photo.notes == ()


def test_no_profile_is_said_once(tmp_path):
    Image.new("RGB", (3, 2)).save(tmp_path / "a.png")
    assert read_photo(tmp_path / "a.png").notes == ("no colour profile; read as sRGB",)


def test_broken_profiles_are_noted(tmp_path, profiles):
    good = profiles["p3"]
    endless = good[:128] + struct.pack(">I", 0xFFFFFFFF) + good[132:]
    outside = good[:132] + good[132:136] + struct.pack(">I", 10**9) + good[140:]
    for broken in (b"nonsense", good[:200], endless, outside, profiles["grey"], b"\0" * 5000):
        Image.new("RGB", (3, 2), (9, 99, 199)).save(tmp_path / "a.jpg", icc_profile=broken)
        photo = read_photo(tmp_path / "a.jpg")
        assert any("profile is broken" in note for note in photo.notes) and photo.profile is None
        write_photo(photo, tmp_path / "b.jpg")


def test_exif_can_declare_adobe_rgb(tmp_path):
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0xA001] = 65535
    exif.get_ifd(0x8769)[0xA005] = {1: "R03"}
    Image.new("RGB", (3, 2), (0, 255, 0)).save(tmp_path / "a.jpg", exif=exif, quality=100)
    photo = read_photo(tmp_path / "a.jpg")
    assert photo.profile == adobe_rgb() and photo.pixels[..., 0].max() < -0.3


def test_code_points_name_profiles():
    notes = []
    assert declared_profile((1, 13), notes) is None and declared_profile(None, notes) is None and not notes
    pixels = colour_space(declared_profile((12, 13), notes), "rgb")[0].decode(np.float32([[[1, 0, 0]]]))
    assert pixels[0, 0] == pytest.approx([1.0931, -0.2267, -0.1501], abs=2e-3)
    assert declared_profile((9, 16), notes) is not None and "HDR" in notes[0]


def test_png_may_declare_its_colours(tmp_path):
    red = Image.new("RGB", (3, 2), (255, 0, 0))
    about = PngImagePlugin.PngInfo()
    about.add(b"cICP", bytes([12, 13, 0, 1]))
    red.save(tmp_path / "a.png", pnginfo=about)
    photo = read_photo(tmp_path / "a.png")
    assert photo.pixels[0, 0] == pytest.approx([1.0931, -0.2267, -0.1501], abs=2e-3) and photo.profile


def test_profiles_of_tables_go_there_and_back():
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    space, note = colour_space(lab, "rgb")
    assert "Lab" in note and space.returns == "always"
    from photostyle.photo.colour_management.icc import Profile

    # littleCMS, asked to treat a matrix profile as it treats tables, agrees with the arithmetic.
    data, wide = hub()
    tables = Tables(data, Profile("RGB", None, (), False, True, True), True)
    pixels = RNG.random((8, 9, 3), dtype=np.float32) * 0.8 + 0.1
    assert np.abs(tables.decode(tables.encode(pixels)) - pixels).max() < 2e-3
    assert np.abs(tables.decode(wide.encode(pixels)) - pixels).max() < 2e-3


def test_grey_that_gained_colour_is_written_as_colour(tmp_path):
    photo = Photo.from_array(RNG.integers(0, 256, (5, 6), dtype=np.uint8))
    assert write_photo(photo, tmp_path / "a.png") == ()
    assert Image.open(tmp_path / "a.png").mode == "L"
    tinted = photo.with_pixels(photo.pixels * np.float32([1, 0.9, 0.8]))
    assert any("colours now" in note for note in write_photo(tinted, tmp_path / "b.png"))
    assert Image.open(tmp_path / "b.png").mode == "RGB"


def test_depth_that_falls_is_dithered(tmp_path):
    ramp = np.broadcast_to(np.linspace(0.30, 0.32, 512, dtype=np.float32)[None, :, None], (256, 512, 3))
    write_photo(Photo.from_array(ramp), tmp_path / "a.png", depth=8)
    write_photo(Photo.from_array(ramp), tmp_path / "b.png", depth=8)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    codes = np.asarray(Image.open(tmp_path / "a.png")).astype(np.float32)
    smooth = codes.reshape(4, 64, 8, 64, 3).mean(axis=(1, 3))
    truth = ramp.reshape(4, 64, 8, 64, 3).mean(axis=(1, 3)) * 255
    assert np.abs(smooth - truth).max() < 0.02
    assert not (codes[..., 0] == codes[..., 1]).all()


def test_dither_leaves_codes_alone_and_is_blue():
    codes = np.broadcast_to(np.arange(256, dtype=np.float32)[None, :, None], (64, 256, 3))
    assert (dithered(codes / np.float32(255), 255, 7) == codes).all()
    assert (dithered(codes / np.float32(255), 255, 0)[5:] == dithered(codes[5:] / np.float32(255), 255, 5)).all()
    power = np.abs(np.fft.fft2(blue_noise())) ** 2
    frequency = np.hypot(np.fft.fftfreq(64)[:, None], np.fft.fftfreq(64)[None])
    assert power[(frequency > 0) & (frequency < 0.1)].mean() < 0.01 * power.mean()
