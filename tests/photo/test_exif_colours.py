"""EXIF's colour space: heard after profile and chunks, and never left to contradict the pixels."""

import io
import struct

import numpy as np
import pytest
import tifffile
from PIL import Image, PngImagePlugin

from photostyle.photo import open_photo, read_photo, write_photo
from photostyle.photo.colour_management.primaries import adobe_rgb
from photostyle.photo.colour_management.profiles import colour_space
from photostyle.photo.metadata.exif import into_tiff
from photostyle.photo.metadata.exif_colours import made_true, stated_space

CODES = np.repeat(np.repeat(np.random.default_rng(6).integers(60, 180, (3, 4, 3), dtype=np.uint8), 16, 0), 16, 1)


def exif_of(space=None, index=None, make="Maker", note=None) -> Image.Exif:
    block = Image.Exif()
    block[0x010F] = make
    inner = block.get_ifd(0x8769)
    inner[0x9003] = "2024:05:06 07:08:09"
    if space is not None:
        inner[0xA001] = space
    if index is not None:
        inner[0xA005] = {1: index}
    if note is not None:
        inner[0x927C] = note
    return block


def block_of(exif: Image.Exif) -> bytes:
    return exif.tobytes().removeprefix(b"Exif\0\0")


def nikon_note(space: int) -> bytes:
    return b"Nikon\0\2\x10\0\0" + b"MM\0*\0\0\0\x08\0\1" + struct.pack(">HHIHH", 0x1E, 3, 1, space, 0) + bytes(4)


def canon_note(space: int) -> bytes:
    return b"\0\1" + struct.pack(">HHIHH", 0xB4, 3, 1, space, 0) + bytes(4)


@pytest.mark.parametrize(
    ("facts", "name", "expected"),
    [
        ({}, "", None),
        ({"space": 1}, "", "srgb"),
        ({"space": 1, "index": "R03"}, "_DSC0001.JPG", "srgb"),
        ({"space": 2}, "", "adobe"),
        ({"space": 2, "index": "R98"}, "", "adobe"),
        ({"space": 65535}, "", None),
        ({"space": 65535, "index": "R98"}, "", None),
        ({"space": 65535, "index": "R03"}, "", "adobe"),
        ({"index": "R03"}, "", "adobe"),
        ({"space": 65535, "make": "NIKON CORPORATION"}, "_DSC0001.JPG", "adobe"),
        ({"space": 65535, "make": "Canon"}, "_MG_1234.jpg", "adobe"),
        ({"space": 65535, "make": "Canon", "index": "R98"}, "_MG_1234.jpg", None),
        ({"space": 65535, "make": "Canon"}, "_final.jpg", None),
        ({"space": 65535, "make": "Gimp"}, "_DSC0001.JPG", None),
        ({"make": "Canon"}, "_MG_1234.jpg", None),
        ({"space": 65535, "make": "NIKON CORPORATION", "note": nikon_note(2)}, "a.jpg", "adobe"),
        ({"space": 65535, "make": "NIKON CORPORATION", "note": nikon_note(1)}, "_DSC0001.JPG", None),
        ({"space": 65535, "make": "Canon", "note": canon_note(2)}, "a.jpg", "adobe"),
        ({"space": 65535, "make": "Canon", "note": canon_note(1)}, "_MG_1234.jpg", None),
        ({"space": 65535, "make": "Canon", "note": b"\xff\xff"}, "a.jpg", None),
    ],
)
def test_one_order_of_what_exif_says(facts, name, expected):
    assert stated_space(block_of(exif_of(**facts)), name) == expected


def test_damaged_blocks_state_nothing():
    block = block_of(exif_of(65535, "R03"))
    for cut in range(0, len(block), 3):
        stated_space(block[:cut])
    assert stated_space(None) is None and stated_space(b"junk") is None


def save(path, exif, profile=None, srgb_chunk=False):
    if path.suffix == ".tif":  # in which Pillow leaves EXIF's inner directories out
        tifffile.imwrite(path, CODES, photometric="rgb", iccprofile=profile)
        into_tiff(path, block_of(exif), {})
        return
    options = {"exif": exif}
    if profile:
        options["icc_profile"] = profile
    if srgb_chunk:
        options["pnginfo"] = PngImagePlugin.PngInfo()
        options["pnginfo"].add(b"sRGB", b"\0")
    if path.suffix in (".jpg", ".webp", ".avif"):
        options["quality"] = 100
    Image.fromarray(CODES).save(path, **options)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp", ".avif"])
def test_a_profile_goes_first(tmp_path, profiles, suffix):
    save(tmp_path / f"a{suffix}", exif_of(2, "R03"), profiles["p3"])
    assert read_photo(tmp_path / f"a{suffix}").profile == profiles["p3"]


