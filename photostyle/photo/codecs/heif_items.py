"""Items of an AVIF or HEIC file and their properties (ISO 14496-12, 8.11; ISO 23008-12, 9.3).

A file holds its photo, thumbnails, transparency and gain maps side by side, each with properties of its own, and in any
order: what is wanted is what is said of the photo.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from photostyle.photo.codecs.boxes import Box, top_boxes
from photostyle.photo.photo_file import PhotoFile

_MOST_META = 1 << 26
_FULL = 4  # bytes of version and flags, with which some boxes begin


@dataclass
class Items:
    """What a file's "meta" box says.

    Args:
        primary: the number of the photo.
        properties: kind and body of the properties of each item, by its number.
        parts: the numbers of the items that an item is made of, such as the tiles of a grid.
        places: where the data of an item lie: offset in the file and size, by its number.
    """

    primary: int = 0
    properties: dict[int, list[tuple[bytes, bytes]]] = field(default_factory=dict)
    parts: dict[int, list[int]] = field(default_factory=dict)
    places: dict[int, list[tuple[int, int]]] = field(default_factory=dict)

    def of_photo(self, kind: bytes) -> list[bytes]:
        """The bodies of the photo's properties of a kind; those of its first part where it has none itself."""
        for number in self.coded():
            bodies = [body for own, body in self.properties.get(number, []) if own == kind]
            if bodies:
                return bodies
        return []

    def coded(self) -> list[int]:
        """The photo, and the first of the items that it is made of."""
        return [self.primary, *self.parts.get(self.primary, [])[:1]]


def items_of(file: PhotoFile) -> Items | None:
    """The items of a file; None where it has no "meta" box, or a damaged one."""
    data = _meta(file)
    if data is None:
        return None
    items = Items()
    try:
        for box in top_boxes(data[_FULL:]):
            _take(items, box.kind, data[_FULL + box.body : _FULL + box.end])
    except (struct.error, IndexError):
        return None
    return items


def _meta(file: PhotoFile) -> bytes | None:
    """The body of the "meta" box among a file's outermost boxes."""
    place = 0
    with file.open() as stream:
        while True:
            stream.seek(place)
            head = stream.read(16)
            if len(head) < 8:
                return None
            size, kind = struct.unpack_from(">I4s", head)
            body = 8
            if size == 1 and len(head) == 16:
                (size,) = struct.unpack_from(">Q", head, 8)
                body = 16
            if kind == b"meta" and (size == 0 or body <= size <= _MOST_META):
                stream.seek(place + body)
                return stream.read((size or _MOST_META) - body)
            if size < body:
                return None
            place += size


def _take(items: Items, kind: bytes, body: bytes) -> None:
    """Add what a box in "meta" says."""
    if kind == b"pitm":
        width = "I" if body[0] else "H"
        (items.primary,) = struct.unpack_from(f">{width}", body, _FULL)
    elif kind == b"iref":
        items.parts.update(_parts(body))
    elif kind == b"iloc":
        items.places.update(_places(body))
    elif kind == b"iprp":
        items.properties.update(_properties(body))


def _within(body: bytes, start: int = 0) -> Iterator[tuple[Box, bytes]]:
    """The boxes in a body from `start` on, with their bodies."""
    inner = body[start:]
    for box in top_boxes(inner):
        yield box, inner[box.body : box.end]


def _parts(body: bytes) -> Iterator[tuple[int, list[int]]]:
    """What derived items are made of."""
    width = "I" if body[0] else "H"
    for box, references in _within(body, _FULL):
        if box.kind == b"dimg":
            size = struct.calcsize(width)
            number, count = struct.unpack_from(f">{width}H", references)
            yield number, list(struct.unpack_from(f">{count}{width}", references, size + 2))


def _properties(body: bytes) -> dict[int, list[tuple[bytes, bytes]]]:
    """Kind and body of the properties of each item."""
    known: list[tuple[bytes, bytes]] = []
    found: dict[int, list[tuple[bytes, bytes]]] = {}
    for box, inner in _within(body):
        if box.kind == b"ipco":
            known = [(each.kind, data) for each, data in _within(inner)]
        elif box.kind == b"ipma":
            for number, indices in _associations(inner):
                own = [known[index - 1] for index in indices if 0 < index <= len(known)]
                found.setdefault(number, []).extend(own)
    return found


def _associations(body: bytes) -> Iterator[tuple[int, list[int]]]:
    """Items, and the indices of their properties."""
    wide = body[3] & 1
    width = "I" if body[0] else "H"
    (count,) = struct.unpack_from(">I", body, _FULL)
    place = _FULL + 4
    for _ in range(count):
        number, own = struct.unpack_from(f">{width}B", body, place)
        place += struct.calcsize(f">{width}B")
        if wide:
            yield number, [index & 0x7FFF for index in struct.unpack_from(f">{own}H", body, place)]
        else:
            yield number, [index & 0x7F for index in struct.unpack_from(f">{own}B", body, place)]
        place += own * (1 + wide)


def _places(body: bytes) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """Where in the file the data of items lie; items whose data are elsewhere are left out."""
    version = body[0]
    sizes = (body[4] >> 4, body[4] & 15, body[5] >> 4, body[5] & 15 if version else 0)
    if sizes[0] + sizes[1] == 0:  # nothing is said of places, whatever the count of extents
        return
    width = 4 if version == 2 else 2
    place = 6 + width
    count = int.from_bytes(body[6:place], "big")

    def number(size: int) -> int:
        nonlocal place
        place += size
        if place > len(body):
            raise IndexError(place)
        return int.from_bytes(body[place - size : place], "big")

    for _ in range(count):
        item = number(width)
        method = number(2) & 15 if version else 0
        source = number(2)
        base = number(sizes[2])
        extents = []
        for _ in range(number(2)):
            number(sizes[3])
            extents.append((base + number(sizes[0]), number(sizes[1])))
        if method == source == 0:
            yield item, extents
