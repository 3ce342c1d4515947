"""Camera raw files, developed by rawpy (the extra `[raw]`) to 16 bits with the camera's own white balance."""

from contextlib import suppress
from dataclasses import replace
from types import ModuleType
from typing import Any

from photostyle.errors import DependencyError
from photostyle.photo.codecs import jpeg, tiff
from photostyle.photo.codecs.apart import decoded_apart
from photostyle.photo.colour_management.made_profiles import grey_profile, parametric_curve
from photostyle.photo.colour_management.primaries import romm_rgb
from photostyle.photo.decoded import Decoded
from photostyle.photo.file_facts import Metadata
from photostyle.photo.limits import Limits, Refused
from photostyle.photo.metadata import exif
from photostyle.photo.metadata.directories import Structure
from photostyle.photo.photo_file import PhotoFile
from photostyle.photo.raster import Raster

_TIFF_BEGINNINGS = (b"II*\0", b"MM\0*")
# Tags of a TIFF's first directory.
_SUBFILE_TYPE = 254
_SUB_DIRECTORIES = 330
_DNG_VERSION = 50706
_PREVIEW = 1
_ROMM_GAMMA = 1.8
_GREY_NAME = "Grey, gamma 1.8"
_GREY_CURVE = parametric_curve([_ROMM_GAMMA])


def library() -> ModuleType:
    """The rawpy module.

    Raises:
        DependencyError: it is not installed.
    """
    try:
        import rawpy
    except ImportError:
        raise DependencyError("camera raw files need rawpy; run: pip install 'photostyle[raw]'") from None
    module: ModuleType = rawpy
    return module


def is_raw(file: PhotoFile) -> bool:
    """Whether a file that begins like a TIFF comes from a camera's sensor.

    It is a digital negative if it has the tag DNGVersion (DNG 1.7). Other raw files are known by their extension; of
    one that has no name, by a first directory that is a preview and points to others.
    """
    with suppress(ValueError, OSError), file.open() as stream:
        structure = Structure(stream)
        entries, _ = structure.directory(structure.start)
        if _DNG_VERSION in entries:
            return True
        if not file.suffix and _SUBFILE_TYPE in entries and _SUB_DIRECTORIES in entries:
            return bool(structure.number(entries[_SUBFILE_TYPE]) & _PREVIEW)
    return False


def decode(file: PhotoFile, limits: Limits) -> Decoded:
    """Develop to ROMM RGB (ProPhoto), which holds what the camera saw; upright already.

    LibRaw runs in a process of its own: damaged files may send it round for ever.
    """
    library()
    try:
        return decoded_apart(develop, file, limits)
    except NotRaw:
        if file.head(4) in _TIFF_BEGINNINGS:
            return tiff.decode(file, limits)  # a TIFF under a camera's extension
        raise Refused(
            "not supported: LibRaw knows no camera that writes such files, or the file is damaged; convert it to DNG or TIFF"
        ) from None


class NotRaw(ValueError):
    """LibRaw knows no camera that writes such files."""


def develop(file: PhotoFile, limits: Limits) -> Decoded:
    """`decode` in this process.

    Raises:
        NotRaw: LibRaw does not know such files.
        ValueError: the file is damaged.
    """
    rawpy = library()
    try:
        return _developed(rawpy, file, limits)
    except rawpy.LibRawFileUnsupportedError:
        raise NotRaw() from None
    except rawpy.LibRawError as error:
        raise ValueError(_reason(error)) from error


def _reason(error: Exception) -> str:
    """What LibRaw says, which may come as bytes."""
    if not error.args:
        return ""
    if isinstance(error.args[0], bytes):
        return error.args[0].decode("ascii", "replace")
    return str(error.args[0])


def _developed(rawpy: ModuleType, file: PhotoFile, limits: Limits) -> Decoded:
    with rawpy.imread(file.for_library()) as raw:
        limits.check(raw.sizes.width, raw.sizes.height)
        metadata = _metadata(file, raw, limits)
        codes = raw.postprocess(
            use_camera_wb=True,
            output_bps=16,
            output_color=rawpy.ColorSpace.ProPhoto,
            gamma=(_ROMM_GAMMA, 0),
            no_auto_bright=False,
        )
    raster = Raster.from_array(codes)
    if raster.channels == 1:
        notes = ["is a raw file of a monochrome camera; developed to grey"]
        return Decoded(raster, "grey", False, 65535.0, grey_profile(_GREY_NAME, _GREY_CURVE), 1, metadata, {}, notes)
    notes = ["is a camera raw file; developed with the camera's white balance to ProPhoto RGB"]
    return Decoded(raster, "rgb", False, 65535.0, romm_rgb(), 1, metadata, {}, notes)


def _metadata(file: PhotoFile, raw: Any, limits: Limits) -> Metadata:
    """EXIF from the file itself, where it is built like a TIFF, or from the preview inside it."""
    with suppress(ValueError, OSError), file.open() as stream:
        block = exif.block_of_tiff(stream)
        if block:
            return Metadata(block)
    with suppress(Exception):  # no preview, or one that cannot be read, is no reason to fail
        preview = raw.extract_thumb()
        decoded = jpeg.decode_bytes(bytes(preview.data), limits)
        return replace(decoded.metadata, resolution=None)
    return Metadata()
