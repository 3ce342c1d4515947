"""What an AVIF or HEIC file says of its photo: its colours, how it is coded, and what else the file holds."""

import struct

from photostyle.photo.codecs.heif_items import items_of
from photostyle.photo.metadata import attachments
from photostyle.photo.photo_file import PhotoFile

_UNSPECIFIED = 2
_REC_601 = 6
_REC_2020 = 9
_MOST_BOXES = 64
# Apple's auxiliary picture, and the kind of the item that joins a photo and its map (ISO 21496-1 in HEIF).
_GAIN_MAPS = (b"urn:com:apple:photo:2020:aux:hdrgainmap", b"\0tmap")
_LIGHT_LEVELS = (b"clli", b"mdcv")
_HEAD_BYTES = 1 << 16  # the boxes that are looked for stand at a file's start


def properties(file: PhotoFile, kind: bytes) -> list[bytes]:
    """The bodies of the photo's properties of a kind.

    A file that is nothing but an image sequence has no items; there the first box of the kind is taken.
    """
    items = items_of(file)
    if items is not None:
        return items.of_photo(kind)
    head = file.head(_HEAD_BYTES)
    place = head.find(kind)
    if place < 4:
        return []
    size = int.from_bytes(head[place - 4 : place], "big")
    return [head[place + 4 : place - 4 + size]]


def coded_data(file: PhotoFile, most: int) -> bytes:
    """The beginning of the photo's data, or of its first tile's; nothing where they are not in one place."""
    items = items_of(file)
    if items is None:
        return b""
    number = items.coded()[-1]
    places = items.places.get(number, [])
    if len(places) != 1:
        return b""
    offset, size = places[0]
    with file.open() as stream:
        stream.seek(offset)
        return stream.read(min(size, most))


def declared_points(file: PhotoFile) -> tuple[int, int] | None:
    """Primaries and transfer of the photo's "colr" property of type "nclx"; None where it leaves both open."""
    numbers = _declared(file)
    if numbers is None or numbers[:2] == (_UNSPECIFIED, _UNSPECIFIED):
        return None
    return numbers[0], numbers[1]


def declares_identity(file: PhotoFile) -> bool:
    """Whether the photo's "nclx" says that its channels are R, G and B themselves: matrix 0 (ITU-T H.273, table 4)."""
    numbers = _declared(file)
    return numbers is not None and numbers[2] == 0


def _declared(file: PhotoFile) -> tuple[int, int, int] | None:
    """Primaries, transfer and matrix of the photo's "colr" property of type "nclx", or None."""
    for body in properties(file, b"colr"):
        if body.startswith(b"nclx") and len(body) >= 10:
            primaries, transfer, matrix = struct.unpack_from(">HHH", body, 4)
            return primaries, transfer, matrix
    return None


def notes_of_attachments(file: PhotoFile) -> list[str]:
    """What an AVIF or HEIC file holds beside its photo: a gain map (ISO 21496-1 or Apple's), a video (Google, Samsung)."""
    notes = []
    head = file.head(_HEAD_BYTES)
    if any(sign in head for sign in _GAIN_MAPS):
        notes.append(attachments.GAIN_MAP)
    if any(properties(file, kind) for kind in _LIGHT_LEVELS):
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
