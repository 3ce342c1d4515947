"""Files through a transfer: a wide-gamut photo and its sRGB twin, an 8-bit sky, a photo left alone."""

import numpy as np
import pytest
from PIL import Image
from skimage.color import deltaE_ciede2000, rgb2lab

from photostyle import read_photo, transfer, write_photo
from photostyle.photo.colour_management.profiles import colour_space

QUICK = {"segmenter": "none", "size": 64, "steps": 6, "encoder": "compact", "device": "cpu"}
RNG = np.random.default_rng(5)


def scene(height=60, width=80):
    y, x = np.mgrid[0:height, 0:width] / height
    base = np.stack([0.3 + 0.4 * y, 0.5 - 0.2 * y + 0.1 * np.sin(20 * x), 0.7 - 0.4 * y], 2)
    return (base + RNG.normal(0, 0.03, base.shape)).clip(0.05, 0.95).astype(np.float32)


DUSK = (scene(40, 50) ** 1.5 * np.float32((1.0, 0.7, 0.5))).astype(np.float32)


def test_a_p3_photo_and_its_srgb_twin_give_the_same_result(tmp_path, profiles):
    twin = scene()
    codes = np.rint(twin * 65535).astype(np.uint16)
    p3, _ = colour_space(profiles["p3"], "rgb")
    wide = np.rint(np.clip(p3.encode(codes / np.float32(65535)), 0, 1) * 65535).astype(np.uint16)
    import tifffile

    tifffile.imwrite(tmp_path / "srgb.tif", codes, photometric="rgb", iccprofile=profiles["srgb"])
    tifffile.imwrite(tmp_path / "p3.tif", wide, photometric="rgb", iccprofile=profiles["p3"])
    made = {}
    for name in ("srgb", "p3"):
        result = transfer(tmp_path / f"{name}.tif", DUSK, **QUICK)
        write_photo(result.photo, tmp_path / f"{name}-relit.tif")
        made[name] = read_photo(tmp_path / f"{name}-relit.tif")
    assert made["p3"].profile == profiles["p3"]
    lab = [rgb2lab(photo.pixels.clip(0, 1)) for photo in made.values()]
    assert deltaE_ciede2000(*lab).max() < 1


def test_an_8_bit_sky_has_no_bands(tmp_path):
    ramp = np.linspace(0.45, 0.55, 256, dtype=np.float32)[:, None, None] * np.ones((1, 256, 3), np.float32)
    Image.fromarray(np.rint(ramp * 255).astype(np.uint8)).save(tmp_path / "sky.png")
    result = transfer(tmp_path / "sky.png", np.clip(DUSK, 0, 1), **QUICK)
    write_photo(result.photo, tmp_path / "relit.png")
    codes = np.asarray(Image.open(tmp_path / "relit.png")).astype(float)
    steps = np.abs(np.diff(codes.mean(1), axis=0)).max()
    wanted = np.abs(np.diff(result.photo.pixels.mean(1) * 255, axis=0)).max()
    assert steps < wanted + 0.5
    assert np.abs(codes.mean((0, 1)) - result.photo.pixels.mean((0, 1)) * 255).max() < 0.2


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_at_strength_zero_the_very_codes_come_back(tmp_path, suffix):
    codes = RNG.integers(0, 256, (30, 40, 3), dtype=np.uint8)
    Image.fromarray(codes).save(tmp_path / f"a{suffix}")
    result = transfer(tmp_path / f"a{suffix}", DUSK, strength=0, **QUICK)
    write_photo(result.photo, tmp_path / f"b{suffix}")
    assert np.array_equal(np.asarray(Image.open(tmp_path / f"b{suffix}")), codes)
