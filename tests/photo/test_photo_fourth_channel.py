"""What a TIFF's channels after the colours are: transparency, straight or premultiplied, or something to carry."""

import numpy as np
import pytest
import tifffile

from photostyle.photo import Photo, WorkingCopy, read_mask_picture, read_photo, write_photo

RNG = np.random.default_rng(11)
HEIGHT, WIDTH = 20, 30
DTYPES = {8: np.uint8, 16: np.uint16, "float": np.float32}


def codes(depth, channels):
    shape = (HEIGHT, WIDTH, channels)
    if depth == "float":
        return RNG.random(shape, np.float32)
    return RNG.integers(0, 2**depth, shape, dtype=DTYPES[depth])


def multiplied(straight):
    """Codes whose colours are multiplied by alpha, the last channel."""
    alpha = straight[..., -1:].astype(np.float64)
    top = 1.0
    if straight.dtype.kind == "u":
        top = np.iinfo(straight.dtype).max
    colours = straight[..., :-1] * (alpha / top)
    if straight.dtype.kind == "u":
        colours = np.rint(colours)
    return np.concatenate([colours, alpha], axis=-1).astype(straight.dtype)


def kinds(path):
    with tifffile.TiffFile(path) as file:
        return tuple(int(kind) for kind in file.pages[0].extrasamples)


@pytest.mark.parametrize("profile", [None, "p3", "adobe", "prophoto"])
@pytest.mark.parametrize("depth", [8, 16, "float"])
def test_premultiplied_colours_are_divided_and_come_back_exactly(tmp_path, profiles, depth, profile):
    straight = codes(depth, 4)
    straight[:3, :, 3] = 0
    straight[3:6, :, 3] = DTYPES[depth](1 if depth == "float" else 2**depth - 1)
    premultiplied = multiplied(straight)
    for name, array, kind in (("s", straight, 2), ("p", premultiplied, 1)):
        tifffile.imwrite(
            tmp_path / f"{name}.tif", array, photometric="rgb", extrasamples=[kind], iccprofile=profiles.get(profile)
        )
    photo = read_photo(tmp_path / "p.tif")
    same = read_photo(tmp_path / "s.tif")
    assert (photo.alpha == same.alpha).all() and (photo.pixels[:3] == 0).all()
    assert np.abs(photo.pixels[3:6] - same.pixels[3:6]).max() < 1e-5
    thick = photo.alpha > 0.5
    slack = {8: 3e-3, 16: 1e-4, "float": 1e-5}[depth]
    assert np.abs(photo.pixels - same.pixels)[thick].mean() < slack
    write_photo(photo, tmp_path / "b.tif")
    assert (tifffile.imread(tmp_path / "b.tif") == premultiplied).all() and kinds(tmp_path / "b.tif") == (1,)


def test_a_premultiplied_photo_is_multiplied_again_when_it_changed(tmp_path):
    array = np.full((HEIGHT, WIDTH, 4), 40, np.uint8)
    array[..., 3] = 80
    tifffile.imwrite(tmp_path / "a.tif", array, photometric="rgb", extrasamples=[1])
    photo = read_photo(tmp_path / "a.tif")
    assert np.allclose(photo.pixels, 0.5)
    write_photo(photo.with_pixels(photo.pixels * 1.5), tmp_path / "b.tif")
    assert (tifffile.imread(tmp_path / "b.tif") == [60, 60, 60, 80]).all()
    write_photo(photo.with_pixels(photo.pixels * 3), tmp_path / "c.tif")
    assert (tifffile.imread(tmp_path / "c.tif") == 80).all()
    write_photo(photo.with_pixels(photo.pixels * 1.5), tmp_path / "d.png")  # PNG holds straight colours
    assert np.allclose(read_photo(tmp_path / "d.png").pixels, 0.75, atol=0.003)
    notes = write_photo(photo, tmp_path / "e.tif", depth=16)
    assert not notes and np.allclose(tifffile.imread(tmp_path / "e.tif"), array.astype(int) * 257, atol=1)


