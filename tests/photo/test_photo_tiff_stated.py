"""What a TIFF's own tags and pages say: primaries, tone curves, a mask as a page, bands of maps, wrong byte counts."""

import struct

import numpy as np
import pytest
import tifffile

from photostyle.photo import read_photo, write_photo

RNG = np.random.default_rng(5)
CODES = RNG.integers(0, 65536, (24, 32, 3), dtype=np.uint16)
SRGB = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
ADOBE = (0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
D65 = (0.3127, 0.3290)
FIRST_TIE = [(33550, 12, 3, [1.0, 1.0, 0.0], True), (33922, 12, 6, [0.0, 0, 0, 5, 5, 0], True)]


def fractions(numbers):
    return [part for number in numbers for part in (round(number * 1e6), 10**6)]


def write(path, codes, *, primaries=None, white=D65, curve=None, photometric="rgb"):
    tags = []
    if primaries is not None:
        tags = [(318, 5, 2, fractions(white), True), (319, 5, 6, fractions(primaries), True)]
    if curve is not None:
        tags.append((301, 3, len(curve), [int(value) for value in curve], True))
    tifffile.imwrite(path, codes, photometric=photometric, extratags=tags)
    return path


def encoded(linear):
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * np.maximum(linear, 0) ** (1 / 2.4) - 0.055)


def to_xyz(primaries):
    points = np.reshape(primaries, (3, 2))
    columns = np.stack([points[:, 0], points[:, 1], 1 - points.sum(1)])
    white = np.array([D65[0] / D65[1], 1, (1 - sum(D65)) / D65[1]])
    return columns * np.linalg.solve(columns, white)


def test_primaries_alone_come_with_the_gamma_of_the_standard(tmp_path):
    codes = CODES // 3 + 20000  # no colour outside sRGB
    photo = read_photo(write(tmp_path / "a.tif", codes, primaries=ADOBE))
    linear = (codes / 65535) ** 2.2 @ (np.linalg.inv(to_xyz(SRGB)) @ to_xyz(ADOBE)).T
    inside = linear > 0.01
    assert inside.mean() > 0.5 and np.abs(photo.pixels - encoded(linear))[inside].max() < 1e-3
    assert not any("no colour profile" in note for note in photo.notes)
    write_photo(photo, tmp_path / "b.tif")
    assert (tifffile.imread(tmp_path / "b.tif") == codes).all()
    assert np.abs(read_photo(tmp_path / "b.tif").pixels - photo.pixels).max() < 1e-6


def test_primaries_of_srgb_change_nothing(tmp_path):  # ImageMagick writes them into every TIFF
    photo = read_photo(write(tmp_path / "a.tif", CODES, primaries=SRGB))
    assert photo.profile is None and np.abs(photo.pixels - CODES / 65535).max() < 1e-6
    assert "no colour profile; read as sRGB" in photo.notes


@pytest.mark.parametrize("primaries", [(0,) * 6, (0.3, 0.3) * 3])
def test_primaries_that_are_no_colours_are_told(tmp_path, primaries):
    photo = read_photo(write(tmp_path / "a.tif", CODES, primaries=primaries))
    assert photo.profile is None and "its TIFF tags tell primaries or a white that are no colours; read as sRGB" in photo.notes


def test_a_profile_goes_before_the_tags(tmp_path, profiles):
    tags = [(319, 5, 6, fractions(ADOBE), True)]
    tifffile.imwrite(tmp_path / "a.tif", CODES, photometric="rgb", iccprofile=profiles["p3"], extratags=tags)
    assert read_photo(tmp_path / "a.tif").profile == profiles["p3"]


def test_a_transfer_function_of_16_bits(tmp_path):
    photo = read_photo(write(tmp_path / "a.tif", CODES, curve=np.arange(65536)))
    assert np.abs(photo.pixels - encoded(CODES / 65535)).max() < 2e-3
    write_photo(photo, tmp_path / "b.tif")
    assert (tifffile.imread(tmp_path / "b.tif") == CODES).all()


def test_three_curves_and_one_of_grey(tmp_path):
    codes = (CODES >> 8).astype(np.uint8)
    steep = np.rint((np.arange(256) / 255) ** 3 * 65535)
    linear = np.arange(256) * 257
    photo = read_photo(write(tmp_path / "a.tif", codes, curve=np.concatenate([steep, linear, steep])))
    # Primaries are those of sRGB, so that each channel is by itself.
    assert np.abs(photo.pixels[..., 1] - encoded(codes[..., 1] / 255)).max() < 2e-3
    assert np.abs(photo.pixels[..., 0] - encoded((codes[..., 0] / 255) ** 3)).max() < 2e-3
    grey = read_photo(write(tmp_path / "b.tif", codes[..., 0], curve=steep, photometric="minisblack"))
    assert grey.file.layout == "grey" and np.abs(grey.pixels[..., 0] - encoded((codes[..., 0] / 255) ** 3)).max() < 2e-3


