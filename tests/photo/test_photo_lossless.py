"""What was stored without loss is written without loss, unchanged or not, unless a quality is asked for."""

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from photostyle.photo import read_photo, write_photo

RNG = np.random.default_rng(8)
WIDTH, HEIGHT = 33, 21


def codes(channels, bits=8):
    kind = np.uint8
    if bits > 8:
        kind = np.uint16
    return RNG.integers(0, 1 << bits, (HEIGHT, WIDTH, channels), dtype=kind)


def webp(tmp_path, profiles, kind):
    """A lossless WebP file with what makes its header an extended one (VP8X)."""
    array = codes(3 + (kind == "alpha"))
    options = {"lossless": True, "exact": True}
    if kind == "profile":
        options["icc_profile"] = profiles["p3"]
    if kind == "exif":
        exif = Image.Exif()
        exif[0x010F] = "Maker"
        options["exif"] = exif.tobytes()
    if kind == "animated":
        options |= {"save_all": True, "append_images": [Image.fromarray(codes(3))]}
    Image.fromarray(array).save(tmp_path / "a.webp", **options)
    return array


@pytest.mark.parametrize("kind", ["plain", "profile", "exif", "alpha", "animated"])
def test_webp(tmp_path, profiles, kind):
    array = webp(tmp_path, profiles, kind)
    photo = read_photo(tmp_path / "a.webp")
    write_photo(photo, tmp_path / "b.webp")
    assert (np.asarray(Image.open(tmp_path / "b.webp"))[..., : array.shape[2]] == array).all()
    relit = photo.with_pixels(photo.pixels * 0.7 + 0.2)
    write_photo(relit, tmp_path / "c.webp")
    assert b"VP8L" in (tmp_path / "c.webp").read_bytes() and b"VP8 " not in (tmp_path / "c.webp").read_bytes()
    write_photo(relit, tmp_path / "d.webp", quality=60)
    assert b"VP8L" not in (tmp_path / "d.webp").read_bytes()


def test_lossy_webp_stays_lossy(tmp_path, profiles):
    Image.fromarray(codes(4)).save(tmp_path / "a.webp", icc_profile=profiles["p3"])
    write_photo(read_photo(tmp_path / "a.webp"), tmp_path / "b.webp")
    assert b"VP8L" not in (tmp_path / "b.webp").read_bytes()


@pytest.mark.parametrize("bits", [8, 10, 12])
@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("declared", [{}, {"primaries": 1, "transfer": 13}])
def test_avif(tmp_path, bits, channels, declared):
    array = codes(channels, bits)
    data = imagecodecs.avif_encode(array.squeeze(), bitspersample=bits, **declared)
    (tmp_path / "a.avif").write_bytes(data)
    photo = read_photo(tmp_path / "a.avif")
    write_photo(photo, tmp_path / "b.avif")
    again = imagecodecs.avif_decode((tmp_path / "b.avif").read_bytes())
    assert again.dtype == array.dtype and (again == array.squeeze()).all()
    relit = photo.with_pixels(photo.pixels * 0.7 + 0.2)
    write_photo(relit, tmp_path / "c.avif")
    if channels > 1:
        assert read_photo(tmp_path / "c.avif").file.encoding["lossless"]
    write_photo(relit, tmp_path / "d.avif", quality=60)
    assert channels == 1 or not read_photo(tmp_path / "d.avif").file.encoding["lossless"]


def test_lossless_avif_with_a_profile(tmp_path, profiles):
    array = codes(3)
    Image.fromarray(array).save(tmp_path / "plain.png", icc_profile=profiles["adobe"])
    photo = read_photo(tmp_path / "plain.png")
    data = imagecodecs.avif_encode(array)
    (tmp_path / "a.avif").write_bytes(data)
    lossless = read_photo(tmp_path / "a.avif")
    from dataclasses import replace

    write_photo(replace(photo, file=lossless.file), tmp_path / "b.avif")
    photo = read_photo(tmp_path / "b.avif")
    assert photo.profile == profiles["adobe"] and photo.file.encoding["lossless"]
    write_photo(photo, tmp_path / "c.avif")
    assert (imagecodecs.avif_decode((tmp_path / "c.avif").read_bytes()) == array).all()


def test_lossy_avif_stays_lossy(tmp_path):
    Image.fromarray(codes(3)).save(tmp_path / "a.avif", quality=90, subsampling="4:4:4")
    photo = read_photo(tmp_path / "a.avif")
    assert not photo.file.encoding["lossless"]
    write_photo(photo, tmp_path / "b.avif")
    assert not read_photo(tmp_path / "b.avif").file.encoding["lossless"]
