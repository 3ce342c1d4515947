"""TIFF and BigTIFF: 1 to 16 bits, whole and half floats, tiled, planar, compressed; grey, palette, RGB, CMYK, Lab."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from photostyle.photo import exif, iptc
from photostyle.photo.codecs import tiff_colours
from photostyle.photo.decoded import Decoded, Limits, Order
from photostyle.photo.photograph import Metadata
from photostyle.photo.raster import Raster

logging.getLogger("tifffile").addHandler(logging.NullHandler())
logging.getLogger("tifffile").propagate = False

_MOST_SAMPLES = 16
_CODES = 65535
# Lossless compressions that are written again as they were; any other becomes deflate.
_COMPRESSIONS = {1: None, 5: "lzw", 8: "zlib", 32946: "zlib", 50000: "zstd"}
_LEVELS = {"zlib": 4, "zstd": 5}
_XMP, _IPTC, _PHOTOSHOP, _PROFILE = 700, 33723, 34377, 34675


def decode(path: Path, limits: Limits) -> Decoded:
    """Decode the first page that is not a preview."""
    from tifffile import TiffFile

    with TiffFile(path) as file:
        pages = [file.pages[number] for number in range(_page_count(file))]
        full = [page for page in pages if not page.is_reduced] or pages
        page = full[0]
        _check(page, limits)
        notes = [f"holds {len(full)} pages; only the first is used"] if len(full) > 1 else []
        codes = page.asarray()
        encoding = {"compression": int(page.compression)}
        if any(int(kind) == 1 for kind in page.extrasamples[:1]):
            encoding["premultiplied"] = True
        decoded = tiff_colours.sorted_out(page, codes, notes)
        value = lambda tag: page.tags[tag].value if tag in page.tags else None
        decoded.profile = _bytes(value(_PROFILE)) or decoded.profile
        decoded.orientation = int(value(274)) if value(274) in range(1, 9) else 1
        resources = iptc.from_photoshop(_bytes(value(_PHOTOSHOP)) or b"")
        metadata = Metadata(None, _bytes(value(_XMP)), _bytes(value(_IPTC)) or resources, _resolution(page))
    decoded.encoding |= encoding
    try:
        decoded.metadata = replace(metadata, exif=exif.block_of_tiff(path))
    except ValueError as error:
        decoded.metadata = metadata
        decoded.notes.append(f"its EXIF is damaged ({error}); left out")
    return decoded


def _page_count(file) -> int:
    """How many pages there are, up to 64; a damaged chain ends where it breaks."""
    for number in range(1, 64):
        try:
            file.pages[number]
        except Exception:  # tifffile raises many kinds for what follows the last page
            return number
    return 64


def _check(page, limits: Limits) -> None:
    """Refuse a page whose header claims more than the file holds, before it is decoded."""
    limits.check(page.imagewidth, page.imagelength)
    if page.imagedepth != 1 or not 1 <= page.samplesperpixel <= _MOST_SAMPLES:
        raise ValueError(f"it has {page.samplesperpixel} channels in {page.imagedepth} layers, which no photo has")
    offsets, sizes = np.asarray(page.dataoffsets, np.int64), np.asarray(page.databytecounts, np.int64)
    if len(offsets) != len(sizes) or len(offsets) < int(np.prod(page.chunked)):
        raise ValueError("its table of strips is damaged")
    if (offsets + sizes > limits.file_bytes).any() or (offsets < 0).any() or (sizes < 0).any():
        raise ValueError("it is cut off")
    if (sizes == 0).any():
        raise ValueError("some of its strips are missing")
    bits = page.imagewidth * page.imagelength * page.samplesperpixel * page.bitspersample
    if bits / 8 > 1100 * sizes.sum():
        raise ValueError(f"{sizes.sum()} bytes of pixels cannot hold its {page.imagewidth} x {page.imagelength} pixels")


def _bytes(value: object) -> bytes | None:
    if isinstance(value, tuple | list | np.ndarray):  # IPTC is often declared as whole numbers of 32 bits
        numbers = np.asarray(value)
        value = numbers.astype("<u4").tobytes() if numbers.dtype.kind in "iu" else b""
    return value if isinstance(value, bytes) and value else None


def _resolution(page) -> tuple[float, float] | None:
    try:
        (x, x_by), (y, y_by) = page.tags[282].value, page.tags[283].value
        unit = int(page.tags[296].value) if 296 in page.tags else 2
        scale = {2: 1.0, 3: 2.54}[unit]
        x, y = scale * x / x_by, scale * y / y_by
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    return (x, y) if 1 <= x < 1e6 and 1 <= y < 1e6 else None


def encode(order: Order, path: Path) -> None:
    """Write strips, compressed losslessly as the source was."""
    from tifffile import TiffWriter

    raster, metadata = order.raster, order.metadata
    compression = _COMPRESSIONS.get(order.encoding.get("compression"), "zlib")
    extratags = [(_XMP, 1, len(metadata.xmp), metadata.xmp, True)] if metadata.xmp else []
    if metadata.iptc:
        extratags.append((_IPTC, 1, len(metadata.iptc), metadata.iptc, True))
    shape = (raster.height, raster.width, raster.channels)
    size = raster.height * raster.width * raster.channels * raster.dtype.itemsize
    with TiffWriter(path, bigtiff=size > 3_900_000_000) as file:
        file.write(
            _strips(raster, compression),
            shape=shape if raster.channels > 1 else shape[:2],
            dtype=raster.dtype,
            photometric={"grey": "minisblack", "rgb": "rgb", "cmyk": "separated"}[order.layout],
            planarconfig="contig" if raster.channels > 1 else None,
            extrasamples=_transparency(order),
            compression=compression,
            predictor=compression is not None,
            rowsperstrip=raster.strip_rows,
            iccprofile=order.profile,
            resolution=metadata.resolution,
            resolutionunit=2 if metadata.resolution else None,
            extratags=extratags,
            metadata=None,
            software=False,
        )
    if metadata.exif:
        exif.into_tiff(path, metadata.exif)


def _transparency(order: Order) -> list[str] | None:
    return ["assocalpha" if order.encoding.get("premultiplied") else "unassalpha"] if order.alpha else None


def _strips(raster: Raster, compression: str | None) -> Iterator[bytes]:
    """The strips as they stand in the file: differences along the rows, packed."""
    import imagecodecs

    pack = getattr(imagecodecs, f"{compression}_encode") if compression else None
    level = {"level": _LEVELS[compression]} if compression in _LEVELS else {}
    differences = imagecodecs.floatpred_encode if raster.dtype.kind == "f" else imagecodecs.delta_encode

    def packed(top: int, bottom: int) -> bytes:
        rows = raster.rows(top, bottom)
        return pack(differences(rows, axis=-2), **level) if pack else rows.tobytes()

    return raster.mapped(packed)
