"""JPEG, by Pillow's libjpeg-turbo; tables and subsampling of the source are used again.

Like a PNG, a file is stripped of what only tells of the photo before it is decoded, so that broken EXIF or a broken
profile never stops it.
"""

import io
import struct
from pathlib import Path

from photostyle.photo.codecs import pillow
from photostyle.photo.codecs.deep_codes import widened
from photostyle.photo.codecs.jpeg_segments import PHOTOSHOP, Segments, segments
from photostyle.photo.decoded import Decoded
from photostyle.photo.encode_job import EncodeJob
from photostyle.photo.file_facts import Layout, Metadata
from photostyle.photo.limits import Limits
from photostyle.photo.metadata import iptc, xmp_extended
from photostyle.photo.metadata.metadata_out import MOST_RESOURCES, MOST_XMP
from photostyle.photo.metadata.resources import grouped
from photostyle.photo.photo_file import PhotoFile
from photostyle.photo.raster import Raster, full_scale

# Where no source tells: as good as print needs, with the chroma of every pixel.
_QUALITY = 95
_FULL_CHROMA = 0
_PROGRESSIVE = 0xC2
_LOSSLESS = 0xC3
_APP1 = 0xE1
_APP13 = 0xED
_COMMENT = 0xFE
_SCAN = b"\xff\xda"
_MOST_SCANS = 200
_LAYOUTS: dict[int, Layout] = {1: "grey", 3: "rgb", 4: "cmyk"}


def decode(file: PhotoFile, limits: Limits) -> Decoded:
    """Decode the first picture of the file."""
    return decode_bytes(file.read(), limits)


def decode_bytes(data: bytes, limits: Limits) -> Decoded:
    """Decode a file's content."""
    found = segments(data)
    del data
    limits.check(found.width, found.height)
    # Each scan of a progressive file goes over all pixels again.
    if found.frame == _PROGRESSIVE and found.picture.count(_SCAN) > _MOST_SCANS:
        raise ValueError(f"it has more than {_MOST_SCANS} scans, photos about ten")
    if found.bits != 8 or found.frame == _LOSSLESS:
        decoded = _decoded_deep(found)
    else:
        decoded = _decoded(found, limits)
    decoded.notes += found.notes
    decoded.profile = found.profile
    comments = tuple(("Comment", text) for text in found.comments if text)
    decoded.metadata = Metadata(found.exif, found.xmp, found.iptc, found.resolution, text=comments, resources=found.resources)
    return decoded


def _decoded(found: Segments, limits: Limits) -> Decoded:
    from PIL import JpegImagePlugin

    with pillow.opened(io.BytesIO(found.picture), "JPEG", limits) as image:
        decoded = pillow.decode_image(image)
        decoded.encoding["progressive"] = found.frame == _PROGRESSIVE
        if isinstance(image, JpegImagePlugin.JpegImageFile):
            decoded.encoding["tables"] = [list(table) for _, table in sorted(image.quantization.items())]
            decoded.encoding["subsampling"] = JpegImagePlugin.get_sampling(image)
    return decoded


def _decoded_deep(found: Segments) -> Decoded:
    """12-bit and lossless files, which Pillow does not decode."""
    from imagecodecs import jpeg8_decode

    if b"\xff\xd9" not in found.picture[-64:]:
        raise ValueError("it is cut off")
    raster = widened(Raster.from_array(jpeg8_decode(found.picture)), found.bits)
    return Decoded(raster, _LAYOUTS[raster.channels], top=full_scale(raster.dtype))


def encode(job: EncodeJob, path: Path) -> None:
    """Write with the source's tables, or by quality."""
    options = pillow.blocks(job) | _coding(job)
    more = []
    if job.metadata.xmp:
        options["xmp"], extended = xmp_extended.split(job.metadata.xmp, MOST_XMP)
        if extended is not None:
            more += [(_APP1, body) for body in xmp_extended.pieces_of(extended)]
    for group in grouped(iptc.to_photoshop(job.metadata.iptc) + (job.metadata.resources or b""), MOST_RESOURCES):
        more.append((_APP13, PHOTOSHOP + group))
    for _, comment in job.metadata.text:
        more.append((_COMMENT, comment.encode()))
    options["extra"] = b"".join(_segment(marker, body) for marker, body in more)
    if job.metadata.resolution:
        x, y = job.metadata.resolution
        options["dpi"] = (round(x), round(y))
    pillow.save(job, path, "JPEG", options)


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def _coding(job: EncodeJob) -> dict[str, object]:
    """Quantisation, subsampling and order of scans: the source's, as far as they are known and not overruled."""
    encoding = job.encoding
    options: dict[str, object] = {"progressive": bool(encoding.get("progressive")), "subsampling": _FULL_CHROMA}
    if job.quality is None and encoding.get("tables"):
        options["qtables"] = encoding["tables"]
    else:
        options["quality"] = job.quality or _QUALITY
    if encoding.get("subsampling") in (0, 1, 2):
        options["subsampling"] = encoding["subsampling"]
    return options
