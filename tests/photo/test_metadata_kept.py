"""Clipping paths, extended XMP, PNG text and comments come back, or a note says that they do not."""

import io
import struct
import zlib
from dataclasses import replace
from hashlib import md5

import numpy as np
import pytest
import tifffile
from PIL import Image, PngImagePlugin

from photostyle.errors import PhotoError
from photostyle.photo import Photo, open_photo, read_photo, write_photo
from photostyle.photo.file_facts import Metadata
from photostyle.photo.metadata import iptc, resources, xmp_extended

CODES = np.random.default_rng(8).integers(0, 256, (24, 36, 3), dtype=np.uint8)
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
ONE = 1 << 24


def resource(number: int, data: bytes, name: bytes = b"") -> bytes:
    head = bytes([len(name)]) + name
    return (
        b"8BIM"
        + struct.pack(">H", number)
        + head
        + b"\0" * (len(head) % 2)
        + struct.pack(">I", len(data))
        + data
        + b"\0" * (len(data) % 2)
    )


def path_record(*points: tuple[float, float]) -> bytes:
    """The records of a closed path through points (down, across), parts of height and width."""
    records = struct.pack(">H24x", 6) + struct.pack(">HH22x", 0, len(points))
    for down, across in points:
        records += struct.pack(">H6i", 1, *(round(number * ONE) for number in (down, across) * 3))
    return records


POINTS = ((0.1, 0.2), (0.3, 0.9), (0.8, 0.4))
PATH = resource(2000, path_record(*POINTS), b"Outline")
KEPT = PATH + resource(2999, b"\7Outline\0\0\0\0") + resource(1005, bytes(16)) + resource(10000, b"x" * 7)
LEFT_OUT = resource(1036, b"thumbnail") + resource(1033, b"old") + resource(1039, b"profile") + resource(1061, bytes(16))
RECORDS = b"\x1c\x02\x19\x00\x03sea"


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def jpeg(*segments: bytes, **options) -> bytes:
    file = io.BytesIO()
    Image.fromarray(CODES).save(file, "JPEG", extra=b"".join(segments), **options)
    return file.getvalue()


def photoshop(data: bytes) -> bytes:
    return segment(0xED, b"Photoshop 3.0\0" + data)


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_photoshop_resources_come_back(tmp_path, suffix):
    photo = read_photo(jpeg(photoshop(LEFT_OUT + iptc.to_photoshop(RECORDS) + KEPT)))
    assert photo.metadata.resources == KEPT and photo.metadata.iptc == RECORDS
    assert write_photo(photo, tmp_path / f"a{suffix}") == ()
    again = read_photo(tmp_path / f"a{suffix}").metadata
    assert again.resources == KEPT and again.iptc == RECORDS
    assert b"thumbnail" not in (tmp_path / f"a{suffix}").read_bytes()
    write_photo(photo, tmp_path / f"b{suffix}", metadata="strip")
    assert read_photo(tmp_path / f"b{suffix}").metadata.resources is None


@pytest.mark.parametrize("suffix", [".webp", ".avif", ".jxl"])
def test_formats_without_a_place_for_clipping_paths_say_so(tmp_path, suffix):
    notes = write_photo(read_photo(jpeg(photoshop(KEPT))), tmp_path / f"a{suffix}")
    assert any("clipping paths (1)" in note and "left out" in note for note in notes)
    notes = write_photo(read_photo(jpeg(photoshop(resource(1005, bytes(16))))), tmp_path / f"a{suffix}")
    assert any("Photoshop resources" in note for note in notes)


def test_resources_in_several_segments(tmp_path):
    large = [resource(number, bytes([number - 2000]) * 40000) for number in (2001, 2002, 2003)]
    whole = b"".join(large)
    photo = read_photo(jpeg(*(photoshop(whole[start : start + 60000]) for start in range(0, len(whole), 60000))))
    assert photo.metadata.resources == whole
    assert write_photo(photo, tmp_path / "a.jpg") == ()
    assert read_photo(tmp_path / "a.jpg").metadata.resources == whole
    too_long = replace(photo, metadata=replace(photo.metadata, resources=resource(2000, bytes(70000)) + PATH))
    assert any("resource 2000 is too long" in note for note in write_photo(too_long, tmp_path / "b.jpg"))
    assert read_photo(tmp_path / "b.jpg").metadata.resources == PATH


