"""JPEG XL, 8 and 16 bits and floats, by imagecodecs' libjxl, which neither tells nor takes a colour profile."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from photostyle.photo.decoded import Decoded, layout_of
from photostyle.photo.encode_job import EncodeJob
from photostyle.photo.file_facts import Metadata
from photostyle.photo.limits import Limits
from photostyle.photo.photo_file import PhotoFile
from photostyle.photo.raster import THREADS, Raster, full_scale, with_channel_axis

_BOX_SIGNATURE = b"\0\0\0\x0cJXL \r\n\x87\n"
_CONTAINER = _BOX_SIGNATURE + b"\0\0\0\x14ftypjxl \0\0\0\0jxl "
_CODESTREAM = b"\xff\x0a"
_MOST_BLOCK = 1 << 24
_DISTANCE = 0.5
_EFFORT = 4
# Width by height, by the number that a header gives them (ISO 18181-1, "SizeHeader"); 0 has a width of its own.
_RATIOS = ((0, 1), (1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
_LENGTH_BITS = (9, 13, 18, 30)


def decode(file: PhotoFile, limits: Limits) -> Decoded:
    """Decode the first frame, which libjxl turns upright."""
    from imagecodecs import jpegxl_decode

    data = file.read()
    limits.check(*_size(data))
    codes = with_channel_axis(jpegxl_decode(data, index=0, keeporientation=False, numthreads=THREADS))
    if codes.ndim != 3 or codes.shape[2] > 4:
        raise ValueError(f"its {codes.ndim} axes or {codes.shape[-1]} channels are not a photo's")
    if codes.dtype == np.float16:
        codes = codes.astype(np.float32)
    found = {kind: body for kind, body in _boxes(data) if kind in (b"Exif", b"xml ")}
    exif = found.get(b"Exif", b"")[4:]
    layout, alpha = layout_of(codes.shape[2])
    return Decoded(
        Raster.from_array(codes),
        layout,
        alpha,
        top=full_scale(codes.dtype),
        orientation=1,
        metadata=Metadata(exif or None, found.get(b"xml ")),
    )


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The boxes of the container (ISO 18181-2), the codestream's too."""
    if not data.startswith(_BOX_SIGNATURE):
        return
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
        if size <= _MOST_BLOCK or kind in (b"jxlc", b"jxlp"):
            yield kind, data[place + head : place + size]
        place += size


class _Bits:
    """Numbers read from a codestream, bit by bit from the lowest."""

    def __init__(self, data: bytes) -> None:
        self._bits = int.from_bytes(data, "little")

    def read(self, count: int) -> int:
        number = self._bits & ((1 << count) - 1)
        self._bits >>= count
        return number

    def length(self, small: int) -> int:
        """A width or a height."""
        if small:
            return (self.read(5) + 1) * 8
        return self.read(_LENGTH_BITS[self.read(2)]) + 1


def _size(data: bytes) -> tuple[int, int]:
    """Width and height from the codestream's first bits (ISO 18181-1, "SizeHeader")."""
    stream = data
    if not data.startswith(_CODESTREAM):
        stream = _codestream(data)
    if not stream.startswith(_CODESTREAM) or len(stream) < 16:
        raise ValueError("its header is cut off")
    bits = _Bits(stream[2:16])
    small = bits.read(1)
    height = bits.length(small)
    ratio = bits.read(3)
    if ratio == 0:
        return bits.length(small), height
    across, down = _RATIOS[ratio]
    return height * across // down, height


def _codestream(data: bytes) -> bytes:
    """The first two parts of the codestream in a container."""
    parts = []
    for kind, body in _boxes(data):
        if kind == b"jxlc":
            parts.append(body)
        elif kind == b"jxlp":
            parts.append(body[4:])
    return b"".join(parts[:2])


def encode(job: EncodeJob, path: Path) -> None:
    """Write visually lossless, or by quality; EXIF and XMP go into boxes of their own."""
    from imagecodecs import jpegxl_encode

    codes = job.raster.whole()
    if job.raster.channels == 1:
        codes = codes[..., 0]
    coding: dict[str, Any] = {"lossless": False, "distance": _distance(job.quality)}
    if job.quality == 100:
        coding = {"lossless": True}
    stream = bytes(jpegxl_encode(codes, effort=_EFFORT, usecontainer=False, numthreads=THREADS, **coding))
    if not stream.startswith(_CODESTREAM):
        stream = b"".join(body for kind, body in _boxes(stream) if kind == b"jxlc")
    with open(path, "wb") as file:
        file.write(_CONTAINER)
        if job.metadata.exif:
            file.write(_box(b"Exif", b"\0\0\0\0" + job.metadata.exif))
        if job.metadata.xmp:
            file.write(_box(b"xml ", job.metadata.xmp))
        file.write(_box(b"jxlc", stream))


def _distance(quality: int | None) -> float:
    """libjxl's own mapping of a JPEG-like quality to a distance (cjxl); without a quality, visually lossless."""
    if quality is None:
        return _DISTANCE
    if quality >= 30:
        return 0.1 + (100 - quality) * 0.09
    return 15.0


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + kind + body
