"""EXIF (CIPA DC-008) between file formats: carried as it is, its stale parts made true."""

import io
from contextlib import suppress
from pathlib import Path

from photostyle.photo.directories import ASCII, Structure, Value

_ORIENTATION, _SOFTWARE, _EXIF, _GPS, _INTEROP, _MAKER_NOTE = 0x0112, 0x0131, 0x8769, 0x8825, 0xA005, 0x927C
_WIDTHS, _HEIGHTS = {0x0100, 0xA002}, {0x0101, 0xA003}
# What describes the photo, not the file, in the first directory of a TIFF: EXIF 2.32, table 4, and Windows' own.
_DESCRIPTIVE = (
    0x010E, 0x010F, 0x0110, 0x0131, 0x0132, 0x013B, 0x013C, 0x8298,
    0x4746, 0x4749, 0x9C9B, 0x9C9C, 0x9C9D, 0x9C9E, 0x9C9F,
)  # fmt: skip

Tags = dict[int, Value]


def orientation(block: bytes | None) -> int | None:
    """The orientation 1 to 8 that an EXIF block gives, or None."""
    if not block:
        return None
    with suppress(ValueError):
        structure = Structure(io.BytesIO(block))
        entries, _ = structure.directory(structure.start)
        if _ORIENTATION in entries:
            number = structure.number(entries[_ORIENTATION])
            return number if 1 <= number <= 8 else None
    return None


def is_adobe_rgb(block: bytes | None) -> bool:
    """Whether EXIF declares Adobe RGB, as cameras do that embed no profile: interoperability index R03 (DCF 2.0)."""
    with suppress(ValueError):
        tags = _children(Structure(io.BytesIO(block or b"")))
        return tags[_EXIF, _INTEROP].get(1, Value(ASCII, 0, b"")).data.rstrip(b"\0") == b"R03"
    return False


def refreshed(block: bytes | None, size: tuple[int, int], software: str) -> bytes:
    """An EXIF block made true for an upright photo of `size` (width, height): orientation 1, no thumbnail.

    `software` is named where no software is. Values stay at their places.

    Raises:
        ValueError: the block is damaged.
    """
    file = io.BytesIO(block or b"MM\0*\0\0\0\x08\0\0\0\0\0\0")
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


def _text(text: str) -> Value:
    data = text.encode("ascii", "replace") + b"\0"
    return Value(ASCII, len(data), data)


def _set_size(structure: Structure, entries: dict, size: tuple[int, int]) -> None:
    for tag, entry in entries.items():
        if tag in _WIDTHS | _HEIGHTS:
            structure.set_number(entry, size[tag in _HEIGHTS])


def _without_thumbnail(structure: Structure, after: int) -> int:
    """Cut the second directory off, blank its picture, and tell how long the block still has to be."""
    length, following = structure.length, structure.follow(after)
    structure.end_chain(after)
    with suppress(ValueError):
        entries, _ = structure.directory(following) if following else ({}, 0)
        if 0x0201 in entries and 0x0202 in entries:
            start, size = structure.number(entries[0x0201]), structure.number(entries[0x0202])
            end = min(start + size, length)
            if 8 < start < end:
                structure.overwrite(start, bytes(end - start))
                return start if end + 2 > length else length
    return length


def block_of_tiff(path: Path) -> bytes | None:
    """What a TIFF file, or a camera raw file of that kind, says about its photo, as an EXIF block."""
    with open(path, "rb") as file:
        structure = Structure(file)
        directories = _children(structure)
    top = {tag: value for tag, value in directories[()].items() if tag in _DESCRIPTIVE}
    nested = {place: tags for place, tags in directories.items() if place and tags}
    return _block(top, nested) if top or nested else None


def into_tiff(path: Path, block: bytes) -> None:
    """Add an EXIF block to a TIFF file: its first directory moves to the end, with more entries."""
    directories = _children(Structure(io.BytesIO(block)))
    top = {tag: value for tag, value in directories[()].items() if tag in _DESCRIPTIVE}
    with open(path, "rb+") as file:
        structure = Structure(file)
        _graft(structure, top, {place: tags for place, tags in directories.items() if place and tags})


def without_maker_note(block: bytes) -> bytes:
    """The block without its maker note, which can be larger than a JPEG segment."""
    directories = _children(Structure(io.BytesIO(block)))
    directories.get((_EXIF,), {}).pop(_MAKER_NOTE, None)
    return _block(directories[()], {place: tags for place, tags in directories.items() if place and tags})


def _children(structure: Structure) -> dict[tuple[int, ...], Tags]:
    """All values, by the tags that lead to their directory; damaged values and directories are left out."""
    found: dict[tuple[int, ...], Tags] = {}
    for place in ((), (_EXIF,), (_GPS,), (_EXIF, _INTEROP)):
        found[place] = {}
        with suppress(ValueError, KeyError):
            entries, _ = structure.directory(structure.start)
            for tag in place:
                entries, _ = structure.directory(structure.offset(entries[tag]))
            for tag, entry in entries.items():
                wanted = place or tag in _DESCRIPTIVE
                if tag not in (_EXIF, _GPS, _INTEROP) and wanted:
                    with suppress(ValueError):
                        found[place][tag] = structure.value(entry)
    return found


def _block(top: Tags, nested: dict[tuple[int, ...], Tags]) -> bytes:
    file = io.BytesIO(b"MM\0*\0\0\0\x08\0\0\0\0\0\0")
    structure = Structure(file)
    file.seek(0, 2)
    _graft(structure, top, nested)
    return file.getvalue()


def _graft(structure: Structure, top: Tags, nested: dict[tuple[int, ...], Tags]) -> None:
    entries, _ = structure.directory(structure.start)
    entries |= {tag: structure.entry(tag, value) for tag, value in top.items()}
    for place in ((_EXIF,), (_GPS,)):
        tags = nested.get(place, {})
        inner = {tag: structure.entry(tag, value) for tag, value in tags.items()}
        if place == (_EXIF,) and (_EXIF, _INTEROP) in nested:
            deeper = {tag: structure.entry(tag, value) for tag, value in nested[_EXIF, _INTEROP].items()}
            inner[_INTEROP] = structure.pointer(_INTEROP, structure.append_directory(deeper))
        if inner:
            entries[place[0]] = structure.pointer(place[0], structure.append_directory(inner))
    structure.set_start(structure.append_directory(entries))