@pytest.mark.parametrize("orientation", range(1, 9))
def test_paths_turn_with_the_photo(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    photo = read_photo(jpeg(photoshop(KEPT), exif=exif))
    found = next(each for each in resources.resources(photo.metadata.resources) if each.is_path)
    points = []
    for start in range(52, len(found.data), 26):
        down, across = struct.unpack_from(">2i", found.data, start + 2)
        points.append((down / ONE, across / ONE))
    # A picture with a dot at each point is turned the same way.
    dots = np.zeros((101, 101), np.uint8)
    for number, (down, across) in enumerate(POINTS):
        dots[round(down * 100), round(across * 100)] = number + 1
    from photostyle.photo.raster import Raster

    turned = Raster.from_array(dots).upright(orientation).whole()[..., 0]
    for number, (down, across) in enumerate(points):
        assert turned[round(down * 100), round(across * 100)] == number + 1
    assert found.block[6:14] == b"\7Outline"


def test_damaged_resources_do_no_harm(tmp_path):
    for cut in range(0, len(KEPT), 5):
        write_photo(read_photo(jpeg(photoshop(KEPT[:cut]))), tmp_path / "a.jpg")
    for body in (b"8BIM", b"8BIM\x07\xd0\0\0\xff\xff\xff\xff", b"junk" * 9):
        assert read_photo(jpeg(photoshop(body))).metadata.resources is None


def packet(inner: str, attributes: str = "") -> bytes:
    return (
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{RDF}"><rdf:Description rdf:about="" {attributes}>'
        f"{inner}</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()


NOTES = 'xmlns:a="http://example.org/a/" xmlns:b="http://example.org/b/" xmlns:xmpNote="http://ns.adobe.com/xmp/note/"'


def extended(second: bytes, name: bytes | None = None) -> list[bytes]:
    guid = name or md5(second).hexdigest().upper().encode()
    found = []
    for place in range(0, len(second), 50000):
        body = guid + struct.pack(">II", len(second), place) + second[place : place + 50000]
        found.append(segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + body))
    return found


def test_extended_xmp_is_joined_and_split(tmp_path):
    second = packet("<a:Long>" + "z" * 120000 + "</a:Long>", NOTES)
    first = packet("", f'{NOTES} b:Short="yes" xmpNote:HasExtendedXMP="{md5(second).hexdigest().upper()}"')
    photo = read_photo(jpeg(*extended(second), xmp=first))
    assert b"z" * 120000 in photo.metadata.xmp and b'b:Short="yes"' in photo.metadata.xmp
    assert b"HasExtendedXMP" not in photo.metadata.xmp and photo.notes == ("no colour profile; read as sRGB",)
    assert write_photo(photo, tmp_path / "a.jpg", history="run") == ()
    data = (tmp_path / "a.jpg").read_bytes()
    assert data.count(b"http://ns.adobe.com/xmp/extension/\0") == 2 and data.count(b"HasExtendedXMP=") == 1
    again = read_photo(tmp_path / "a.jpg").metadata.xmp
    assert b"z" * 120000 in again and b'b:Short="yes"' in again and b"<stEvt:parameters>run<" in again
    main = Image.open(tmp_path / "a.jpg").info["xmp"]
    assert b'b:Short="yes"' in main and b"<stEvt:parameters>run<" in main and len(main) < 65503
    for suffix in (".png", ".webp", ".tif"):
        write_photo(photo, tmp_path / f"a{suffix}")
        assert b"z" * 120000 in read_photo(tmp_path / f"a{suffix}").metadata.xmp


def test_namespaces_declared_outside_are_carried_over():
    second = (
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/" xmlns:c="http://example.org/c/"><rdf:RDF xmlns:rdf="{RDF}">'
        '<rdf:Description rdf:about="" c:Far="1"/></rdf:RDF></x:xmpmeta>'
    ).encode()
    first = packet("", f'{NOTES} xmpNote:HasExtendedXMP="{md5(second).hexdigest().upper()}"')
    joined = read_photo(jpeg(*extended(second), xmp=first)).metadata.xmp
    from xml.etree import ElementTree

    found = ElementTree.fromstring(joined).findall(f".//{{{RDF}}}Description")
    assert any("{http://example.org/c/}Far" in each.attrib for each in found)


def test_damaged_extended_xmp_is_noted(tmp_path):
    second = packet("<a:Long>" + "z" * 120000 + "</a:Long>", NOTES)
    guid = md5(second).hexdigest().upper()
    first = packet("", f'{NOTES} b:Short="yes" xmpNote:HasExtendedXMP="{guid}"')
    changed = extended(second.replace(b"zz", b"zy", 1), guid.encode())
    for pieces in (extended(second)[:-1], extended(second, b"0" * 32), changed, [extended(second)[0][:70]]):
        if len(pieces[0]) == 70:
            pieces = [segment(0xE1, pieces[0][4:])]
        photo = read_photo(jpeg(*pieces, xmp=first))
        assert any("extended XMP" in note and "left out" in note for note in photo.notes)
        assert b'b:Short="yes"' in photo.metadata.xmp
        write_photo(photo, tmp_path / "a.jpg")
        assert b"HasExtendedXMP" not in (tmp_path / "a.jpg").read_bytes()
    orphan = read_photo(jpeg(*extended(second)))
    assert any("does not name" in note for note in orphan.notes)


def test_long_attributes_and_many_properties_are_split():
    many = "".join(f"<a:P{number}>{'v' * 900}</a:P{number}>" for number in range(150))
    for long in (packet("", f'{NOTES} a:One="{"x" * 90000}" b:Two="> y"'), packet(many, NOTES)):
        first, second = xmp_extended.split(long, 65504)
        assert len(first) <= 65504 and second is not None
        pieces = [body[len(xmp_extended.HEAD) :] for body in xmp_extended.pieces_of(second)]
        notes = []
        joined = xmp_extended.joined(first, pieces, notes)
        assert (
            notes == []
            and joined.count(b"v" * 900) == long.count(b"v" * 900)
            and (b"x" * 90000 in joined) == (b"x" in long[300:9000])
        )
    with pytest.raises(ValueError, match="split"):
        xmp_extended.split(packet("<!--" + "c" * 90000 + "-->", NOTES), 65504)


TEXTS = (("Title", "Harbour"), ("Author", "Jörg"), ("Copyright", "© Jo"), ("Description", "日本の港"), ("Comment", "n" * 3000))


def png_with_texts(path) -> None:
    about = PngImagePlugin.PngInfo()
    about.add_text("Title", "Harbour")
    about.add_text("Author", "Jörg")
    about.add_text("Copyright", "© Jo")
    about.add_itxt("Description", "日本の港", lang="ja")
    about.add_text("Comment", "n" * 3000, zip=True)
    about.add_text("Thumb::URI", "file:///x")
    about.add(b"tIME", struct.pack(">HBBBBB", 2024, 5, 6, 7, 8, 9))
    Image.fromarray(CODES).save(path, pnginfo=about)


def test_png_text_and_time_come_back(tmp_path):
    png_with_texts(tmp_path / "a.png")
    photo = read_photo(tmp_path / "a.png")
    assert photo.metadata.text == TEXTS and photo.metadata.modified == "2024:05:06 07:08:09"
    assert write_photo(photo, tmp_path / "b.png") == ()
    assert read_photo(tmp_path / "b.png").metadata.text == TEXTS
    shown = Image.open(tmp_path / "b.png")
    shown.load()
    assert {name: str(text) for name, text in shown.text.items() if name != "XML:com.adobe.xmp"} == dict(TEXTS)
    assert read_photo(tmp_path / "b.png").metadata.modified == "2024:05:06 07:08:09"
    write_photo(photo, tmp_path / "c.png", metadata="strip")
    assert read_photo(tmp_path / "c.png").metadata.text == ()


@pytest.mark.parametrize("suffix", [".jpg", ".tif", ".webp", ".avif", ".jxl"])
def test_png_text_goes_where_other_formats_have_a_place(tmp_path, suffix):
    png_with_texts(tmp_path / "a.png")
    notes = write_photo(read_photo(tmp_path / "a.png"), tmp_path / f"b{suffix}")
    block = Image.Exif()
    block.load(read_photo(tmp_path / f"b{suffix}").metadata.exif)
    said = {tag: str(block[tag]).encode("latin-1", "ignore") for tag in (0x013B, 0x8298, 0x010E, 0x0132)}
    assert said[0x0132] == b"2024:05:06 07:08:09"
    assert b"Jo" in said[0x8298] and said[0x013B]
    raw = read_photo(tmp_path / f"b{suffix}").metadata.exif
    assert all(text.encode() in raw for text in ("Jörg", "© Jo", "日本の港"))
    assert any("'Title'" in note and "left out" in note for note in notes)
    assert any("'Comment'" in note for note in notes) == (suffix != ".jpg")


def test_exif_is_not_overruled_by_text(tmp_path):
    exif = Image.Exif()
    exif[0x8298], exif[0x0131] = "of EXIF", "Camera 1.0"
    about = PngImagePlugin.PngInfo()
    about.add_text("Copyright", "of text")
    about.add_text("Software", "other")
    Image.fromarray(CODES).save(tmp_path / "a.png", pnginfo=about, exif=exif)
    write_photo(read_photo(tmp_path / "a.png"), tmp_path / "b.jpg")
    block = Image.open(tmp_path / "b.jpg").getexif()
    assert block[0x8298] == "of EXIF" and block[0x0131] == "Camera 1.0"


def test_comments_of_a_jpeg_come_back(tmp_path):
    photo = read_photo(jpeg(segment(0xFE, "Grüße".encode()), segment(0xFE, b"caf\xe9\0")))
    assert photo.metadata.text == (("Comment", "Grüße"), ("Comment", "café"))
    assert write_photo(photo, tmp_path / "a.jpg") == ()
    assert read_photo(tmp_path / "a.jpg").metadata.text == photo.metadata.text
    assert write_photo(photo, tmp_path / "a.png") == ()
    assert read_photo(tmp_path / "a.png").metadata.text == photo.metadata.text
    assert any("'Comment'" in note for note in write_photo(photo, tmp_path / "a.webp"))


def test_damaged_texts_are_noted(png):
    photo = read_photo(png(CODES, (b"zTXt", b"Author\0\0junk"), (b"iTXt", b"Title\0"), (b"tEXt", b"Raw profile type xyz\0\n")))
    assert sum("left out" in note for note in photo.notes) == 3 and photo.metadata.text == ()


def test_metadata_says_what_it_holds():
    metadata = Metadata(text=TEXTS, resources=KEPT)
    assert "5 texts" in repr(metadata) and f"resources {len(KEPT)} bytes" in repr(metadata)
    assert Photo.from_array(CODES).metadata == Metadata()


def test_comments_of_other_formats_and_of_pillow_pictures(tmp_path):
    Image.fromarray(CODES).convert("P").save(tmp_path / "a.gif", comment=b"from a GIF")
    assert read_photo(tmp_path / "a.gif").metadata.text == (("Comment", "from a GIF"),)
    png_with_texts(tmp_path / "a.png")
    assert open_photo(Image.open(tmp_path / "a.png")).metadata.text == TEXTS


@pytest.mark.parametrize("suffix", [".webp", ".avif", ".jxl"])
def test_resolution_goes_into_exif_where_a_format_has_no_place_for_it(tmp_path, suffix):
    Image.fromarray(CODES).save(tmp_path / "a.png", dpi=(300, 150))
    write_photo(read_photo(tmp_path / "a.png"), tmp_path / f"a{suffix}")
    block = Image.Exif()
    block.load(read_photo(tmp_path / f"a{suffix}").metadata.exif)
    assert (float(block[0x011A]), float(block[0x011B])) == pytest.approx((300, 150), abs=0.02) and block[0x0128] == 2


def test_junk_before_resources_and_names_of_channels_do_no_harm(tmp_path):
    names = resource(1006, b"\5Alpha")
    photo = read_photo(jpeg(photoshop(b"junk"), photoshop(iptc.to_photoshop(RECORDS) + names + PATH)))
    assert photo.metadata.iptc == RECORDS and photo.metadata.resources == names + PATH
    assert write_photo(photo, tmp_path / "a.jpg") == ()
    assert read_photo(tmp_path / "a.jpg").metadata.resources == PATH


def test_png_chunks_of_other_programs(png, chunks_of, tmp_path):
    chunks = [(b"vpAg", bytes(9)), (b"prVt", b"own"), (b"iDOT", bytes(28)), (b"sBIT", b"\5\6\5"), (b"prVW", b"layers")]
    photo = read_photo(png(CODES, *chunks))
    told = [note for note in photo.notes if "chunk" in note]
    assert told == ["its prVW chunk may not hold for other pixels; left out"]
    assert write_photo(photo, tmp_path / "a.png") == ()
    found = chunks_of((tmp_path / "a.png").read_bytes())
    assert (found[b"vpAg"], found[b"prVt"]) == (bytes(9), b"own") and not found.keys() & {b"iDOT", b"sBIT", b"prVW"}
    assert "JPEG has no place for its PNG chunks (vpAg, prVt); left out" in write_photo(photo, tmp_path / "a.jpg")
    assert write_photo(photo, tmp_path / "b.png", metadata="strip") == ()
    assert b"vpAg" not in chunks_of((tmp_path / "b.png").read_bytes())


def test_png_chunks_of_other_programs_that_are_damaged(png):
    data = png(CODES, (b"vpAg", b"\1" * 9)).replace(b"\1" * 9, b"\1" * 8 + b"\2")
    photo = read_photo(data)
    assert not photo.metadata.chunks and any("vpAg" in note for note in photo.notes)


def test_png_as_xcode_packs_it_is_refused_by_name(png):
    data = png(CODES)
    apple = data[:8] + struct.pack(">I4s4sI", 4, b"CgBI", b"\x50\0\x20\2", 0) + data[8:]
    with pytest.raises(PhotoError, match="not supported: PNG as Xcode packs it"):
        read_photo(apple)


@pytest.mark.parametrize("place", [25, 26, 27, 28])
def test_damaged_png_headers_are_refused_without_a_word_on_the_screen(png, capfd, place):
    data = bytearray(png(CODES.astype(np.uint16) * 257))
    data[place] = 9
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    with pytest.raises(PhotoError, match="damaged PNG"):
        read_photo(bytes(data))
    assert capfd.readouterr().err == ""


def test_jpeg_segments_of_unknown_kinds_are_told_of():
    file = io.BytesIO()
    segments = [(0xE1, b"FLIR\0\1\0\0"), (0xE4, b"\1\2\3\4"), (0xEC, b"Ducky\0\1"), (0xED, b"Adobe_CM\0\1")]
    extra = b"".join(struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body for marker, body in segments)
    Image.fromarray(CODES).save(file, "JPEG", extra=extra)
    assert "has segments of kinds that are not known (APP1 FLIR, APP4); left out" in read_photo(file.getvalue()).notes


def test_a_pillow_picture_of_a_tiff_brings_what_its_file_said(tmp_path, recwarn):
    tags = [
        (0x010F, 2, 0, "Acme", True),
        (0x8298, 2, 0, "(c) Jo", True),
        (33723, 4, 4, (0x00020219, 0x00036B01, 0x01000219, 0x006B0100), True),
        (34377, 7, 24, resource(2000, path_record((0.1, 0.2)))[:24], True),
    ]
    tifffile.imwrite(tmp_path / "a.tif", CODES, photometric="rgb", extratags=tags)
    with Image.open(tmp_path / "a.tif") as image:
        photo = open_photo(image)
    own = read_photo(tmp_path / "a.tif")
    assert photo.metadata.iptc == own.metadata.iptc is not None
    assert photo.metadata.resolution == own.metadata.resolution
    write_photo(photo, tmp_path / "b.jpg")
    written = Image.open(tmp_path / "b.jpg").getexif()
    assert (written[0x010F], written[0x8298]) == ("Acme", "(c) Jo")
    assert not any("Metadata" in str(each.message) for each in recwarn.list)


def test_a_pillow_picture_of_a_tiff_brings_exif_and_gps(tmp_path):
    made = Image.Exif()
    made[0x010F] = "Acme"
    made.get_ifd(0x8769)[0x9003] = "2024:01:02 03:04:05"
    made.get_ifd(0x8825)[1] = "N"
    Image.fromarray(CODES).save(tmp_path / "a.jpg", exif=made)
    write_photo(read_photo(tmp_path / "a.jpg"), tmp_path / "b.tif")
    with Image.open(tmp_path / "b.tif") as image:
        write_photo(open_photo(image), tmp_path / "c.jpg")
    written = Image.open(tmp_path / "c.jpg").getexif()
    assert written.get_ifd(0x8769)[0x9003] == "2024:01:02 03:04:05" and written.get_ifd(0x8825)[1] == "N"
