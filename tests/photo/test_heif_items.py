"""AVIF and HEIC files say what they say of items: only what is said of the photo counts."""

import struct

import numpy as np
import pytest

from photostyle.photo import read_photo, write_photo
from photostyle.photo.codecs import heif_facts, hevc
from photostyle.photo.codecs.heif_items import items_of
from photostyle.photo.photo_file import PhotoFile

SRGB, PQ = (1, 13, 6), (9, 16, 9)
MONOCHROME, FULL_COLOUR = b"\x81\x00\x1c\x00", b"\x81\x20\x00\x00"


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


def nclx(points) -> bytes:
    return box(b"colr", b"nclx" + struct.pack(">HHHB", *points, 0x80))


def meta(properties: list[bytes], own: dict[int, list[int]], primary=1, parts=(), wide=False) -> bytes:
    """A "meta" box: its properties, those of each item by their indices, the primary item and the parts that it has."""
    width = "I" if wide else "H"
    version = b"\1\0\0" if wide else b"\0\0\0"
    associations = b""
    for number, indices in own.items():
        form = "H" if wide else "B"
        associations += struct.pack(f">{width}B{len(indices)}{form}", number, len(indices), *indices)
    ipma = box(b"ipma", version + bytes([wide]) + struct.pack(">I", len(own)) + associations)
    body = b"\0\0\0\0" + box(b"pitm", version + b"\0" + struct.pack(f">{width}", primary))
    if parts:
        references = struct.pack(f">{width}H{len(parts)}{width}", primary, len(parts), *parts)
        body += box(b"iref", version + b"\0" + box(b"dimg", references))
    return box(b"meta", body + box(b"iprp", box(b"ipco", b"".join(properties)) + ipma))


def in_file(content: bytes) -> PhotoFile:
    return PhotoFile("the photo", content=box(b"ftyp", b"avif\0\0\0\0") + content)


@pytest.mark.parametrize("wide", [False, True])
def test_properties_of_others_are_not_the_photos(wide):
    # As in a file with a gain map, whose HDR picture and whose map come first.
    properties = [nclx(PQ), box(b"av1C", MONOCHROME), box(b"clli", bytes(4)), nclx(SRGB), box(b"av1C", FULL_COLOUR)]
    file = in_file(meta(properties, {7: [1, 2, 3], 1: [4, 5]}, wide=wide))
    assert heif_facts.declared_points(file) == (1, 13)
    assert heif_facts.properties(file, b"av1C") == [FULL_COLOUR]
    assert heif_facts.notes_of_attachments(file) == []
    own = in_file(meta(properties, {7: [1, 2, 3], 1: [4, 5]}, primary=7, wide=wide))
    assert heif_facts.declared_points(own) == (9, 16) and "clli" in heif_facts.notes_of_attachments(own)[0]


@pytest.mark.parametrize("wide", [False, True])
def test_what_the_tiles_of_a_grid_say_goes_for_the_photo(wide):
    properties = [box(b"av1C", MONOCHROME), nclx(SRGB), box(b"av1C", FULL_COLOUR)]
    file = in_file(meta(properties, {9: [1], 1: [2], 2: [3], 3: [3]}, parts=(2, 3), wide=wide))
    assert heif_facts.declared_points(file) == (1, 13)
    assert heif_facts.properties(file, b"av1C") == [FULL_COLOUR]


def test_damaged_items_say_nothing():
    whole = meta([nclx(SRGB)], {1: [1]})
    for cut in range(9, len(whole)):
        body = whole[8:cut]
        items_of(in_file(box(b"meta", body)))
    assert heif_facts.declared_points(in_file(meta([nclx(SRGB)], {1: [5]}))) is None
    assert items_of(in_file(b"")) is None


def test_places_that_take_no_bytes_take_no_time():
    entries = b"\0\1\0\0\xff\xff" * 100_000
    items = items_of(in_file(box(b"meta", b"\0\0\0\0" + box(b"iloc", b"\0\0\0\0\0\0\xff\xff" + entries))))
    assert items is not None and items.places == {}


@pytest.mark.parametrize("options", [{}, {"chroma": 444, "matrix_coefficients": 0}, {"chroma": 420}])
@pytest.mark.parametrize("kind", ["plain", "profile", "alpha"])
def test_lossless_heic_is_known_by_its_coding(tmp_path, profiles, kind, options):
    pillow_heif = pytest.importorskip("pillow_heif")
    codes = np.random.default_rng(3).integers(0, 256, (24, 32, 3 + (kind == "alpha")), dtype=np.uint8)
    for name, quality in (("a", -1), ("lossy", 90)):
        made = pillow_heif.from_bytes("RGBA"[: codes.shape[2]], (32, 24), codes.tobytes())
        if kind == "profile":
            made.info["icc_profile"] = profiles["adobe"]
            made.info["icc_profile_type"] = "prof"
        made.save(tmp_path / f"{name}.heic", quality=quality, **options)
    photo = read_photo(tmp_path / "a.heic")
    write_photo(photo, tmp_path / "b.heic")
    again = read_photo(tmp_path / "b.heic")
    assert photo.file.encoding["lossless"] and again.file.encoding["lossless"]
    assert (again.pixels == photo.pixels).all() and again.profile == photo.profile
    assert not read_photo(tmp_path / "lossy.heic").file.encoding["lossless"]


def test_a_damaged_configuration_is_not_lossless():
    for content in (b"", bytes(23), bytes(22) + b"\1\x22\0\1\0\4ab\0\0", bytes(22) + b"\xff" * 40):
        assert not hevc.is_lossless(content)
