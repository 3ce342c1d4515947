"""AVIF of 8 to 12 bits, by libavif."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from photostyle.photo.codecs import av1, heif_facts, pillow
from photostyle.photo.codecs.avif_boxes import with_facts
from photostyle.photo.codecs.avif_sequences import still_image
from photostyle.photo.codecs.deep_codes import bits_to_write, narrowed, widened
from photostyle.photo.colour_management import icc
from photostyle.photo.colour_management.primaries import declared_profile
from photostyle.photo.decoded import Decoded, layout_of, note_of_others
from photostyle.photo.encode_job import EncodeJob
from photostyle.photo.file_facts import Metadata
from photostyle.photo.limits import Limits
from photostyle.photo.photo_file import PhotoFile
from photostyle.photo.raster import THREADS, Raster, full_scale

if TYPE_CHECKING:
    from PIL import Image

_QUALITY = 90
_BEST = 99
_LOSSLESS = 100
_IDENTITY = 0  # the matrix of R, G and B themselves (ITU-T H.273, table 4)
_SPEED = 7
_MOST_HEADERS = 1 << 12  # bytes in which the headers of a stream lie
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
    with pillow.opened(file.for_library(), "AVIF", limits) as image:
        notes = note_of_others(getattr(image, "n_frames", 1), "frames")
        notes += heif_facts.notes_of_attachments(file)
        metadata = Metadata(pillow.exif_of(image), image.info.get("xmp") or None)
        profile = image.info.get("icc_profile")
        orientation = image.getexif().get(_EXIF_ORIENTATION, 1)
        size = image.size
        bits, subsampling = _coded(file)
        still = still_image(file.read())
        if still is None:
            return _decoded_by_pillow(image, bits)
    raster = widened(Raster.from_array(_codes(still, size)), bits)
    layout, alpha = layout_of(raster.channels)
    points = heif_facts.declared_points(file)
    profile = profile or declared_profile(points, notes, layout)
    encoding: dict[str, object] = {"bits": bits, "subsampling": subsampling, "lossless": _is_lossless(file, subsampling)}
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


def _codes(still: bytes, size: tuple[int, int]) -> np.ndarray:
    """The codes of a file of one image, whose header says (width, height)."""
    from imagecodecs import avif_decode

    codes: np.ndarray = avif_decode(still, numthreads=THREADS)
    if codes.ndim > 3 or codes.shape[1::-1] != size:
        raise ValueError("its header contradicts its pixels")
    return codes


def _decoded_by_pillow(image: "Image.Image", bits: int) -> Decoded:
    """The first frame of a file that is an image sequence and nothing else, with 8 bits."""
    decoded = pillow.decode_image(image)
    if bits > 8:
        decoded.notes.append(f"is an image sequence of {bits} bits; read with 8")
    return decoded


def _is_lossless(file: PhotoFile, subsampling: str) -> bool:
    """Whether the photo is coded without loss, or its RGB is stored as it is; grey is always written without loss."""
    if subsampling == "4:0:0" or (subsampling == "4:4:4" and heif_facts.declares_identity(file)):
        return True
    return av1.is_lossless(heif_facts.coded_data(file, _MOST_HEADERS))


def _coded(file: PhotoFile) -> tuple[int, str]:
    """Bits and subsampling, from the codec's configuration; 8 and 4:2:0 where there is none."""
    configurations = heif_facts.properties(file, b"av1C")
    if not configurations or len(configurations[0]) < 3:
        return 8, "4:2:0"
    flags = configurations[0][2]
    bits = 8
    if flags & _HIGH_BIT_DEPTH:
        bits = 10
        if flags & _TWELVE_BIT:
            bits = 12
    if flags & _MONOCHROME:
        return bits, "4:0:0"
    return bits, _SUBSAMPLINGS[flags & _SUBSAMPLING]


def encode(job: EncodeJob, path: Path) -> None:
    """Write 8 bits, or, of a deeper photo, the 10 or 12 bits that it had, with its subsampling; lossless if it was."""
    from imagecodecs import avif_encode

    raster = job.raster
    bits = bits_to_write(raster, job.encoding.get("bits"), _BITS)
    codes = narrowed(raster, bits)
    subsampling = str(job.encoding.get("subsampling", "4:4:4"))
    if subsampling == "4:0:0":
        subsampling = "4:4:4"
    lossless = job.quality is None and bool(job.encoding.get("lossless"))
    if raster.channels == 1:
        lossless = False  # grey always is
        codes = codes[..., 0]
        subsampling = "4:0:0"
    elif raster.channels == 2:
        codes = codes[..., [0, 0, 0, 1]]
    # Without a profile the photo is sRGB, by its code points; with one they are left open, but for HDR, which has both.
    points: dict[str, Any] = {"primaries": 1, "transfer": 13, "matrix": 6}
    hdr = icc.code_points(job.profile)
    profile = job.profile
    if hdr is not None:
        points = {"primaries": hdr[0], "transfer": hdr[1], "matrix": heif_facts.matrix_for(hdr[0])}
        profile = None
    elif job.profile:
        points = {}
    level = min(job.quality or _QUALITY, _BEST)
    if lossless:
        subsampling = "4:4:4"
        level = _LOSSLESS
        points["matrix"] = _IDENTITY
    data = avif_encode(
        codes,
        level=level,
        speed=_SPEED,
        bitspersample=bits,
        pixelformat="yuv" + subsampling.replace(":", ""),
        numthreads=THREADS,
        **points,
    )
    path.write_bytes(with_facts(bytes(data), profile, job.metadata.exif, job.metadata.xmp))
