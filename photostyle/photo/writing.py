"""Write a photo: the old file stays whole until the new one is complete."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, Protocol, get_args

from photostyle.errors import DependencyError, OptionError, PhotoError, PhotostyleError
from photostyle.photo.codecs import avif, heif, jpeg, jxl, pillow, png, tiff
from photostyle.photo.encode_job import EncodeJob
from photostyle.photo.formats import WRITABLE, format_for_writing, format_named
from photostyle.photo.photograph import Photo
from photostyle.photo.planning import DepthChoice, MetadataChoice, WriteOptions, check_depth, plan
from photostyle.photo.transparency import is_seen_through
from photostyle.whole_file import replacing

_LONGEST_PREFIX = 40  # characters of a file's name in that of its temporary file, which must not get too long


class WritableFile(Protocol):
    """A file object that is open for writing, in binary mode."""

    def write(self, data: Any, /) -> Any: ...


_ENCODERS: dict[str, Callable[[EncodeJob, Path], None]] = {
    "jpeg": jpeg.encode,
    "png": png.encode,
    "tiff": tiff.encode,
    "webp": pillow.encode_webp,
    "avif": avif.encode,
    "heic": heif.encode,
    "jxl": jxl.encode,
}


def write_photo(
    photo: Photo,
    target: str | os.PathLike[str] | WritableFile,
    *,
    format: str | None = None,
    depth: DepthChoice = "keep",
    quality: int | Literal["keep"] = "keep",
    metadata: MetadataChoice = "keep",
    history: str | None = None,
    overwrite: bool = True,
) -> tuple[str, ...]:
    """Write a photo to a path or a binary file object.

    Args:
        photo: what to write.
        target: where. A path is written to a temporary file beside it first, then renamed; a file object gets the
            whole file at once, or nothing.
        format: "jpeg", "png", "tiff", "webp", "avif", "heic" or "jxl"; needed for a file object. A path's extension
            names it, and only a path whose extension names none takes it from here.
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
        DependencyError: a package that the format needs is not installed.
    """
    if not isinstance(photo, Photo):
        raise PhotoError(f"photo must be a Photo, got {type(photo).__name__}; open_photo makes one of it")
    options = _checked_options(depth, quality, metadata, history)
    notes: list[str] = []
    if not isinstance(target, str | os.PathLike):
        name = _format_for_object(target, format)
        _check_holds(_name_of(target), name, photo)
        _write_object(plan(photo, name, options, notes), name, target)
        return tuple(notes)
    path = Path(target)
    check_writable(path, photo, format=format)
    if path.exists() and not overwrite:
        raise PhotoError(f"{path}: exists already; choose another name, or allow overwriting")
    name = _format_for_path(path, format)
    job = plan(photo, name, options, notes)
    with _replacing(path) as temporary:
        _ENCODERS[name](job, temporary)
    return tuple(notes)


def check_writable(
    path: str | os.PathLike[str], photo: Photo | None = None, *, format: str | None = None, depth: DepthChoice = "keep"
) -> None:
    """Fail now, not after the work, where `path` cannot be written.

    Args:
        path: where a photo is to be written.
        photo: the photo, so that transparency which the format cannot hold is refused too.
        format, depth: as for `write_photo`.

    Raises:
        OptionError: the format is unknown, or not that of the extension, or does not hold the depth.
        PhotoError: the extension is unknown, the folder is missing or not writable, the path is a folder or a
            protected file, or the format cannot hold the photo's transparency.
        DependencyError: a package that the format needs is not installed.
    """
    path = Path(path)
    check_format(path, photo, format=format, depth=depth)
    folder = path.resolve().parent
    if path.is_dir():
        raise PhotoError(f"{path}: is a folder; name a file in it")
    if not folder.is_dir():
        raise PhotoError(f"{path}: its folder does not exist; make it first")
    if path.exists() and not path.is_file():
        raise PhotoError(f"{path}: is not a regular file; name another")
    if not os.access(folder, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise PhotoError(f"{path}: no permission to write there; choose another place")


def check_format(path: Path, photo: Photo | None = None, *, format: str | None = None, depth: DepthChoice = "keep") -> None:
    """Fail where the format of a path is not written, or cannot hold what is asked for, wherever the path may lie.

    Args, raises: as for `check_writable`.
    """
    name = _format_for_path(path, format)
    check_depth(WRITABLE[name], depth, str(path))
    _check_holds(str(path), name, photo)


def _check_holds(target: str, name: str, photo: Photo | None) -> None:
    """Refuse a format whose library is missing, or which does not hold the photo."""
    if name == "heic":
        try:
            heif.library()
        except DependencyError as error:
            raise DependencyError(f"{target}: {error}") from None
    if photo is None:
        return
    format = WRITABLE[name]
    longest = max(photo.size)
    if longest > format.longest:
        raise PhotoError(f"{target}: {format.name} holds at most {format.longest} pixels a side, not {longest}; use .tif")
    if not format.alpha and is_seen_through(photo):
        raise PhotoError(f"{target}: {format.name} cannot hold this photo's transparency; use .png, .tif or .webp")


def _format_for_path(path: Path, wanted: str | None) -> str:
    """The format that the extension names; the one that is asked for where it names none."""
    if wanted is None:
        return format_for_writing(path)
    name = format_named(wanted)
    for other, format in WRITABLE.items():
        if path.suffix.lower() in format.suffixes and other != name:
            raise OptionError(f"format must be that of the extension of {path.name}, got {wanted!r}; change one of them")
    return name


def _format_for_object(target: object, wanted: str | None) -> str:
    if not callable(getattr(target, "write", None)):
        raise PhotoError(f"a photo is written to a path or a binary file object, got {type(target).__name__}; give one")
    if wanted is None:
        raise OptionError(f"format must be given for a file object, one of {', '.join(WRITABLE)}")
    return format_named(wanted)


def _checked_options(depth: object, quality: object, metadata: object, history: str | None) -> WriteOptions:
    if depth not in get_args(DepthChoice):
        raise OptionError(f"depth must be one of keep, 8, 16, float, got {depth!r}")
    if metadata not in get_args(MetadataChoice):
        raise OptionError(f"metadata must be one of keep, strip, got {metadata!r}")
    number: int | None = None
    if quality != "keep":
        if not isinstance(quality, int) or not 1 <= quality <= 100:
            raise OptionError(f"quality must be keep or a whole number from 1 to 100, got {quality!r}")
        number = quality
    return WriteOptions(depth, number, metadata, history)  # type: ignore[arg-type]  # both were checked above


def _name_of(target: object) -> str:
    """What messages call a file object."""
    name = getattr(target, "name", None)
    if isinstance(name, str) and name:
        return name
    return "the file object"


def _write_object(job: EncodeJob, name: str, target: WritableFile) -> None:
    """Encode in a temporary file, then hand all of it over at once."""
    with _as_photo_errors(_name_of(target), "nothing was written to it"):
        with tempfile.TemporaryDirectory(prefix="photostyle-") as folder:
            temporary = Path(folder, f"photo{WRITABLE[name].suffixes[0]}")
            _ENCODERS[name](job, temporary)
            data = memoryview(temporary.read_bytes())
    with _as_photo_errors(_name_of(target), "check the file object"):
        while len(data):
            written = target.write(data)
            if not isinstance(written, int):  # as of wrappers that tell nothing and take all
                break
            data = data[written:]


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """A temporary file beside `path` that takes its place when the block ends well; all that goes wrong is a PhotoError."""
    with _as_photo_errors(str(path), "the old file, if any, is untouched; choose another place if this recurs"):
        beginning = path.resolve().name[:_LONGEST_PREFIX]
        with replacing(path, prefix=f".{beginning}.") as temporary:
            yield temporary


@contextmanager
def _as_photo_errors(target: str, advice: str) -> Iterator[None]:
    """Make a PhotoError of whatever goes wrong in the block."""
    try:
        yield
    except PhotostyleError:
        raise
    except Exception as error:  # an encoder may raise anything
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())[:160] or type(error).__name__
        raise PhotoError(f"{target}: cannot be written ({reason}); {advice}") from error
