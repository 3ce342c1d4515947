"""What the boxes of a JP2 file say of its codestream (ISO/IEC 15444-1, annex I; Adobe and others for the UUIDs)."""

import io
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np

from photostyle.photo.file_facts import Metadata
from photostyle.photo.metadata.directories import Structure
from photostyle.photo.metadata.tiff_tags import TiffTags, carried_tags

SIGNATURE = b"\0\0\0\x0cjP  \r\n\x87\n"
CODESTREAM = b"\xff\x4f\xff\x51"
# Kinds of channels in the box "cdef".
COLOUR = 0
OPACITY = 1
PREMULTIPLIED = 2
_PARENTS = (b"jp2h", b"res ")
_XMP = bytes.fromhex("BE7ACFCB97A942E89C71999491E3AFAC")
_EXIF = b"JpgTiffExif->JP2"
_IPTC = bytes.fromhex("33C7A4D2B81D4723A0BAF1A3E097AD38")
_GEO = bytes.fromhex("B14BF8BD083D4B43A5AE8CD7D5A6CE03")
_ENUMERATED = 1
_PROFILES = (2, 3)
_METRES_PER_INCH = 0.0254


@dataclass
class Boxes:
    """What the boxes said.

    Args:
        codestream: the picture itself, the first of so many `pictures`.
        enumerated: its colour space by number; None where a profile or nothing tells.
        profile: its ICC profile.
        palette: (N, C) of colours, and `palette_bits` of each; None where there is none.
        mapping: for each channel, a component and the palette's column, or None where it is taken as it is.
        kinds: for each channel that is described: what it is, and which colour it belongs to, from 1.
        metadata: EXIF, XMP, IPTC, resolution and GeoTIFF tags.
    """

    codestream: bytes = b""
    pictures: int = 1
    enumerated: int | None = None
    profile: bytes | None = None
    palette: np.ndarray | None = None
    palette_bits: int = 8
    mapping: list[tuple[int, int | None]] = field(default_factory=list)
    kinds: dict[int, tuple[int, int]] = field(default_factory=dict)
    metadata: Metadata = field(default_factory=Metadata)


def boxes_of(data: bytes, notes: list[str]) -> Boxes:
    """What a JP2 file's boxes say; a bare codestream has none."""
    found = Boxes()
    if data.startswith(CODESTREAM):
        found.codestream = data
        return found
    blocks: dict[str, bytes] = {}
    resolution: tuple[float, float] | None = None
    tags: TiffTags = ()
    for kind, body in _boxes(data):
        if kind == b"jp2c" and found.codestream:
            found.pictures += 1
        elif kind == b"jp2c":
            found.codestream = body
        elif kind == b"colr":
            _read_colours(found, body)
        elif kind == b"pclr":
            _read_palette(found, body)
        elif kind == b"cmap":
            found.mapping = [(struct.unpack(">H", body[at : at + 2])[0], _column(body[at : at + 4])) for at in _steps(body, 4)]
        elif kind == b"cdef":
            found.kinds = _kinds(body[2:])
        elif kind in (b"resc", b"resd"):
            resolution = _resolution(body) or resolution
        elif kind == b"uuid" and body[:16] == _GEO:
            tags = _geographic(body[16:], notes)
        else:
            _read_block(blocks, kind, body)
    found.metadata = Metadata(blocks.get("exif"), blocks.get("xmp"), blocks.get("iptc"), resolution, tags=tags)
    if not found.codestream.startswith(CODESTREAM):
        raise ValueError("it holds no picture")
    return found


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The boxes by kind, and what is in them; those that hold others are gone through too."""
    place = 0
    while place + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, place)
        head = 8
        if size == 1 and place + 16 <= len(data):
            (size,) = struct.unpack_from(">Q", data, place + 8)
            head = 16
        size = size or len(data) - place
        if size < head:
            return
        body = data[place + head : place + size]
        if kind in _PARENTS:
            yield from _boxes(body)
        else:
            yield kind, body
        place += size


def _steps(body: bytes, width: int) -> range:
    """Where each whole piece of so many bytes begins."""
    return range(0, len(body) - width + 1, width)


def _column(entry: bytes) -> int | None:
    """The column of the palette that an entry of the box "cmap" names, if it is looked up there."""
    if entry[2] == 1:
        return entry[3]
    return None


def _kinds(body: bytes) -> dict[int, tuple[int, int]]:
    found = {}
    for at in _steps(body, 6):
        channel, kind, of = struct.unpack_from(">HHH", body, at)
        found[channel] = (kind, of)
    return found


def _read_colours(found: Boxes, body: bytes) -> None:
    """The first colour space that can be used, as the standard has it."""
    if found.enumerated is not None or found.profile is not None or len(body) < 7:
        return
    if body[0] == _ENUMERATED:
        (found.enumerated,) = struct.unpack_from(">I", body, 3)
    elif body[0] in _PROFILES:
        found.profile = body[3:]


def _read_palette(found: Boxes, body: bytes) -> None:
    entries, columns = struct.unpack_from(">HB", body)
    bits = [depth % 128 + 1 for depth in body[3 : 3 + columns]]
    found.palette_bits = max(bits)
    width = (found.palette_bits + 7) // 8
    if len({(one + 7) // 8 for one in bits}) > 1 or width > 2:
        raise ValueError("its palette has columns of several depths")
    codes = np.frombuffer(body, f">u{width}", entries * columns, 3 + columns)
    found.palette = codes.reshape(entries, columns).astype(np.uint16)


def _resolution(body: bytes) -> tuple[float, float] | None:
    """Pixels per inch of the box "resc" or "resd", which has pixels per metre, first along y."""
    if len(body) < 10:
        return None
    y_by, y_of, x_by, x_of, y_power, x_power = struct.unpack_from(">HHHHbb", body)
    if not y_of or not x_of:
        return None
    x = x_by / x_of * 10.0**x_power * _METRES_PER_INCH
    y = y_by / y_of * 10.0**y_power * _METRES_PER_INCH
    if not (1 <= x < 1e6 and 1 <= y < 1e6):
        return None
    return x, y


def _geographic(body: bytes, notes: list[str]) -> TiffTags:
    """The tags of GeoJP2: a TIFF of one pixel that says where the picture lies."""
    with suppress(ValueError):
        file = io.BytesIO(body)
        return carried_tags(file, Structure(file).start, notes, turned=False)
    return ()


def _read_block(blocks: dict[str, bytes], kind: bytes, body: bytes) -> None:
    """EXIF, XMP and IPTC by the ways in which programs keep them."""
    if kind == b"uuid":
        names = {_XMP: "xmp", _EXIF: "exif", _IPTC: "iptc"}
        if body[:16] in names:
            blocks.setdefault(names[body[:16]], body[16:].removeprefix(b"Exif\0\0"))
    elif kind == b"xml " and b"xpacket" in body[:200]:
        blocks.setdefault("xmp", body)
