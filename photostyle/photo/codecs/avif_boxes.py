"""Profile, EXIF and XMP put into an AVIF file that libavif wrote without them (ISO 14496-12, ISO 23008-12).

libavif's own output is all that comes here, so its layout is known: one "meta" box before one "mdat" box, and items
located by 32-bit offsets from the start of the file.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

_EXIF_ID = 101
_XMP_ID = 102
_PHOTO_ID = 1
_META_ORDER = (b"hdlr", b"pitm", b"iloc", b"iinf", b"iref", b"iprp")
_LOCATION_BYTES = 14  # of one new item in "iloc"
_UNKNOWN = "libavif laid the file out in an unknown way"


@dataclass(frozen=True)
class _Item:
    """A block that becomes an item of the file.

    Args:
        number: that the file knows it by.
        kind: the rest of its "infe" box: type, name and, for "mime", content type.
        data: its bytes.
    """

    number: int
    kind: bytes
    data: bytes


def with_facts(data: bytes, profile: bytes | None, exif: bytes | None, xmp: bytes | None) -> bytes:
    """The file with these blocks: the boxes that list items grow, and the blocks follow at the end.

    Raises:
        ValueError: the file is not laid out as libavif does it.
    """
    top = dict(_boxes(data))
    if list(top) != [b"ftyp", b"meta", b"mdat"]:
        raise ValueError(_UNKNOWN)
    meta = dict(_boxes(top[b"meta"][4:]))
    items = _items(exif, xmp)
    meta[b"iinf"] = _listed(meta[b"iinf"], items)
    if items:
        meta[b"iref"] = meta.get(b"iref", b"\0\0\0\0") + _references(items)
    if profile:
        meta[b"iprp"] = _with_profile(meta[b"iprp"], profile)
    growth = 4 + sum(8 + len(body) for body in meta.values()) + _LOCATION_BYTES * len(items) - len(top[b"meta"])
    meta[b"iloc"] = _located(meta[b"iloc"], growth, len(data) + growth + 8, items)
    boxes = [_box(kind, meta[kind]) for kind in _META_ORDER if kind in meta]
    file = _box(b"ftyp", top[b"ftyp"]) + _box(b"meta", b"\0\0\0\0" + b"".join(boxes)) + _box(b"mdat", top[b"mdat"])
    if items:
        file += _box(b"mdat", b"".join(item.data for item in items))
    return file


def _items(exif: bytes | None, xmp: bytes | None) -> list[_Item]:
    items = []
    if exif:
        items.append(_Item(_EXIF_ID, b"Exif" + b"Exif\0", b"\0\0\0\0" + exif))
    if xmp:
        items.append(_Item(_XMP_ID, b"mime" + b"XMP\0" + b"application/rdf+xml\0", xmp))
    return items


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and body of each box."""
    place = 0
    while place + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, place)
        if size < 8 or place + size > len(data):
            raise ValueError(_UNKNOWN)
        yield kind, data[place + 8 : place + size]
        place += size


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body) + 8, kind) + body


def _listed(body: bytes, items: list[_Item]) -> bytes:
    """The "iinf" box with more items."""
    (count,) = struct.unpack_from(">H", body, 4)
    listed = body[:4] + struct.pack(">H", count + len(items)) + body[6:]
    for item in items:
        listed += _box(b"infe", struct.pack(">IHH", 0x02000000, item.number, 0) + item.kind)
    return listed


def _references(items: list[_Item]) -> bytes:
    """That the items describe the photo."""
    references = b""
    for item in items:
        references += _box(b"cdsc", struct.pack(">HHH", item.number, 1, _PHOTO_ID))
    return references


def _located(body: bytes, growth: int, end: int, items: list[_Item]) -> bytes:
    """The items' places, those that were there moved by `growth`, the new ones from `end` on."""
    if body[:6] != b"\0\0\0\0\x44\0":
        raise ValueError(_UNKNOWN)
    (count,) = struct.unpack_from(">H", body, 6)
    entries = []
    place = 8
    for _ in range(count):
        number, source, extents = struct.unpack_from(">HHH", body, place)
        entry = struct.pack(">HHH", number, source, extents)
        for extent in range(extents):
            offset, size = struct.unpack_from(">II", body, place + 6 + 8 * extent)
            entry += struct.pack(">II", offset + growth, size)
        entries.append(entry)
        place += 6 + 8 * extents
    for item in items:
        entries.append(struct.pack(">HHHII", item.number, 0, 1, end, len(item.data)))
        end += len(item.data)
    return body[:6] + struct.pack(">H", len(entries)) + b"".join(entries)


def _with_profile(body: bytes, profile: bytes) -> bytes:
    """The item properties with a "colr" box for the photo, and none for its transparency."""
    parts = dict(_boxes(body))
    properties = parts[b"ipco"] + _box(b"colr", b"prof" + profile)
    index = len(list(_boxes(properties)))
    associated = bytearray(parts[b"ipma"])
    # After version, flags and the count of items comes the photo: its number, and how many properties it has.
    if associated[:4] != b"\0\0\0\0" or struct.unpack_from(">H", associated, 8)[0] != _PHOTO_ID or index > 127:
        raise ValueError(_UNKNOWN)
    count = associated[10]
    associated[10] = count + 1
    associated[11 + count : 11 + count] = bytes([index])
    return _box(b"ipco", properties) + _box(b"ipma", bytes(associated))
