"""A photo that is read and written unchanged comes back with the very codes, at every format, depth and layout."""

import imagecodecs
import numpy as np
import pytest
import tifffile
from imagecodecs import jpegxl_decode, png_decode
from PIL import Image

from photostyle.photo import Photo, raster, read_photo, write_photo

RNG = np.random.default_rng(5)
WIDTH, HEIGHT = 17, 13
DTYPES = {8: np.uint8, 16: np.uint16, "float": np.float32}


@pytest.fixture(autouse=True)
def small_strips(monkeypatch):
    """Many strips even in small photos, so that their seams are tested."""
    monkeypatch.setattr(raster, "STRIP_PIXELS", 3 * WIDTH)


def codes(depth, channels):
    shape = (HEIGHT, WIDTH, channels)
    if depth == "float":
        return RNG.normal(0.4, 0.6, shape).astype(np.float32)
    return RNG.integers(0, 2**depth, shape, dtype=DTYPES[depth])


def decoded(path):
    """The file's codes, by a reader that is not the package's."""
    if path.suffix == ".tif":
        return np.atleast_3d(tifffile.imread(path))
    if path.suffix == ".png":
        return np.atleast_3d(png_decode(path.read_bytes()))
    if path.suffix == ".jxl":
        return np.atleast_3d(jpegxl_decode(path.read_bytes()))
    return np.atleast_3d(np.asarray(Image.open(path)))


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("suffix, depth", [(".png", 8), (".png", 16), (".tif", 8), (".tif", 16), (".tif", "float")])
def test_lossless_formats(tmp_path, suffix, depth, channels):
    array = codes(depth, channels)
    first, second = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
    write_photo(Photo.from_array(array), first)
    assert decoded(first).dtype == DTYPES[depth] and (decoded(first) == array).all()
    photo = read_photo(first)
    assert photo.file.depth == depth and (photo.alpha is not None) == (channels in (2, 4))
    write_photo(photo, second)
    assert decoded(second).dtype == DTYPES[depth] and (decoded(second) == array).all()


@pytest.mark.parametrize("name", ["p3", "p3-table", "adobe", "prophoto", "linear", "srgb"])
@pytest.mark.parametrize("depth", [8, 16, "float"])
def test_every_profile_gives_back_the_codes(tmp_path, profiles, name, depth):
    array = codes(depth, 4)
    array[:6] //= 40 if depth != "float" else 1
    tifffile.imwrite(tmp_path / "a.tif", array, photometric="rgb", extrasamples=[2], iccprofile=profiles[name])
    photo = read_photo(tmp_path / "a.tif")
    write_photo(photo, tmp_path / "b.tif")
    assert (tifffile.imread(tmp_path / "b.tif") == array).all()
    with tifffile.TiffFile(tmp_path / "b.tif") as file:
        assert file.pages[0].tags[34675].value == profiles[name]
    # A region that did not change keeps its codes beside one that did.
    pixels = photo.pixels.copy()
    pixels[:, :8] = pixels[:, :8] * 0.9 + 0.01
    write_photo(photo.with_pixels(pixels), tmp_path / "c.tif")
    assert (tifffile.imread(tmp_path / "c.tif")[:, 8:] == array[:, 8:]).all()


def test_grey_profile_gives_back_the_codes(tmp_path, profiles):
    ramp = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    tifffile.imwrite(tmp_path / "a.tif", ramp, photometric="minisblack", iccprofile=profiles["grey"])
    photo = read_photo(tmp_path / "a.tif")
    assert photo.file.layout == "grey" and photo.pixels.shape == (256, 256, 3)
    assert photo.pixels[128, 0, 0] == pytest.approx(1.055 * (0.5 ** (461 / 256)) ** (1 / 2.4) - 0.055, abs=1e-4)
    write_photo(photo, tmp_path / "b.tif")
    assert (tifffile.imread(tmp_path / "b.tif") == ramp).all()


