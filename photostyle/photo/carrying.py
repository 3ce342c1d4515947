"""Metadata on its way into a new file: made true for it, fitted to its format, with notes of what does not fit."""

from photostyle.photo import exif, xmp
from photostyle.photo.photograph import Metadata, Photo

SOFTWARE = "photostyle"
# A JPEG segment holds 65533 bytes, less the name of what it holds.
_MOST_EXIF, _MOST_XMP, _MOST_IPTC = 65533 - 6, 65533 - 29, 65533 - 14 - 13
_NO_IPTC = {"webp": "WebP", "avif": "AVIF", "heic": "HEIC", "jxl": "JPEG XL"}


def carried(photo: Photo, format: str, history: str | None, notes: list[str]) -> Metadata:
    """The photo's metadata for a new file of that format; what is damaged or does not fit is left out and noted."""
    metadata = photo.metadata
    block, packet, records = None, None, metadata.iptc
    try:
        block = exif.refreshed(metadata.exif, photo.size, SOFTWARE)
    except ValueError as error:
        notes.append(f"its EXIF is damaged ({error}); left out")
        block = exif.refreshed(None, photo.size, SOFTWARE)
    try:
        packet = xmp.refreshed(metadata.xmp, SOFTWARE, history)
    except ValueError as error:
        notes.append(f"its XMP is damaged ({error}); left out")
        packet = xmp.refreshed(None, SOFTWARE, history)
    if format == "jpeg":
        block, packet, records = _fitted(block, packet, records, notes)
    if records and format in _NO_IPTC:
        notes.append(f"{_NO_IPTC[format]} has no place for its IPTC records; left out")
        records = None
    return Metadata(block, packet, records, metadata.resolution)


def _fitted(block: bytes, packet: bytes, records: bytes | None, notes: list[str]):
    if len(block) > _MOST_EXIF:
        notes.append("its EXIF is too long for a JPEG; the maker note is left out")
        block = exif.without_maker_note(block)
    if len(block) > _MOST_EXIF:
        notes.append("its EXIF is too long for a JPEG; left out")
        block = exif.refreshed(None, (1, 1), SOFTWARE)
    if len(packet) > _MOST_XMP:
        notes.append("its XMP is too long for a JPEG; left out")
        packet = xmp.refreshed(None, SOFTWARE, None)
    if records and len(records) > _MOST_IPTC:
        notes.append("its IPTC records are too long for a JPEG; left out")
        records = None
    return block, packet, records
