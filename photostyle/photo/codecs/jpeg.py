"""JPEG, by Pillow's libjpeg-turbo; tables and subsampling of the source are used again."""

import struct
from mmap import ACCESS_READ, mmap
from pathlib import Path

from photostyle.photo import iptc
from photostyle.photo.codecs import pillow
from photostyle.photo.decoded import Decoded, Limits, Order

_PHOTOSHOP = b"Photoshop 3.0\0"
# Where no source tells: as good as print needs, with the chroma of every pixel.
_SCAN, _MOST_SCANS = b"\xff\xda", 200
_QUALITY, _FULL_CHROMA = 95, 0


def decode(path: Path, limits: Limits) -> Decoded:
    """Decode the first picture of the file."""
    from PIL import JpegImagePlugin

    with pillow.opened(path, "JPEG", limits) as image:
        if image.info.get("progressive") and isinstance(path, Path):
            _check_scans(path)
        encoding = {
            "tables": [list(table) for _, table in sorted(image.quantization.items())],
            "subsampling": JpegImagePlugin.get_sampling(image),
            "progressive": bool(image.info.get("progressive")),
        }
        decoded = pillow.described(image)
        resources = image.info.get("photoshop")
    decoded.encoding |= encoding
    if isinstance(resources, dict) and isinstance(resources.get(iptc.RESOURCE), bytes):
        decoded.metadata = decoded.metadata.replaced(iptc=resources[iptc.RESOURCE])
    return decoded


def _check_scans(path: Path) -> None:
    """Refuse a file of very many scans, each of which goes over all pixels again."""
    with open(path, "rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        count, place = 0, data.find(_SCAN)
        while place >= 0 and count <= _MOST_SCANS:
            count, place = count + 1, data.find(_SCAN, place + 2)
    if count > _MOST_SCANS:
        raise ValueError(f"it has more than {_MOST_SCANS} scans, photos about ten")


def encode(order: Order, path: Path) -> None:
    """Write with the source's tables, or by quality."""
    options = pillow.blocks(order) | _coding(order)
    if order.metadata.iptc:
        body = _PHOTOSHOP + iptc.to_photoshop(order.metadata.iptc)
        options["extra"] = b"\xff\xed" + struct.pack(">H", len(body) + 2) + body
    if order.metadata.resolution:
        options["dpi"] = tuple(round(value) for value in order.metadata.resolution)
    pillow.pillow_image(order).save(path, "JPEG", **options)


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