def test_codes_that_no_premultiplied_file_should_hold_come_back_too(tmp_path):
    array = codes(8, 4)  # colours brighter than alpha, and colours under alpha 0
    array[:4, :, 3] = 0
    tifffile.imwrite(tmp_path / "a.tif", array, photometric="rgb", extrasamples=[1])
    photo = read_photo(tmp_path / "a.tif")
    assert photo.pixels.max() <= 1 and (photo.pixels[:4] == 0).all()
    write_photo(photo, tmp_path / "b.tif")
    assert (tifffile.imread(tmp_path / "b.tif") == array).all()


@pytest.mark.parametrize("photometric, channels", [("minisblack", 2), ("separated", 5), ("miniswhite", 2)])
def test_premultiplied_grey_and_inks(tmp_path, photometric, channels):
    array = multiplied(codes(8, channels))
    tifffile.imwrite(tmp_path / "a.tif", array, photometric=photometric, extrasamples=[1], planarconfig="contig")
    photo = read_photo(tmp_path / "a.tif")
    write_photo(photo, tmp_path / "b.tif")
    back = tifffile.imread(tmp_path / "b.tif")
    if photometric == "miniswhite":  # written with black as 0: white is alpha's code
        back[..., 0] = back[..., 1] - back[..., 0]
    assert (back == array).all() and kinds(tmp_path / "b.tif") == (1,)


def test_signed_lab_multiplied_by_alpha(tmp_path):
    lab = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    lab[...] = (100, 20, 236, 255)  # a of 20, b of -20
    half = lab.copy()
    half[...] = (50, 10, 246, 128)
    pixels = []
    for array, kind in ((lab, 2), (half, 1)):
        tifffile.imwrite(tmp_path / "a.tif", array, photometric="cielab", extrasamples=[kind])
        pixels.append(read_photo(tmp_path / "a.tif").pixels)
    assert np.abs(pixels[0] - pixels[1]).max() < 0.01


@pytest.mark.parametrize("depth", [8, 16, "float"])
@pytest.mark.parametrize(
    "photometric, colours, said",
    [
        ("rgb", 3, (0,)),
        ("rgb", 3, (2, 0)),
        ("rgb", 3, (0, 1)),
        ("rgb", 3, (0, 2, 0)),
        ("minisblack", 1, (0,)),
        ("minisblack", 1, (2, 0)),
        ("separated", 4, (0, 0)),
    ],
)
def test_extra_channels_come_back_in_their_places(tmp_path, photometric, colours, said, depth):
    array = codes(depth, colours + len(said))
    if 1 in said:
        place = colours + said.index(1)
        top = 1.0 if depth == "float" else np.iinfo(array.dtype).max
        array[..., :colours] = (array[..., :colours] * (array[..., place : place + 1] / top)).astype(array.dtype)
    tifffile.imwrite(tmp_path / "a.tif", array, photometric=photometric, extrasamples=said, planarconfig="contig")
    photo = read_photo(tmp_path / "a.tif")
    assert (photo.alpha is not None) == (1 in said or 2 in said)
    assert any("no transparency; left as" in note for note in photo.notes)
    write_photo(photo, tmp_path / "b.tif")
    assert (tifffile.imread(tmp_path / "b.tif") == array).all() and kinds(tmp_path / "b.tif") == said
    write_photo(photo.with_pixels(photo.pixels * 0.5), tmp_path / "c.tif")
    for number, kind in enumerate(said):
        if kind == 0:
            assert (tifffile.imread(tmp_path / "c.tif")[..., colours + number] == array[..., colours + number]).all()


