"""AVIF of 8 to 12 bits, by libavif."""

from pathlib import Path

import numpy as np

from photostyle.photo.codecs import pillow
from photostyle.photo.codecs.avif_boxes import with_facts
from photostyle.photo.codecs.heif import narrowed, widened
from photostyle.photo.decoded import Decoded, Limits, Order
from photostyle.photo.photograph import Metadata
from photostyle.photo.primaries import declared_profile, find_colr
from photostyle.photo.raster import THREADS, Raster

_QUALITY, _BEST, _SPEED, _BITS = 90, 99, 7, 10
_EXIF_ORIENTATION = 0x0112


def decode(path: Path, limits: Limits) -> Decoded:
    """Decode the first image."""
    from imagecodecs import avif_decode

    with pillow.opened(path, "AVIF", limits) as image:
        frames = getattr(image, "n_frames", 1)
        block = (image.info.get("exif") or b"").removeprefix(b"Exif\0\0") or None
        metadata = Metadata(block, image.info.get("xmp") or None)
        profile, orientation = image.info.get("icc_profile"), image.getexif().get(_EXIF_ORIENTATION, 1)
        size = image.size
    notes = [f"holds {frames} frames; only the first is used"] if frames > 1 else []
    codes = avif_decode(path.read_bytes(), index=0, numthreads=THREADS)
    codes = codes[..., None] if codes.ndim == 2 else codes
    if codes.shape[1::-1] != size:
        raise ValueError("its header contradicts its pixels")
    bits, chroma = _coded(path)
    raster = Raster.from_array(codes) if codes.dtype == np.uint8 else widened(Raster.from_array(codes), bits)
    layout, alpha = ("grey" if codes.shape[2] <= 2 else "rgb"), codes.shape[2] in (2, 4)
    profile = profile or declared_profile(find_colr(path), notes)
    top = 255.0 if codes.dtype == np.uint8 else 65535.0
    encoding = {"bits": bits, "subsampling": chroma}
    return Decoded(raster, layout, alpha, top, profile or None, orientation, metadata, encoding, notes)


def _coded(path: Path) -> tuple[int, str]:
    """Bits and subsampling, from the codec's configuration box (AV1 in ISOBMFF, section 2.3.3)."""
    with open(path, "rb") as file:
        head = file.read(1 << 16)
    place = head.find(b"av1C")
    flags = head[place + 6] if 0 <= place < len(head) - 6 else 0x0C
    bits = (12 if flags & 0x20 else 10) if flags & 0x40 else 8
    return bits, "4:0:0" if flags & 0x10 else {0: "4:4:4", 8: "4:2:2"}.get(flags & 0x0C, "4:2:0")


def encode(order: Order, path: Path) -> None:
    """Write 8 bits, or, of a deeper photo, the 10 or 12 bits that it had, with the source's subsampling."""
    from imagecodecs import avif_encode

    raster = order.raster
    deep = raster.dtype.itemsize == 2
    bits = int(order.encoding.get("bits", _BITS)) if deep else 8
    codes = narrowed(raster, bits) if deep else raster.whole()
    if raster.channels <= 2:
        codes = codes[..., 0] if raster.channels == 1 else codes[..., [0, 0, 0, 1]]
    subsampling = order.encoding.get("subsampling", "4:4:4")
    grey = codes.ndim == 2
    subsampling = "4:0:0" if grey else "4:4:4" if subsampling == "4:0:0" else subsampling
    # Without a profile the photo is sRGB, by its code points; with one they are left open.
    points = {} if order.profile else {"primaries": 1, "transfer": 13, "matrix": 6}
    data = avif_encode(
        codes,
        level=min(order.quality or _QUALITY, _BEST),
        speed=_SPEED,
        bitspersample=bits,
        pixelformat="yuv" + subsampling.replace(":", ""),
        numthreads=THREADS,
        **points,
    )
    path.write_bytes(with_facts(data, order.profile, order.metadata.exif, order.metadata.xmp))
