"""The chunks of a PNG file: those that make the picture, and those that tell of it."""

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from photostyle.photo.codecs.png_colours import COLOUR_CHUNKS, StatedColours, stated_colours
from photostyle.photo.codecs.png_text import MOST_TEXT, RAW, RAW_IPTC, XMP, decoded_text, is_plain, keyword_and_text
from photostyle.photo.file_facts import Layout, Metadata
from photostyle.photo.limits import Limits, Refused
from photostyle.photo.metadata import iptc, resources
from photostyle.photo.photo_file import PhotoFile

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_RAW_EXIF = ("Raw profile type exif", "Raw profile type APP1")
_RAW_8BIM = "Raw profile type 8bim"
_PIXELS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
_FACTS = {b"eXIf", b"iTXt", b"zTXt", b"tEXt", b"pHYs", b"acTL", b"tIME"} | COLOUR_CHUNKS
_CREDENTIALS = b"caBX"
_APPLE = b"CgBI"
_MOST_OTHERS = 1 << 24  # bytes of chunks of kinds that are not known here, together
# What a chunk says that is no more true, or means nothing, once the pixels are others: significant bits, the palette's
# counts, suggested palettes and background, where rows begin (Apple), frames of an animation.
_OF_OLD_PIXELS = {b"sBIT", b"hIST", b"sPLT", b"bKGD", b"iDOT", b"fcTL", b"fdAT"}
_SAFE_TO_COPY = 0x20  # a bit of the last letter of a chunk's kind (W3C PNG, third edition, 5.4)
_COLOUR_TYPES = (0, 2, 3, 4, 6)
_GREY_TYPES = (0, 4)
_MOST_NOTES = 20


@dataclass
class Chunks:
    """A file's chunks: those that make the picture, as a PNG of their own, those that tell of it, and others to carry."""

    width: int
    height: int
    bits: int
    colour_type: int
    picture: bytes
    facts: list[tuple[bytes, bytes]] = field(default_factory=list)
    others: list[tuple[bytes, bytes]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def chunks(file: PhotoFile, limits: Limits) -> Chunks:
    """Read a file's chunks; raise a ValueError where its structure is damaged."""
    with file.open() as stream:
        stream.seek(len(SIGNATURE))
        head = stream.read(25)
        if head[4:8] == _APPLE:
            raise Refused(
                "not supported: PNG as Xcode packs it for iPhones (CgBI); take the original, or save it as PNG elsewhere"
            )
        if len(head) < 25 or head[4:8] != b"IHDR":
            raise ValueError("its header is cut off")
        width, height, bits, colour_type, packing, filtering, interlacing = struct.unpack(">IIBBBBB", head[8:21])
        if colour_type not in _COLOUR_TYPES or packing != 0 or filtering != 0 or interlacing > 1:
            raise ValueError("its header is damaged")
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
        elif kind in _FACTS and size <= MOST_TEXT:
            body = stream.read(size + 4)
            if len(body) == size + 4 and _is_sound(kind, body):
                found.facts.append((kind, body[:-4]))
            else:
                found.notes.append(f"its {kind.decode('latin-1')} chunk is damaged; left out")
        else:
            _take_other(stream, kind, size, found)
    raise ValueError("it is cut off")


def _take_other(stream: BinaryIO, kind: bytes, size: int, found: Chunks) -> None:
    """Carry a chunk that is not known here where it says that this is safe; else tell that it is left out."""
    room = _MOST_OTHERS - sum(len(body) for _, body in found.others)
    if kind == _CREDENTIALS:
        found.notes.append("its content credentials (C2PA) hold for the unchanged file only; left out")
    elif kind.isalpha() and kind not in _OF_OLD_PIXELS:
        if kind[3] & _SAFE_TO_COPY and size <= room:
            body = stream.read(size + 4)
            if len(body) == size + 4 and _is_sound(kind, body):
                found.others.append((kind, body[:-4]))
                return
            stream.seek(-len(body), io.SEEK_CUR)
        note = f"its {kind.decode()} chunk may not hold for other pixels; left out"
        if note not in found.notes and len(found.notes) < _MOST_NOTES:
            found.notes.append(note)
    stream.seek(size + 4, io.SEEK_CUR)


def _is_sound(kind: bytes, body: bytes) -> bool:
    """Whether a chunk's checksum, its last four bytes, is right."""
    return zlib.crc32(body[:-4], zlib.crc32(kind)) == int.from_bytes(body[-4:], "big")


def colours(found: Chunks) -> StatedColours:
    """What a file's chunks say of its colours."""
    layout: Layout = "rgb"
    if found.colour_type in _GREY_TYPES:
        layout = "grey"
    return stated_colours(found.facts, layout, max(8, found.bits), found.notes)


@dataclass
class _Facts:
    """What the chunks tell of the photo, as far as they have been gone through."""

    notes: list[str]
    exif: bytes | None = None
    xmp: bytes | None = None
    iptc: bytes | None = None
    resources: bytes | None = None
    resolution: tuple[float, float] | None = None
    modified: str | None = None
    text: list[tuple[str, str]] = field(default_factory=list)


def metadata(found: Chunks) -> Metadata:
    """The metadata in a file's chunks."""
    facts = _Facts(found.notes)
    for kind, body in found.facts:
        if kind in (b"iTXt", b"zTXt", b"tEXt"):
            _take_text(facts, kind, body)
        else:
            _take(facts, kind, body)
    return Metadata(
        facts.exif or None,
        facts.xmp or None,
        facts.iptc,
        facts.resolution,
        text=tuple(facts.text),
        resources=resources.carried(facts.resources),
        modified=facts.modified,
        chunks=tuple(found.others),
    )


def _take(facts: _Facts, kind: bytes, body: bytes) -> None:
    """Add what a chunk tells that is no text."""
    if kind == b"eXIf":
        facts.exif = body.removeprefix(b"Exif\0\0")
    elif kind == b"pHYs" and len(body) == 9 and body[8] == 1:
        x, y = struct.unpack(">II", body[:8])
        facts.resolution = (round(x * 0.0254, 2), round(y * 0.0254, 2))
    elif kind == b"tIME" and len(body) == 7:
        facts.modified = "{:04}:{:02}:{:02} {:02}:{:02}:{:02}".format(*struct.unpack(">HBBBBB", body))
    elif kind == b"acTL" and len(body) == 8:
        frames = int.from_bytes(body[:4], "big")
        facts.notes.append(f"is an animation of {frames} frames; only the first is used")


def _take_text(facts: _Facts, kind: bytes, body: bytes) -> None:
    """Add what a text chunk tells: XMP, EXIF and IPTC as ImageMagick writes them, or text."""
    name, text = keyword_and_text(kind, body)
    if text is None:
        facts.notes.append(f"its text {name!r} cannot be unpacked; left out")
    elif name == XMP:
        facts.xmp = text
    elif name in _RAW_EXIF:
        data = iptc.from_hex(text.decode("latin-1")) or b""
        if not facts.exif and data.startswith(b"Exif\0\0"):
            facts.exif = data[6:]
    elif name in (RAW_IPTC, _RAW_8BIM):
        records = iptc.from_hex(text.decode("latin-1"))
        if records and records.startswith(b"8BIM"):
            facts.resources = records
            records = iptc.from_photoshop(records)
        facts.iptc = records or facts.iptc
    elif name.startswith(RAW):
        facts.notes.append(f"its text {name!r} is not known; left out")
    elif is_plain(name):
        facts.text.append((name, decoded_text(kind, text)))
