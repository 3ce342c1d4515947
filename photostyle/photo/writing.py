"""Write a photo: the old file stays whole until the new one is complete."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from photostyle.errors import OptionError, PhotoError
from photostyle.photo.codecs import pillow, png, tiff
from photostyle.photo.decoded import Order
from photostyle.photo.formats import WRITABLE, format_for_writing
from photostyle.photo.photograph import Depth, Metadata, Photo
from photostyle.photo.raster import Raster

DepthChoice = Literal["keep", 8, 16, "float"]
MetadataChoice = Literal["keep", "strip"]

_ENCODERS = {
    "jpeg": lambda order, path: pillow.encode(order, path, "JPEG"),
    "png": png.encode,
    "tiff": tiff.encode,
    "webp": lambda order, path: pillow.encode(order, path, "WEBP"),
}
_DTYPES = {8: np.uint8, 16: np.uint16, "float": np.float32}


def check_writable(path: str | Path, photo: Photo | None = None) -> None:
    """Fail now, not after the work, where `path` cannot be written.

    Args:
        path: where a photo is to be written.
        photo: the photo, so that transparency which the format cannot hold is refused too.

    Raises:
        PhotoError: the extension is unknown, the folder is missing or not writable, the path is a folder or a
            protected file, or the format cannot hold the photo's transparency.
    """
    path = Path(path)
    format = WRITABLE[format_for_writing(path)]
    folder = path.resolve().parent
    if path.is_dir():
        raise PhotoError(f"{path}: is a folder; name a file in it")
    if not folder.is_dir():
        raise PhotoError(f"{path}: its folder does not exist; make it first")
    if path.exists() and not path.is_file():
        raise PhotoError(f"{path}: is not a regular file; name another")
    if not os.access(folder, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise PhotoError(f"{path}: no permission to write there; choose another place")
    if photo is not None and photo.alpha is not None and not format.alpha and photo.alpha.min() < 1:
        raise PhotoError(f"{path}: {format.name} cannot hold this photo's transparency; use .png, .tif or .webp")


def write_photo(
    photo: Photo,
    path: str | Path,
    *,
    depth: DepthChoice = "keep",
    quality: int | Literal["keep"] = "keep",
    metadata: MetadataChoice = "keep",
    history: str | None = None,
    overwrite: bool = True,
) -> tuple[str, ...]:
    """Write a photo in the format that the path's extension names.

    Args:
        photo: what to write.
        path: where; written to a temporary file beside it first, then renamed.
        depth: bits per channel; "keep" follows the photo as far as the format holds it.
        quality: of a lossy format, 1 to 100; "keep" follows the photo's own file.
        metadata: "keep" or "strip" EXIF, XMP and IPTC.
        history: what was done to the photo, for the XMP history.
        overwrite: whether a file that exists may be replaced.

    Returns:
        Notes for the user, such as a depth that the format cannot hold.

    Raises:
        OptionError: an option outside its choices.
        PhotoError: the photo cannot be written there; an older file is left as it was.
    """
    path = Path(path)
    _check_options(depth, quality, metadata)
    check_writable(path, photo)
    if path.exists() and not overwrite:
        raise PhotoError(f"{path}: exists already; choose another name, or allow overwriting")
    name = format_for_writing(path)
    notes: list[str] = []
    order = _order(photo, name, depth, None if quality == "keep" else quality, metadata, notes)
    with _replacing(path) as temporary:
        _ENCODERS[name](order, temporary)
    return tuple(notes)


def _check_options(depth: object, quality: object, metadata: object) -> None:
    if depth not in get_args(DepthChoice):
        raise OptionError(f"depth must be one of keep, 8, 16, float, got {depth!r}")
    if metadata not in get_args(MetadataChoice):
        raise OptionError(f"metadata must be one of keep, strip, got {metadata!r}")
    if quality != "keep" and not (isinstance(quality, int) and 1 <= quality <= 100):
        raise OptionError(f"quality must be keep or a whole number from 1 to 100, got {quality!r}")


def _order(photo: Photo, name: str, depth, quality: int | None, metadata: str, notes: list[str]) -> Order:
    format = WRITABLE[name]
    wanted = photo.source.depth if depth == "keep" else depth
    if wanted not in format.depths:
        held = format.depths[-1]
        notes.append(f"{format.name} holds {held} bits a channel, not {wanted}; written with {held}")
        wanted = held
    grey = photo.source.layout == "grey" and "grey" in format.layouts and _is_grey(photo.pixels)
    alpha = photo.alpha is not None and format.alpha
    return Order(
        _codes(photo, wanted, grey, alpha),
        "grey" if grey else "rgb",
        alpha,
        photo.profile,
        photo.metadata if metadata == "keep" else Metadata(),
        dict(photo.source.encoding) if photo.source.format == name else {},
        quality,
    )


def _is_grey(pixels: np.ndarray) -> bool:
    return bool((pixels[..., :1] == pixels[..., 1:]).all())


def _codes(photo: Photo, depth: Depth, grey: bool, alpha: bool) -> Raster:
    width, height = photo.size
    dtype = np.dtype(_DTYPES[depth])
    colours = 1 if grey else 3
    channels = colours + alpha

    def rows(top: int, bottom: int) -> np.ndarray:
        codes = np.empty((bottom - top, width, channels), dtype)
        codes[..., :colours] = _quantised(photo.pixels[top:bottom, :, :colours], depth)
        if alpha:
            codes[..., -1] = _quantised(photo.alpha[top:bottom], depth)
        return codes

    return Raster(height, width, channels, dtype, rows)


def _quantised(values: np.ndarray, depth: Depth) -> np.ndarray:
    if depth == "float":
        return values
    top = 255 if depth == 8 else 65535
    return np.rint(np.clip(values, 0, 1) * np.float32(top))


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """A temporary file beside `path` that takes its place when the block ends well, and goes when it does not."""
    target = path.resolve()
    mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
    try:
        handle, name = tempfile.mkstemp(suffix=".part", prefix=f".{target.name}.", dir=target.parent)
        os.close(handle)
    except OSError as error:
        raise PhotoError(f"{path}: cannot be written ({error.strerror}); choose another place") from error
    temporary = Path(name)
    try:
        yield temporary
        os.chmod(temporary, mode)
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except PhotoError:
        raise
    except Exception as error:  # an encoder may raise anything
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())[:160] or type(error).__name__
        raise PhotoError(f"{path}: cannot be written ({reason}); the old file, if any, is untouched") from error
    finally:
        temporary.unlink(missing_ok=True)


def _umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask
