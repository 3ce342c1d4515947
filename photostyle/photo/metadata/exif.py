"""EXIF (CIPA DC-008) between file formats: carried as it is, its stale parts made true."""

import io
import struct
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from photostyle.photo.metadata.directories import ASCII, SHORT, Entry, Structure, Value

_ORIENTATION = 0x0112
_SOFTWARE = 0x0131
_EXIF = 0x8769
_GPS = 0x8825
_INTEROP = 0xA005
_MAKER_NOTE = 0x927C
_THUMBNAIL_START = 0x0201
_THUMBNAIL_SIZE = 0x0202
_WIDTHS = {0x0100, 0xA002}
_HEIGHTS = {0x0101, 0xA003}
# What describes the photo, not the file, in the first directory of a TIFF: EXIF 2.32, table 4, and Windows' own.
DESCRIPTIVE = (
    0x010E, 0x010F, 0x0110, 0x0131, 0x0132, 0x013B, 0x013C, 0x8298,
    0x4746, 0x4749, 0x9C9B, 0x9C9C, 0x9C9D, 0x9C9E, 0x9C9F,
)  # fmt: skip

_X_RESOLUTION = 0x011A
_Y_RESOLUTION = 0x011B
_RESOLUTION_UNIT = 0x0128
_INCH = 2
_RATIONAL = 5
_OWN_NAME = b"photostyle"
_EMPTY = b"MM\0*\0\0\0\x08\0\0\0\0\0\0"

Tags = dict[int, Value]
# By the tags that lead to their directory: () for the first, (_EXIF,), (_GPS,), (_EXIF, _INTEROP).
Directories = dict[tuple[int, ...], Tags]


def orientation(block: bytes | None) -> int | None:
    """The orientation 1 to 8 that an EXIF block gives, or None."""
    if not block:
        return None
    with suppress(ValueError):
        structure = Structure(io.BytesIO(block))
        entries, _ = structure.directory(structure.start)
        if _ORIENTATION in entries:
            number = structure.number(entries[_ORIENTATION])
            if 1 <= number <= 8:
                return number
    return None


def refreshed(block: bytes | None, size: tuple[int, int], software: str) -> bytes:
    """An EXIF block made true for an upright photo of `size` (width, height): orientation 1, no thumbnail.

    `software` is named where no software is. Values stay at their places.

    Raises:
        ValueError: the block is damaged.
    """
    file = io.BytesIO(block or _EMPTY)
    structure = Structure(file)
    entries, after = structure.directory(structure.start)
    length = _without_thumbnail(structure, after)
    for tag, entry in entries.items():
        if tag == _ORIENTATION:
            structure.set_number(entry, 1)
    _set_size(structure, entries, size)
    if _EXIF in entries:
        with suppress(ValueError):
            _set_size(structure, structure.directory(structure.offset(entries[_EXIF]))[0], size)
    file.truncate(length)
    if _SOFTWARE in entries:
        return file.getvalue()
    structure = Structure(file)
    entries, _ = structure.directory(structure.start)
    entries[_SOFTWARE] = structure.entry(_SOFTWARE, _text(software))
    structure.set_start(structure.append_directory(entries))
    return file.getvalue()


def with_texts(block: bytes, texts: dict[int, str]) -> bytes:
    """The block with texts for tags of its first directory that it does not have, or has empty; no value moves."""
    values = {}
    for tag, text in texts.items():
        values[tag] = _text(text)
    return _with_values(block, values)


def with_resolution(block: bytes, resolution: tuple[float, float]) -> bytes:
    """The block with pixels per inch along x and y, where it has no resolution."""
    x, y = (Value(_RATIONAL, 1, struct.pack(">II", round(number * 100), 100)) for number in resolution)
    unit = Value(SHORT, 1, struct.pack(">H", _INCH))
    return _with_values(block, {_X_RESOLUTION: x, _Y_RESOLUTION: y, _RESOLUTION_UNIT: unit})


def _with_values(block: bytes, values: Tags) -> bytes:
    """The block with those values whose tags its first directory does not have, or has empty."""
    file = io.BytesIO(block)
    structure = Structure(file)
    entries, _ = structure.directory(structure.start)
    missing = {}
    for tag, value in values.items():
        there = b""
        if tag in entries:
            with suppress(ValueError):
                there = structure.value(entries[tag]).data.strip(b"\0 ")
        if not there or (tag == _SOFTWARE and there == _OWN_NAME):
            missing[tag] = value
    if not missing:
        return block
    entries |= _entries(structure, missing)
    structure.set_start(structure.append_directory(entries))
    return file.getvalue()


