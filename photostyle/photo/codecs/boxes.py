"""Boxes of the ISO base media file format (ISO 14496-12), of which AVIF and HEIC files are made."""

import struct

from photostyle.photo.photo_file import PhotoFile

_UNSPECIFIED = 2
_REC_601 = 6
_REC_2020 = 9
HEAD_BYTES = 1 << 16  # the boxes that are looked for stand at a file's start


def declared_points(file: PhotoFile) -> tuple[int, int] | None:
    """Primaries and transfer of an AVIF or HEIC file's "colr" box of type "nclx"; None where it leaves both open."""
    head = file.head(HEAD_BYTES)
    place = head.find(b"colrnclx")
    if not 0 <= place <= len(head) - 12:
        return None
    primaries, transfer = struct.unpack_from(">HH", head, place + 8)
    if primaries == transfer == _UNSPECIFIED:
        return None
    return primaries, transfer


def matrix_for(primaries: int) -> int:
    """The code point of the matrix from RGB to luma and chroma that goes with primaries (ITU-T H.273, table 4)."""
    if primaries == _REC_2020:
        return _REC_2020
    return _REC_601
