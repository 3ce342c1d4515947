"""AVIF of 8 to 12 bits, by libavif."""

from pathlib import Path
from typing import Any

from photostyle.photo.codecs import boxes, pillow
from photostyle.photo.codecs.avif_boxes import with_facts
from photostyle.photo.codecs.deep_codes import bits_to_write, narrowed, widened
from photostyle.photo.colour_management import icc
from photostyle.photo.colour_management.primaries import declared_profile
from photostyle.photo.decoded import Decoded, layout_of, note_of_others
from photostyle.photo.encode_job import EncodeJob
from photostyle.photo.file_facts import Metadata
from photostyle.photo.limits import Limits
from photostyle.photo.photo_file import PhotoFile
from photostyle.photo.raster import THREADS, Raster, full_scale

_QUALITY = 90
_BEST = 99
_SPEED = 7
_BITS = 10
_EXIF_ORIENTATION = 0x0112
# Flags of the codec's configuration (AV1 in ISOBMFF, section 2.3.3).
_HIGH_BIT_DEPTH = 0x40
_TWELVE_BIT = 0x20
_MONOCHROME = 0x10
_SUBSAMPLING = 0x0C
_SUBSAMPLINGS = {0x00: "4:4:4", 0x08: "4:2:2", 0x04: "4:2:0", 0x0C: "4:2:0"}


def decode(file: PhotoFile, limits: Limits) -> Decoded:
    """Decode the first image."""
    from imagecodecs import avif_decode

    with pillow.opened(file.for_library(), "AVIF", limits) as image:
        notes = note_of_others(getattr(image, "n_frames", 1), "frames")
        notes += boxes.notes_of_attachments(file)
        metadata = Metadata(pillow.exif_of(image), image.info.get("xmp") or None)
        profile = image.info.get("icc_profile")
        orientation = image.getexif().get(_EXIF_ORIENTATION, 1)
        size = image.size
    codes = avif_decode(file.read(), index=0, numthreads=THREADS)
    if codes.shape[1::-1] != size:
        raise ValueError("its header contradicts its pixels")
    bits, subsampling = _coded(file)
    raster = widened(Raster.from_array(codes), bits)
    layout, alpha = layout_of(raster.channels)
    points = boxes.declared_points(file)
    profile = profile or declared_profile(points, notes, layout)
    encoding: dict[str, object] = {"bits": bits, "subsampling": subsampling}
    return Decoded(
        raster,
        layout,
        alpha,
        full_scale(raster.dtype),
        profile,
        orientation,
        metadata,
        encoding,
        notes,
        stated=points is not None,
    )


def _coded(file: PhotoFile) -> tuple[int, str]:
    """Bits and subsampling, from the codec's configuration box; 8 and 4:2:0 where there is none."""
    head = file.head(boxes.HEAD_BYTES)
    place = head.find(b"av1C")
    if not 0 <= place < len(head) - 6:
        return 8, "4:2:0"
    flags = head[place + 6]
    bits = 8
    if flags & _HIGH_BIT_DEPTH:
        bits = 10
        if flags & _TWELVE_BIT:
            bits = 12
    if flags & _MONOCHROME:
        return bits, "4:0:0"
    return bits, _SUBSAMPLINGS[flags & _SUBSAMPLING]


def encode(job: EncodeJob, path: Path) -> None:
    """Write 8 bits, or, of a deeper photo, the 10 or 12 bits that it had, with its subsampling."""
    from imagecodecs import avif_encode

    raster = job.raster
    bits = bits_to_write(raster, job.encoding.get("bits"), _BITS)
    codes = narrowed(raster, bits)
    subsampling = str(job.encoding.get("subsampling", "4:4:4"))
    if subsampling == "4:0:0":
        subsampling = "4:4:4"
    if raster.channels == 1:
        codes = codes[..., 0]
        subsampling = "4:0:0"
    elif raster.channels == 2:
        codes = codes[..., [0, 0, 0, 1]]
    # Without a profile the photo is sRGB, by its code points; with one they are left open, but for HDR, which has both.
    points: dict[str, Any] = {"primaries": 1, "transfer": 13, "matrix": 6}
    hdr = icc.code_points(job.profile)
    profile = job.profile
    if hdr is not None:
        points = {"primaries": hdr[0], "transfer": hdr[1], "matrix": boxes.matrix_for(hdr[0])}
        profile = None
    elif job.profile:
        points = {}
    data = avif_encode(
        codes,
        level=min(job.quality or _QUALITY, _BEST),
        speed=_SPEED,
        bitspersample=bits,
        pixelformat="yuv" + subsampling.replace(":", ""),
        numthreads=THREADS,
        **points,
    )
    path.write_bytes(with_facts(bytes(data), profile, job.metadata.exif, job.metadata.xmp))
