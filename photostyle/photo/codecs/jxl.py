"""JPEG XL, 8 and 16 bits and floats, by imagecodecs' libjxl, which neither tells nor takes a colour profile."""

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from photostyle.photo.decoded import Decoded, Limits, Order
from photostyle.photo.photograph import Metadata
from photostyle.photo.raster import THREADS, Raster

_BOX_SIGNATURE = b"\0\0\0\x0cJXL \r\n\x87\n"
_CONTAINER = _BOX_SIGNATURE + b"\0\0\0\x14ftypjxl \0\0\0\0jxl "
_MOST_BLOCK = 1 << 24
_DISTANCE, _EFFORT = 0.5, 4


def decode(path: Path, limits: Limits) -> Decoded:
    """Decode the first frame, which libjxl turns upright."""
    from imagecodecs import jpegxl_decode

    data = path.read_bytes()
    limits.check(*_size(data))
    codes = jpegxl_decode(data, index=0, keeporientation=False, numthreads=THREADS)
    codes = codes[..., None] if codes.ndim == 2 else codes
    if codes.ndim != 3 or codes.shape[2] > 4:
        raise ValueError(f"its {codes.ndim} axes or {codes.shape[-1]} channels are not a photo's")
    if codes.dtype == np.float16:
        codes = codes.astype(np.float32)
    top = {"u1": 255.0, "u2": 65535.0}.get(codes.dtype.str[1:], 1.0)
    found = {kind: body for kind, body in _boxes(data) if kind in (b"Exif", b"xml ")}
    exif = found.get(b"Exif", b"")[4:] or None
    layout, alpha = ("grey" if codes.shape[2] <= 2 else "rgb"), codes.shape[2] in (2, 4)
    return Decoded(Raster.from_array(codes), layout, alpha, top, None, 1, Metadata(exif, found.get(b"xml ")))


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The boxes of the container (ISO 18181-2), the codestream's too."""
    place = 0
    while data.startswith(_BOX_SIGNATURE) and place + 8 <= len(data):
        (size,), kind, head = struct.unpack_from(">I", data, place), data[place + 4 : place + 8], 8
        if size == 1 and place + 16 <= len(data):
            (size,), head = struct.unpack_from(">Q", data, place + 8), 16
        size = size or len(data) - place
        if size < head:
            return
        if size <= _MOST_BLOCK or kind in (b"jxlc", b"jxlp"):
            yield kind, data[place + head : place + size]
        place += size


def _size(data: bytes) -> tuple[int, int]:
    """Width and height from the codestream's first bits (ISO 18181-1, "SizeHeader")."""
    stream = data
    if not data.startswith(b"\xff\x0a"):
        parts = [body[4:] if kind == b"jxlp" else body for kind, body in _boxes(data) if kind in (b"jxlc", b"jxlp")]
        stream = b"".join(parts[:2])
    if not stream.startswith(b"\xff\x0a") or len(stream) < 16:
        raise ValueError("its header is cut off")
    bits, place = int.from_bytes(stream[2:16], "little"), 0

    def read(count: int) -> int:
        nonlocal place
        place += count
        return bits >> (place - count) & ((1 << count) - 1)

    def length(small: int) -> int:
        return (read(5) + 1) * 8 if small else read((9, 13, 18, 30)[read(2)]) + 1

    small = read(1)
    height = length(small)
    ratio = read(3)
    across, down = ((0, 1), (1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))[ratio]
    return (length(small) if ratio == 0 else height * across // down), height


def encode(order: Order, path: Path) -> None:
    """Write visually lossless, or by quality; EXIF and XMP go into boxes of their own."""
    from imagecodecs import jpegxl_encode

    raster = order.raster
    codes = raster.whole()
    quality = order.quality
    # libjxl's own mapping of a JPEG-like quality to a distance (cjxl).
    distance = _DISTANCE if quality is None else 0.1 + (100 - quality) * 0.09 if quality >= 30 else 15.0
    options = {"lossless": True} if quality == 100 else {"lossless": False, "distance": distance}
    codes = codes[..., 0] if raster.channels == 1 else codes
    data = jpegxl_encode(codes, effort=_EFFORT, usecontainer=False, numthreads=THREADS, **options)
    stream = b"".join(body for kind, body in _boxes(data) if kind == b"jxlc") if data[:2] != b"\xff\x0a" else data
    with open(path, "wb") as file:
        file.write(_CONTAINER)
        if order.metadata.exif:
            file.write(_box(b"Exif", b"\0\0\0\0" + order.metadata.exif))
        if order.metadata.xmp:
            file.write(_box(b"xml ", order.metadata.xmp))
        file.write(_box(b"jxlc", stream))


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + kind + body
