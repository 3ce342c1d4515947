"""TIFF tags that say something of the picture that no other block holds: GeoTIFF, GDAL, names, numbers of one's own.

They are carried from TIFF to TIFF as they are. What tells how the pixels are stored is made anew; what may point into
the old file cannot be carried.
"""

from collections.abc import Iterable
from contextlib import suppress
from typing import BinaryIO

from photostyle.photo.file_facts import Layout
from photostyle.photo.metadata.directories import ASCII, LONG, SHORT, Structure, Value
from photostyle.photo.metadata.exif import DESCRIPTIVE

TiffTags = tuple[tuple[int, Value], ...]

_FIRST_PRIVATE = 32768  # TIFF 6.0, section 8: below are the standard's own tags
# Those of the standard's own that are carried.
_STANDARD = {
    269: "DocumentName",
    285: "PageName",
    286: "XPosition",
    287: "YPosition",
    316: "HostComputer",
    333: "InkNames",
    334: "NumberOfInks",
    337: "TargetPrinter",
}
_OF_INKS = {333, 334}
# Where on earth the picture lies (OGC GeoTIFF 1.1, and its forerunners).
_GEOGRAPHIC = {33550, 33920, 33922, 34264, 34735, 34736, 34737, 50844}
_GDAL = {42112, 42113}
_IMAGEJ = {50838, 50839}
# Private tags that are read elsewhere, or that only tell how pixels are stored.
_ELSEWHERE = {33723, 34377, 34665, 34675, 34853, 40965, 50674, *DESCRIPTIVE}
_LAYERS = 37724
_DNG = range(50706, 50838)
_BYTE = 1
_UNDEFINED = 7
# Field types whose values cannot be places in the file: text, fractions, signed and short numbers, floats.
_PLAIN_TYPES = {ASCII, SHORT, 5, 6, 8, 9, 10, 11, 12}
_MOST_BLOCK = 1 << 16


def carried_tags(file: BinaryIO, place: int, notes: list[str], *, turned: bool) -> TiffTags:
    """The tags to carry of the directory at `place` in a TIFF file; what is left out of the others is noted.

    Args:
        file: the TIFF file.
        place: of the directory of the page that is used.
        notes: notes for the user, to be added to.
        turned: whether the picture is turned upright, after which places on earth no longer fit.
    """
    structure = Structure(file)
    entries, _ = structure.directory(place)
    found: list[tuple[int, Value]] = []
    left_out: list[int] = []
    for tag, entry in sorted(entries.items()):
        if tag not in _STANDARD and (tag < _FIRST_PRIVATE or tag in _ELSEWHERE):
            continue
        value: Value | None = None
        with suppress(ValueError):
            value = structure.value(entry)
        if value is None or not _is_plain(tag, value):
            left_out.append(tag)
        else:
            found.append((tag, value))
    if _LAYERS in left_out:
        notes.append("holds Photoshop layers, which are not carried; the flat picture is used")
        left_out.remove(_LAYERS)
    if left_out:
        notes.append(f"its private TIFF tags {', '.join(map(str, left_out))} may point into the file; not carried")
    if turned and any(tag in _GEOGRAPHIC for tag, _ in found):
        notes.append("was turned upright, so that its GeoTIFF tags no longer fit; left out")
        found = [(tag, value) for tag, value in found if tag not in _GEOGRAPHIC]
    return tuple(found)


def _is_plain(tag: int, value: Value) -> bool:
    """Whether a value means the same in another file."""
    if tag == _LAYERS or tag in _DNG:
        return False
    if tag in _GEOGRAPHIC or tag in _GDAL or tag in _IMAGEJ:
        return value.type <= 12
    if value.type in (_BYTE, _UNDEFINED):
        return value.count <= _MOST_BLOCK
    return value.type in _PLAIN_TYPES or (value.type == LONG and tag in _STANDARD)


def fitting(tags: TiffTags, layout: Layout) -> TiffTags:
    """Those tags that are true for a picture of a layout: names of inks are only for inks."""
    if layout == "cmyk":
        return tags
    return tuple((tag, value) for tag, value in tags if tag not in _OF_INKS)


def in_words(tags: Iterable[tuple[int, Value]]) -> str:
    """What tags are of, such as "GeoTIFF, GDAL, DocumentName, 65000"."""
    names: list[str] = []
    for tag, _ in tags:
        name = _name(tag)
        if name not in names:
            names.append(name)
    return ", ".join(names)


def _name(tag: int) -> str:
    if tag in _GEOGRAPHIC:
        return "GeoTIFF"
    if tag in _GDAL:
        return "GDAL"
    if tag in _IMAGEJ:
        return "ImageJ"
    return _STANDARD.get(tag, str(tag))
