"""Boxes of the ISO base media file format (ISO 14496-12), of which AVIF and HEIC files are made."""

import struct

from photostyle.photo.photo_file import PhotoFile

HEAD_BYTES = 1 << 16  # the boxes that are looked for stand at a file's start


def declared_points(file: PhotoFile) -> tuple[int, int] | None:
    """The primaries and the transfer of an AVIF or HEIC file's "colr" box of type "nclx"."""
    head = file.head(HEAD_BYTES)
    place = head.find(b"colrnclx")
    if not 0 <= place <= len(head) - 12:
        return None
    primaries, transfer = struct.unpack_from(">HH", head, place + 8)
    return primaries, transfer
