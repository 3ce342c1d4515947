"""HEIC, 8, 10 and 12 bits, by pillow-heif (the extra `[heif]`)."""

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from photostyle.errors import DependencyError
from photostyle.photo.codecs import heif_facts, hevc
from photostyle.photo.codecs.deep_codes import bits_to_write, narrowed, widened
from photostyle.photo.colour_management import icc
from photostyle.photo.colour_management.primaries import declared_profile
from photostyle.photo.decoded import Decoded, layout_of, note_of_others
from photostyle.photo.encode_job import EncodeJob
from photostyle.photo.file_facts import Metadata
from photostyle.photo.limits import Limits
from photostyle.photo.photo_file import PhotoFile
from photostyle.photo.raster import Raster, full_scale

_QUALITY = 90
_LOSSLESS = -1
_IDENTITY = 0  # the matrix of R, G and B themselves (ITU-T H.273, table 4)
_BITS = 10
_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


def library() -> ModuleType:
    """The pillow_heif module.

    Raises:
        DependencyError: it is not installed.
    """
    try:
        import pillow_heif
    except ImportError:
        raise DependencyError("HEIC needs pillow-heif; run: pip install 'photostyle[heif]'") from None
    module: ModuleType = pillow_heif
    return module


def decode(file: PhotoFile, limits: Limits) -> Decoded:
    """Decode the primary image, which libheif turns upright."""
    heif = library().open_heif(file.for_library(), convert_hdr_to_8bit=False, hdr_to_16bit=False)
    image = heif[heif.primary_index]
    limits.check(*image.size)
    notes = note_of_others(len(heif), "pictures")
    if heif.primary_index > 0:
        notes = [f"holds {len(heif)} pictures; only its primary one, number {heif.primary_index + 1}, is used"]
    notes += heif_facts.notes_of_attachments(file)
    bits = int(image.info.get("bit_depth", 8))
    raster = widened(Raster.from_array(np.asarray(image)), bits)
    layout, alpha = layout_of(raster.channels)
    points = heif_facts.declared_points(file)
    chroma = image.info.get("chroma", 420)
    lossless = any(map(hevc.is_lossless, heif_facts.properties(file, b"hvcC")))
    exif = (image.info.get("exif") or b"").removeprefix(b"Exif\0\0")
    return Decoded(
        raster,
        layout,
        alpha,
        top=full_scale(raster.dtype),
        profile=image.info.get("icc_profile") or declared_profile(points, notes, layout),
        orientation=1,
        metadata=Metadata(exif or None, image.info.get("xmp") or None),
        encoding={"bits": bits, "chroma": chroma, "lossless": lossless},
        notes=notes,
        premultiplied=alpha and bool(getattr(image, "premultiplied_alpha", False)),
        stated=points is not None,
    )


def encode(job: EncodeJob, path: Path) -> None:
    """Write 8 bits, or, of a deeper photo, the 10 or 12 bits that it had; lossless if it was."""
    heif = library()
    raster = job.raster
    bits = bits_to_write(raster, job.encoding.get("bits"), _BITS)
    codes = narrowed(raster, bits)
    mode = _MODES[raster.channels]
    if bits > 8:
        codes = codes << (16 - bits)
        mode += ";16"
    file = heif.from_bytes(mode, (raster.width, raster.height), codes.data)
    hdr = icc.code_points(job.profile)
    if job.profile and hdr is None:
        file.info["icc_profile"] = job.profile
        file.info["icc_profile_type"] = "prof"
    options: dict[str, Any] = {
        "format": "HEIF",
        "quality": job.quality or _QUALITY,
        "chroma": job.encoding.get("chroma", 444),
        "exif": None,
        "xmp": job.metadata.xmp,
    }
    if job.metadata.exif:
        options["exif"] = b"Exif\0\0" + job.metadata.exif
    if hdr is not None:
        options |= {"color_primaries": hdr[0], "transfer_characteristics": hdr[1], "full_range_flag": 1}
        options["matrix_coefficients"] = heif_facts.matrix_for(hdr[0])
    if job.quality is None and job.encoding.get("lossless"):
        options |= {"quality": _LOSSLESS, "chroma": 444, "matrix_coefficients": _IDENTITY}
    file.save(path, **options)