def test_a_curve_that_is_srgbs_and_one_that_is_none(tmp_path):
    codes = (CODES >> 8).astype(np.uint8)
    values = np.arange(256) / 255
    curve = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    assert read_photo(write(tmp_path / "a.tif", codes, curve=np.rint(curve * 65535))).profile is None
    for absurd in (np.arange(256)[::-1] * 257, np.full(256, 65280), np.arange(100)):
        photo = read_photo(write(tmp_path / "b.tif", codes, curve=absurd))
        assert photo.profile is None and "its TIFF tag TransferFunction is no tone curve of a photo; left out" in photo.notes


def test_a_mask_as_a_page_is_transparency(tmp_path):
    codes = (CODES >> 8).astype(np.uint8)
    mask = np.zeros((24, 32), bool)
    mask[5:20, 8:30] = True
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:  # as GDAL writes it, with overviews
        file.write(codes, photometric="rgb", metadata=None)
        file.write(mask, photometric="mask", subfiletype=4, metadata=None)
        file.write(codes[::2, ::2], photometric="rgb", subfiletype=1, metadata=None)
        file.write(mask[::2, ::2], photometric="mask", subfiletype=5, metadata=None)
    photo = read_photo(tmp_path / "a.tif")
    assert (photo.alpha == mask).all() and not any("pages" in note for note in photo.notes)
    assert "has a transparency mask as a page of its own; read as transparency, and comes back as an alpha channel" in photo.notes
    write_photo(photo, tmp_path / "b.tif")
    assert (tifffile.imread(tmp_path / "b.tif") == np.dstack([codes, mask * np.uint8(255)])).all()


def test_a_mask_that_hides_nothing_or_is_of_another_size_changes_nothing(tmp_path):
    codes = (CODES >> 8).astype(np.uint8)
    for number, mask in enumerate((np.ones((24, 32), bool), np.zeros((12, 16), bool))):
        path = tmp_path / f"{number}.tif"
        with tifffile.TiffWriter(path) as file:
            file.write(codes, photometric="rgb", metadata=None)
            file.write(mask, photometric="mask", subfiletype=4, metadata=None)
        photo = read_photo(path)
        assert photo.alpha is None and photo.notes == ("no colour profile; read as sRGB",)


@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_three_bands_of_a_map_are_rgb(tmp_path, planar):
    codes = CODES
    if planar == "separate":
        codes = np.moveaxis(CODES, -1, 0)
    tifffile.imwrite(
        tmp_path / "a.tif", codes, photometric="minisblack", planarconfig=planar, extrasamples=[0, 0], extratags=FIRST_TIE
    )
    photo = read_photo(tmp_path / "a.tif")
    assert np.abs(photo.pixels - CODES / 65535).max() < 1e-6 and photo.extra is None
    assert "is a map of 3 bands that its header calls grey; read as red, green and blue" in photo.notes
    write_photo(photo, tmp_path / "b.tif")
    with tifffile.TiffFile(tmp_path / "b.tif") as file:
        assert (file.asarray() == CODES).all() and file.pages[0].photometric == 2 and 33922 in file.pages[0].tags


@pytest.mark.parametrize("bands", [3, 4])
def test_grey_with_more_bands_stays_grey_and_says_how_to_make_it_colour(tmp_path, bands):
    codes = np.dstack([CODES, CODES])[..., :bands]
    tags = FIRST_TIE if bands == 4 else []  # which four bands a map has is not known
    tifffile.imwrite(
        tmp_path / "a.tif", codes, photometric="minisblack", planarconfig="contig", extrasamples=[0] * (bands - 1), extratags=tags
    )
    photo = read_photo(tmp_path / "a.tif")
    assert photo.file.layout == "grey" and len(photo.extra.kinds) == bands - 1
    assert any(note.startswith(f"its header calls the first of {bands} channels grey; if they are red") for note in photo.notes)
    write_photo(photo, tmp_path / "b.tif")
    assert (tifffile.imread(tmp_path / "b.tif") == codes).all()


def test_wrong_byte_counts_of_pixels_that_are_all_there(tmp_path):
    codes = (CODES >> 8).astype(np.uint8)
    for count in (0, 10**9):
        path = tmp_path / "a.tif"
        tifffile.imwrite(path, codes, photometric="rgb", metadata=None)
        with tifffile.TiffFile(path) as file:
            entry = file.pages[0].tags[279]
        data = bytearray(path.read_bytes())
        data[entry.offset + 8 : entry.offset + 12] = struct.pack("<I", count)
        path.write_bytes(data)
        assert np.abs(read_photo(path).pixels - codes / 255).max() < 1e-6
