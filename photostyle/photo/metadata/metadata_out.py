"""Metadata on its way into a new file: made true for it, fitted to its format, with notes of what does not fit."""

from dataclasses import dataclass

from photostyle.photo.colour_management.kinds import Kind
from photostyle.photo.file_facts import Metadata
from photostyle.photo.formats import WRITABLE
from photostyle.photo.metadata import attachments, exif, exif_colours, resources, text_out, xmp, xmp_extended
from photostyle.photo.metadata.tiff_tags import in_words

SOFTWARE = "photostyle"
# A JPEG segment holds 65533 bytes, less the name of what it holds.
_MOST_EXIF = 65533 - 6
MOST_XMP = 65533 - 29
MOST_RESOURCES = 65533 - 14
_MOST_IPTC = MOST_RESOURCES - 13
_NO_PHOTOSHOP = {"webp": "WebP", "avif": "AVIF", "heic": "HEIC", "jxl": "JPEG XL"}


@dataclass(frozen=True)
class NewFile:
    """The file that metadata is for.

    Args:
        format: a key of `formats.WRITABLE`.
        size: (width, height) of the upright photo.
        colours: of what kind its colours are, and the name of its profile.
        history: what was done to the photo, for the XMP history.
    """

    format: str
    size: tuple[int, int]
    colours: tuple[Kind, str]
    history: str | None = None


def metadata_out(metadata: Metadata, file: NewFile, notes: list[str]) -> Metadata:
    """A photo's metadata for a new file; what is damaged or does not fit is left out and noted.

    Args:
        metadata: as it was read.
        file: that it is for.
        notes: notes for the user, to be added to.
    """
    block = _exif_out(metadata.exif, file, notes)
    text = metadata.text
    modified = metadata.modified
    if file.format != "png":
        block, text = text_out.placed(block, text, modified, file.format, notes)
        modified = None
    packet = _xmp_out(metadata.xmp, file, notes)
    records = metadata.iptc
    blocks = metadata.resources
    if file.format != "tiff":
        blocks = resources.without_channels(blocks)
    if file.format == "jpeg":
        block = _exif_for_jpeg(block, notes)
        packet = _xmp_for_jpeg(packet, notes)
        records = _iptc_for_jpeg(records, notes)
        for number in resources.too_long(blocks, MOST_RESOURCES):
            notes.append(f"its Photoshop resource {number} is too long for a JPEG; left out")
    if file.format in _NO_PHOTOSHOP:
        _note_photoshop(records, blocks, _NO_PHOTOSHOP[file.format], notes)
        records = None
        blocks = None
        if metadata.resolution is not None:  # of which these formats have no other place
            block = exif.with_resolution(block, metadata.resolution)
    tags = metadata.tags
    if tags and file.format != "tiff":
        notes.append(f"{WRITABLE[file.format].name} has no place for its TIFF tags ({in_words(tags)}); left out")
        tags = ()
    chunks = metadata.chunks
    if chunks and file.format != "png":
        kinds = ", ".join(dict.fromkeys(kind.decode() for kind, _ in chunks))
        notes.append(f"{WRITABLE[file.format].name} has no place for its PNG chunks ({kinds}); left out")
        chunks = ()
    return Metadata(block, packet, records, metadata.resolution, text, blocks, modified, tags, chunks)


def _note_photoshop(records: bytes | None, blocks: bytes | None, format: str, notes: list[str]) -> None:
    if records:
        notes.append(f"{format} has no place for its IPTC records; left out")
    paths = resources.count_of_paths(blocks)
    if paths:
        notes.append(f"{format} has no place for its clipping paths ({paths}) and other Photoshop resources; left out")
    elif blocks:
        notes.append(f"{format} has no place for its Photoshop resources; left out")


def _exif_out(block: bytes | None, file: NewFile, notes: list[str]) -> bytes:
    kind, _ = file.colours
    try:
        return exif_colours.made_true(exif.refreshed(block, file.size, SOFTWARE), kind)
    except ValueError as error:
        notes.append(f"its EXIF is damaged ({error}); left out")
        return exif.refreshed(None, file.size, SOFTWARE)


def _xmp_out(packet: bytes | None, file: NewFile, notes: list[str]) -> bytes:
    try:
        packet = attachments.without_attachments(packet, notes)
        return xmp.refreshed(xmp.with_colours(packet, *file.colours), SOFTWARE, file.history)
    except ValueError as error:
        notes.append(f"its XMP is damaged ({error}); left out")
        return xmp.refreshed(None, SOFTWARE, file.history)


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
    """The packet where a JPEG can hold it, in several segments if need be; else an empty one."""
    try:
        xmp_extended.split(packet, MOST_XMP)
    except ValueError:
        notes.append("its XMP is too long for a JPEG; left out")
        return xmp.refreshed(None, SOFTWARE, None)
    return packet


def _iptc_for_jpeg(records: bytes | None, notes: list[str]) -> bytes | None:
    """The records where a JPEG segment holds them."""
    if records and len(records) > _MOST_IPTC:
        notes.append("its IPTC records are too long for a JPEG; left out")
        return None
    return records
