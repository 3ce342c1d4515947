"""Metadata on its way into a new file: made true for it, fitted to its format, with notes of what does not fit."""

from photostyle.photo.file_facts import Metadata
from photostyle.photo.formats import WRITABLE
from photostyle.photo.metadata import exif, xmp
from photostyle.photo.metadata.tiff_tags import in_words

SOFTWARE = "photostyle"
# A JPEG segment holds 65533 bytes, less the name of what it holds.
_MOST_EXIF = 65533 - 6
_MOST_XMP = 65533 - 29
_MOST_IPTC = 65533 - 14 - 13
_NO_IPTC = {"webp": "WebP", "avif": "AVIF", "heic": "HEIC", "jxl": "JPEG XL"}


def metadata_out(metadata: Metadata, size: tuple[int, int], format: str, history: str | None, notes: list[str]) -> Metadata:
    """A photo's metadata for a new file; what is damaged or does not fit is left out and noted.

    Args:
        metadata: as it was read.
        size: (width, height) of the upright photo.
        format: of the new file, a key of `formats.WRITABLE`.
        history: what was done to the photo, for the XMP history.
        notes: notes for the user, to be added to.
    """
    block = _exif_out(metadata.exif, size, notes)
    packet = _xmp_out(metadata.xmp, history, notes)
    records = metadata.iptc
    if format == "jpeg":
        block = _exif_for_jpeg(block, notes)
        packet = _xmp_for_jpeg(packet, notes)
        records = _iptc_for_jpeg(records, notes)
    if records and format in _NO_IPTC:
        notes.append(f"{_NO_IPTC[format]} has no place for its IPTC records; left out")
        records = None
    tags = metadata.tags
    if tags and format != "tiff":
        notes.append(f"{WRITABLE[format].name} has no place for its TIFF tags ({in_words(tags)}); left out")
        tags = ()
    resources: bytes | None = None
    if format == "tiff":
        resources = metadata.resources
    return Metadata(block, packet, records, metadata.resolution, resources=resources, tags=tags)


def _exif_out(block: bytes | None, size: tuple[int, int], notes: list[str]) -> bytes:
    try:
        return exif.refreshed(block, size, SOFTWARE)
    except ValueError as error:
        notes.append(f"its EXIF is damaged ({error}); left out")
        return exif.refreshed(None, size, SOFTWARE)


def _xmp_out(packet: bytes | None, history: str | None, notes: list[str]) -> bytes:
    try:
        return xmp.refreshed(packet, SOFTWARE, history)
    except ValueError as error:
        notes.append(f"its XMP is damaged ({error}); left out")
        return xmp.refreshed(None, SOFTWARE, history)


def _exif_for_jpeg(block: bytes, notes: list[str]) -> bytes:
    """The block where a JPEG segment holds it; else without its maker note, or empty."""
    if len(block) > _MOST_EXIF:
        notes.append("its EXIF is too long for a JPEG; the maker note is left out")
        block = exif.without_maker_note(block)
    if len(block) > _MOST_EXIF:
        notes.append("its EXIF is too long for a JPEG; left out")
        block = exif.refreshed(None, (1, 1), SOFTWARE)
    return block


def _xmp_for_jpeg(packet: bytes, notes: list[str]) -> bytes:
    """The packet where a JPEG segment holds it; else an empty one."""
    if len(packet) > _MOST_XMP:
        notes.append("its XMP is too long for a JPEG; left out")
        return xmp.refreshed(None, SOFTWARE, None)
    return packet


def _iptc_for_jpeg(records: bytes | None, notes: list[str]) -> bytes | None:
    """The records where a JPEG segment holds them."""
    if records and len(records) > _MOST_IPTC:
        notes.append("its IPTC records are too long for a JPEG; left out")
        return None
    return records
