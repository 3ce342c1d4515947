"""EXIF, XMP and IPTC: kept, made true, or stripped."""

import io
import shutil
import subprocess

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageOps

from photostyle.photo import Photo, read_mask_picture, read_photo, write_photo
from photostyle.photo.metadata import exif, iptc, xmp

CODES = np.random.default_rng(2).integers(0, 256, (24, 36, 3), dtype=np.uint8)
PACKET = (
    b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    b'xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" tiff:Orientation="6" '
    b'xmp:Rating="4"><xmp:Thumbnails>old</xmp:Thumbnails></rdf:Description></rdf:RDF></x:xmpmeta>'
)
RECORDS = b"\x1c\x02\x19\x00\x03sea"


def exif_block(orientation=6) -> bytes:
    """An EXIF block with GPS and a thumbnail at its end."""
    block = Image.Exif()
    block[0x010F], block[0x0112], block[0x013B] = "Maker", orientation, "Jo"
    block.get_ifd(0x8769)[0x9003] = "2024:05:06 07:08:09"
    block.get_ifd(0x8769)[0x927C] = b"maker note" * 40
    block.get_ifd(0x8769)[0xA002], block.get_ifd(0x8769)[0xA003] = 36, 24
    block.get_ifd(0x8825)[1], block.get_ifd(0x8825)[2] = "N", (48.0, 8.0, 0.0)
    data = block.tobytes()[6:]
    thumbnail = b"\xff\xd8THUMBNAIL\xff\xd9"
    structure = exif.Structure(file := io.BytesIO(data))
    entries, after = structure.directory(structure.start)
    entries = {
        0x0201: structure.entry(0x0201, exif.Value(4, 1, (0).to_bytes(4, "big"))),
        0x0202: structure.entry(0x0202, exif.Value(4, 1, len(thumbnail).to_bytes(4, "big"))),
    }
    second = structure.append_directory(entries)
    structure.overwrite(after, structure._packed(second))
    place = structure.append(thumbnail)
    structure.set_number(structure.directory(second)[0][0x0201], place)
    return file.getvalue()


@pytest.fixture
def jpeg(tmp_path):
    path = tmp_path / "in.jpg"
    body = b"Photoshop 3.0\0" + iptc.to_photoshop(RECORDS)
    segment = b"\xff\xed" + (len(body) + 2).to_bytes(2, "big") + body
    Image.fromarray(CODES).save(path, exif=b"Exif\0\0" + exif_block(), xmp=PACKET, extra=segment, dpi=(300, 300))
    return path


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp"])
def test_orientation_is_applied_and_reset(tmp_path, suffix, orientation):
    path = tmp_path / f"in{suffix}"
    if suffix == ".tif":
        tifffile.imwrite(path, CODES, photometric="rgb", extratags=[(274, 3, 1, orientation, True)])
    else:
        block = Image.Exif()
        block[0x0112] = orientation
        Image.fromarray(CODES).save(path, exif=block, lossless=True)
    upright = np.asarray(ImageOps.exif_transpose(Image.open(path)))
    photo = read_photo(path)
    assert (np.rint(photo.pixels * 255) == upright).all()
    assert (read_mask_picture(path).codes == upright).all()
    write_photo(photo, tmp_path / f"out{suffix}")
    written = Image.open(tmp_path / f"out{suffix}")
    assert written.size == photo.size and written.getexif().get(0x0112, 1) == 1


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp", ".avif", ".heic", ".jxl"])
def test_metadata_reaches_every_format_and_comes_back(tmp_path, jpeg, suffix):
    if suffix == ".heic":
        pytest.importorskip("pillow_heif")
    photo = read_photo(jpeg)
    assert photo.size == (24, 36) and photo.metadata.iptc == RECORDS
    notes = write_photo(photo, tmp_path / f"out{suffix}", history='run --strength "0.5" <x>')
    again = read_photo(tmp_path / f"out{suffix}")
    block = Image.Exif()
    block.load(again.metadata.exif)
    assert block[0x010F] == "Maker" and block[0x013B] == "Jo" and block[0x0131] == "photostyle"
    assert block.get(0x0112, 1) == 1 and not block.get_ifd(1)
    inner = block.get_ifd(0x8769)
    assert inner[0x9003] == "2024:05:06 07:08:09" and inner[0x927C] == b"maker note" * 40
    assert (inner[0xA002], inner[0xA003]) == (24, 36) and block.get_ifd(0x8825)[1] == "N"
    packet = again.metadata.xmp.decode()
    assert 'xmp:Rating="4"' in packet and 'tiff:Orientation="1"' in packet and "Thumbnails" not in packet
    assert 'run --strength "0.5" &lt;x&gt;' in packet and packet.count("<xmpMM:History>") == 1
    assert b"THUMBNAIL" not in (tmp_path / f"out{suffix}").read_bytes()
    if suffix in (".jpg", ".png", ".tif"):
        assert again.metadata.iptc == RECORDS and again.metadata.resolution == pytest.approx((300, 300), abs=0.1)
    else:
        assert any("IPTC" in note for note in notes)


