"""Profile, EXIF and XMP put into an AVIF file that libavif wrote without them (ISO 14496-12, ISO 23008-12).

libavif's own output is all that comes here, so its layout is known: one "meta" box before one "mdat" box, and items
located by 32-bit offsets from the start of the file.
"""

import struct
from collections.abc import Iterator

_EXIF_ID, _XMP_ID, _PHOTO_ID = 101, 102, 1


def with_facts(data: bytes, profile: bytes | None, exif: bytes | None, xmp: bytes | None) -> bytes:
    """The file with these blocks: the boxes that list items grow, and the blocks follow at the end.

    Raises:
        ValueError: the file is not laid out as libavif does it.
    """
    top = dict(_boxes(data))
    if list(top) != [b"ftyp", b"meta", b"mdat"]:
        raise ValueError("libavif laid the file out in an unknown way")
    meta = dict(_boxes(top[b"meta"][4:]))
    items = [(_EXIF_ID, b"Exif" + b"Exif\0", b"\0\0\0\0" + exif)] if exif else []
    items += [(_XMP_ID, b"mime" + b"XMP\0" + b"application/rdf+xml\0", xmp)] if xmp else []
    meta[b"iinf"] = _listed(meta[b"iinf"], items)
    references = [_box(b"cdsc", struct.pack(">HHH", number, 1, _PHOTO_ID)) for number, _, _ in items]
    if references:
        meta[b"iref"] = meta.get(b"iref", b"\0\0\0\0") + b"".join(references)
    if profile:
        meta[b"iprp"] = _with_profile(meta[b"iprp"], profile)
    growth = 4 + sum(8 + len(body) for body in meta.values()) + 14 * len(items) - len(top[b"meta"])
    meta[b"iloc"] = _located(meta[b"iloc"], growth, len(data) + growth + 8, items)
    order = [kind for kind in (b"hdlr", b"pitm", b"iloc", b"iinf", b"iref", b"iprp") if kind in meta]
    head = _box(b"meta", b"\0\0\0\0" + b"".join(_box(kind, meta[kind]) for kind in order))
    tail = _box(b"mdat", b"".join(block for _, _, block in items)) if items else b""
    return _box(b"ftyp", top[b"ftyp"]) + head + _box(b"mdat", top[b"mdat"]) + tail


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 0
    while place + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, place)
        if size < 8 or place + size > len(data):
            raise ValueError("libavif laid the file out in an unknown way")
        yield kind, data[place + 8 : place + size]
        place += size


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body) + 8, kind) + body


def _listed(body: bytes, items: list[tuple[int, bytes, bytes]]) -> bytes:
    (count,) = struct.unpack_from(">H", body, 4)
    entries = [_box(b"infe", struct.pack(">IHH", 0x02000000, number, 0) + kind) for number, kind, _ in items]
    return body[:4] + struct.pack(">H", count + len(items)) + body[6:] + b"".join(entries)


def _located(body: bytes, growth: int, end: int, items: list[tuple[int, bytes, bytes]]) -> bytes:
    """The items' places, those that were there moved by `growth`, the new ones from `end` on."""
    if body[:6] != b"\0\0\0\0\x44\0":
        raise ValueError("libavif laid the file out in an unknown way")
    (count,) = struct.unpack_from(">H", body, 6)
    entries, place = [], 8
    for _ in range(count):
        number, source, extents = struct.unpack_from(">HHH", body, place)
        entry = struct.pack(">HHH", number, source, extents)
        for extent in range(extents):
            offset, size = struct.unpack_from(">II", body, place + 6 + 8 * extent)
            entry += struct.pack(">II", offset + growth, size)
        entries.append(entry)
        place += 6 + 8 * extents
    for number, _, block in items:
        entries.append(struct.pack(">HHHII", number, 0, 1, end, len(block)))
        end += len(block)
    return body[:6] + struct.pack(">H", len(entries)) + b"".join(entries)


def _with_profile(body: bytes, profile: bytes) -> bytes:
    """The item properties with a "colr" box of the photo's, and of its transparency's no."""
    parts = dict(_boxes(body))
    properties = parts[b"ipco"] + _box(b"colr", b"prof" + profile)
    index = sum(1 for _ in _boxes(properties))
    associated = bytearray(parts[b"ipma"])
    # After version, flags and the count of items comes the photo: its number, and how many properties it has.
    if associated[:4] != b"\0\0\0\0" or struct.unpack_from(">H", associated, 8)[0] != _PHOTO_ID or index > 127:
        raise ValueError("libavif laid the file out in an unknown way")
    count = associated[10]
    associated[10] = count + 1
    associated[11 + count : 11 + count] = bytes([index])
    return _box(b"ipco", properties) + _box(b"ipma", bytes(associated))
