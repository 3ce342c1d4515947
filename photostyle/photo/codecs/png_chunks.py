"""The chunks of a PNG file: those that make the picture, and those that tell of it."""

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from photostyle.photo.colour_management.primaries import declared_profile
from photostyle.photo.file_facts import Metadata
from photostyle.photo.limits import Limits
from photostyle.photo.metadata import iptc
from photostyle.photo.photo_file import PhotoFile

SIGNATURE = b"\x89PNG\r\n\x1a\n"
XMP = "XML:com.adobe.xmp"
RAW_IPTC = "Raw profile type iptc"
_RAW_EXIF = ("Raw profile type exif", "Raw profile type APP1")
_PIXELS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
_FACTS = {b"iCCP", b"eXIf", b"iTXt", b"zTXt", b"tEXt", b"pHYs", b"acTL", b"cICP"}
_MOST_TEXT = 1 << 24


@dataclass
class Chunks:
    """A file's chunks: those that make the picture, as a PNG of their own, and those that tell of it."""

    width: int
    height: int
    bits: int
    colour_type: int
    picture: bytes
    facts: list[tuple[bytes, bytes]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def chunks(file: PhotoFile, limits: Limits) -> Chunks:
    """Read a file's chunks; raise a ValueError where its structure is damaged."""
    with file.open() as stream:
        stream.seek(len(SIGNATURE))
        head = stream.read(25)
        if len(head) < 25 or head[4:8] != b"IHDR":
            raise ValueError("its header is cut off")
        width, height, bits, colour_type = struct.unpack(">IIBB", head[8:18])
        limits.check(width, height)
        stream.seek(len(SIGNATURE))
        found = Chunks(width, height, bits, colour_type, b"")
        found.picture = SIGNATURE + b"".join(_sorted_out(stream, found))
        return found


def chunk(kind: bytes, body: bytes) -> bytes:
    """A chunk with its length and its checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(body, zlib.crc32(kind)))


def _sorted_out(stream: BinaryIO, found: Chunks) -> Iterator[bytes]:
    """The chunks that make the picture; the others go to `found`."""
    while len(head := stream.read(8)) == 8:
        size = int.from_bytes(head[:4], "big")
        kind = head[4:]
        if kind in _PIXELS:
            body = stream.read(size + 4)
            if len(body) < size + 4:
                raise ValueError("it is cut off")
            if not _is_sound(kind, body):
                raise ValueError(f"its {kind.decode()} chunk is damaged")
            yield head + body
            if kind == b"IEND":
                return
        elif kind in _FACTS and size <= _MOST_TEXT:
            body = stream.read(size + 4)
            if len(body) == size + 4 and _is_sound(kind, body):
                found.facts.append((kind, body[:-4]))
            else:
                found.notes.append(f"its {kind.decode('latin-1')} chunk is damaged; left out")
        else:
            stream.seek(size + 4, io.SEEK_CUR)
    raise ValueError("it is cut off")


def _is_sound(kind: bytes, body: bytes) -> bool:
    """Whether a chunk's checksum, its last four bytes, is right."""
    return zlib.crc32(body[:-4], zlib.crc32(kind)) == int.from_bytes(body[-4:], "big")


@dataclass
class _Facts:
    """What the chunks tell of the photo, as far as they have been gone through."""

    notes: list[str]
    profile: bytes | None = None
    declared: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    iptc: bytes | None = None
    resolution: tuple[float, float] | None = None


def described(found: Chunks) -> tuple[bytes | None, Metadata]:
    """The profile and the metadata in a file's chunks."""
    facts = _Facts(found.notes)
    for kind, body in found.facts:
        if kind in (b"iTXt", b"zTXt", b"tEXt"):
            _take_text(facts, kind, body)
        else:
            _take(facts, kind, body)
    metadata = Metadata(facts.exif or None, facts.xmp or None, facts.iptc, facts.resolution)
    return facts.declared or facts.profile, metadata


def _take(facts: _Facts, kind: bytes, body: bytes) -> None:
    """Add what a chunk tells that is no text."""
    if kind == b"iCCP":
        facts.profile = _inflated(body.partition(b"\0")[2][1:])
        if facts.profile is None:
            facts.notes.append("its colour profile cannot be unpacked; its colours are read as sRGB")
    elif kind == b"cICP" and len(body) == 4:
        facts.declared = declared_profile((body[0], body[1]), facts.notes)
    elif kind == b"eXIf":
        facts.exif = body.removeprefix(b"Exif\0\0")
    elif kind == b"pHYs" and len(body) == 9 and body[8] == 1:
        x, y = struct.unpack(">II", body[:8])
        facts.resolution = (round(x * 0.0254, 2), round(y * 0.0254, 2))
    elif kind == b"acTL" and len(body) == 8:
        frames = int.from_bytes(body[:4], "big")
        facts.notes.append(f"is an animation of {frames} frames; only the first is used")


def _take_text(facts: _Facts, kind: bytes, body: bytes) -> None:
    """Add what a text chunk tells: XMP, or EXIF and IPTC as ImageMagick writes them."""
    name, text = _text(kind, body)
    if name == XMP:
        facts.xmp = text
    if not text:
        return
    if name in _RAW_EXIF and not facts.exif:
        data = iptc.from_hex(text.decode("latin-1")) or b""
        facts.exif = None
        if data.startswith(b"Exif\0\0"):
            facts.exif = data[6:]
    if name == RAW_IPTC:
        records = iptc.from_hex(text.decode("latin-1"))
        if records and records.startswith(b"8BIM"):
            records = iptc.from_photoshop(records)
        facts.iptc = records


def _text(kind: bytes, body: bytes) -> tuple[str, bytes | None]:
    """The keyword and the text of a text chunk; no text where it cannot be unpacked."""
    name, _, rest = body.partition(b"\0")
    text: bytes | None = rest
    if kind == b"zTXt":
        text = _inflated(rest[1:])
    elif kind == b"iTXt" and len(rest) >= 2:
        text = rest[2:].partition(b"\0")[2].partition(b"\0")[2]
        if rest[0] == 1:
            text = _inflated(text)
    return name.decode("latin-1"), text


def _inflated(data: bytes) -> bytes | None:
    """At most `_MOST_TEXT` bytes unpacked, or None where the data are damaged or longer."""
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(data, _MOST_TEXT)
    except zlib.error:
        return None
    if not unpacker.eof:
        return None
    return text
