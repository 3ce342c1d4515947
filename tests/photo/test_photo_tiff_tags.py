"""GeoTIFF, GDAL and other harmless tags come back from TIFF to TIFF; what is left out is said."""

import struct

import numpy as np
import pytest
import tifffile

from photostyle.errors import PhotoError
from photostyle.photo import Photo, read_photo, write_photo

CODES = np.random.default_rng(3).integers(0, 256, (20, 30, 3), dtype=np.uint8)
GEO = [
    (33550, 12, 3, (0.1, 0.1, 0.0), True),
    (33922, 12, 6, (0.0, 0.0, 0.0, 500000.0, 5400000.0, 0.0), True),
    (34735, 3, 8, (1, 1, 0, 1, 1024, 0, 1, 1), True),
    (34736, 12, 2, (6378137.0, 298.257223563), True),
    (34737, 2, 0, "WGS 84 / UTM zone 33N|", True),
]
OTHERS = [
    (42112, 2, 0, "<GDALMetadata/>", True),
    (42113, 2, 0, "0", True),
    (269, 2, 0, "map sheet 7", True),
    (285, 2, 0, "page one", True),
    (65000, 2, 0, "a note of one's own", True),
    (65001, 12, 2, (1.5, -2.5), True),
    (65002, 3, 3, (1, 2, 3), True),
    (65003, 7, 5, b"\1\2\3\4\5", True),
]


def tags(path):
    with tifffile.TiffFile(path) as file:
        found = {tag.code: (int(tag.dtype), tag.count, tag.value) for tag in file.pages[0].tags}
    return {tag: value for tag, value in found.items() if tag in {entry[0] for entry in GEO + OTHERS}}


def write(path, extra, **options):
    tifffile.imwrite(path, CODES, photometric="rgb", metadata=None, extratags=extra, **options)


@pytest.mark.parametrize("options", [{}, {"byteorder": ">"}, {"bigtiff": True}])
def test_they_come_back_as_they_were(tmp_path, options):
    write(tmp_path / "a.tif", GEO + OTHERS, **options)
    photo = read_photo(tmp_path / "a.tif")
    assert "13 TIFF tags" in repr(photo.metadata) and not any("tags" in note for note in photo.notes)
    for number in range(2):
        assert not write_photo(photo.with_pixels(photo.pixels * 0.9), tmp_path / f"b{number}.tif")
        assert tags(tmp_path / f"b{number}.tif") == tags(tmp_path / "a.tif")
        assert len(tags(tmp_path / f"b{number}.tif")) == len(GEO + OTHERS)
        photo = read_photo(tmp_path / f"b{number}.tif")


def test_another_format_says_what_it_has_no_place_for(tmp_path):
    write(tmp_path / "a.tif", GEO + OTHERS)
    photo = read_photo(tmp_path / "a.tif")
    for suffix, name in ((".jpg", "JPEG"), (".png", "PNG"), (".webp", "WebP")):
        notes = write_photo(photo, tmp_path / f"b{suffix}")
        (note,) = [note for note in notes if "TIFF tags" in note]
        assert note.startswith(f"{name} has no place") and "GeoTIFF" in note and "GDAL" in note and "65000" in note


def test_stripped_metadata_has_no_tags(tmp_path):
    write(tmp_path / "a.tif", GEO)
    assert not write_photo(read_photo(tmp_path / "a.tif"), tmp_path / "b.tif", metadata="strip")
    assert tags(tmp_path / "b.tif") == {}


def test_what_may_point_into_the_file_is_left_out_and_said(tmp_path):
    write(tmp_path / "a.tif", [(65010, 4, 1, 1234, True), (65011, 13, 1, 8, True), (37724, 7, 4, b"8BIM", True)])
    photo = read_photo(tmp_path / "a.tif")
    assert photo.metadata.tags == ()
    assert any("65010, 65011" in note for note in photo.notes)
    assert any("Photoshop layers" in note for note in photo.notes)


def test_a_picture_that_is_turned_loses_its_place_on_earth(tmp_path):
    write(tmp_path / "a.tif", [*GEO, *OTHERS, (274, 3, 1, 6, True)])
    photo = read_photo(tmp_path / "a.tif")
    assert any("GeoTIFF tags no longer fit" in note for note in photo.notes)
    write_photo(photo, tmp_path / "b.tif")
    assert set(tags(tmp_path / "b.tif")) == {entry[0] for entry in OTHERS}


def test_a_photo_from_elsewhere_has_none(tmp_path):
    assert not write_photo(Photo.from_array(CODES), tmp_path / "b.tif")
    assert tags(tmp_path / "b.tif") == {}


def resource(number, data):
    return b"8BIM" + struct.pack(">HHI", number, 0, len(data)) + data + b"\0" * (len(data) % 2)


def test_clipping_paths_come_back(tmp_path):
    path = struct.pack(">HH22x", 6, 0) + struct.pack(">H6i", 2, *[1 << 22, 1 << 23] * 3)
    blocks = resource(2000, path) + resource(2999, b"\7outline\0\0\0\0\0\0")
    thumbnail = resource(1036, b"an old picture, small")
    write(tmp_path / "a.tif", [(34377, 7, len(thumbnail + blocks), thumbnail + blocks, True)])
    photo = read_photo(tmp_path / "a.tif")
    write_photo(photo, tmp_path / "b.tif")
    with tifffile.TiffFile(tmp_path / "b.tif") as file:
        assert bytes(file.pages[0].tags[34377].value) == blocks
    write(tmp_path / "c.tif", [(34377, 7, len(blocks), blocks, True), (274, 3, 1, 3, True)])
    turned = read_photo(tmp_path / "c.tif").metadata.resources
    assert len(turned) == len(blocks) and struct.pack(">ii", 3 << 22, 1 << 23) in turned


def test_names_of_inks_stay_with_the_inks(tmp_path):
    inks = np.dstack([CODES, CODES])[..., :5]
    names = "Cyan\0Magenta\0Yellow\0Black\0Gold"
    tags_of_inks = [(332, 3, 1, 1, True), (333, 2, 0, names, True), (334, 3, 1, 5, True)]
    options = {"photometric": "separated", "planarconfig": "contig", "metadata": None}
    tifffile.imwrite(tmp_path / "a.tif", inks, extrasamples=[0], extratags=tags_of_inks, **options)
    write_photo(read_photo(tmp_path / "a.tif"), tmp_path / "b.tif")
    with tifffile.TiffFile(tmp_path / "b.tif") as file:
        page = file.pages[0]
        assert "Gold" in str(page.tags[333].value) and page.tags[334].value == 5 and page.extrasamples == (0,)
        assert (page.asarray() == inks).all()
    tifffile.imwrite(tmp_path / "c.tif", inks[..., :4], extratags=[(332, 3, 1, 2, True)], **options)
    with pytest.raises(PhotoError, match="not supported: .*inks"):
        read_photo(tmp_path / "c.tif")
