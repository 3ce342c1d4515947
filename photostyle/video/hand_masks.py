"""Masks painted by hand for some frames of a clip: the frames written as pictures, and the masks found again by their names."""

import re
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from photostyle.errors import FileError, MaskError
from photostyle.events import Progress, Tell
from photostyle.photo import open_photo, write_photo
from photostyle.video.clip import ClipSource
from photostyle.video.shots import Shot, shots_of_clip

EVERY = 48  # frames of a shot that get one picture: what is painted is carried to all frames, so few are enough
NAMED = "frame-{:0{}}.png"
MOST_UNPACKED = 1 << 30  # bytes of one ZIP
_OVERLAY = "-overlay"  # what the names of pictures that show masks end in
_ZIPPED = "-masks"  # what those of the studio's ZIPs do
# In the order in which they are taken, where several are of one name; "" is a folder of grey pictures, one a region.
_KINDS = (".png", ".tif", ".tiff", ".webp", ".bmp", ".gif", ".jpg", ".jpeg", ".npy", ".json", ".xml", "", ".zip")


def frames_to_paint(shots: Sequence[Shot]) -> list[int]:
    """Numbers of frames whose masks say enough of a clip: the middle of each shot, and of each part of a long one.

    >>> frames_to_paint([Shot(0, 20), Shot(20, 120)])
    [10, 45, 95]
    """
    indices = []
    for shot in shots:
        count = max(1, round(len(shot) / EVERY))
        indices += [shot.start + (2 * place + 1) * len(shot) // (2 * count) for place in range(count)]
    return indices


def write_frames_to_paint(source: ClipSource, folder: Path, tell: Tell, start: int = 0, stop: int | None = None) -> list[Path]:
    """Write `frames_to_paint` of a part of a clip as pictures of its own size, whose names say which frames they are.

    Args:
        source: the clip.
        folder: made where it is missing.
        tell: told of each step.
        start, stop: numbers of the first frame that counts, and of the one after the last; None for the end.

    Raises:
        PhotostyleError: the clip cannot be read, or the pictures cannot be written.
    """
    last = len(source.times) if stop is None else stop
    indices = frames_to_paint(shots_of_clip(source, start, last, tell))
    digits = max(4, len(str(len(source.times) - 1)))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"{folder}: cannot be written ({error.strerror}); choose another place") from error
    written = []
    for number, index in enumerate(indices):
        tell(Progress("write", number, len(indices)))
        frame = next(iter(source.frames(index, index + 1)))
        path = folder / NAMED.format(index, digits)
        write_photo(open_photo(frame.pixels), path, depth=8)
        written.append(path)
    return written


def masks_by_hand(folder: Path, source: ClipSource, unpacked: Path | None = None) -> dict[int, Path]:
    """The masks of a folder by the numbers of the frames that they are for.

    A name ends in the number of a frame, counted from 0 (`12.png`, `frame-0012.png`), or in a time in seconds with an s
    (`0.5s.png`, `shot-12s.png`), which takes the nearest frame. A mask is whatever a photo's may be, a folder of grey pictures
    too; of several things of one name, as they are written for a photo, the picture is taken, and its JSON names its colours.

    Args:
        folder: of the masks.
        source: the clip.
        unpacked: where ZIPs of masks, as the studio saves them, are unpacked; None where there may be none.

    Raises:
        MaskError: there is no such folder, no mask in it, or a name that says no frame of the clip.
    """
    if not folder.is_dir():
        raise MaskError(f"{folder}: no such folder; name a folder with masks such as 0012.png or 2.5s.png", option="content_mask")
    found: dict[int, Path] = {}
    for path in _one_of_each_name(folder.iterdir()):
        index = _index_named(path, source)
        if index in found:
            raise MaskError(
                f"{path}: frame {index} has a mask already, {found[index].name}; keep one of them", option="content_mask"
            )
        found[index] = path
    if not found:
        raise MaskError(f"{folder}: holds no masks; put some into it, such as 0012.png or 2.5s.png", option="content_mask")
    return {index: _unpacked(path, unpacked) if path.suffix.lower() == ".zip" else path for index, path in found.items()}


def _one_of_each_name(paths: Iterable[Path]) -> list[Path]:
    """The masks among files and folders, one of each name."""
    best: dict[str, Path] = {}
    for path in sorted(paths):
        stem = path.name if path.is_dir() else path.stem
        if path.name.startswith(".") or stem.endswith(_OVERLAY):
            continue
        stem = stem.removesuffix(_ZIPPED) if path.suffix.lower() == ".zip" else stem
        if stem not in best or _rank(path) < _rank(best[stem]):
            best[stem] = path
    return [best[stem] for stem in sorted(best)]


def _rank(path: Path) -> int:
    suffix = "" if path.is_dir() else path.suffix.lower()
    return _KINDS.index(suffix) if suffix in _KINDS else len(_KINDS)


def _unpacked(path: Path, into: Path | None) -> Path:
    """The mask that a ZIP holds, unpacked.

    Raises:
        MaskError: it holds none, or cannot be read.
    """
    if into is None:
        raise MaskError(f"{path}: is a ZIP; unpack it there first", option="content_mask")
    target = into / path.stem
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(info.file_size for info in archive.infolist()) > MOST_UNPACKED:
                raise MaskError(f"{path}: holds more than a mask; save the masks of one frame", option="content_mask")
            archive.extractall(target)
        masks = _one_of_each_name(target.iterdir())
    except (zipfile.BadZipFile, OSError, RuntimeError) as error:
        raise MaskError(f"{path}: cannot be unpacked ({error}); save it again", option="content_mask") from error
    if len(masks) != 1:
        raise MaskError(f"{path}: must hold the masks of one frame, got {len(masks)}; save them again", option="content_mask")
    return masks[0]


def _index_named(path: Path, source: ClipSource) -> int:
    """The number of the frame that a mask is for."""
    times = source.times
    stem = path.name if path.is_dir() else path.stem
    named = re.search(r"(\d+(?:\.\d+)?)(s?)$", stem.removesuffix(_ZIPPED))
    if named is None or ("." in named[1] and not named[2]):
        raise MaskError(
            f"{path}: says no frame; name it by the frame's number, such as 0012.png, or its time, such as 2.5s.png",
            option="content_mask",
        )
    if named[2]:
        return int(np.abs(np.array([float(time) for time in times]) - float(named[1])).argmin())
    index = int(named[1])
    if index >= len(times):
        raise MaskError(f"{path}: the clip has {len(times)} frames, numbered from 0", option="content_mask")
    return index