def test_maker_notes_do_not_move():
    before, after = exif_block(), exif.refreshed(exif_block(), (24, 36), "photostyle")
    assert before.index(b"maker note") == after.index(b"maker note")


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
def test_strip(tmp_path, jpeg, suffix):
    write_photo(read_photo(jpeg), tmp_path / f"out{suffix}", metadata="strip")
    metadata = read_photo(tmp_path / f"out{suffix}").metadata
    assert metadata.exif is None and metadata.xmp is None and metadata.iptc is None


def test_a_photo_without_metadata_gets_a_history(tmp_path):
    write_photo(Photo.from_array(CODES), tmp_path / "a.jpg", history="run")
    write_photo(read_photo(tmp_path / "a.jpg"), tmp_path / "b.jpg", history="again")
    packet = read_photo(tmp_path / "b.jpg").metadata.xmp.decode()
    assert packet.count("<xmpMM:History>") == 1 and packet.count("<stEvt:action>edited<") == 2


def test_broken_metadata_is_noted_not_fatal(tmp_path):
    loop = bytearray(exif_block())
    loop[4:8] = (8).to_bytes(4, "big")
    for number, broken in enumerate((b"junk", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\xff\xff", bytes(loop[:60]))):
        path = tmp_path / f"{number}.jpg"
        Image.fromarray(CODES).save(path, exif=b"Exif\0\0" + broken, xmp=b"<x:xmpmeta><unclosed>")
        notes = write_photo(read_photo(path), tmp_path / "out.jpg")
        assert any("EXIF is damaged" in note for note in notes) and any("XMP is damaged" in note for note in notes)


def test_directories_that_point_to_themselves_end():
    block = bytearray(exif_block())
    structure = exif.Structure(io.BytesIO(block))
    entries, after = structure.directory(structure.start)
    block[after : after + 4] = structure._packed(structure.start)
    for tag in (0x8769, 0x8825):
        place = entries[tag].place + 8
        block[place : place + 4] = structure._packed(structure.start)
    assert exif.orientation(bytes(block)) == 6
    assert exif.orientation(exif.refreshed(bytes(block), (3, 2), "photostyle")) == 1
    assert len(exif.without_maker_note(bytes(block))) < 4000


def test_entity_bombs_are_refused():
    with pytest.raises(ValueError, match="document type"):
        xmp.refreshed(b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "photostyle", None)


def test_metadata_too_long_for_a_jpeg(tmp_path, jpeg):
    photo = read_photo(jpeg)
    write_photo(photo, tmp_path / "a.png")
    png = read_photo(tmp_path / "a.png")
    long = PACKET.replace(b"old", b"o" * 5).replace(b'xmp:Rating="4"', b'xmp:Label="' + b"x" * 70000 + b'"')
    from dataclasses import replace

    longer = replace(png, metadata=replace(png.metadata, xmp=long, exif=exif_block() + b"\0" * 70000))
    notes = write_photo(longer, tmp_path / "b.jpg")
    assert sum("too long for a JPEG" in note for note in notes) == 1
    assert b"x" * 70000 in read_photo(tmp_path / "b.jpg").metadata.xmp
    assert Image.open(tmp_path / "b.jpg").getexif()[0x010F] == "Maker"


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
def test_exiftool_finds_all(tmp_path, jpeg, suffix):
    path = tmp_path / f"out{suffix}"
    write_photo(read_photo(jpeg), path, history="run")
    command = ["exiftool", "-s3", "-Make", "-Orientation#", "-Rating", "-HistorySoftwareAgent", "-warning", str(path)]
    assert subprocess.run(command, capture_output=True, text=True).stdout.split() == ["Maker", "1", "4", "photostyle"]
