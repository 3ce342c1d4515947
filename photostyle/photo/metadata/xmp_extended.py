"""XMP that is too long for one segment of a JPEG (ISO 16684-3, 1.1.3.1): joined on reading, split on writing.

In memory it is one packet. What does not fit goes into a second one, in pieces that name it by its MD5, and the first one
names that too.
"""

import re
import struct
from collections.abc import Iterator
from hashlib import md5

from photostyle.photo.metadata.xmp_properties import Property, properties, without

HEAD = b"http://ns.adobe.com/xmp/extension/\0"
_GUID_BYTES = 32
_FACTS = struct.Struct(">II")  # of a piece: the length of the whole, and where in it the piece begins
_PIECE = 65400
_MOST_BYTES = 1 << 27
_NOTE = "http://ns.adobe.com/xmp/note/"
_POINTER = re.compile(
    rb"\s*\bxmpNote:HasExtendedXMP\s*=\s*([\"'])([0-9A-Fa-f]{32})\1|"
    rb"\s*<xmpNote:HasExtendedXMP>\s*([0-9A-Fa-f]{32})\s*</xmpNote:HasExtendedXMP>"
)
_DECLARED = re.compile(rb"\sxmlns:([\w.-]+)\s*=\s*(\"[^\"]*\"|'[^']*')")
_BODY = re.compile(rb"<([\w.-]+):RDF\b[^>]*>(.*)</\1:RDF\s*>", re.DOTALL)


def joined(packet: bytes | None, pieces: list[bytes], notes: list[str]) -> bytes | None:
    """One packet of the first one and the pieces of the second, whose segments begin with `HEAD`, here taken off.

    Where pieces are missing or damaged, the first packet comes back alone, with a note.
    """
    if not pieces:
        return packet
    match = _POINTER.search(packet or b"")
    if packet is None or match is None:
        notes.append("has extended XMP that its XMP does not name; left out")
        return packet
    guid = (match.group(2) or match.group(3)).upper()
    first = packet[: match.start()] + packet[match.end() :]
    try:
        return _merged(first, _assembled(guid, pieces))
    except (ValueError, struct.error):
        notes.append("its extended XMP is damaged or incomplete; left out")
        return first


def _assembled(guid: bytes, pieces: list[bytes]) -> bytes:
    """The second packet of its pieces."""
    own = [piece for piece in pieces if piece[:_GUID_BYTES].upper() == guid]
    if not own:
        raise ValueError("no piece has the name")
    length, _ = _FACTS.unpack_from(own[0], _GUID_BYTES)
    if length > _MOST_BYTES:
        raise ValueError("it claims too many bytes")
    data = bytearray(length)
    for piece in own:
        size, place = _FACTS.unpack_from(piece, _GUID_BYTES)
        content = piece[_GUID_BYTES + _FACTS.size :]
        if size != length or place + len(content) > length:
            raise ValueError("a piece does not fit")
        data[place : place + len(content)] = content
    if md5(data, usedforsecurity=False).hexdigest().upper().encode() != guid:
        raise ValueError("it has changed")
    return bytes(data)


def _merged(first: bytes, second: bytes) -> bytes:
    """The first packet with the descriptions of the second at the end of its RDF."""
    properties(second)  # or it is damaged
    inner = _BODY.search(second)
    outer = _BODY.search(first)
    if inner is None or outer is None:
        raise ValueError("it holds no RDF")
    body = inner.group(2)
    outside = dict(_DECLARED.findall(second[: inner.start(2)]))
    tag = re.compile(rb"<" + inner.group(1) + rb":Description\b")
    for start in reversed([match.end() for match in tag.finditer(body)]):
        own = {name for name, _ in _DECLARED.findall(body[start : body.index(b">", start)])}
        missing = b"".join(b" xmlns:" + name + b"=" + uri for name, uri in outside.items() if name not in own)
        body = body[:start] + missing + body[start:]
    return first[: outer.end(2)] + body + first[outer.end(2) :]


def split(packet: bytes, most: int) -> tuple[bytes, bytes | None]:
    """The packet, and None, where it has at most `most` bytes; else a shorter one and one that extends it.

    Properties move to the second packet, the longest first.

    Raises:
        ValueError: the packet is damaged, or it cannot be made short enough.
    """
    if len(packet) <= most:
        return packet, None
    moved: list[Property] = []
    room = len(packet) + 200 - most  # bytes that have to go, those of the pointer too
    for each in sorted(properties(packet), key=lambda each: each.size, reverse=True):
        if room <= 0:
            break
        if each.name != "HasExtendedXMP":
            moved.append(each)
            room -= each.size
    second = _packet_of(packet, moved)
    guid = md5(second, usedforsecurity=False).hexdigest().upper()
    first = without(packet, moved)
    rdf = _BODY.search(first)
    if rdf is None:
        raise ValueError("it holds no RDF")
    prefix = rdf.group(1).decode()
    pointer = f'<{prefix}:Description {prefix}:about="" xmlns:xmpNote="{_NOTE}" xmpNote:HasExtendedXMP="{guid}"/>'
    first = first[: rdf.end(2)] + pointer.encode() + first[rdf.end(2) :]
    if len(first) > most:
        raise ValueError("it cannot be split")
    return first, second


def _packet_of(packet: bytes, moved: list[Property]) -> bytes:
    """A packet of its own for properties of another."""
    declared = dict(_DECLARED.findall(packet))
    names = b"".join(b" xmlns:" + name + b"=" + uri for name, uri in declared.items() if name != b"x")
    attributes = b"".join(packet[each.start : each.end] for each in moved if each.is_attribute)
    elements = b"".join(packet[each.start : each.end] for each in moved if not each.is_attribute)
    rdf = _BODY.search(packet)
    prefix = b"rdf"
    if rdf is not None:
        prefix = rdf.group(1)
    return (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><' + prefix + b":RDF" + names + b"><" + prefix + b":Description " + prefix
        + b':about=""' + names + attributes + b">" + elements + b"</" + prefix + b":Description></" + prefix
        + b":RDF></x:xmpmeta>"
    )  # fmt: skip


def pieces_of(second: bytes) -> Iterator[bytes]:
    """The bodies of the segments that hold a second packet, `HEAD` included."""
    guid = md5(second, usedforsecurity=False).hexdigest().upper().encode()
    for place in range(0, len(second), _PIECE):
        yield HEAD + guid + _FACTS.pack(len(second), place) + second[place : place + _PIECE]
