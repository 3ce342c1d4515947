"""8-bit files that Pillow decodes: WebP, AVIF, GIF, BMP and their like; and the way into Pillow for others."""

import struct
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from photostyle.photo.codecs.pillow_modes import decode_mode, mode_of
from photostyle.photo.codecs.png_text import is_plain
from photostyle.photo.comments import text_of
from photostyle.photo.decoded import Decoded, note_of_others
from photostyle.photo.encode_job import EncodeJob
from photostyle.photo.file_facts import Metadata
from photostyle.photo.limits import Limits
from photostyle.photo.photo_file import PhotoFile

if TYPE_CHECKING:
    from PIL import Image

_WEBP_QUALITY = 92
_WEBP_EFFORT = 60
_BLACK = (0, 0, 0, 255)
_lock = threading.Lock()


@contextmanager
def opened(source: str | Path | BinaryIO, format: str, limits: Limits) -> "Iterator[Image.Image]":
    """The Pillow image of a file, header only, its size checked by `limits` instead of Pillow's own limit."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with _without_limit(source, [format]) as image:
            limits.check(*image.size)
            yield image


def header_size(path: Path) -> tuple[int, int]:
    """(width, height) as the file's header has it, however large. Pillow raises whatever it likes on what it does not know."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with _without_limit(path) as image:
            width, height = image.size
    return width, height


def _without_limit(source: str | Path | BinaryIO, formats: list[str] | None = None) -> "Image.Image":
    from PIL import Image

    with _lock:
        limit = Image.MAX_IMAGE_PIXELS
        Image.MAX_IMAGE_PIXELS = None
        try:
            return Image.open(source, formats=formats)
        finally:
            Image.MAX_IMAGE_PIXELS = limit


def decode(file: PhotoFile, format: str, limits: Limits) -> Decoded:
    """Decode the first frame or page."""
    with opened(file.for_library(), format, limits) as image:
        return decode_image(image)


def decode_image(image: "Image.Image") -> Decoded:
    """An open image, decoded, with what its file says of it."""
    notes = note_of_others(getattr(image, "n_frames", 1), "frames or pictures")
    image.load()
    decoded = decode_mode(image, notes)
    if decoded.profile is None:
        decoded.profile = image.info.get("icc_profile") or None
    decoded.metadata = metadata_of(image)
    return decoded


def metadata_of(image: "Image.Image") -> Metadata:
    """EXIF, XMP, resolution, comment and PNG text that an image's file told."""
    packet = _bytes(image.info.get("xmp"))
    return Metadata(exif_of(image), packet, None, _resolution(image), text=_texts(image))


def _texts(image: "Image.Image") -> tuple[tuple[str, str], ...]:
    """Keywords and texts of a PNG, or the comment of a GIF, JPEG or JPEG 2000 file."""
    if image.format == "PNG":
        texts: dict[str, str] = getattr(image, "text", {})
        return tuple((name, str(text)) for name, text in texts.items() if is_plain(name))
    comment = _bytes(image.info.get("comment"))
    if comment is None or not comment.strip(b"\0 "):
        return ()
    return (("Comment", text_of(comment)),)


def exif_of(image: "Image.Image") -> bytes | None:
    """The EXIF block of an image, or None."""
    block = image.info.get("exif") or b""
    return block.removeprefix(b"Exif\0\0") or None


def _bytes(value: object) -> bytes | None:
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, bytes):
        return value
    return None


def _resolution(image: "Image.Image") -> tuple[float, float] | None:
    try:
        x, y = image.info["dpi"]
        x = float(x)
        y = float(y)
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    if not (1 < x < 1e6 and 1 < y < 1e6):  # 1 is what Pillow says of TIFF files that say nothing
        return None
    return x, y


def palette_picture(image: "Image.Image") -> tuple[np.ndarray, np.ndarray]:
    """The indices (H, W) of a palette image, and its colours (N, 3) or, with transparency, (N, 4), uint8."""
    image.load()
    mode = "RGB"
    if "transparency" in image.info:
        mode = "RGBA"
        image.apply_transparency()
    channels = len(mode)
    codes = np.asarray(image)
    palette = np.array(image.getpalette(mode), np.uint8).reshape(-1, channels)
    missing = int(codes.max()) + 1 - len(palette)
    if missing > 0:  # codes beyond the palette are black to Pillow
        black = np.array([_BLACK[:channels]], np.uint8)
        palette = np.concatenate([palette, black.repeat(missing, 0)])
    return codes, palette


def pillow_image(job: EncodeJob) -> "Image.Image":
    """The rows that are to be written as a Pillow image, pasted strip by strip."""
    from PIL import Image

    raster = job.raster
    mode = mode_of(job.layout, job.alpha)
    image = Image.new(mode, (raster.width, raster.height))

    def paste(top: int, bottom: int, rows: np.ndarray) -> None:
        strip = np.ascontiguousarray(rows)
        image.paste(Image.frombuffer(mode, (raster.width, bottom - top), strip, "raw", mode, 0, 1), (0, top))

    raster.each(paste)
    return image


def blocks(job: EncodeJob) -> dict[str, object]:
    """Profile, EXIF and XMP, as Pillow's writers take them."""
    found: dict[str, object] = {}
    if job.profile:
        found["icc_profile"] = job.profile
    if job.metadata.xmp:
        found["xmp"] = job.metadata.xmp
    if job.metadata.exif:
        found["exif"] = b"Exif\0\0" + job.metadata.exif
    return found


def save(job: EncodeJob, path: Path, format: str, options: dict[str, Any]) -> None:
    """Write with Pillow, and keep its warnings, which are of metadata, from the user's screen."""
    image = pillow_image(job)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image.save(path, format, **options)


def encode_webp(job: EncodeJob, path: Path) -> None:
    """Write WebP: lossless where the source was, colours under full transparency kept."""
    options: dict[str, Any] = {"exact": True, "quality": job.quality or _WEBP_QUALITY}
    if job.encoding.get("lossless") and job.quality is None:
        options["lossless"] = True
        options["quality"] = _WEBP_EFFORT
    save(job, path, "WEBP", options | blocks(job))


def decode_webp(file: PhotoFile, limits: Limits) -> Decoded:
    """Decode WebP, and see whether its first picture is lossless."""
    decoded = decode(file, "WEBP", limits)
    decoded.encoding["lossless"] = _webp_coding(file.read()) == b"VP8L"
    return decoded


def _webp_coding(data: bytes) -> bytes | None:
    """The kind of the first chunk of pixels, "VP8 " or "VP8L" (RFC 9649, 2.7), also inside a frame; None without one."""
    place = 12
    while place + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, place)
        if kind in (b"VP8 ", b"VP8L"):
            return bytes(kind)
        place += 8
        if kind == b"ANMF":  # a frame: 16 bytes of its own, then its chunks
            place += 16
        else:
            place += size + size % 2
    return None
