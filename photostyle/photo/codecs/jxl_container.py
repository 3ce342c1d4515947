"""The boxes of a JPEG XL file (ISO 18181-2): the codestream, EXIF and XMP, the latter perhaps packed by Brotli."""

import struct

from photostyle.photo.codecs.boxes import top_boxes
from photostyle.photo.codecs.jxl_header import CODESTREAM
from photostyle.photo.file_facts import Metadata

_SIGNATURE = b"\0\0\0\x0cJXL \r\n\x87\n"
_BEGINNING = _SIGNATURE + b"\0\0\0\x14ftypjxl \0\0\0\0jxl "
_EXIF = b"Exif"
_XMP = b"xml "
_LEVEL = b"jxll"
_PACKED = b"brob"
_NAMES = {_EXIF: "EXIF", _XMP: "XMP"}
_MOST_BLOCK = 1 << 24
_LARGE_BOX = 1 << 32


def codestream(data: bytes) -> bytes:
    """The codestream of a file, put together where it is in parts.

    Raises:
        ValueError: it has none.
    """
    if data.startswith(CODESTREAM):
        return data
    parts = []
    for box in top_boxes(data):
        if box.kind == b"jxlc":
            return data[box.body : box.end]
        if box.kind == b"jxlp":
            parts.append(data[box.body + 4 : box.end])
    if not parts:
        return _cut_off(data)
    return b"".join(parts)


def _cut_off(data: bytes) -> bytes:
    """The codestream of a file whose only box of it is cut off."""
    place = data.find(b"jxlc")
    if place < 0:
        raise ValueError("it has no codestream")
    return data[place + 4 :]


def metadata(data: bytes, notes: list[str]) -> Metadata:
    """EXIF and XMP of a file; a note for what is damaged."""
    found: dict[bytes, bytes] = {}
    if data.startswith(CODESTREAM):
        return Metadata()
    for box in top_boxes(data):
        kind = box.kind
        body = data[box.body : min(box.end, box.body + _MOST_BLOCK)]
        if kind == _PACKED:
            kind = body[:4]
            if kind not in _NAMES or kind in found:
                continue
            body = _unpacked(body[4:], _NAMES[kind], notes)
        if kind in _NAMES and body:
            found.setdefault(kind, body)
    return Metadata(_exif(found.get(_EXIF, b"")), found.get(_XMP))


def _unpacked(packed: bytes, name: str, notes: list[str]) -> bytes:
    """What Brotli packed, or nothing where it is damaged or of a size that no metadata has."""
    from imagecodecs import brotli_decode

    for size in (1 << 16, 1 << 20, _MOST_BLOCK):
        try:
            return bytes(brotli_decode(packed, out=size))
        except (RuntimeError, ValueError):
            continue
    notes.append(f"its {name} is damaged; left out")
    return b""


def _exif(body: bytes) -> bytes | None:
    """The EXIF block in an "Exif" box, behind the number of bytes in front of it."""
    if len(body) < 4:
        return None
    (before,) = struct.unpack_from(">I", body)
    return body[4 + before :].removeprefix(b"Exif\0\0") or None


def file_head(made: bytes, facts: Metadata, stream_bytes: int) -> bytes:
    """All that comes before a codestream in a file.

    Args:
        made: the file as libjxl made it; the level of decoders that it asks for is taken over.
        facts: EXIF and XMP.
        stream_bytes: the size of the codestream.
    """
    head = _BEGINNING
    if not made.startswith(CODESTREAM):
        for box in top_boxes(made):
            if box.kind == _LEVEL:
                head += made[box.start : box.end]
    if facts.exif:
        head += _box(_EXIF, b"\0\0\0\0" + facts.exif)
    if facts.xmp:
        head += _box(_XMP, facts.xmp)
    size = stream_bytes + 8
    if size < _LARGE_BOX:
        return head + struct.pack(">I4s", size, b"jxlc")
    return head + struct.pack(">I4sQ", 1, b"jxlc", size + 8)


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body) + 8, kind) + body
