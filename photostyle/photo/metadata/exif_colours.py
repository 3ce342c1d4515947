"""What EXIF says of a photo's colours (DCF 2.0, EXIF 2.32: tags ColorSpace and InteroperabilityIndex), and made true.

ColorSpace 1 is sRGB, whatever else stands there; 2 is Adobe RGB, which no standard has but cameras write; 65535 leaves it
open, and then InteroperabilityIndex R03, the camera's own note, or, without an index R98, the name of the camera's file
tell Adobe RGB.
"""

import io
import re
from contextlib import suppress
from typing import Literal

from photostyle.photo.metadata.directories import Entry, Structure, Value

StatedSpace = Literal["srgb", "adobe", None]

_EXIF = 0x8769
_INTEROP = 0xA005
_MAKE = 0x010F
_MAKER_NOTE = 0x927C
_COLOUR_SPACE = 0xA001
_SRGB = 1
_ADOBE = 2
_OPEN = 65535
_INDEX = 1
_ADOBE_INDEX = b"R03"
_SRGB_INDEX = b"R98"
# DCF 2.0 has the names of files with Adobe RGB begin with an underscore, before three more characters and four digits.
_DCF_ADOBE_NAME = re.compile(r"_[A-Z0-9_]{3}\d{4}\.[A-Z]{3,4}", re.IGNORECASE)
_CAMERA_MAKERS = (b"CANON", b"NIKON", b"SONY", b"OLYMPUS", b"PENTAX", b"PANASONIC", b"FUJIFILM", b"RICOH")
# The tag of a maker note whose value is 1 for sRGB and 2 for Adobe RGB.
_CANON_TAG = 0x00B4
_NIKON_TAG = 0x001E
_NIKON_HEAD = re.compile(rb"Nikon\0\x02.\0\0", re.DOTALL)


def stated_space(block: bytes | None, file_name: str = "") -> StatedSpace:
    """The colour space that an EXIF block states, or None.

    Args:
        block: the EXIF block, or None.
        file_name: of the photo, without folders.
    """
    with suppress(ValueError):
        structure = Structure(io.BytesIO(block or b""))
        top, _ = structure.directory(structure.start)
        if _EXIF not in top:
            return None
        entries, _ = structure.directory(structure.offset(top[_EXIF]))
        number = _number(structure, entries.get(_COLOUR_SPACE))
        if number == _SRGB:
            return "srgb"
        if number == _ADOBE or _index(structure, entries) == _ADOBE_INDEX:
            return "adobe"
        if number != _OPEN:
            return None
        make = b""
        if _MAKE in top:
            make = structure.value(top[_MAKE]).data.upper()
        noted = _noted_space(structure, entries, make)
        if noted == _ADOBE:
            return "adobe"
        if noted is None and _index(structure, entries) != _SRGB_INDEX and make.startswith(_CAMERA_MAKERS):
            if _DCF_ADOBE_NAME.fullmatch(file_name):
                return "adobe"
    return None


def _number(structure: Structure, entry: Entry | None) -> int | None:
    """The whole number of an entry; None where there is none or it is damaged."""
    if entry is not None:
        with suppress(ValueError):
            return structure.number(entry)
    return None


def _index(structure: Structure, entries: dict[int, Entry]) -> bytes:
    """The interoperability index, or nothing."""
    with suppress(ValueError, KeyError):
        deeper, _ = structure.directory(structure.offset(entries[_INTEROP]))
        return structure.value(deeper[_INDEX]).data.rstrip(b"\0 ")
    return b""


def _noted_space(structure: Structure, entries: dict[int, Entry], make: bytes) -> int | None:
    """What the maker note says, 1 for sRGB and 2 for Adobe RGB; None where it says nothing that is certain."""
    with suppress(ValueError, KeyError):
        entry = entries[_MAKER_NOTE]
        if make.startswith(b"CANON"):
            noted, _ = structure.directory(structure.offset(entry))
            return _number(structure, noted.get(_CANON_TAG))
        if make.startswith(b"NIKON"):
            note = structure.value(entry).data
            if _NIKON_HEAD.match(note):
                inner = Structure(io.BytesIO(note[10:]))
                noted, _ = inner.directory(inner.start)
                return _number(inner, noted.get(_NIKON_TAG))
    return None


def made_true(block: bytes, space: Literal["srgb", "adobe", "other"]) -> bytes:
    """The block without what contradicts the colours of the file that it goes into; no value moves.

    Args:
        block: a sound EXIF block.
        space: of the new file.
    """
    file = io.BytesIO(block)
    structure = Structure(file)
    with suppress(ValueError, KeyError):
        top, _ = structure.directory(structure.start)
        entries, _ = structure.directory(structure.offset(top[_EXIF]))
        number = _number(structure, entries.get(_COLOUR_SPACE))
        if number is not None:
            _set_space(structure, entries[_COLOUR_SPACE], number, space)
            entries, _ = structure.directory(structure.offset(top[_EXIF]))
        if _index(structure, entries) == _ADOBE_INDEX and space != "adobe":
            _drop_index(structure, top, entries, space)
    return file.getvalue()


def _set_space(structure: Structure, entry: Entry, number: int, space: str) -> None:
    if space == "srgb":
        wanted = _SRGB
    elif space == "adobe" and number == _ADOBE:
        wanted = _ADOBE
    else:
        wanted = _OPEN
    if number != wanted:
        structure.set_number(entry, wanted)


def _drop_index(structure: Structure, top: dict[int, Entry], entries: dict[int, Entry], space: str) -> None:
    """Say R98, which is sRGB, instead of R03; where the colours are neither, the index's directory is unlinked."""
    deeper, _ = structure.directory(structure.offset(entries[_INTEROP]))
    entry = deeper[_INDEX]
    if space == "srgb" and entry.count == 4:
        structure.overwrite(entry.place + 8, _SRGB_INDEX + b"\0")
        return
    del entries[_INTEROP]
    place = structure.append_directory(entries)
    moved = structure.entry(_EXIF, Value(top[_EXIF].type, 1, place.to_bytes(4, "big")))
    structure.overwrite(top[_EXIF].place + 8, moved.field)
