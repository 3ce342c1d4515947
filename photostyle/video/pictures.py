"""Image sequences: pictures in files, one for each frame, read as a clip and written as one."""

import glob
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from photostyle.errors import FileError, PhotoError
from photostyle.photo import Photo, read_photo, resample, write_photo
from photostyle.photo.file_facts import FileFacts
from photostyle.photo.formats import CAMERA_RAW_SUFFIXES, READ_ONLY_SUFFIXES, WRITABLE, format_for_writing
from photostyle.regions.resampling import size_within
from photostyle.video.clip import Frame
from photostyle.video.planes import Coding
from photostyle.video.reading import DecodedFrame, StreamFacts
from photostyle.video.scanning import Times

USUAL_RATE = Fraction(24)
_NO_STILLS = {".gif"}
SUFFIXES = {suffix for format in WRITABLE.values() for suffix in format.suffixes} | READ_ONLY_SUFFIXES | CAMERA_RAW_SUFFIXES
SUFFIXES -= _NO_STILLS
_NUMBER = re.compile(r"%0?(\d*)d")
_USUAL_NAME = "frame-%06d.png"


def is_pattern(name: str) -> bool:
    """Whether a name stands for the pictures of a sequence by a printf number, such as frames/%04d.png."""
    return _NUMBER.search(name) is not None


def is_picture(path: Path) -> bool:
    """Whether a file's ending is that of a picture."""
    return path.suffix.lower() in SUFFIXES


def pictures_named(name: str) -> list[Path]:
    """The pictures that a folder, a printf pattern or a glob stands for, in the order of their numbers; none for other names.

    Raises:
        PhotoError: it stands for none.
    """
    path = Path(name)
    if path.is_dir():
        found = [each for each in path.iterdir() if is_picture(each) and not each.name.startswith(".")]
    elif is_pattern(name):
        wanted = re.compile(r"(\d+)".join(re.escape(part) for part in _NUMBER.split(path.name)[::2]))
        found = [each for each in _listed(path.parent) if wanted.fullmatch(each.name)]
    else:
        found = [Path(each) for each in glob.glob(name) if is_picture(Path(each))]
    if not found:
        raise PhotoError(f"{name}: no pictures are there; check the name")
    return sorted(found, key=by_number)


def _listed(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def by_number(path: Path) -> list[tuple[int, str]]:
    """A key by which frame-9 comes before frame-10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", path.name)]


class PictureClip:
    """A sequence of pictures, as a `ClipSource`; see `VideoFile`, whose attributes it has.

    Args:
        paths: of the pictures, in order.
        rate: frames a second.
        name: for people.

    Raises:
        PhotoError: the first cannot be read.
    """

    def __init__(self, paths: Sequence[Path], rate: Fraction = USUAL_RATE, name: str = "") -> None:
        self.paths = list(paths)
        self.name = name or self.paths[0].parent.name
        first = read_photo(self.paths[0])
        self.size = first.size
        bits = 8 if first.file.depth == 8 else 16
        coding = Coding("rgb", bits, alpha=first.alpha is not None)
        self.facts = StreamFacts("pictures", coding, None, rate, 1 / rate, Fraction(0), 0)
        self.times = Times(range(len(self.paths)), 1 / rate, Fraction(0))
        self.end = len(self.paths) / rate
        self.notes: tuple[str, ...] = first.notes

    def frames(self, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        for each in self.decoded(start, stop):
            yield each.frame

    def decoded(self, start: int = 0, stop: int | None = None, every: int = 1) -> Iterator[DecodedFrame]:
        for number in range(len(self.paths))[start:stop:every]:
            photo = read_photo(self.paths[number])
            if photo.size != self.size:
                width, height = self.size
                raise PhotoError(
                    f"{self.paths[number]}: has {photo.size[0]} x {photo.size[1]} pixels, and the first of the sequence "
                    f"{width} x {height}; give pictures of one size"
                )
            yield DecodedFrame(Frame(np.clip(photo.pixels, 0, 1), self.times[number], number), photo=photo)

    def small(self, side: int, start: int = 0, stop: int | None = None, every: int = 1) -> Iterator[Frame]:
        for each in self.decoded_small(size_within(self.size, side), start, stop, every):
            yield each.frame

    def decoded_small(
        self, size: tuple[int, int], start: int = 0, stop: int | None = None, every: int = 1
    ) -> Iterator[DecodedFrame]:
        for each in self.decoded(start, stop, every):
            frame = each.frame
            pixels = frame.pixels if size == self.size else np.clip(resample(frame.pixels, size), 0, 1)
            yield DecodedFrame(Frame(pixels, frame.time, frame.index))


class PictureNames:
    """The names of a sequence's pictures.

    Args:
        output: a folder, or a printf pattern.
        paths: of the clip's own pictures, whose names are kept in a folder; none for a video.

    Raises:
        FileError, PhotoError: no pictures can be written under such a name.
    """

    def __init__(self, output: str, paths: Sequence[Path] = ()) -> None:
        self._own = list(paths)
        self._pattern = ""
        self.folder = Path(output)
        if is_pattern(output):
            self.folder, self._pattern = Path(output).parent, Path(output).name
            if len(_NUMBER.findall(self._pattern)) != 1:
                raise FileError(f"{output}: needs one number, such as %04d, in the name of the pictures", option="output")
            format_for_writing(Path(self._pattern))
        elif not self._own:
            self._pattern = _USUAL_NAME

    def name(self, number: int) -> str:
        """Of the picture of a frame."""
        if self._pattern:
            return self._pattern % number
        own = self._own[number]
        return own.name if own.suffix.lower() in _WRITABLE_SUFFIXES else f"{own.stem}.png"


_WRITABLE_SUFFIXES = {suffix for format in WRITABLE.values() for suffix in format.suffixes}


def write_picture(decoded: DecodedFrame, pixels: np.ndarray, bits: int, path: Path) -> None:
    """Write a frame in its new light; a picture of a sequence keeps its depth, profile and metadata."""
    photo = decoded.photo
    if photo is None:
        photo = Photo(pixels, file=FileFacts(depth=8 if bits == 8 else 16))
    elif pixels.shape == photo.pixels.shape:
        photo = photo.with_pixels(pixels)
    else:
        photo = replace(photo, pixels=pixels, alpha=None, exact_codes=None, extra=None)
    write_photo(photo, path)