def test_cmyk_gives_back_the_inks(tmp_path):
    inks = RNG.integers(0, 256, (HEIGHT, WIDTH, 4), dtype=np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", inks, photometric="separated")
    photo = read_photo(tmp_path / "a.tif")
    assert photo.pixels.shape == (HEIGHT, WIDTH, 3) and "plain inks" in photo.notes[0]
    write_photo(photo, tmp_path / "b.tif")
    assert (tifffile.imread(tmp_path / "b.tif") == inks).all()
    notes = write_photo(photo, tmp_path / "b.png")
    assert any("cmyk" in note for note in notes) and png_decode((tmp_path / "b.png").read_bytes()).shape[2] == 3


def test_webp_lossless_keeps_colours_under_transparency(tmp_path):
    array = codes(8, 4)
    array[:5, :, 3] = 0
    Image.fromarray(array).save(tmp_path / "a.webp", lossless=True, exact=True)
    write_photo(read_photo(tmp_path / "a.webp"), tmp_path / "b.webp")
    assert (np.asarray(Image.open(tmp_path / "b.webp")) == array).all()


@pytest.mark.parametrize("depth, channels", [(8, 3), (8, 4), (16, 3), ("float", 3), (8, 1)])
def test_jpeg_xl_at_full_quality(tmp_path, depth, channels):
    array = codes(depth, channels)
    write_photo(Photo.from_array(array), tmp_path / "a.jxl", quality=100)
    assert (decoded(tmp_path / "a.jxl") == array).all()
    photo = read_photo(tmp_path / "a.jxl")
    assert photo.file.depth == depth and photo.size == (WIDTH, HEIGHT)


@pytest.mark.parametrize("suffix", [".jpg", ".webp", ".avif", ".heic", ".jxl"])
def test_lossy_formats_keep_size_and_nearly_the_colours(tmp_path, suffix):
    if suffix == ".heic":
        pytest.importorskip("pillow_heif")
    ramp = np.linspace(0, 1, 48 * 33 * 3, dtype=np.float32).reshape(33, 48, 3)
    write_photo(Photo.from_array(ramp), tmp_path / f"a{suffix}", depth=8)
    photo = read_photo(tmp_path / f"a{suffix}")
    assert photo.size == (48, 33) and photo.file.depth == 8
    assert np.abs(photo.pixels - ramp).mean() < 0.01


@pytest.mark.parametrize("suffix", [".heic", ".avif"])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_heic_and_avif_keep_10_bits(tmp_path, suffix, channels):
    if suffix == ".heic":
        pytest.importorskip("pillow_heif")
    ramp = np.linspace(0, 1, WIDTH, dtype=np.float32)[:, None] * np.ones((HEIGHT, WIDTH, channels), np.float32)
    write_photo(Photo.from_array(ramp), tmp_path / f"a{suffix}", depth=16)
    photo = read_photo(tmp_path / f"a{suffix}")
    assert np.abs(photo.pixels[..., 0] - ramp[..., 0]).max() < 0.01
    assert (photo.alpha is not None) == (channels in (2, 4))
    if channels < 3:
        return
    assert photo.file.depth == 16 and photo.file.encoding["bits"] == 10


def test_12_bit_and_lossless_jpegs_are_read(tmp_path):
    ramp = np.linspace(0, 4095, WIDTH * HEIGHT * 3).reshape(HEIGHT, WIDTH, 3).astype(np.uint16)
    for name, options in (("a", {"bitspersample": 12}), ("b", {"bitspersample": 12, "lossless": True})):
        (tmp_path / f"{name}.jpg").write_bytes(imagecodecs.jpeg8_encode(ramp, **options))
        photo = read_photo(tmp_path / f"{name}.jpg")
        assert photo.file.depth == 16 and np.abs(photo.pixels - ramp / 4095).max() < 0.01


def test_palette_becomes_its_colours(tmp_path):
    image = Image.fromarray(codes(8, 3)).quantize(20)
    image.save(tmp_path / "a.png", transparency=3)
    photo = read_photo(tmp_path / "a.png")
    assert (np.rint(photo.pixels * 255) == np.asarray(image.convert("RGB"))).all()
    assert ((photo.alpha == 0) == (np.asarray(image) == 3)).all()


def test_animation_gives_its_first_frame_and_says_so(tmp_path):
    frames = [Image.fromarray(codes(8, 3)) for _ in range(3)]
    for suffix in (".gif", ".png", ".webp"):
        frames[0].save(tmp_path / f"a{suffix}", save_all=True, append_images=frames[1:], lossless=True)
        photo = read_photo(tmp_path / f"a{suffix}")
        assert photo.size == (WIDTH, HEIGHT) and any("only the first is used" in note for note in photo.notes)


@pytest.mark.parametrize(
    "options",
    [
        {"tile": (16, 16), "compression": "lzw", "predictor": True},
        {"compression": "zstd"},
        {"compression": "packbits"},
        {"planarconfig": "separate", "compression": "zlib"},
        {"bigtiff": True, "byteorder": ">"},
    ],
)
@pytest.mark.parametrize("depth", [8, 16, "float"])
def test_kinds_of_tiff(tmp_path, options, depth):
    array = codes(depth, 3)
    data = np.moveaxis(array, -1, 0).copy() if "planarconfig" in options else array
    tifffile.imwrite(tmp_path / "a.tif", data, photometric="rgb", **options)
    write_photo(read_photo(tmp_path / "a.tif"), tmp_path / "b.tif")
    assert (tifffile.imread(tmp_path / "b.tif") == array).all()


def test_odd_tiffs(tmp_path):
    grey = codes(8, 1)[..., 0]
    bits = grey > 127
    for name, array, options, expected in (
        ("bilevel", bits, {"photometric": "minisblack"}, bits * 1.0),
        ("inverted", grey, {"photometric": "miniswhite"}, 1 - grey / 255),
        ("half", grey.astype(np.float16) / 256, {}, grey / 256),
        ("double", grey / 255, {}, grey / 255),
        ("long", grey.astype(np.uint32) << 24, {}, grey / 256),
    ):
        tifffile.imwrite(tmp_path / f"{name}.tif", array, **options)
        assert np.abs(read_photo(tmp_path / f"{name}.tif").pixels[..., 1] - expected).max() < 2e-5, name


def test_premultiplied_alpha_stays_so(tmp_path):
    array = codes(8, 4)
    array[..., :3] = np.minimum(array[..., :3], array[..., 3:])
    tifffile.imwrite(tmp_path / "a.tif", array, photometric="rgb", extrasamples=[1])
    photo = read_photo(tmp_path / "a.tif")
    write_photo(photo, tmp_path / "b.tif")
    assert (tifffile.imread(tmp_path / "b.tif") == array).all()
    write_photo(photo.with_pixels(photo.pixels + 0.2), tmp_path / "c.tif")
    brighter = tifffile.imread(tmp_path / "c.tif")
    assert (brighter[..., :3] <= brighter[..., 3:]).all()
    with tifffile.TiffFile(tmp_path / "c.tif") as file:
        assert file.pages[0].extrasamples == (1,)


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (50, 1)])
def test_smallest_photos(tmp_path, size):
    array = RNG.integers(0, 256, (*size, 3), dtype=np.uint8)
    for suffix in (".png", ".tif"):
        write_photo(Photo.from_array(array), tmp_path / f"a{suffix}")
        assert (np.rint(read_photo(tmp_path / f"a{suffix}").pixels * 255) == array).all()
