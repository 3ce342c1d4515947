"""PNG, 8 and 16 bits (W3C PNG, third edition).

Only the critical chunks go to the decoder, so that a broken profile or text never stops a photo. How pixels are packed
on writing is in `png_packing`.
"""

import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from photostyle.photo.codecs import pillow, png_chunks
from photostyle.photo.codecs.png_chunks import SIGNATURE, Chunks, chunk, chunks
from photostyle.photo.codecs.png_colours import chunks_to_write
from photostyle.photo.codecs.png_packing import packed_strips
from photostyle.photo.codecs.png_text import RAW_IPTC, XMP, text_chunks
from photostyle.photo.decoded import Decoded, layout_of
from photostyle.photo.encode_job import EncodeJob
from photostyle.photo.limits import Limits
from photostyle.photo.metadata import iptc
from photostyle.photo.photo_file import PhotoFile
from photostyle.photo.raster import Raster

_METRES_PER_INCH = 0.0254
_ALPHA = 4
_COLOUR_TYPES = {"grey": 0, "rgb": 2}


def decode(file: PhotoFile, limits: Limits) -> Decoded:
    """Decode; palettes are looked up, 1, 2 and 4 bits become 8, and 16 bits stay 16."""
    found = chunks(file, limits)
    colours = png_chunks.colours(found)
    metadata = png_chunks.metadata(found)
    if found.bits == 16:
        decoded = _decoded16(found)
    else:
        with pillow.opened(io.BytesIO(found.picture), "PNG", limits) as image:
            decoded = pillow.decode_image(image)
    decoded.profile = colours.profile
    decoded.stated = colours.stated
    decoded.encoding["colours"] = colours
    decoded.metadata = metadata
    decoded.notes = found.notes
    return decoded


def _decoded16(found: Chunks) -> Decoded:
    """16-bit colours by libpng, as Pillow would make them 8-bit."""
    from imagecodecs import png_decode

    codes = Raster.from_array(png_decode(found.picture))
    if (codes.width, codes.height) != (found.width, found.height) or codes.dtype != np.uint16:
        raise ValueError("its header contradicts its pixels")
    layout, alpha = layout_of(codes.channels)
    return Decoded(codes, layout, alpha, 65535.0)


def encode(job: EncodeJob, path: Path) -> None:
    """Write 8 or 16 bits, strip by strip."""
    raster = job.raster
    colour_type = _COLOUR_TYPES[job.layout]
    if job.alpha:
        colour_type += _ALPHA
    header = struct.pack(">IIBBBBB", raster.width, raster.height, 8 * raster.dtype.itemsize, colour_type, 0, 0, 0)
    with open(path, "wb") as file:
        file.write(SIGNATURE + chunk(b"IHDR", header))
        for kind, body in _facts(job):
            file.write(chunk(kind, body))
        for packed in packed_strips(raster):
            file.write(chunk(b"IDAT", packed))
        file.write(chunk(b"IEND", b""))


def _facts(job: EncodeJob) -> Iterator[tuple[bytes, bytes]]:
    """The chunks that tell of the photo."""
    metadata = job.metadata
    yield from chunks_to_write(job)
    if metadata.resolution:
        x, y = metadata.resolution
        yield b"pHYs", struct.pack(">IIB", _per_metre(x), _per_metre(y), 1)
    if metadata.exif:
        yield b"eXIf", metadata.exif
    if metadata.xmp:
        yield b"iTXt", XMP.encode() + b"\0\0\0\0\0" + metadata.xmp
    if metadata.iptc or metadata.resources:
        blocks = iptc.to_photoshop(metadata.iptc) + (metadata.resources or b"")
        text = iptc.to_hex("iptc", blocks).encode()
        yield b"zTXt", RAW_IPTC.encode() + b"\0\0" + zlib.compress(text)
    yield from metadata.chunks
    yield from text_chunks(metadata.text)
    if metadata.modified:
        yield b"tIME", struct.pack(">HBBBBB", *map(int, metadata.modified.replace(" ", ":").split(":")))


def _per_metre(per_inch: float) -> int:
    return max(1, round(per_inch / _METRES_PER_INCH))
