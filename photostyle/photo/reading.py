"""Read a photo: its content decides the format, and whatever is wrong becomes one line."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from photostyle.errors import DependencyError, PhotoError, PhotostyleError
from photostyle.photo.codecs import avif, heif, jpeg, jpeg2000, jxl, netpbm, old_pictures, pillow, png, psd, raw, tiff
from photostyle.photo.conversion import to_photo
from photostyle.photo.decoded import Decoded
from photostyle.photo.file_colours import note_assumed, settle_colours
from photostyle.photo.file_facts import FileFacts
from photostyle.photo.formats import WRITABLE, sniff
from photostyle.photo.limits import Limits, Refused
from photostyle.photo.metadata import attachments, exif, xmp
from photostyle.photo.not_photos import HEAD_BYTES, describe
from photostyle.photo.photo_file import FileLike, PhotoFile
from photostyle.photo.photograph import Photo

MAX_PIXELS = 1_000_000_000
_SNIFFED_BYTES = 64
_TAIL_BYTES = 32
# What libraries say of a file that is sound, but of a kind that they do not know.
_NOT_SUPPORTED = re.compile(r"not supported|unsupported|unimplemented|not implemented|unknown (?:pixel|compression|mode)", re.I)
# How Python's messages show a file that is in memory.
_OBJECT = re.compile(r"<_io\.BytesIO[^>]*>")

_Decoder = Callable[[PhotoFile, Limits], Decoded]


def _decode_tiff(file: PhotoFile, limits: Limits) -> Decoded:
    """Decode a file that begins like a TIFF, which may be a camera raw file."""
    if raw.is_raw(file):
        return raw.decode(file, limits)
    return tiff.decode(file, limits)


def _by_pillow(format: str) -> _Decoder:
    """The decoder of a format, by its name in Pillow."""
    return lambda file, limits: pillow.decode(file, format, limits)


_DECODERS: dict[str, _Decoder] = {
    "jpeg": jpeg.decode,
    "png": png.decode,
    "tiff": _decode_tiff,
    "webp": pillow.decode_webp,
    "avif": avif.decode,
    "heic": heif.decode,
    "jxl": jxl.decode,
    "raw": raw.decode,
    "gif": _by_pillow("GIF"),
    "bmp": _by_pillow("BMP"),
    "psd": psd.decode,
    "qoi": _by_pillow("QOI"),
    "tga": old_pictures.decode_tga,
    "sgi": old_pictures.decode_sgi,
    "pcx": _by_pillow("PCX"),
    "dds": _by_pillow("DDS"),
    "jpeg2000": jpeg2000.decode,
    "netpbm": netpbm.decode,
}


def read_photo(source: FileLike, *, max_pixels: int = MAX_PIXELS) -> Photo:
    """Read a photo, upright, in sRGB-encoded float.

    Args:
        source: a path, the content of a file as bytes, or a binary file object, which is read from where it is to its
            end; the content decides the format, not an extension.
        max_pixels: the most pixels that are decoded, checked from the header.

    Raises:
        PhotoError: the file is missing, no picture, damaged, or too large.
        DependencyError: a package that the format needs is not installed.
    """
    return read_named(source, "the photo", max_pixels=max_pixels)


def read_named(source: FileLike, name: str, *, max_pixels: int = MAX_PIXELS) -> Photo:
    """`read_photo`, where messages call a file that has no name of its own by `name`."""
    file = PhotoFile.of(source, name)
    format = format_of(file)
    decoded = decoded_file(file, format, max_pixels)
    _note_other_extension(decoded, file, format)
    settle_colours(decoded, Path(file.origin or "").name)
    facts = FileFacts(file.origin, format, decoded.depth, decoded.layout, decoded.encoding, decoded.premultiplied)
    try:
        photo = to_photo(decoded, facts)
    except Exception as error:  # a decoder may fail only when its rows are asked for
        raise unreadable(file, format, error) from error
    return replace(photo, notes=(*photo.notes, *note_assumed(decoded)))


def _note_other_extension(decoded: Decoded, file: PhotoFile, format: str) -> None:
    """Put a note first where the file's extension is of another format than its content."""
    if not file.suffix or format not in WRITABLE or file.origin is None:
        return
    held = WRITABLE[format]
    if file.suffix not in held.suffixes:
        name = Path(file.origin).name
        decoded.notes.insert(0, f"{name} holds a {held.name} picture, whatever its extension says")


def format_of(file: PhotoFile) -> str:
    """The format that a file's content tells.

    Raises:
        PhotoError: there is no such file, it cannot be opened, or it is no picture.
    """
    try:
        if file.path is not None:
            _check_regular(file.path)
        head = file.head(HEAD_BYTES)
        tail = file.tail(_TAIL_BYTES)
    except FileNotFoundError:
        raise PhotoError(f"{file.name}: no such file; check the path") from None
    except OSError as error:
        raise PhotoError(f"{file.name}: cannot be opened ({error.strerror or error}); check it") from error
    if not head:
        raise PhotoError(f"{file.name}: the file is empty (0 bytes); get an undamaged copy")
    format = sniff(head[:_SNIFFED_BYTES], file.suffix, tail)
    if format is None:
        raise PhotoError(f"{file.name}: not a photo that can be read, but {describe(head)}; give a JPEG, PNG or TIFF")
    return format


def _check_regular(path: Path) -> None:
    if path.is_dir():
        raise PhotoError(f"{path}: is a folder, not a photo; name a file in it")
    if path.exists() and not path.is_file():
        raise PhotoError(f"{path}: is not a regular file; save it as one first")


def decoded_file(file: PhotoFile, format: str, max_pixels: int) -> Decoded:
    """The codes of a file, its orientation known but not yet applied.

    Raises:
        PhotoError: it is damaged or too large.
        DependencyError: a package that the format needs is not installed.
    """
    try:
        decoded = _DECODERS[format](file, Limits(max_pixels, file.file_bytes))
    except Exception as error:  # a decoder may raise anything on a damaged file
        raise unreadable(file, format, error) from error
    decoded.notes += attachments.notes_of(decoded.metadata.xmp, decoded.notes)
    if decoded.orientation is None:
        metadata = decoded.metadata
        decoded.orientation = exif.orientation(metadata.exif) or xmp.orientation(metadata.xmp) or 1
    return decoded


def unreadable(file: PhotoFile, format: str, error: Exception) -> PhotostyleError:
    """One line for whatever a decoder raised."""
    if isinstance(error, PhotoError):
        return error
    if isinstance(error, DependencyError):
        return DependencyError(f"{file.name}: {error}")
    if isinstance(error, Refused):
        return PhotoError(f"{file.name}: {error}")
    if isinstance(error, MemoryError):
        return PhotoError(f"{file.name}: too large for this machine's memory; shrink it")
    told = _OBJECT.sub("the file", str(error).replace(file.name, "the file"))
    reason = " ".join(told.split())[:160] or type(error).__name__
    if isinstance(error, NotImplementedError) or _NOT_SUPPORTED.search(reason):
        return PhotoError(f"{file.name}: not supported: this kind of {format.upper()} file ({reason}); convert it to TIFF or PNG")
    return PhotoError(f"{file.name}: damaged {format.upper()} file ({reason}); get an undamaged copy")
