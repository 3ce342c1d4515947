"""Read a photo: its content decides the format, and whatever is wrong becomes one line."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from photostyle.errors import PhotoError
from photostyle.photo.codecs import pillow, png, tiff
from photostyle.photo.decoded import Decoded, Limits, TooLarge
from photostyle.photo.formats import WRITABLE, sniff
from photostyle.photo.photograph import Photo, Source

MAX_PIXELS = 1_000_000_000

_DECODERS = {
    "jpeg": lambda path, limits: pillow.decode(path, "JPEG", limits),
    "png": png.decode,
    "tiff": tiff.decode,
    "webp": lambda path, limits: pillow.decode(path, "WEBP", limits),
    "gif": lambda path, limits: pillow.decode(path, "GIF", limits),
    "bmp": lambda path, limits: pillow.decode(path, "BMP", limits),
}


@dataclass(frozen=True)
class Picture:
    """A picture's code values as they are in its file, upright: for masks, whose codes are labels.

    Args:
        codes: (H, W) or (H, W, C), uint8 or uint16 or float.
        mode: "grey", "grey+alpha", "rgb", "rgb+alpha" or "palette".
        palette: (N, 3) or (N, 4) uint8 colours of a palette picture, whose codes index it; None otherwise.
        notes: what the user should be told.
    """

    codes: np.ndarray
    mode: str
    palette: np.ndarray | None = None
    notes: tuple[str, ...] = ()


def read_photo(path: str | Path, *, max_pixels: int = MAX_PIXELS) -> Photo:
    """Read a photo, upright, in sRGB-encoded float.

    Args:
        path: the file; its content decides the format, not its extension.
        max_pixels: the most pixels that are decoded, checked from the header.

    Raises:
        PhotoError: the file is missing, no picture, damaged, or too large.
    """
    path = Path(path)
    format = _format_of(path)
    decoded = _decode(path, format, max_pixels)
    pixels, alpha = _floats(decoded)
    notes = list(decoded.notes)
    if path.suffix.lower() and format in WRITABLE and path.suffix.lower() not in WRITABLE[format].suffixes:
        notes.insert(0, f"{path.name} holds a {WRITABLE[format].name} picture, whatever its extension says")
    depth = {255.0: 8, 65535.0: 16}.get(decoded.top, "float")
    source = Source(str(path), format, depth, decoded.layout, decoded.encoding)
    return Photo(pixels, alpha, decoded.profile, decoded.metadata, source, tuple(notes))


def read_mask_picture(path: str | Path, *, max_pixels: int = MAX_PIXELS) -> Picture:
    """Read a mask with its code values untouched, only turned upright.

    Raises:
        PhotoError: as `read_photo`.
    """
    path = Path(path)
    format = _format_of(path)
    if format in ("png", "gif", "bmp"):
        limits = Limits(max_pixels, path.stat().st_size)
        try:
            with pillow.opened(path, format.upper(), limits) as image:
                if image.mode == "P":
                    image.load()
                    return _palette_picture(image)
        except Exception as error:
            raise _unreadable(path, format, error) from error
    decoded = _decode(path, format, max_pixels)
    codes = decoded.raster.upright(decoded.orientation).whole()
    mode = decoded.layout + ("+alpha" if decoded.alpha else "")
    return Picture(codes[..., 0] if codes.shape[2] == 1 else codes, mode, None, tuple(decoded.notes))


def _palette_picture(image) -> Picture:
    transparency = "transparency" in image.info
    mode = "RGBA" if transparency else "RGB"
    if transparency:
        image.apply_transparency()
    palette = np.array(image.getpalette(mode), np.uint8).reshape(-1, len(mode))
    orientation = image.getexif().get(0x0112, 1)
    codes = pillow._raster(image).upright(orientation).whole()[..., 0]
    return Picture(codes, "palette", palette)


def _format_of(path: Path) -> str:
    try:
        if path.is_dir():
            raise PhotoError(f"{path}: is a folder, not a photo; name a file in it")
        with open(path, "rb") as file:
            head = file.read(64)
    except FileNotFoundError:
        raise PhotoError(f"{path}: no such file; check the path") from None
    except OSError as error:
        raise PhotoError(f"{path}: cannot be opened ({error.strerror or error}); check it") from error
    if not head:
        raise PhotoError(f"{path}: the file is empty (0 bytes); get an undamaged copy")
    format = sniff(head)
    if format is None:
        raise PhotoError(f"{path}: not a picture in a format that can be read; convert it to JPEG, PNG or TIFF")
    return format


def _decode(path: Path, format: str, max_pixels: int) -> Decoded:
    try:
        return _DECODERS[format](path, Limits(max_pixels, path.stat().st_size))
    except PhotoError:
        raise
    except Exception as error:  # a decoder may raise anything on a damaged file
        raise _unreadable(path, format, error) from error


def _unreadable(path: Path, format: str, error: Exception) -> PhotoError:
    if isinstance(error, TooLarge):
        return PhotoError(f"{path}: {error}")
    if isinstance(error, MemoryError):
        return PhotoError(f"{path}: too large for this machine's memory; shrink it")
    reason = " ".join(str(error).replace(str(path), "the file").split())[:160] or type(error).__name__
    return PhotoError(f"{path}: damaged {format.upper()} file ({reason}); get an undamaged copy")


def _floats(decoded: Decoded) -> tuple[np.ndarray, np.ndarray | None]:
    raster = decoded.raster.upright(decoded.orientation)
    pixels = np.empty((raster.height, raster.width, 3), np.float32)
    alpha = np.empty((raster.height, raster.width), np.float32) if decoded.alpha else None
    top_code = np.float32(decoded.top)

    def convert(top: int, bottom: int, rows: np.ndarray) -> None:
        if decoded.layout == "cmyk":
            inks = rows[..., :4].astype(np.float32) / top_code
            pixels[top:bottom] = (1 - inks[..., :3]) * (1 - inks[..., 3:])
        else:
            colours = rows[..., :1] if decoded.layout == "grey" else rows[..., :3]
            np.divide(colours, top_code, out=pixels[top:bottom], dtype=np.float32, casting="unsafe")
        if alpha is not None:
            np.divide(rows[..., -1], top_code, out=alpha[top:bottom], dtype=np.float32, casting="unsafe")

    raster.each(convert)
    return pixels, alpha