def test_a_channel_of_no_stated_kind_is_no_transparency(tmp_path):
    array = codes(8, 4)
    tifffile.imwrite(tmp_path / "a.tif", array, photometric="rgb", extrasamples=[2])
    data = (tmp_path / "a.tif").read_bytes()
    tag = data.index(b"\x52\x01\x03\x00\x01\x00\x00\x00")  # ExtraSamples, made a tag of no meaning
    (tmp_path / "a.tif").write_bytes(data[:tag] + b"\x50\x01" + data[tag + 2 :])
    photo = read_photo(tmp_path / "a.tif")
    assert photo.alpha is None and photo.extra is not None and "1 extra channel" in repr(photo)
    write_photo(photo, tmp_path / "b.tif")
    assert (tifffile.imread(tmp_path / "b.tif") == array).all() and kinds(tmp_path / "b.tif") == (0,)


def test_other_formats_say_what_is_left_out(tmp_path):
    array = codes(8, 5)
    tifffile.imwrite(tmp_path / "a.tif", array, photometric="rgb", extrasamples=[0, 0])
    photo = read_photo(tmp_path / "a.tif")
    for suffix in (".jpg", ".png", ".webp"):
        notes = write_photo(photo, tmp_path / f"b{suffix}")
        assert any("no place for its 2 extra channels" in note for note in notes)
        assert read_photo(tmp_path / f"b{suffix}").alpha is None


def test_extra_channels_are_turned_and_given_the_depth_of_the_photo(tmp_path):
    array = codes(8, 4)
    tifffile.imwrite(tmp_path / "a.tif", array, photometric="rgb", extrasamples=[0], extratags=[(274, 3, 1, 6, True)])
    photo = read_photo(tmp_path / "a.tif")
    assert photo.size == (HEIGHT, WIDTH)
    write_photo(photo, tmp_path / "b.tif", depth=16)
    assert (tifffile.imread(tmp_path / "b.tif") == np.rot90(array, -1).astype(np.uint16) * 257).all()
    write_photo(photo, tmp_path / "c.tif", depth="float")
    write_photo(read_photo(tmp_path / "c.tif"), tmp_path / "d.tif", depth=8)
    assert (tifffile.imread(tmp_path / "d.tif") == np.rot90(array, -1)).all()


def test_a_working_copy_and_a_mask_do_without_extra_channels(tmp_path):
    array = codes(8, 4)
    tifffile.imwrite(tmp_path / "a.tif", array, photometric="rgb", extrasamples=[0])
    photo = read_photo(tmp_path / "a.tif")
    assert WorkingCopy.of(photo, 15).photo.extra is None
    picture = read_mask_picture(tmp_path / "a.tif")
    assert picture.mode == "rgb" and (picture.codes == array[..., :3]).all()
    array[...] = (20, 40, 60, 80)
    tifffile.imwrite(tmp_path / "b.tif", array, photometric="rgb", extrasamples=[1])
    assert (read_mask_picture(tmp_path / "b.tif").codes == [64, 128, 191, 80]).all()


def test_pictures_whose_mode_is_premultiplied():
    from PIL import Image

    from photostyle.photo import open_photo

    array = np.full((HEIGHT, WIDTH, 4), 40, np.uint8)
    array[..., 3] = 80
    image = Image.frombytes("RGBa", (WIDTH, HEIGHT), array.tobytes())
    photo = open_photo(image)
    assert isinstance(photo, Photo) and np.allclose(photo.pixels, 0.5)


def test_a_heic_that_says_so_is_divided(tmp_path):
    pillow_heif = pytest.importorskip("pillow_heif")
    array = np.full((64, 64, 4), 40, np.uint8)
    array[..., 3] = 80
    image = pillow_heif.from_bytes("RGBa", (64, 64), array.tobytes())
    image.save(tmp_path / "a.heic", quality=-1)
    photo = read_photo(tmp_path / "a.heic")
    assert np.abs(photo.pixels - 0.5).max() < 0.02
    write_photo(photo, tmp_path / "b.heic", quality=100)
    assert np.abs(read_photo(tmp_path / "b.heic").pixels - 0.5).max() < 0.02
