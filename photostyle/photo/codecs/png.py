"""PNG, 8 and 16 bits (W3C PNG, third edition).

Only the critical chunks go to the decoder, so that a broken profile or text never stops a photo. Written photos are
filtered by Paeth's predictor and packed by runs and Huffman codes alone, on two threads: for photos that is both
smaller and many times faster than zlib's search for matches.
"""

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np

from photostyle.photo import iptc
from photostyle.photo.codecs import pillow
from photostyle.photo.decoded import Decoded, Limits, Order
from photostyle.photo.photograph import Metadata
from photostyle.photo.primaries import declared_profile
from photostyle.photo.raster import Raster

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PIXELS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
_FACTS = {b"iCCP", b"eXIf", b"iTXt", b"zTXt", b"tEXt", b"pHYs", b"acTL", b"cICP"}
_MOST_TEXT = 1 << 24
_XMP = "XML:com.adobe.xmp"
_RAW_IPTC, _RAW_EXIF = "Raw profile type iptc", "Raw profile type exif"


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


def chunks(path: Path, limits: Limits) -> Chunks:
    """Read a file's chunks; raise a ValueError where its structure is damaged."""
    with open(path, "rb") as file:
        file.seek(len(_SIGNATURE))
        head = file.read(25)
        if len(head) < 25 or head[4:8] != b"IHDR":
            raise ValueError("its header is cut off")
        width, height, bits, colour_type = struct.unpack(">IIBB", head[8:18])
        limits.check(width, height)
        file.seek(len(_SIGNATURE))
        found = Chunks(width, height, bits, colour_type, b"")
        found.picture = _SIGNATURE + b"".join(_sorted_out(file, found))
    return found


def _sorted_out(file: BinaryIO, found: Chunks) -> Iterator[bytes]:
    while len(head := file.read(8)) == 8:
        (size,), kind = struct.unpack(">I", head[:4]), head[4:]
        if kind in _PIXELS:
            body = file.read(size + 4)
            if len(body) < size + 4:
                raise ValueError("it is cut off")
            if zlib.crc32(body[:-4], zlib.crc32(kind)) != int.from_bytes(body[-4:], "big"):
                raise ValueError(f"its {kind.decode()} chunk is damaged")
            yield head + body
            if kind == b"IEND":
                return
        elif kind in _FACTS and size <= _MOST_TEXT:
            body = file.read(size + 4)
            if len(body) == size + 4 and zlib.crc32(body[:-4], zlib.crc32(kind)) == int.from_bytes(body[-4:], "big"):
                found.facts.append((kind, body[:-4]))
            else:
                found.notes.append(f"its {kind.decode('latin-1')} chunk is damaged; left out")
        else:
            file.seek(size + 4, io.SEEK_CUR)
    raise ValueError("it is cut off")


def decode(path: Path, limits: Limits) -> Decoded:
    """Decode; palettes are looked up, 1, 2 and 4 bits become 8, and 16 bits stay 16."""
    found = chunks(path, limits)
    profile, metadata = described(found)
    if found.bits == 16:
        decoded = _decoded16(found)
    else:
        with pillow.opened(io.BytesIO(found.picture), "PNG", limits) as image:
            decoded = pillow.described(image)
    return replace(decoded, profile=profile, metadata=metadata, notes=found.notes)


def _decoded16(found: Chunks) -> Decoded:
    """16-bit colours by libpng, as Pillow would make them 8-bit."""
    from imagecodecs import png_decode

    codes = Raster.from_array(png_decode(found.picture))
    if (codes.width, codes.height) != (found.width, found.height) or codes.dtype != np.uint16:
        raise ValueError("its header contradicts its pixels")
    return Decoded(codes, "grey" if codes.channels <= 2 else "rgb", codes.channels in (2, 4), 65535.0)


def described(found: Chunks) -> tuple[bytes | None, Metadata]:
    """The profile and the metadata in a file's chunks."""
    profile = exif = xmp = records = resolution = declared = None
    for kind, body in found.facts:
        if kind == b"iCCP":
            profile = _inflated(body.partition(b"\0")[2][1:])
            if profile is None:
                found.notes.append("its colour profile cannot be unpacked; its colours are read as sRGB")
        elif kind == b"cICP" and len(body) == 4:
            declared = declared_profile((body[0], body[1]), found.notes)
        elif kind == b"eXIf":
            exif = body.removeprefix(b"Exif\0\0")
        elif kind == b"pHYs" and len(body) == 9 and body[8] == 1:
            resolution = tuple(round(value * 0.0254, 2) for value in struct.unpack(">II", body[:8]))
        elif kind == b"acTL" and len(body) == 8:
            found.notes.append(f"is an animation of {struct.unpack('>I', body[:4])[0]} frames; only the first is used")
        else:
            name, text = _text(kind, body)
            xmp = text if name == _XMP else xmp
            if text and name in (_RAW_EXIF, "Raw profile type APP1"):
                raw = iptc.from_hex(text.decode("latin-1")) or b""
                exif = exif or (raw[6:] if raw.startswith(b"Exif\0\0") else None)
            if text and name == _RAW_IPTC:
                raw = iptc.from_hex(text.decode("latin-1"))
                records = iptc.from_photoshop(raw) if raw and raw.startswith(b"8BIM") else raw
    return declared or profile, Metadata(exif or None, xmp or None, records, resolution)


