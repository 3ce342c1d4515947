"""Directories of a TIFF structure (TIFF 6.0, section 2; BigTIFF): what EXIF blocks and TIFF files have in common.

Nothing is moved: values stay where they are, so that maker notes, which point into the block, stay readable; what is
new goes to the end.
"""

import struct
from dataclasses import dataclass, replace
from typing import BinaryIO

# Bytes of one value of each field type; the second table holds what is swapped when the byte order changes.
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_WORDS = _SIZES | {5: 4, 10: 4}
_MOST_ENTRIES = 4096
_MOST_BYTES = 1 << 24

# Field types (TIFF 6.0, section 2; BigTIFF for the last).
ASCII = 2
SHORT = 3
LONG = 4
LONG8 = 18


@dataclass(frozen=True)
class Entry:
    """One entry of a directory, its value unread: `field` is the value where it fits, its offset where not."""

    tag: int
    type: int
    count: int
    field: bytes
    place: int = -1

    @property
    def size(self) -> int:
        return _SIZES.get(self.type, 1) * self.count


@dataclass(frozen=True)
class Value:
    """A value with its type, its bytes in big-endian order."""

    type: int
    count: int
    data: bytes


class Structure:
    """A TIFF structure in a file, or in `io.BytesIO`, open for reading and, to change it, for writing."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.length = file.seek(0, 2)
        head = self.at(0, min(16, self.length))
        if head[:4] not in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
            raise ValueError("it is no TIFF structure")
        self.order = ">"
        if head[:2] == b"II":
            self.order = "<"
        self.big = b"+" in head[:4]
        # What `struct` calls a pointer, a directory's count and an entry's head; and where the first pointer is.
        if self.big:
            self._pointer = "Q"
            self._count = "Q"
            self._entry_head = "HHQ"
            self._first = 8
        else:
            self._pointer = "I"
            self._count = "H"
            self._entry_head = "HHI"
            self._first = 4
        self._room = struct.calcsize(self._pointer)  # bytes of a value that fits into its entry
        (self.start,) = self._unpack(self._pointer, head[self._first :])

    def _unpack(self, codes: str, data: bytes) -> tuple[int, ...]:
        try:
            return struct.unpack_from(self.order + codes, data)
        except struct.error:
            raise ValueError("it is cut off") from None

    def at(self, offset: int, size: int) -> bytes:
        """`size` bytes from `offset`."""
        if offset < 0 or size < 0 or offset + size > self.length:
            raise ValueError("it points outside itself")
        self.file.seek(offset)
        return self.file.read(size)

    def directory(self, offset: int) -> tuple[dict[int, Entry], int]:
        """The entries at `offset` by tag, and the place of the pointer to the next directory."""
        head = struct.calcsize(self._count)
        value_at = struct.calcsize("<" + self._entry_head)
        width = value_at + self._room
        (count,) = self._unpack(self._count, self.at(offset, head))
        if count > _MOST_ENTRIES:
            raise ValueError(f"a directory claims {count} entries")
        data = self.at(offset + head, count * width)
        entries: dict[int, Entry] = {}
        for number in range(count):
            piece = data[number * width : (number + 1) * width]
            tag, type, length = self._unpack(self._entry_head, piece)
            entry = Entry(tag, type, length, piece[value_at:], offset + head + number * width)
            entries.setdefault(tag, entry)
        return entries, offset + head + count * width

    def value(self, entry: Entry) -> Value:
        """The value of an entry."""
        if entry.type not in _SIZES or entry.size > _MOST_BYTES:
            raise ValueError(f"its tag {entry.tag} is damaged")
        if entry.size <= len(entry.field):
            data = entry.field[: entry.size]
        else:
            data = self.at(self.offset(entry), entry.size)
        return Value(entry.type, entry.count, self._swapped(entry.type, data))

    def offset(self, entry: Entry) -> int:
        """Where an entry's value or directory is."""
        return self._unpack(self._pointer, entry.field)[0]

    def number(self, entry: Entry) -> int:
        """The first number of an entry of whole numbers."""
        value = self.value(entry)
        size = _SIZES[value.type]
        if value.type not in (1, 3, 4, 13, 16) or len(value.data) < size:
            raise ValueError(f"its tag {entry.tag} is no number")
        return int.from_bytes(value.data[:size], "big")

    def _swapped(self, type: int, data: bytes) -> bytes:
        """Big-endian from the structure's order, or back."""
        word = _WORDS[type]
        if self.order == ">" or word == 1:
            return data
        return b"".join(data[start : start + word][::-1] for start in range(0, len(data), word))

    def entry(self, tag: int, value: Value) -> Entry:
        """An entry for a new value, which goes to the end where it does not fit into the entry."""
        data = self._swapped(value.type, value.data)
        field = data
        if len(data) > self._room:
            field = self._packed(self.append(data))
        return Entry(tag, value.type, value.count, field.ljust(self._room, b"\0"))

    def pointer(self, tag: int, offset: int) -> Entry:
        """An entry that points to a directory."""
        type = LONG
        if self.big:
            type = LONG8
        return Entry(tag, type, 1, self._packed(offset))

    def _packed(self, offset: int) -> bytes:
        return struct.pack(self.order + self._pointer, offset)

    def append(self, data: bytes) -> int:
        """Put bytes at the end, on an even offset, and tell where."""
        self.file.seek(self.length)
        self.file.write(b"\0" * (self.length % 2) + data)
        offset = self.length + self.length % 2
        self.length = offset + len(data)
        if not self.big and self.length > 0xFFFFFFFF:
            raise ValueError("it grows past 4 GiB")
        return offset

    def append_directory(self, entries: dict[int, Entry], following: int = 0) -> int:
        """Put a directory at the end and tell where."""
        parts = [struct.pack(self.order + self._count, len(entries))]
        for _, entry in sorted(entries.items()):
            head = struct.pack(self.order + self._entry_head, entry.tag, entry.type, entry.count)
            parts.append(head + entry.field)
        return self.append(b"".join(parts) + self._packed(following))

    def set_start(self, offset: int) -> None:
        """Make the directory at `offset` the first."""
        self.start = offset
        self.overwrite(self._first, self._packed(offset))

    def overwrite(self, offset: int, data: bytes) -> None:
        """Change bytes in place."""
        self.at(offset, len(data))
        self.file.seek(offset)
        self.file.write(data)

    def set_number(self, entry: Entry, number: int) -> Entry:
        """Change an entry's number in place, as a SHORT or a LONG."""
        type = LONG
        if number < 65536 and entry.type != LONG:
            type = SHORT
        data = number.to_bytes(_SIZES[type], "big")
        changed = replace(entry, type=type, count=1, field=self.entry(entry.tag, Value(type, 1, data)).field)
        self.overwrite(entry.place, struct.pack(self.order + "HH", entry.tag, type))
        self.overwrite(entry.place + 4, struct.pack(self.order + self._pointer, 1) + changed.field)
        return changed

    def follow(self, place: int) -> int:
        """The offset stored in a pointer at `place`."""
        return self._unpack(self._pointer, self.at(place, self._room))[0]

    def end_chain(self, place: int) -> None:
        """Let no directory follow the one whose pointer to the next is at `place`."""
        self.overwrite(place, self._packed(0))
