"""Boxes of the ISO base media file format (ISO 14496-12), of which AVIF, HEIC and JPEG XL files are made."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

_LARGE = 1
_TO_THE_END = 0


class Box(NamedTuple):
    """A box: its kind, and where it, its body and what follows it begin in the data."""

    kind: bytes
    start: int
    body: int
    end: int


def top_boxes(data: bytes) -> Iterator[Box]:
    """The boxes that make up the data; a last one that is cut off is left out."""
    place = 0
    while place + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, place)
        body = place + 8
        if size == _LARGE and place + 16 <= len(data):
            (size,) = struct.unpack_from(">Q", data, place + 8)
            body = place + 16
        if size == _TO_THE_END:
            size = len(data) - place
        if size < body - place or place + size > len(data):
            return
        yield Box(kind, place, body, place + size)
        place += size
