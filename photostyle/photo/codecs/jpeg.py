"""JPEG, by Pillow's libjpeg-turbo; tables and subsampling of the source are used again.

Like a PNG, a file is stripped of what only tells of the photo before it is decoded, so that broken EXIF or a broken
profile never stops it.
"""

import io
import struct
from pathlib import Path

import numpy as np

from photostyle.photo import iptc
from photostyle.photo.codecs import pillow
from photostyle.photo.codecs.heif import widened
from photostyle.photo.codecs.jpeg_segments import Segments, segments
from photostyle.photo.decoded import Decoded, Limits, Order
from photostyle.photo.photograph import Metadata
from photostyle.photo.raster import Raster

_PHOTOSHOP = b"Photoshop 3.0\0"
# Where no source tells: as good as print needs, with the chroma of every pixel.
_QUALITY, _FULL_CHROMA = 95, 0
_PROGRESSIVE, _LOSSLESS, _SCAN, _MOST_SCANS = 0xC2, 0xC3, b"\xff\xda", 200


def decode(path: Path, limits: Limits) -> Decoded:
    """Decode the first picture of the file."""
    return decode_bytes(path.read_bytes(), limits)


def decode_bytes(data: bytes, limits: Limits) -> Decoded:
    """Decode a file's content."""
    found = segments(data)
    del data
    limits.check(found.width, found.height)
    # Each scan of a progressive file goes over all pixels again.
    if found.frame == _PROGRESSIVE and found.picture.count(_SCAN) > _MOST_SCANS:
        raise ValueError(f"it has more than {_MOST_SCANS} scans, photos about ten")
    deep = found.bits != 8 or found.frame == _LOSSLESS
    decoded = _decoded_deep(found) if deep else _decoded(found, limits)
    if found.pictures > 1:
        decoded.notes.append(f"holds {found.pictures} pictures; only the first is used")
    decoded.notes += found.notes
    decoded.profile = found.profile
    decoded.metadata = Metadata(found.exif, found.xmp, found.iptc, found.resolution)
    return decoded


def _decoded(found: Segments, limits: Limits) -> Decoded:
    from PIL import JpegImagePlugin

    with pillow.opened(io.BytesIO(found.picture), "JPEG", limits) as image:
        decoded = pillow.described(image)
        decoded.encoding = {
            "tables": [list(table) for _, table in sorted(image.quantization.items())],
            "subsampling": JpegImagePlugin.get_sampling(image),
            "progressive": found.frame == _PROGRESSIVE,
        }
    return decoded


def _decoded_deep(found: Segments) -> Decoded:
    """12-bit and lossless files, which Pillow does not decode."""
    from imagecodecs import jpeg8_decode

    if b"\xff\xd9" not in found.picture[-64:]:
        raise ValueError("it is cut off")
    codes = jpeg8_decode(found.picture)
    raster = Raster.from_array(codes)
    layout = {1: "grey", 3: "rgb", 4: "cmyk"}[raster.channels]
    if codes.dtype == np.uint8:
        return Decoded(raster, layout)
    return Decoded(widened(raster, found.bits), layout, top=65535.0)


def encode(order: Order, path: Path) -> None:
    """Write with the source's tables, or by quality."""
    options = pillow.blocks(order) | _coding(order)
    if order.metadata.iptc:
        body = _PHOTOSHOP + iptc.to_photoshop(order.metadata.iptc)
        options["extra"] = b"\xff\xed" + struct.pack(">H", len(body) + 2) + body
    if order.metadata.resolution:
        options["dpi"] = tuple(round(value) for value in order.metadata.resolution)
    pillow.saved(order, path, "JPEG", options)


def _coding(order: Order) -> dict[str, object]:
    encoding = order.encoding
    options: dict[str, object] = {"progressive": bool(encoding.get("progressive"))}
    if order.quality is None and encoding.get("tables"):
        options["qtables"] = encoding["tables"]
    else:
        options["quality"] = order.quality or _QUALITY
    subsampling = encoding.get("subsampling", _FULL_CHROMA)
    options["subsampling"] = subsampling if subsampling in (0, 1, 2) else _FULL_CHROMA
    return options