def test_chunks_and_code_points_go_before_exif(tmp_path):
    save(tmp_path / "a.png", exif_of(2, "R03"), srgb_chunk=True)
    save(tmp_path / "a.avif", exif_of(2, "R03"))  # libavif states sRGB by code points
    for name in ("a.png", "a.avif"):
        photo = read_photo(tmp_path / name)
        assert photo.profile is None and not any("Adobe" in note for note in photo.notes)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
@pytest.mark.parametrize("facts", [(2, None), (65535, "R03")])
def test_adobe_rgb_is_heard_in_every_format_and_from_pillow(tmp_path, suffix, facts):
    path = tmp_path / f"a{suffix}"
    save(path, exif_of(*facts))
    space, _ = colour_space(adobe_rgb(), "rgb")
    expected = space.decode(CODES / np.float32(255))
    photos = [read_photo(path)]
    if suffix != ".tif":  # whose EXIF Pillow does not hand over as a block
        photos.append(open_photo(Image.open(path)))
    for photo in photos:
        assert np.abs(photo.pixels - expected)[8::16, 8::16].mean() < 0.01
        assert any("says that it is Adobe RGB" in note for note in photo.notes)


def test_grey_by_exif(tmp_path):
    Image.fromarray(CODES[..., 0]).save(tmp_path / "a.png", exif=exif_of(2))
    photo = read_photo(tmp_path / "a.png")
    space, _ = colour_space(adobe_rgb(), "rgb")
    grey = np.repeat(CODES[..., :1] / np.float32(255), 3, axis=-1)
    assert np.abs(photo.pixels - space.decode(grey)).max() < 1e-3
    write_photo(photo, tmp_path / "b.png")
    assert (np.asarray(Image.open(tmp_path / "b.png")) == CODES[..., 0]).all()


def colours_said(path) -> tuple:
    exif = read_photo(path).metadata.exif
    block = Image.Exif()
    block.load(exif)
    inner = block.get_ifd(0x8769)
    assert inner[0x9003] == "2024:05:06 07:08:09" and block[0x010F] == "Maker"
    return inner.get(0xA001), block.get_ifd(0x8769).get(0xA005) and block.get_ifd(0xA005).get(1)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp", ".avif", ".jxl"])
@pytest.mark.parametrize(("space", "index"), [(2, None), (65535, "R03"), (None, "R03"), (2, "R03")])
def test_exif_is_true_in_every_format(tmp_path, suffix, space, index):
    save(tmp_path / "a.jpg", exif_of(space, index))
    photo = read_photo(tmp_path / "a.jpg")
    path = tmp_path / f"b{suffix}"
    write_photo(photo, path, quality=100)
    again = read_photo(path)
    wanted = photo.pixels
    if again.profile is None:
        wanted = np.clip(wanted, 0, 1)
    assert np.abs(again.pixels - wanted)[8::16, 8::16].max() < 0.05
    if again.profile is None:
        said, told = colours_said(path)
        assert said in (None, 1) and told in (None, "R98")
    else:
        assert again.profile == photo.profile and colours_said(path)[0] == space


@pytest.mark.parametrize(("name", "wanted"), [("srgb", 1), ("p3", 65535), ("prophoto", 65535), ("adobe", 65535)])
def test_exif_follows_the_profile(tmp_path, profiles, name, wanted):
    save(tmp_path / "a.jpg", exif_of(1 if wanted != 1 else 2, "R03"), profiles[name])
    write_photo(read_photo(tmp_path / "a.jpg"), tmp_path / "b.jpg")
    said, told = colours_said(tmp_path / "b.jpg")
    assert said == wanted and (told == "R03") == (name == "adobe")


def test_blocks_that_are_true_stay_as_they_are():
    for facts, space in (((1,), "srgb"), ((1, "R98"), "srgb"), ((65535, "R03"), "adobe"), ((2,), "adobe"), ((65535,), "other")):
        block = block_of(exif_of(*facts))
        assert made_true(block, space) == block
    assert b"R03" not in made_true(block_of(exif_of(65535, "R03")), "srgb")
    for cut in range(8, 150, 3):
        made_true(block_of(exif_of(65535, "R03"))[:cut], "other")


def test_xmp_names_the_colours_of_the_new_file(tmp_path, profiles):
    packet = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description rdf:about="" xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:ColorSpace="65535" '
        b'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"><photoshop:ICCProfile>Adobe RGB (1998)'
        b"</photoshop:ICCProfile></rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    Image.fromarray(CODES).save(tmp_path / "a.jpg", xmp=packet, exif=exif_of(65535))
    write_photo(read_photo(tmp_path / "a.jpg"), tmp_path / "b.jpg")
    text = read_photo(tmp_path / "b.jpg").metadata.xmp.decode()
    assert 'exif:ColorSpace="1"' in text and "<photoshop:ICCProfile>sRGB" in text


def test_a_file_name_is_not_needed():
    file = io.BytesIO()
    Image.fromarray(CODES).save(file, "JPEG", exif=exif_of(2))
    assert read_photo(file.getvalue()).profile == adobe_rgb()
