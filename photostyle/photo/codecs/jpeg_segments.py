"""The segments of a JPEG file (ITU-T T.81, annex B; EXIF, XMP, ICC and MPF each in their APP segment)."""

import io
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from photostyle.photo import iptc
from photostyle.photo.directories import Structure

_EXIF, _XMP = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0"
_PROFILE, _PHOTOSHOP, _MULTI = b"ICC_PROFILE\0", b"Photoshop 3.0\0", b"MPF\0"
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_APP0, _APP14, _APP15, _COMMENT, _SCAN = 0xE0, 0xEE, 0xEF, 0xFE, 0xDA
_INCHES, _CENTIMETRES = 1, 2
_PICTURE_COUNT = 0xB001


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
    pictures: int = 1
    notes: list[str] = field(default_factory=list)


def segments(data: bytes) -> Segments:
    """Sort out a file's segments up to its first scan.

    Raises:
        ValueError: there is no frame or no scan.
    """
    found, kept, pieces = Segments(b""), [b"\xff\xd8"], {}
    for marker, start, body, end in _headers(data):
        if marker in _FRAMES and len(body) >= 6:
            found.frame = marker
            found.bits, found.height, found.width = struct.unpack_from(">BHH", body)
        if marker == _SCAN:
            kept.append(data[start:])
            break
        if _APP0 <= marker <= _APP15 or marker == _COMMENT:
            _tell(found, pieces, marker, body)
            if marker not in (_APP0, _APP14):
                continue
        kept.append(data[start:end])
    else:
        raise ValueError("it is cut off")
    if not found.width:
        raise ValueError("it has no frame")
    found.profile = _joined(pieces, found.notes)
    found.picture = b"".join(kept)
    return found


def _headers(data: bytes) -> Iterator[tuple[int, int, bytes, int]]:
    """Marker, start, body and end of each segment, the first scan's header the last."""
    place = 2
    while place + 4 <= len(data):
        if data[place] != 0xFF:
            place = data.find(b"\xff", place)
            if place < 0:
                return
        marker = data[place + 1]
        if marker in (0xFF, 0x00, 0x01) or 0xD0 <= marker <= 0xD8:
            place += 1 if marker == 0xFF else 2
            continue
        (size,) = struct.unpack_from(">H", data, place + 2) if place + 4 <= len(data) else (0,)
        if marker == 0xD9 or size < 2 or place + 2 + size > len(data):
            return
        yield marker, place, data[place + 4 : place + 2 + size], place + 2 + size
        place += 2 + size


def _tell(found: Segments, pieces: dict[int, bytes], marker: int, body: bytes) -> None:
    if marker == _APP0 and body.startswith(b"JFIF\0") and len(body) >= 12:
        unit, x, y = struct.unpack_from(">BHH", body, 7)
        scale = {_INCHES: 1.0, _CENTIMETRES: 2.54}.get(unit)
        if scale and x > 1 and y > 1:
            found.resolution = (x * scale, y * scale)
    elif body.startswith(_EXIF):
        found.exif = found.exif or body[len(_EXIF) :]
    elif body.startswith(_XMP):
        found.xmp = found.xmp or body[len(_XMP) :]
    elif body.startswith(_PROFILE) and len(body) > len(_PROFILE) + 2:
        number, count = body[len(_PROFILE) : len(_PROFILE) + 2]
        pieces.setdefault(number, body[len(_PROFILE) + 2 :])
        pieces[0] = bytes([count])
    elif body.startswith(_PHOTOSHOP):
        found.iptc = found.iptc or iptc.from_photoshop(body[len(_PHOTOSHOP) :])
    elif body.startswith(_MULTI):
        with suppress(ValueError):
            structure = Structure(io.BytesIO(body[len(_MULTI) :]))
            found.pictures = structure.number(structure.directory(structure.start)[0][_PICTURE_COUNT])


def _joined(pieces: dict[int, bytes], notes: list[str]) -> bytes | None:
    """The profile of its numbered pieces (ICC.1:2022, B.4)."""
    if not pieces:
        return None
    count = pieces.pop(0)[0]
    if sorted(pieces) != list(range(1, count + 1)):
        notes.append("its colour profile is incomplete; its colours are read without it")
        return None
    return b"".join(pieces[number] for number in range(1, count + 1))
