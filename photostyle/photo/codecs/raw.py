"""Camera raw files, developed by rawpy (the extra `[raw]`) to 16 bits with the camera's own white balance."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from photostyle.photo import exif
from photostyle.photo.codecs import jpeg, tiff
from photostyle.photo.decoded import Decoded, Limits, Refused
from photostyle.photo.directories import Structure
from photostyle.photo.photograph import Metadata
from photostyle.photo.primaries import romm_rgb
from photostyle.photo.raster import Raster

_lock = threading.Lock()
_DNG_VERSION = 50706
_ROMM_GAMMA = 1.8


def library():
    """The rawpy module."""
    try:
        import rawpy
    except ImportError:
        raise Refused("camera raw files need rawpy; run: pip install 'photostyle[raw]'") from None
    return rawpy


def is_dng(path: Path) -> bool:
    """Whether a file that begins like a TIFF is a digital negative: it has the tag DNGVersion (DNG 1.7)."""
    with suppress(ValueError, OSError), open(path, "rb") as file:
        structure = Structure(file)
        return _DNG_VERSION in structure.directory(structure.start)[0]
    return False


def decode(path: Path, limits: Limits) -> Decoded:
    """Develop to ROMM RGB (ProPhoto), which holds what the camera saw; upright already."""
    rawpy = library()
    try:
        with _quiet():
            return _developed(rawpy, path, limits)
    except rawpy.LibRawFileUnsupportedError:
        with open(path, "rb") as file:
            if file.read(4) in (b"II*\0", b"MM\0*"):
                return tiff.decode(path, limits)  # a TIFF under a camera's extension
        raise ValueError("no camera that is known") from None
    except rawpy.LibRawError as error:
        reason = error.args[0] if error.args else ""
        raise ValueError(reason.decode("ascii", "replace") if isinstance(reason, bytes) else str(reason)) from error


def _developed(rawpy, path: Path, limits: Limits) -> Decoded:
    with rawpy.imread(str(path)) as raw:
        limits.check(raw.sizes.width, raw.sizes.height)
        metadata = _metadata(path, raw, limits)
        codes = raw.postprocess(
            use_camera_wb=True,
            output_bps=16,
            output_color=rawpy.ColorSpace.ProPhoto,
            gamma=(_ROMM_GAMMA, 0),
            no_auto_bright=False,
        )
    notes = ["is a camera raw file; developed with the camera's white balance to ProPhoto RGB"]
    return Decoded(Raster.from_array(codes), "rgb", False, 65535.0, romm_rgb(), 1, metadata, {}, notes)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep LibRaw, which offers no other way, from writing on the standard error stream."""
    with _lock:
        try:
            kept = os.dup(2)
        except OSError:  # there is no such stream
            yield
            return
        sink = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(sink, 2)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            os.close(sink)


def _metadata(path: Path, raw, limits: Limits) -> Metadata:
    """EXIF from the file itself, where it is built like a TIFF, or from the preview inside it."""
    with suppress(ValueError, OSError):
        block = exif.block_of_tiff(path)
        if block:
            return Metadata(block)
    with suppress(Exception):  # no preview, or one that cannot be read, is no reason to fail
        preview = raw.extract_thumb()
        decoded = jpeg.decode_bytes(preview.data, limits)
        return replace(decoded.metadata, resolution=None)
    return Metadata()
