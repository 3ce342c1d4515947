"""The segments of a JPEG file (ITU-T T.81, annex B; EXIF, XMP, ICC and MPF each in their APP segment)."""

import io
import re
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from photostyle.photo.comments import text_of
from photostyle.photo.limits import Refused
from photostyle.photo.metadata import attachments, iptc, resources, xmp_extended
from photostyle.photo.metadata.directories import Structure

# What the segments begin with that tell of the photo.
PHOTOSHOP = b"Photoshop 3.0\0"
_EXIF = b"Exif\0\0"
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_PROFILE = b"ICC_PROFILE\0"
_MULTI = b"MPF\0"
_GAIN_MAP = b"urn:iso:std:iso:ts:21496:-1\0"
_CREDENTIALS = b"JP"  # of JUMBF boxes (ISO 19566-5), in which C2PA keeps content credentials
_APP11 = 0xEB
# Markers.
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_LS_FRAME = b"\xff\xf7\0"  # of JPEG-LS (ITU-T T.87), which begins like a JPEG, in its first bytes
_LS_HEAD = 4096
_APP0 = 0xE0
_APP14 = 0xEE
_APP15 = 0xEF
_COMMENT = 0xFE
_SCAN = 0xDA
_END = 0xD9
# Pixels per inch of JFIF's units.
_UNITS = {1: 1.0, 2: 2.54}
_PICTURE_COUNT = 0xB001
# By which a video after the picture is known: the first box of an MP4 file, and the names that Samsung gives it.
_VIDEO_SIGNS = (b"ftypmp4", b"ftypisom", b"ftypqt", b"ftypmp42", b"ftypMSNV", b"ftypavc", b"ftyphvc", b"MotionPhoto_Data")
# What begins segments that tell how the old file was coded, or repeat the photo as a thumbnail.
_OF_OLD_CODING = (b"Ducky", b"Adobe_CM", b"JFXX", b"Adobe\0", b"AROT", b"MPF\0", _XMP, _EXIF, _PROFILE)
_NAME = re.compile(rb"[A-Za-z][A-Za-z0-9 _.-]{2,31}")
_NAMES_SHOWN = 6
_FILLER = 16  # bytes that may follow a picture without meaning anything


@dataclass
class Segments:
    """What a JPEG file's segments say, and `picture`, the file without those that only tell of the photo."""

    picture: bytes
    frame: int = 0xC0
    bits: int = 8
    width: int = 0
    height: int = 0
    exif: bytes | None = None
    xmp: bytes | None = None
    iptc: bytes | None = None
    profile: bytes | None = None
    resolution: tuple[float, float] | None = None
    resources: bytes | None = None
    comments: list[str] = field(default_factory=list)
    pictures: int = 1
    scan_bytes: int = 0  # of the file, from its first scan on
    notes: list[str] = field(default_factory=list)


@dataclass
class _Pieces:
    """What is spread over several segments: the profile by number, its count at 0; extended XMP; image resources."""

    profile: dict[int, bytes] = field(default_factory=dict)
    xmp: list[bytes] = field(default_factory=list)
    photoshop: bytes = b""
    gain_map: bool = False
    credentials: bool = False
    unknown: list[str] = field(default_factory=list)


def segments(data: bytes) -> Segments:
    """Sort out a file's segments up to its first scan.

    Raises:
        ValueError: there is no frame or no scan.
    """
    found = Segments(b"")
    kept = [b"\xff\xd8"]
    pieces = _Pieces()
    for marker, start, body, end in _headers(data):
        if marker in _FRAMES and len(body) >= 6:
            found.frame = marker
            found.bits, found.height, found.width = struct.unpack_from(">BHH", body)
        if marker == _SCAN:
            kept.append(data[start:])
            found.scan_bytes = len(data) - start
            break
        if _APP0 <= marker <= _APP15 or marker == _COMMENT:
            _take_facts(found, pieces, marker, body)
            if marker not in (_APP0, _APP14):
                continue
        kept.append(data[start:end])
    else:
        raise ValueError("it is cut off")
    if not found.width and _LS_FRAME in data[:_LS_HEAD]:
        raise Refused("not supported: JPEG-LS; convert it to PNG or TIFF")
    if not found.width:
        raise ValueError("it has no frame")
    found.profile = _joined(pieces.profile, found.notes)
    found.xmp = xmp_extended.joined(found.xmp, pieces.xmp, found.notes)
    found.iptc = iptc.from_photoshop(pieces.photoshop)
    found.resources = resources.carried(pieces.photoshop)
    _note_attachments(found, pieces, data)
    found.picture = b"".join(kept)
    return found


