"""Read a photo: its content decides the format, and whatever is wrong becomes one line."""

from pathlib import Path

from photostyle.errors import PhotoError
from photostyle.photo import exif, xmp
from photostyle.photo.codecs import avif, heif, jpeg, jxl, pillow, png, raw, tiff
from photostyle.photo.decoded import Decoded, Limits, Refused
from photostyle.photo.development import developed
from photostyle.photo.formats import WRITABLE, describe, sniff
from photostyle.photo.photograph import Photo, Source
from photostyle.photo.primaries import adobe_rgb

MAX_PIXELS = 1_000_000_000

_DECODERS = {
    "jpeg": jpeg.decode,
    "png": png.decode,
    "tiff": lambda path, limits: (raw if raw.is_dng(path) else tiff).decode(path, limits),
    "webp": pillow.decode_webp,
    "avif": avif.decode,
    "heic": heif.decode,
    "jxl": jxl.decode,
    "raw": raw.decode,
    **{
        name: lambda path, limits, format=format: pillow.decode(path, format, limits)
        for name, format in {
            "gif": "GIF", "bmp": "BMP", "psd": "PSD", "qoi": "QOI", "jpeg2000": "JPEG2000", "netpbm": "PPM",
        }.items()
    },
}


def read_photo(path: str | Path, *, max_pixels: int = MAX_PIXELS) -> Photo:
    """Read a photo, upright, in sRGB-encoded float.

    Args:
        path: the file; its content decides the format, not its extension.
        max_pixels: the most pixels that are decoded, checked from the header.

    Raises:
        PhotoError: the file is missing, no picture, damaged, or too large.
    """
    path = Path(path)
    format = format_of(path)
    decoded = decoded_file(path, format, max_pixels)
    if path.suffix.lower() and format in WRITABLE and path.suffix.lower() not in WRITABLE[format].suffixes:
        decoded.notes.insert(0, f"{path.name} holds a {WRITABLE[format].name} picture, whatever its extension says")
    depth = {255.0: 8, 65535.0: 16}.get(decoded.top, "float")
    if decoded.profile is None and decoded.layout == "rgb" and exif.is_adobe_rgb(decoded.metadata.exif):
        decoded.profile = adobe_rgb()
        decoded.notes.append("no colour profile, but says that it is Adobe RGB; read as that")
    source = Source(str(path), format, depth, decoded.layout, decoded.encoding)
    try:
        return developed(decoded, source)
    except Exception as error:  # a decoder may fail only when its rows are asked for
        raise unreadable(path, format, error) from error


def format_of(path: Path) -> str:
    """The format that a file's content tells.

    Raises:
        PhotoError: there is no such file, it cannot be opened, or it is no picture.
    """
    try:
        if path.is_dir():
            raise PhotoError(f"{path}: is a folder, not a photo; name a file in it")
        if path.exists() and not path.is_file():
            raise PhotoError(f"{path}: is not a regular file; save it as one first")
        with open(path, "rb") as file:
            head = file.read(64)
    except FileNotFoundError:
        raise PhotoError(f"{path}: no such file; check the path") from None
    except OSError as error:
        raise PhotoError(f"{path}: cannot be opened ({error.strerror or error}); check it") from error
    if not head:
        raise PhotoError(f"{path}: the file is empty (0 bytes); get an undamaged copy")
    format = sniff(head, path.suffix)
    if format is None:
        raise PhotoError(f"{path}: not a photo that can be read, but {describe(head)}; give a JPEG, PNG or TIFF")
    return format


def decoded_file(path: Path, format: str, max_pixels: int) -> Decoded:
    """The codes of a file, its orientation known but not yet applied.

    Raises:
        PhotoError: it is damaged or too large.
    """
    try:
        decoded = _DECODERS[format](path, Limits(max_pixels, path.stat().st_size))
    except PhotoError:
        raise
    except Exception as error:  # a decoder may raise anything on a damaged file
        raise unreadable(path, format, error) from error
    if decoded.orientation is None:
        metadata = decoded.metadata
        decoded.orientation = exif.orientation(metadata.exif) or xmp.orientation(metadata.xmp) or 1
    return decoded


def unreadable(path: Path, format: str, error: Exception) -> PhotoError:
    """One line for whatever a decoder raised."""
    if isinstance(error, Refused):
        return PhotoError(f"{path}: {error}")
    if isinstance(error, MemoryError):
        return PhotoError(f"{path}: too large for this machine's memory; shrink it")
    reason = " ".join(str(error).replace(str(path), "the file").split())[:160] or type(error).__name__
    return PhotoError(f"{path}: damaged {format.upper()} file ({reason}); get an undamaged copy")
