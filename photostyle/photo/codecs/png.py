"""PNG, 8 and 16 bits (W3C PNG, third edition)."""

import struct
from pathlib import Path

from photostyle.photo.codecs import pillow
from photostyle.photo.decoded import Decoded, Limits, Order
from photostyle.photo.raster import Raster


def decode(path: Path, limits: Limits) -> Decoded:
    """Decode; 16-bit files keep their 16 bits."""
    with open(path, "rb") as file:
        header = file.read(33)
    if len(header) < 33 or header[12:16] != b"IHDR":
        raise ValueError("its header is cut off")
    if header[24] < 16:
        return pillow.decode(path, "PNG", limits)
    limits.check(*struct.unpack(">II", header[16:24]))
    return _decode16(path, limits)


def _decode16(path: Path, limits: Limits) -> Decoded:
    from imagecodecs import png_decode

    with pillow.opened(path, "PNG", limits) as image:
        orientation, metadata = pillow._metadata(image)
        profile = image.info.get("icc_profile") or None
    codes = Raster.from_array(png_decode(path.read_bytes()))
    layout = "grey" if codes.channels <= 2 else "rgb"
    return Decoded(codes, layout, codes.channels in (2, 4), 65535.0, profile, orientation, metadata)


def encode(order: Order, path: Path) -> None:
    """Write 8 bits with Pillow, 16 bits with libpng."""
    if order.dtype.itemsize == 1:
        pillow.encode(order, path, "PNG")
        return
    from imagecodecs import png_encode

    codes = order.raster.whole()
    data = png_encode(codes[..., 0] if codes.shape[2] == 1 else codes, level=4)
    path.write_bytes(with_chunks(data, order))


def with_chunks(data: bytes, order: Order) -> bytes:
    """The PNG with profile, EXIF and XMP chunks after its header."""
    import zlib

    chunks = b""
    if order.profile:
        chunks += _chunk(b"iCCP", b"ICC profile\0\0" + zlib.compress(order.profile))
    if order.metadata.exif:
        chunks += _chunk(b"eXIf", order.metadata.exif)
    if order.metadata.xmp:
        chunks += _chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + order.metadata.xmp)
    return data[:33] + chunks + data[33:]


def _chunk(kind: bytes, body: bytes) -> bytes:
    from zlib import crc32

    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", crc32(kind + body))
