"""HEIC, 8, 10 and 12 bits, by pillow-heif (the extra `[heif]`)."""

from pathlib import Path

import numpy as np

from photostyle.photo.decoded import Decoded, Limits, Order, Refused
from photostyle.photo.photograph import Metadata
from photostyle.photo.primaries import declared_profile, find_colr
from photostyle.photo.raster import Raster

_QUALITY, _BITS = 90, 10


def library():
    """The pillow_heif module."""
    try:
        import pillow_heif
    except ImportError:
        raise Refused("HEIC needs pillow-heif; run: pip install 'photostyle[heif]'") from None
    return pillow_heif


def decode(path: Path, limits: Limits) -> Decoded:
    """Decode the primary image, which libheif turns upright."""
    file = library().open_heif(path, convert_hdr_to_8bit=False, hdr_to_16bit=False)
    image = file[file.primary_index]
    limits.check(*image.size)
    notes = [f"holds {len(file)} pictures; only the first is used"] if len(file) > 1 else []
    bits = int(image.info.get("bit_depth", 8))
    codes = np.asarray(image)
    codes = codes[..., None] if codes.ndim == 2 else codes
    raster = Raster.from_array(codes) if codes.dtype == np.uint8 else widened(Raster.from_array(codes), bits)
    layout, alpha = ("grey" if codes.shape[2] <= 2 else "rgb"), codes.shape[2] in (2, 4)
    encoding = {"bits": bits, "chroma": image.info.get("chroma", 420)}
    exif = (image.info.get("exif") or b"").removeprefix(b"Exif\0\0") or None
    profile = image.info.get("icc_profile") or declared_profile(find_colr(path), notes)
    metadata = Metadata(exif, image.info.get("xmp") or None)
    top = 255.0 if codes.dtype == np.uint8 else 65535.0
    return Decoded(raster, layout, alpha, top, profile, 1, metadata, encoding, notes)


def widened(raster: Raster, bits: int) -> Raster:
    """Codes of 10 or 12 bits as codes of 16."""
    full = (1 << bits) - 1

    def rows(top: int, bottom: int) -> np.ndarray:
        return ((raster.rows(top, bottom).astype(np.uint32) * 65535 + full // 2) // full).astype(np.uint16)

    return Raster(raster.height, raster.width, raster.channels, np.dtype(np.uint16), rows)


def narrowed(raster: Raster, bits: int) -> np.ndarray:
    """All codes of 16 bits, as codes of 10 or 12."""
    full = (1 << bits) - 1
    codes = raster.whole()
    for top, bottom in raster.strips():
        codes[top:bottom] = (codes[top:bottom].astype(np.uint32) * full + 32767) // 65535
    return codes


def encode(order: Order, path: Path) -> None:
    """Write 8 bits, or, of a deeper photo, the 10 or 12 bits that it had."""
    heif = library()
    raster = order.raster
    deep = raster.dtype.itemsize == 2
    bits = int(order.encoding.get("bits", _BITS)) if deep else 8
    codes = narrowed(raster, bits) << (16 - bits) if deep else raster.whole()
    mode = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[raster.channels] + (";16" if deep else "")
    file = heif.from_bytes(mode, (raster.width, raster.height), codes.data)
    metadata = order.metadata
    options = {"quality": order.quality or _QUALITY, "chroma": order.encoding.get("chroma", 444), "format": "HEIF"}
    if order.profile:
        file.info["icc_profile"], file.info["icc_profile_type"] = order.profile, "prof"
    file.save(path, exif=metadata.exif and b"Exif\0\0" + metadata.exif, xmp=metadata.xmp, **options)
