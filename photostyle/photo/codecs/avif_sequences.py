"""AVIF image sequences made stills, since imagecodecs writes all frames of a sequence into memory that holds one.

An animated AVIF usually is a still too: a "meta" box tells its first frame, a "moov" box all of them (AV1 in HEIF,
section 3). Without the latter, and without the brand of sequences, libavif decodes the still.
"""

from photostyle.photo.codecs.boxes import Box, top_boxes

_STILL = b"avif"
_SEQUENCE = b"avis"


def still_image(data: bytes) -> bytes | None:
    """The file without its sequence, all bytes at their places; None where it is nothing but a sequence.

    Args:
        data: an AVIF file.
    """
    boxes = list(top_boxes(data))
    kinds = {box.kind for box in boxes}
    sequence = b"moov" in kinds or any(_is_sequence(data, box) for box in boxes)
    if not sequence:
        return data
    if b"meta" not in kinds:
        return None
    still = bytearray(data)
    for box in boxes:
        if box.kind == b"moov":
            still[box.start + 4 : box.start + 8] = b"free"
        if box.kind == b"ftyp":
            still[box.body : box.end] = data[box.body : box.end].replace(_SEQUENCE, _STILL)
    return bytes(still)


def _is_sequence(data: bytes, box: Box) -> bool:
    """Whether this is a "ftyp" box that names the brand of sequences."""
    return box.kind == b"ftyp" and _SEQUENCE in data[box.body : box.end]