def _text(kind: bytes, body: bytes) -> tuple[str, bytes | None]:
    name, _, rest = body.partition(b"\0")
    if kind == b"zTXt":
        rest = _inflated(rest[1:])
    elif kind == b"iTXt" and len(rest) >= 2:
        packed = rest[0] == 1
        rest = rest[2:].partition(b"\0")[2].partition(b"\0")[2]
        rest = _inflated(rest) if packed else rest
    return name.decode("latin-1"), rest


def _inflated(data: bytes) -> bytes | None:
    """At most `_MOST_TEXT` bytes unpacked, or None where the data are damaged or longer."""
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(data, _MOST_TEXT)
    except zlib.error:
        return None
    return text if unpacker.eof else None


def encode(order: Order, path: Path) -> None:
    """Write 8 or 16 bits, strip by strip."""
    raster = order.raster
    colour_type = {"grey": 0, "rgb": 2}[order.layout] + 4 * order.alpha
    header = struct.pack(">IIBBBBB", raster.width, raster.height, 8 * raster.dtype.itemsize, colour_type, 0, 0, 0)
    with open(path, "wb") as file:
        file.write(_SIGNATURE + _chunk(b"IHDR", header))
        for kind, body in _facts(order):
            file.write(_chunk(kind, body))
        for packed in _packed_strips(raster):
            file.write(_chunk(b"IDAT", packed))
        file.write(_chunk(b"IEND", b""))


def _facts(order: Order) -> Iterator[tuple[bytes, bytes]]:
    metadata = order.metadata
    if order.profile:
        yield b"iCCP", b"ICC profile\0\0" + zlib.compress(order.profile)
    if metadata.resolution:
        yield b"pHYs", struct.pack(">IIB", *(max(1, round(value / 0.0254)) for value in metadata.resolution), 1)
    if metadata.exif:
        yield b"eXIf", metadata.exif
    if metadata.xmp:
        yield b"iTXt", _XMP.encode() + b"\0\0\0\0\0" + metadata.xmp
    if metadata.iptc:
        text = iptc.to_hex("iptc", iptc.to_photoshop(metadata.iptc)).encode()
        yield b"zTXt", _RAW_IPTC.encode() + b"\0\0" + zlib.compress(text)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(body, zlib.crc32(kind)))


def _packed_strips(raster: Raster) -> Iterator[bytes]:
    """The pieces of one zlib stream (RFC 1950), each strip packed by itself."""

    def packed(top: int, bottom: int) -> tuple[bytes, int, int]:
        filtered = _filtered(raster, top, bottom)
        packer = zlib.compressobj(6, zlib.DEFLATED, -15, 9, zlib.Z_RLE)
        last = bottom == raster.height
        data = packer.compress(filtered) + packer.flush(zlib.Z_FINISH if last else zlib.Z_FULL_FLUSH)
        return data, zlib.adler32(filtered), filtered.nbytes

    yield b"\x78\x9c"
    checksum = 1
    for data, adler, size in raster.mapped(packed):
        checksum = _joined(checksum, adler, size)
        yield data
    yield struct.pack(">I", checksum)


def _joined(first: int, second: int, size: int) -> int:
    """The Adler-32 of two pieces laid end to end, the second `size` bytes long (RFC 1950, section 8.2)."""
    base = 65521
    a1, b1, a2, b2 = first & 0xFFFF, first >> 16, second & 0xFFFF, second >> 16
    return (b1 + b2 + size * (a1 - 1)) % base << 16 | (a1 + a2 - 1) % base


def _filtered(raster: Raster, top: int, bottom: int) -> np.ndarray:
    """Rows as bytes, each led by its filter type, predicted by Paeth's filter (PNG, section 9.4)."""
    above = max(top - 1, 0)
    rows = raster.rows(above, bottom)
    codes = rows.astype(">u2") if rows.dtype == np.uint16 else rows
    pixel = codes.shape[2] * codes.dtype.itemsize
    codes = np.ascontiguousarray(codes).view(np.uint8).reshape(bottom - above, -1)
    # One row of zeros above and one pixel of zeros at the left, as the standard has it at the photo's edges.
    padded = np.zeros((bottom - top + 1, codes.shape[1] + pixel), np.int16)
    padded[len(padded) - len(codes) :, pixel:] = codes
    left, up, corner = padded[1:, :-pixel], padded[:-1, pixel:], padded[:-1, :-pixel]
    to_left, to_up = up - corner, left - corner
    to_corner = np.abs(to_left + to_up)
    np.abs(to_left, out=to_left)
    np.abs(to_up, out=to_up)
    predicted = np.where(to_up <= to_corner, up, corner)
    np.copyto(predicted, left, where=(to_left <= to_up) & (to_left <= to_corner))
    filtered = np.empty((bottom - top, codes.shape[1] + 1), np.uint8)
    filtered[:, 0] = 4
    np.subtract(padded[1:, pixel:], predicted, out=filtered[:, 1:], casting="unsafe")
    return filtered