def _headers(data: bytes) -> Iterator[tuple[int, int, bytes, int]]:
    """Marker, start, body and end of each segment, the first scan's header the last."""
    place = 2
    while place + 4 <= len(data):
        if data[place] != 0xFF:
            place = data.find(b"\xff", place)
            if place < 0 or place + 4 > len(data):
                return
        marker = data[place + 1]
        if marker == 0xFF:
            place += 1
            continue
        if marker in (0x00, 0x01) or 0xD0 <= marker <= 0xD8:
            place += 2
            continue
        (size,) = struct.unpack_from(">H", data, place + 2)
        end = place + 2 + size
        if marker == _END or size < 2 or end > len(data):
            return
        yield marker, place, data[place + 4 : end], end
        place = end


def _take_facts(found: Segments, pieces: _Pieces, marker: int, body: bytes) -> None:
    """Note what a segment tells of the photo; `pieces` collects what is spread over several."""
    if marker == _APP0 and body.startswith(b"JFIF\0") and len(body) >= 12:
        unit, x, y = struct.unpack_from(">BHH", body, 7)
        scale = _UNITS.get(unit)
        if scale and x > 1 and y > 1:
            found.resolution = (x * scale, y * scale)
    elif body.startswith(_EXIF):
        found.exif = found.exif or body[len(_EXIF) :]
    elif body.startswith(_XMP):
        found.xmp = found.xmp or body[len(_XMP) :]
    elif body.startswith(_PROFILE) and len(body) > len(_PROFILE) + 2:
        number, count = body[len(_PROFILE) : len(_PROFILE) + 2]
        pieces.profile.setdefault(number, body[len(_PROFILE) + 2 :])
        pieces.profile[0] = bytes([count])
    elif body.startswith(xmp_extended.HEAD):
        pieces.xmp.append(body[len(xmp_extended.HEAD) :])
    elif body.startswith(PHOTOSHOP):
        piece = body[len(PHOTOSHOP) :]
        if pieces.photoshop or resources.begins(piece):
            pieces.photoshop += piece
    elif body.startswith(_GAIN_MAP):
        pieces.gain_map = True
    elif marker == _APP11 and body.startswith(_CREDENTIALS):
        pieces.credentials = True
    elif marker == _COMMENT:
        found.comments.append(text_of(body))
    elif body.startswith(_MULTI):
        with suppress(ValueError):
            structure = Structure(io.BytesIO(body[len(_MULTI) :]))
            entries, _ = structure.directory(structure.start)
            found.pictures = structure.number(entries[_PICTURE_COUNT])
    elif marker not in (_APP0, _APP14) and not body.startswith(_OF_OLD_CODING):
        pieces.unknown.append(_segment_name(marker, body))


def _segment_name(marker: int, body: bytes) -> str:
    """What to call a segment: its number, and the name that it begins with, if any."""
    name = f"APP{marker - _APP0}"
    match = _NAME.match(body)
    if match is not None:
        name += f" {match.group().decode().strip()}"
    return name


def _note_attachments(found: Segments, pieces: _Pieces, data: bytes) -> None:
    """Note what the file holds beside its photo: other pictures, gain maps, videos."""
    rest = _after_picture(found, data)
    gain_map = pieces.gain_map or attachments.tells_of_gain_map(found.xmp or b"")
    if gain_map and (found.pictures > 1 or rest):
        found.notes.append(attachments.GAIN_MAP)
        found.pictures -= 1
    if found.pictures > 1:
        found.notes.append(f"holds {found.pictures} pictures; only the first is used")
    if any(sign in rest for sign in _VIDEO_SIGNS):
        found.notes.append(attachments.MOTION)
    elif rest.startswith(b"\xff\xd8\xff") and found.pictures <= 1 and not gain_map:
        found.notes.append("holds another picture after its first; only the first is used")
    elif len(rest) > _FILLER and not rest.startswith(b"\xff\xd8\xff"):
        found.notes.append(f"has {len(rest)} bytes after its picture that are no part of it; left out")
    if pieces.unknown:
        names = list(dict.fromkeys(pieces.unknown))
        shown = ", ".join(names[:_NAMES_SHOWN])
        if len(names) > _NAMES_SHOWN:
            shown += f" and {len(names) - _NAMES_SHOWN} more"
        found.notes.append(f"has segments of kinds that are not known ({shown}); left out")
    if pieces.credentials:
        found.notes.append("its content credentials (C2PA) hold for the unchanged file only; left out")


def _after_picture(found: Segments, data: bytes) -> bytes:
    """What follows the end of the first picture, without the zeros with which cameras fill up."""
    start = len(data) - found.scan_bytes
    end = data.find(b"\xff\xd9", start)
    if end < 0:
        return b""
    return data[end + 2 :].strip(b"\0")


def _joined(pieces: dict[int, bytes], notes: list[str]) -> bytes | None:
    """The profile of its numbered pieces (ICC.1:2022, B.4)."""
    if not pieces:
        return None
    count = pieces.pop(0)[0]
    if sorted(pieces) != list(range(1, count + 1)):
        notes.append("its colour profile is incomplete; its colours are read without it")
        return None
    return b"".join(pieces[number] for number in range(1, count + 1))
