"""Boxes of the ISO base media file format (ISO 14496-12), of which AVIF, HEIC and JPEG XL files are made."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from photostyle.photo.metadata import attachments
from photostyle.photo.photo_file import PhotoFile

_UNSPECIFIED = 2
_REC_601 = 6
_REC_2020 = 9
_MOST_BOXES = 64
# Apple's auxiliary picture, and the kind of the item that joins a photo and its map (ISO 21496-1 in HEIF).
_GAIN_MAPS = (b"urn:com:apple:photo:2020:aux:hdrgainmap", b"\0tmap")
_LIGHT_LEVELS = (b"\0\0\0\x0cclli", b"\0\0\0\x20mdcv")
HEAD_BYTES = 1 << 16  # the boxes that are looked for stand at a file's start
_LARGE = 1
_TO_THE_END = 0


class Box(NamedTuple):
    """A box: its kind, and where it, its body and what follows it begin in the data."""

    kind: bytes
    start: int
    body: int
    end: int


def top_boxes(data: bytes) -> Iterator[Box]:
    """The boxes that make up the data; a last one that is cut off is left out."""
    place = 0
    while place + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, place)
        body = place + 8
        if size == _LARGE and place + 16 <= len(data):
            (size,) = struct.unpack_from(">Q", data, place + 8)
            body = place + 16
        if size == _TO_THE_END:
            size = len(data) - place
        if size < body - place or place + size > len(data):
            return
        yield Box(kind, place, body, place + size)
        place += size


def declared_points(file: PhotoFile) -> tuple[int, int] | None:
    """Primaries and transfer of an AVIF or HEIC file's "colr" box of type "nclx"; None where it leaves both open."""
    numbers = _declared(file)
    if numbers is None or numbers[0] == numbers[1] == _UNSPECIFIED:
        return None
    if numbers[:2] == (_UNSPECIFIED, _UNSPECIFIED):
        return None
    return numbers[0], numbers[1]


def declares_identity(file: PhotoFile) -> bool:
    """Whether a file's "nclx" box says that its channels are R, G and B themselves: matrix 0 (ITU-T H.273, table 4)."""
    numbers = _declared(file)
    return numbers is not None and numbers[2] == 0


def _declared(file: PhotoFile) -> tuple[int, int, int] | None:
    """Primaries, transfer and matrix of the first "colr" box of type "nclx", or None."""
    head = file.head(HEAD_BYTES)
    place = head.find(b"colrnclx")
    if not 0 <= place <= len(head) - 14:
        return None
    primaries, transfer, matrix = struct.unpack_from(">HHH", head, place + 8)
    return primaries, transfer, matrix


def notes_of_attachments(file: PhotoFile) -> list[str]:
    """What an AVIF or HEIC file holds beside its photo: a gain map (ISO 21496-1 or Apple's), a video (Google, Samsung)."""
    notes = []
    head = file.head(HEAD_BYTES)
    if any(sign in head for sign in _GAIN_MAPS):
        notes.append(attachments.GAIN_MAP)
    if any(kind in head for kind in _LIGHT_LEVELS):
        notes.append("tells of its mastering display (mdcv, clli); left out")
    if b"mpvd" in _kinds(file):
        notes.append(attachments.MOTION)
    return notes


def _kinds(file: PhotoFile) -> list[bytes]:
    """The kinds of a file's outermost boxes."""
    kinds: list[bytes] = []
    place = 0
    with file.open() as stream:
        while len(kinds) < _MOST_BOXES:
            stream.seek(place)
            box = stream.read(16)
            if len(box) < 8:
                break
            size, kind = struct.unpack_from(">I4s", box)
            if size == 1 and len(box) == 16:
                (size,) = struct.unpack_from(">Q", box, 8)
            kinds.append(kind)
            if size < 8:
                break
            place += size
    return kinds


def matrix_for(primaries: int) -> int:
    """The code point of the matrix from RGB to luma and chroma that goes with primaries (ITU-T H.273, table 4)."""
    if primaries == _REC_2020:
        return _REC_2020
    return _REC_601
