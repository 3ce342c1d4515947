"""TIFF and BigTIFF: 1 to 16 bits, whole and half floats, tiled, planar, compressed; grey, palette, RGB, CMYK, Lab."""

import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from photostyle.photo.codecs import tiff_colours, tiff_pages
from photostyle.photo.codecs.tiff_stated import stated_profile
from photostyle.photo.decoded import Decoded
from photostyle.photo.encode_job import EncodeJob
from photostyle.photo.file_facts import Metadata
from photostyle.photo.limits import Limits, Refused
from photostyle.photo.metadata import exif, iptc
from photostyle.photo.metadata.resources import carried
from photostyle.photo.metadata.tiff_tags import carried_tags, fitting
from photostyle.photo.photo_file import PhotoFile
from photostyle.photo.raster import Raster

if TYPE_CHECKING:
    from tifffile import TiffPage

logging.getLogger("tifffile").addHandler(logging.NullHandler())
logging.getLogger("tifffile").propagate = False

_MOST_SAMPLES = 16
_LARGEST_PLAIN = 3_900_000_000  # bytes of pixels in a TIFF that is no BigTIFF
# Lossless compressions that are written again as they were; any other becomes deflate.
_COMPRESSIONS = {1: None, 5: "lzw", 8: "zlib", 32946: "zlib", 50000: "zstd"}
_LEVELS = {"zlib": 4, "zstd": 5}
_FAX = (2, 3, 4)
_PHOTOMETRIC = {"grey": "minisblack", "rgb": "rgb", "cmyk": "separated"}
# Tags.
_ORIENTATION = 274
_X_RESOLUTION = 282
_Y_RESOLUTION = 283
_RESOLUTION_UNIT = 296
_XMP = 700
_IPTC = 33723
_PHOTOSHOP = 34377
_PROFILE = 34675
# The resolution's units: values per inch of one per unit.
_INCH = 2
_UNITS = {_INCH: 1.0, 3: 2.54}
_BYTES = 1  # the field type of tags that hold bytes


def decode(file: PhotoFile, limits: Limits) -> Decoded:
    """Decode the first page that is not a preview."""
    from tifffile import TiffFile

    with TiffFile(file.for_library()) as tiff:
        notes: list[str] = []
        page, mask = tiff_pages.photo_and_mask(tiff, notes)
        _check(page, limits)
        decoded = tiff_colours.decode_page(page, page.asarray(), notes)
        if mask is not None and not decoded.alpha:
            _check(mask, limits)
            tiff_pages.add_mask(decoded, mask)
        decoded.encoding["compression"] = int(page.compression)
        decoded.profile = _bytes(_value(page, _PROFILE)) or decoded.profile
        if decoded.profile is None:
            decoded.profile = stated_profile(page, decoded.layout, decoded.notes)
        decoded.orientation = 1
        if _value(page, _ORIENTATION) in range(1, 9):
            decoded.orientation = int(_value(page, _ORIENTATION))
        decoded.metadata = _metadata(page, decoded.orientation)
        place = int(page.offset)
    _add_blocks(decoded, file, place)
    return decoded


def _add_blocks(decoded: Decoded, file: PhotoFile, place: int) -> None:
    """Add the EXIF block and the tags that are carried, of the page whose directory is at `place`."""
    with file.open() as stream:
        try:
            decoded.metadata = replace(decoded.metadata, exif=exif.block_of_tiff(stream))
        except ValueError as error:
            decoded.notes.append(f"its EXIF is damaged ({error}); left out")
        with suppress(ValueError):  # tifffile reads a damaged directory too
            tags = carried_tags(stream, place, decoded.notes, turned=decoded.orientation != 1)
            decoded.metadata = replace(decoded.metadata, tags=tags)


def _check(page: "TiffPage", limits: Limits) -> None:
    """Refuse a page whose header claims more than the file holds, before it is decoded."""
    limits.check(page.imagewidth, page.imagelength)
    tiff_pages.mend_byte_counts(page, limits.file_bytes)
    if page.imagedepth != 1 or not 1 <= page.samplesperpixel <= _MOST_SAMPLES:
        raise Refused(f"not supported: a TIFF of {page.samplesperpixel} channels in {page.imagedepth} layers; convert it to RGB")
    offsets = np.asarray(page.dataoffsets, np.int64)
    sizes = np.asarray(page.databytecounts, np.int64)
    if len(offsets) != len(sizes) or len(offsets) < int(np.prod(page.chunked)):
        raise ValueError("its table of strips is damaged")
    if (offsets + sizes > limits.file_bytes).any() or (offsets < 0).any() or (sizes < 0).any():
        raise ValueError("it is cut off")
    if (sizes == 0).any():
        raise ValueError("some of its strips are missing")
    bits = page.imagewidth * page.imagelength * page.samplesperpixel * page.bitspersample
    densest = 1100
    if page.compression in _FAX:
        densest = max(densest, page.imagewidth)  # a white row is one bit
    if bits / 8 > densest * sizes.sum():
        raise ValueError(f"{sizes.sum()} bytes of pixels cannot hold its {page.imagewidth} x {page.imagelength} pixels")


