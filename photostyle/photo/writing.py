"""Write a photo: the old file stays whole until the new one is complete."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, get_args

from photostyle.errors import OptionError, PhotoError
from photostyle.photo.carrying import carried
from photostyle.photo.codecs import avif, heif, jpeg, jxl, pillow, png, tiff
from photostyle.photo.colour import ColourSpace, Srgb, colour_space
from photostyle.photo.decoded import Order, Refused
from photostyle.photo.development import is_grey, printed
from photostyle.photo.formats import WRITABLE, Format, format_for_writing
from photostyle.photo.photograph import Depth, Layout, Metadata, Photo
from photostyle.whole_file import replacing

DepthChoice = Literal["keep", 8, 16, "float"]
MetadataChoice = Literal["keep", "strip"]

_ENCODERS = {
    "jpeg": jpeg.encode,
    "png": png.encode,
    "tiff": tiff.encode,
    "webp": pillow.encode_webp,
    "avif": avif.encode,
    "heic": heif.encode,
    "jxl": jxl.encode,
}


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
    if format is WRITABLE["heic"]:
        _check_library(path)
    if photo is not None and max(photo.size) > format.longest:
        raise PhotoError(
            f"{path}: {format.name} holds at most {format.longest} pixels a side, not {max(photo.size)}; use .tif"
        )
    if photo is not None and photo.alpha is not None and not format.alpha and photo.alpha.min() < 1:
        raise PhotoError(f"{path}: {format.name} cannot hold this photo's transparency; use .png, .tif or .webp")


def _check_library(path: Path) -> None:
    try:
        heif.library()
    except Refused as error:
        raise PhotoError(f"{path}: {error}") from None


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
    order = _order(photo, name, depth, None if quality == "keep" else quality, metadata, history, notes)
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


def _order(photo: Photo, name: str, depth, quality: int | None, metadata: str, history, notes: list[str]) -> Order:
    """What the encoder of the format `name` has to write."""
    format = WRITABLE[name]
    depth = _held_depth(photo, format, depth, notes)
    layout, profile, space = _colours(photo, format, depth, notes)
    alpha = photo.alpha is not None and format.alpha
    encoding = dict(photo.source.encoding) if photo.source.format == name else {}
    premultiplied = alpha and bool(encoding.get("premultiplied"))
    raster = printed(photo, space, depth, alpha=alpha, premultiplied=premultiplied)
    kept = carried(photo, name, history, notes) if metadata == "keep" else Metadata()
    return Order(raster, layout, alpha, profile, kept, encoding, quality)


def _held_depth(photo: Photo, format: Format, wanted: DepthChoice, notes: list[str]) -> Depth:
    """The depth asked for, or the deepest that the format holds where the photo's own is deeper."""
    depth = photo.source.depth if wanted == "keep" else wanted
    if depth in format.depths:
        return depth
    if wanted != "keep":
        choices = ", ".join(str(depth) for depth in format.depths)
        raise OptionError(f"{format.name} holds a depth of {choices}, not {wanted}; choose .tif, which holds all")
    held = format.depths[-1]
    notes.append(f"{format.name} holds {held} bits a channel; the photo had {_named(depth)}")
    return held


def _named(depth: Depth) -> str:
    return "floats" if depth == "float" else f"{depth} bits"


def _colours(photo: Photo, format: Format, depth: Depth, notes: list[str]) -> tuple[Layout, bytes | None, ColourSpace]:
    """The layout, the profile and the colour space to write in: the photo's own, if it can be."""
    layout, kept = photo.source.layout, photo.kept
    if layout not in format.layouts and not (layout == "grey" and photo.profile is None):
        notes.append(f"{format.name} holds no {layout} colours; written as sRGB")
    elif layout == "grey" and not is_grey(photo.pixels):
        notes.append("the grey photo has colours now; written as sRGB")
    elif layout in format.layouts:
        space = kept.space if kept else colour_space(photo.profile, layout, fine=depth != 8)[0]
        if not format.profiles and not isinstance(space, Srgb):
            notes.append(f"{format.name} is written without its profile, in sRGB; colours outside it are clipped")
            return ("grey" if layout == "grey" else "rgb"), None, Srgb(1 if layout == "grey" else 3)
        if getattr(space, "writable", True) or (kept and kept.unchanged(photo.pixels)):
            return layout, photo.profile, space
        notes.append("its profile tells no way back to its colours; written as sRGB")
    return "rgb", None, Srgb()


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """A temporary file beside `path` that takes its place when the block ends well; all that goes wrong is a PhotoError."""
    begun = False
    try:
        with replacing(path, prefix=f".{path.resolve().name}.") as temporary:
            begun = True
            yield temporary
    except PhotoError:
        raise
    except Exception as error:  # an encoder may raise anything
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())[:160] or type(error).__name__
        rest = "the old file, if any, is untouched" if begun else "choose another place"
        raise PhotoError(f"{path}: cannot be written ({reason}); {rest}") from error
