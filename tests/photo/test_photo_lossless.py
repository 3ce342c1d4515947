"""What was stored without loss is written without loss, unchanged or not, unless a quality is asked for."""

from dataclasses import replace

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from photostyle.photo import read_photo, write_photo
from photostyle.photo.codecs import av1

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


@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:2", "4:2:0"])
@pytest.mark.parametrize("kind", ["plain", "alpha", "profile", "animated", "wide", "tall"])
def test_avif_of_luma_and_chroma_is_lossless_where_its_quantiser_is_0(tmp_path, profiles, kind, subsampling):
    shape = {"wide": (9, 4200, 3), "tall": (1300, 7, 3), "alpha": (HEIGHT, WIDTH, 4)}.get(kind, (HEIGHT, WIDTH, 3))
    image = Image.fromarray(RNG.integers(0, 256, shape, dtype=np.uint8))
    options = {"subsampling": subsampling, "speed": 10}
    if kind == "profile":
        options["icc_profile"] = profiles["p3"]
    if kind == "animated":
        options |= {"save_all": True, "append_images": [image.rotate(180)]}
    for quality in (100, 60):  # libaom may code the first frame of a lossy animation without loss
        image.save(tmp_path / "a.avif", quality=quality, **options)
        photo = read_photo(tmp_path / "a.avif")
        assert photo.file.encoding["lossless"] == (quality == 100)
        if quality == 100:
            write_photo(photo, tmp_path / "b.avif")
            again = read_photo(tmp_path / "b.avif")
            assert (again.pixels == photo.pixels).all() and again.file.encoding["lossless"]


@pytest.mark.parametrize("bits", [8, 10, 12])
@pytest.mark.parametrize("matrix", [0, 1, 6, 8, 9])
def test_avif_of_any_depth_and_matrix(tmp_path, bits, matrix):
    options = {"pixelformat": "yuv444", "primaries": 1, "transfer": 13, "matrix": matrix, "bitspersample": bits}
    for level in (100, 90):
        (tmp_path / "a.avif").write_bytes(imagecodecs.avif_encode(codes(3, bits), level=level, speed=9, **options))
        photo = read_photo(tmp_path / "a.avif")
        assert photo.file.encoding["lossless"] == (level == 100 or matrix == 0)
        if level == 100:
            write_photo(photo, tmp_path / "b.avif")
            assert (read_photo(tmp_path / "b.avif").pixels == photo.pixels).all()


def test_damaged_av1_is_not_lossless(tmp_path):
    data = imagecodecs.avif_encode(codes(3), level=100, pixelformat="yuv444", primaries=1, transfer=13, matrix=6)
    stream = data[data.index(b"mdat") + 4 :]
    assert av1.is_lossless(stream)
    for cut in range(24):
        av1.is_lossless(stream[:cut])
    for place in range(24):
        av1.is_lossless(stream[:place] + b"\xff" + stream[place + 1 :])


@pytest.mark.parametrize("bits", [8, 10])
@pytest.mark.parametrize("kind", ["plain", "alpha"])
def test_heic(tmp_path, bits, kind):
    pillow_heif = pytest.importorskip("pillow_heif")
    array = codes(3 + (kind == "alpha"), bits)
    mode = "RGBA"[: array.shape[2]]
    shifted = array
    if bits > 8:
        mode += ";16"
        shifted = array << (16 - bits)
    made = pillow_heif.from_bytes(mode, (WIDTH, HEIGHT), shifted.tobytes())
    made.save(tmp_path / "a.heic", quality=-1, chroma=444, matrix_coefficients=0)
    photo = read_photo(tmp_path / "a.heic")
    write_photo(photo, tmp_path / "b.heic")
    again = read_photo(tmp_path / "b.heic")
    assert again.file.encoding["lossless"] and again.file.encoding["bits"] == bits
    assert (again.pixels == photo.pixels).all() and again.profile == photo.profile
    write_photo(photo, tmp_path / "c.heic", quality=60)
    assert not read_photo(tmp_path / "c.heic").file.encoding["lossless"]
