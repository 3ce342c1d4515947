"""Motion photos and gain maps: what is not carried is said, and loses the XMP that would point to it."""

import io
import struct

import numpy as np
import pytest
from PIL import Image

from photostyle.photo import open_photo, read_photo, write_photo
from photostyle.photo.metadata import attachments

CODES = np.random.default_rng(9).integers(0, 256, (24, 36, 3), dtype=np.uint8)
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
GAIN_MAP_XMP = 'xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0" hdrgm:GainMapMax="2.3"'
CONTAINER = (
    '<Container:Directory xmlns:Container="http://ns.google.com/photos/1.0/container/" '
    'xmlns:Item="http://ns.google.com/photos/1.0/container/item/"><rdf:Seq><rdf:li rdf:parseType="Resource">'
    '<Container:Item Item:Mime="image/jpeg" Item:Semantic="Primary"/></rdf:li><rdf:li rdf:parseType="Resource">'
    '<Container:Item Item:Mime="video/mp4" Item:Semantic="{}" Item:Length="99"/></rdf:li></rdf:Seq></Container:Directory>'
)
VIDEO = b"\0\0\0\x18ftypmp42" + bytes(12) + b"\0\0\0\x40mdat" + bytes(range(56))


def packet(attributes: str, inner: str = "") -> bytes:
    return (
        f'<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{RDF}">'
        f'<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="4" {attributes}>{inner}'
        '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()


def jpeg(xmp: bytes | None = None, extra: bytes = b"", after: bytes = b"") -> bytes:
    file = io.BytesIO()
    options = {"xmp": xmp} if xmp else {}
    Image.fromarray(CODES).save(file, "JPEG", extra=extra, **options)
    return file.getvalue() + after


CAMERA = 'xmlns:GCamera="http://ns.google.com/photos/1.0/camera/" '
KINDS = {
    "motion": packet(CAMERA + 'GCamera:MotionPhoto="1" GCamera:MotionPhotoVersion="1"', CONTAINER.format("MotionPhoto")),
    "micro": packet(CAMERA + f'GCamera:MicroVideo="1" GCamera:MicroVideoOffset="{len(VIDEO)}"'),
    "elements": packet(CAMERA, "<GCamera:MotionPhoto>1</GCamera:MotionPhoto><xmp:Label>kept</xmp:Label>"),
    "gain map": packet(GAIN_MAP_XMP, CONTAINER.format("GainMap")),
    "apple": packet('xmlns:HDRGainMap="http://ns.apple.com/HDRGainMap/1.0/" HDRGainMap:HDRGainMapVersion="65536"'),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif", ".jxl"])
def test_xmp_about_what_is_not_carried_goes(tmp_path, kind, suffix):
    after = VIDEO if kind in ("motion", "micro") else b""
    photo = read_photo(jpeg(KINDS[kind], after=after))
    said = attachments.GAIN_MAP if kind in ("gain map", "apple") else attachments.MOTION
    assert photo.notes.count(said) == 1
    notes = write_photo(photo, tmp_path / f"a{suffix}")
    assert any("parts of the old file" in note for note in notes)
    data = (tmp_path / f"a{suffix}").read_bytes()
    text = read_photo(tmp_path / f"a{suffix}").metadata.xmp.decode()
    for word in ("GCamera:", "Container:", "hdrgm:", "MicroVideo", "MotionPhoto", "HDRGainMapVersion"):
        assert word not in text.replace("xmlns:" + word[:-1], "") and (word == "hdrgm:" or word.encode() + b"M" not in data)
    assert 'xmp:Rating="4"' in text and ("kept" in text) == (kind == "elements")
    assert not any(note in attachments.__dict__.values() for note in read_photo(tmp_path / f"a{suffix}").notes)


def test_a_video_without_xmp_is_told_of():
    samsung = VIDEO + b"MotionPhoto_Data" + bytes(20) + b"SEFT"
    for after in (VIDEO, samsung):
        assert attachments.MOTION in read_photo(jpeg(after=after)).notes


def test_a_gain_map_by_its_segment_is_told_of(tmp_path):
    body = b"urn:iso:std:iso:ts:21496:-1\0" + bytes(4)
    segment = struct.pack(">BBH", 0xFF, 0xE2, len(body) + 2) + body
    photo = read_photo(jpeg(extra=segment, after=jpeg()))
    assert attachments.GAIN_MAP in photo.notes and not any("picture" in note for note in photo.notes)
    write_photo(photo, tmp_path / "a.jpg")
    assert b"21496" not in (tmp_path / "a.jpg").read_bytes()


def test_other_things_after_the_picture_are_told_of():
    assert any("another picture" in note for note in read_photo(jpeg(after=jpeg())).notes)
    assert any("100 bytes after its picture" in note for note in read_photo(jpeg(after=b"x" * 100)).notes)
    assert read_photo(jpeg(after=bytes(4000))).notes == ("no colour profile; read as sRGB",)


def test_pictures_of_one_file_are_told_of(tmp_path):
    Image.fromarray(CODES).save(tmp_path / "a.mpo", save_all=True, append_images=[Image.fromarray(CODES)] * 2)
    notes = read_photo(tmp_path / "a.mpo").notes
    assert any("holds 3 pictures; only the first is used" in note for note in notes)
    assert not any("another picture" in note for note in notes)


def test_pillow_pictures_tell_too(tmp_path):
    (tmp_path / "a.jpg").write_bytes(jpeg(KINDS["motion"]))
    assert attachments.MOTION in open_photo(Image.open(tmp_path / "a.jpg")).notes


def test_avif_with_attachments(tmp_path):
    Image.fromarray(CODES).save(tmp_path / "a.avif")
    data = (tmp_path / "a.avif").read_bytes()
    (tmp_path / "b.avif").write_bytes(data + struct.pack(">I4s", len(VIDEO) + 8, b"mpvd") + VIDEO)
    assert attachments.MOTION in read_photo(tmp_path / "b.avif").notes
    assert attachments.MOTION not in read_photo(tmp_path / "a.avif").notes


def test_content_credentials_are_told_of(png):
    body = b"JP\0\1\0\0\0\1" + bytes(8) + b"jumb"
    segment = struct.pack(">BBH", 0xFF, 0xEB, len(body) + 2) + body
    for data in (jpeg(extra=segment), png(CODES, (b"caBX", bytes(9)))):
        assert any("C2PA" in note for note in read_photo(data).notes)


def test_a_packet_without_attachments_stays_as_it_is():
    plain, notes = packet("", "<xmp:Label>a &gt; b</xmp:Label>"), []
    assert attachments.without_attachments(plain, notes) is plain and notes == []
    assert attachments.without_attachments(b"<broken", notes) == b"<broken" and notes == []
    assert attachments.without_attachments(None, notes) is None


def test_a_namespace_that_is_only_declared_tells_of_no_gain_map(tmp_path):
    unused = 'xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" '
    photo = read_photo(jpeg(packet(unused + CAMERA + 'GCamera:MotionPhoto="1"'), after=VIDEO))
    assert attachments.MOTION in photo.notes and attachments.GAIN_MAP not in photo.notes


def test_the_picture_that_a_blurred_photo_was_made_of_goes_and_depth_stays(tmp_path):
    names = 'xmlns:GImage="http://ns.google.com/photos/1.0/image/" xmlns:GDepth="http://ns.google.com/photos/1.0/depthmap/" '
    photo = read_photo(jpeg(packet(names + 'GImage:Data="AAAA" GDepth:Near="1"')))
    assert any("original picture" in note for note in write_photo(photo, tmp_path / "a.jpg"))
    xmp = read_photo(tmp_path / "a.jpg").metadata.xmp
    assert b"GImage" not in xmp and b"GDepth:Near" in xmp