def _text(text: str) -> Value:
    data = text.replace("\0", " ").encode() + b"\0"
    return Value(ASCII, len(data), data)


def _set_size(structure: Structure, entries: dict[int, Entry], size: tuple[int, int]) -> None:
    width, height = size
    for tag, entry in entries.items():
        if tag in _WIDTHS:
            structure.set_number(entry, width)
        elif tag in _HEIGHTS:
            structure.set_number(entry, height)


def _without_thumbnail(structure: Structure, after: int) -> int:
    """Cut the second directory off, blank its picture, and tell how long the block still has to be."""
    length = structure.length
    following = structure.follow(after)
    structure.end_chain(after)
    if not following:
        return length
    with suppress(ValueError):
        entries, _ = structure.directory(following)
        if _THUMBNAIL_START in entries and _THUMBNAIL_SIZE in entries:
            start = structure.number(entries[_THUMBNAIL_START])
            end = min(start + structure.number(entries[_THUMBNAIL_SIZE]), length)
            if 8 < start < end:
                structure.overwrite(start, bytes(end - start))
                if end + 2 > length:
                    return start
    return length


def block_of_tiff(file: BinaryIO) -> bytes | None:
    """What a TIFF file, or a camera raw file of that kind, says about its photo, as an EXIF block."""
    directories = _directories(Structure(file))
    top = _descriptive(directories)
    nested = _nested(directories)
    if not top and not nested:
        return None
    return _block(top, nested)


def into_tiff(path: Path, block: bytes | None, tags: Tags) -> None:
    """Add an EXIF block and other tags to a TIFF file: its first directory moves to the end, with more entries."""
    directories = _directories(Structure(io.BytesIO(block or _EMPTY)))
    with open(path, "rb+") as file:
        _graft(Structure(file), tags | _descriptive(directories), _nested(directories))


def without_maker_note(block: bytes) -> bytes:
    """The block without its maker note, which can be larger than a JPEG segment."""
    directories = _directories(Structure(io.BytesIO(block)))
    directories[(_EXIF,)].pop(_MAKER_NOTE, None)
    return _block(directories[()], _nested(directories))


def _descriptive(directories: Directories) -> Tags:
    """Those tags of the first directory that describe the photo."""
    return {tag: value for tag, value in directories[()].items() if tag in DESCRIPTIVE}


def _nested(directories: Directories) -> Directories:
    """All directories but the first, without empty ones."""
    return {place: tags for place, tags in directories.items() if place and tags}


def _directories(structure: Structure) -> Directories:
    """All values; damaged values and directories are left out."""
    found: Directories = {}
    for place in ((), (_EXIF,), (_GPS,), (_EXIF, _INTEROP)):
        found[place] = {}
        with suppress(ValueError, KeyError):
            found[place] = _values(structure, place)
    return found


def _values(structure: Structure, place: tuple[int, ...]) -> Tags:
    """The values of the directory to which the tags of `place` lead."""
    entries, _ = structure.directory(structure.start)
    for tag in place:
        entries, _ = structure.directory(structure.offset(entries[tag]))
    values: Tags = {}
    for tag, entry in entries.items():
        if tag in (_EXIF, _GPS, _INTEROP) or not (place or tag in DESCRIPTIVE):
            continue
        with suppress(ValueError):
            values[tag] = structure.value(entry)
    return values


def _block(top: Tags, nested: Directories) -> bytes:
    file = io.BytesIO(_EMPTY)
    _graft(Structure(file), top, nested)
    return file.getvalue()


def _graft(structure: Structure, top: Tags, nested: Directories) -> None:
    """Put values into a structure: into its first directory, which moves to the end, and into new ones below it."""
    entries, _ = structure.directory(structure.start)
    entries |= _entries(structure, top)
    for pointer in (_EXIF, _GPS):
        inner = _entries(structure, nested.get((pointer,), {}))
        if pointer == _EXIF and (_EXIF, _INTEROP) in nested:
            deeper = _entries(structure, nested[_EXIF, _INTEROP])
            inner[_INTEROP] = structure.pointer(_INTEROP, structure.append_directory(deeper))
        if inner:
            entries[pointer] = structure.pointer(pointer, structure.append_directory(inner))
    structure.set_start(structure.append_directory(entries))


def _entries(structure: Structure, tags: Tags) -> dict[int, Entry]:
    return {tag: structure.entry(tag, value) for tag, value in tags.items()}
