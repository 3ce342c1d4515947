"""Photoshop's image resources (Adobe Photoshop file formats, "Image Resource Blocks"): sorted out, turned, carried.

Clipping paths are among them. What repeats other blocks (IPTC, EXIF, XMP, profile) or depends on pixels and layers that
are not written again is left out: it would contradict the new file.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

_SIGNATURES = (b"8BIM", b"MeSa", b"AgHg", b"PHUT", b"DCSR")
IPTC = 0x0404
_WORKING_PATH = 0x0401
_FIRST_PATH = 2000
_LAST_PATH = 2998
# Layers and their groups, IPTC, quality of the old JPEG, thumbnails, profile, whether untagged, EXIF, XMP, digest of IPTC,
# selected layers, groups in use, timeline.
_LEFT_OUT = {
    1024, 1026, IPTC, 1030, 1033, 1036, 1039, 1041, 1058, 1059, 1060, 1061, 1069, 1072, 1075,
}  # fmt: skip
# The names, kinds and looks of channels beside the colours, which only TIFF holds.
_OF_CHANNELS = {1006, 1045, 1053, 1067, 1077}
# Guides and slices, which are counted in pixels: right only as long as the photo is not turned.
_COUNTED_IN_PIXELS = {1032, 1050}
_PATH_RECORD = 26
_KNOTS = (1, 2, 4, 5)
_ONE = 1 << 24  # of a path's coordinates, in parts of the height and the width


@dataclass(frozen=True)
class Resource:
    """One resource: its number, its bytes, and the whole block that it stands in."""

    number: int
    data: bytes
    block: bytes

    @property
    def head(self) -> bytes:
        """What stands in the block before the data."""
        return self.block[: len(self.block) - len(self.data) - len(self.data) % 2]

    @property
    def is_path(self) -> bool:
        return self.number == _WORKING_PATH or _FIRST_PATH <= self.number <= _LAST_PATH


def begins(data: bytes) -> bool:
    """Whether data begin like resources."""
    return data.startswith(_SIGNATURES)


def resources(data: bytes) -> Iterator[Resource]:
    """The resources that stand one after the other in `data`, as far as they are sound."""
    place = 0
    while place + 12 <= len(data) and data[place : place + 4] in _SIGNATURES:
        start = place
        (number,) = struct.unpack_from(">H", data, place + 4)
        name = data[place + 6] + 1
        place += 6 + name + name % 2
        if place + 4 > len(data):
            return
        (size,) = struct.unpack_from(">I", data, place)
        end = place + 4 + size
        if end > len(data):
            return
        block = data[start:end] + b"\0" * (size % 2)
        yield Resource(number, data[place + 4 : end], block)
        place = end + size % 2


def carried(data: bytes | None) -> bytes | None:
    """Those resources that are true for a new file with other pixels of the same size; None where there are none."""
    kept = []
    for resource in resources(data or b""):
        if resource.number not in _LEFT_OUT:
            kept.append(resource.block)
    return b"".join(kept) or None


def without_channels(data: bytes | None) -> bytes | None:
    """The resources but those that tell of channels beside the colours."""
    return b"".join(each.block for each in resources(data or b"") if each.number not in _OF_CHANNELS) or None


def grouped(data: bytes, most: int) -> Iterator[bytes]:
    """Whole resources in groups of at most `most` bytes; those that are longer are left out."""
    group = b""
    for resource in resources(data):
        if len(resource.block) > most:
            continue
        if len(group) + len(resource.block) > most:
            yield group
            group = b""
        group += resource.block
    if group:
        yield group


def too_long(data: bytes | None, most: int) -> list[int]:
    """The numbers of those resources that have more than `most` bytes."""
    return [resource.number for resource in resources(data or b"") if len(resource.block) > most]


def count_of_paths(data: bytes | None) -> int:
    """How many paths, clipping paths among them, are in `data`."""
    return sum(resource.is_path for resource in resources(data or b""))


def upright(data: bytes | None, orientation: int) -> bytes | None:
    """The resources of a photo that is turned upright from an EXIF orientation: its paths turn with it."""
    if data is None or orientation not in range(2, 9):
        return data
    blocks = []
    for resource in resources(data):
        if resource.is_path:
            blocks.append(resource.head + _turned_path(resource.data, orientation) + b"\0" * (len(resource.data) % 2))
        elif resource.number not in _COUNTED_IN_PIXELS:
            blocks.append(resource.block)
    return b"".join(blocks) or None


def _turned_path(data: bytes, orientation: int) -> bytes:
    """A path's records with the points of its knots turned."""
    records = []
    for place in range(0, len(data), _PATH_RECORD):
        record = data[place : place + _PATH_RECORD]
        if len(record) == _PATH_RECORD and int.from_bytes(record[:2], "big") in _KNOTS:
            numbers = struct.unpack(">6i", record[2:])
            points: list[int] = []
            for start in (0, 2, 4):
                points += _turned(numbers[start], numbers[start + 1], orientation)
            record = record[:2] + struct.pack(">6i", *points)
        records.append(record)
    return b"".join(records)


def _turned(down: int, across: int, orientation: int) -> tuple[int, int]:
    """A point, in parts of height and width, of a photo turned upright from an EXIF orientation."""
    if orientation >= 5:
        down, across = across, down
    if orientation in (3, 4, 7, 8):
        down = _ONE - down
    if orientation in (2, 3, 6, 7):
        across = _ONE - across
    return down, across