def _value(page: "TiffPage", tag: int) -> Any:
    """The value of a tag, or None where the page has no such tag."""
    if tag not in page.tags:
        return None
    return page.tags[tag].value


def _bytes(value: object) -> bytes | None:
    """The bytes of a tag; None where it is empty or something else."""
    if isinstance(value, tuple | list | np.ndarray):  # IPTC is often declared as whole numbers of 32 bits
        numbers = np.asarray(value)
        if numbers.dtype.kind not in "iu":
            return None
        value = numbers.astype("<u4").tobytes()
    if isinstance(value, bytes) and value:
        return value
    return None


def _metadata(page: "TiffPage", orientation: int) -> Metadata:
    """XMP, IPTC, Photoshop's resources and resolution of a page, once it is upright."""
    records = _bytes(_value(page, _IPTC))
    photoshop = _bytes(_value(page, _PHOTOSHOP))
    if records is None:
        records = iptc.from_photoshop(photoshop or b"")
    resources = carried(photoshop)
    return Metadata(None, _bytes(_value(page, _XMP)), records, _resolution(page), resources=resources)


def _resolution(page: "TiffPage") -> tuple[float, float] | None:
    try:
        x, x_by = _value(page, _X_RESOLUTION)
        y, y_by = _value(page, _Y_RESOLUTION)
        unit = _value(page, _RESOLUTION_UNIT)
        if unit is None:
            unit = _INCH
        scale = _UNITS[int(unit)]
        x = scale * x / x_by
        y = scale * y / y_by
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    if not (1 <= x < 1e6 and 1 <= y < 1e6):
        return None
    return x, y


def encode(job: EncodeJob, path: Path) -> None:
    """Write strips, compressed losslessly as the source was."""
    from tifffile import TiffWriter

    raster = job.raster
    compression = _compression(job)
    shape: tuple[int, ...] = (raster.height, raster.width)
    options: dict[str, Any] = {}
    if raster.channels > 1:
        shape = (raster.height, raster.width, raster.channels)
        options["planarconfig"] = "contig"
    if job.extra_kinds:
        options["extrasamples"] = job.extra_kinds
    if job.metadata.resolution:
        options["resolution"] = job.metadata.resolution
        options["resolutionunit"] = _INCH
    size = raster.height * raster.width * raster.channels * raster.dtype.itemsize
    with TiffWriter(path, bigtiff=size > _LARGEST_PLAIN) as file:
        file.write(
            _strips(raster, compression),
            shape=shape,
            dtype=raster.dtype,
            photometric=_PHOTOMETRIC[job.layout],
            compression=compression,
            predictor=compression is not None,
            rowsperstrip=raster.strip_rows,
            iccprofile=job.profile,
            extratags=_extra_tags(job.metadata),
            metadata=None,
            software=False,
            **options,
        )
    tags = fitting(job.metadata.tags, job.layout)
    if job.metadata.exif or tags:
        exif.into_tiff(path, job.metadata.exif, dict(tags))


def _compression(job: EncodeJob) -> str | None:
    """The source's compression where that is lossless and known; deflate otherwise."""
    source = job.encoding.get("compression")
    if isinstance(source, int):
        return _COMPRESSIONS.get(source, "zlib")
    return "zlib"


def _extra_tags(metadata: Metadata) -> list[tuple[int, int, int, bytes, bool]]:
    """XMP, IPTC and Photoshop's resources, as tifffile takes them."""
    tags = []
    for tag, block in ((_XMP, metadata.xmp), (_IPTC, metadata.iptc), (_PHOTOSHOP, metadata.resources)):
        if block:
            tags.append((tag, _BYTES, len(block), block, True))
    return tags


def _strips(raster: Raster, compression: str | None) -> Iterator[bytes]:
    """The strips as they stand in the file: where they are packed, differences along the rows."""
    import imagecodecs

    if compression is None:
        return raster.mapped(lambda top, bottom: raster.rows(top, bottom).tobytes())
    pack = getattr(imagecodecs, f"{compression}_encode")
    level = {}
    if compression in _LEVELS:
        level["level"] = _LEVELS[compression]
    differences: Callable[..., Any] = imagecodecs.delta_encode
    if raster.dtype.kind == "f":
        differences = imagecodecs.floatpred_encode

    def packed(top: int, bottom: int) -> bytes:
        strip: bytes = pack(differences(raster.rows(top, bottom), axis=-2), **level)
        return strip

    return raster.mapped(packed)
