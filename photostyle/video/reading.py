"""Video files as clips: their frames from any place, the right way up, in sRGB."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.format import VideoFormat
from av.video.frame import VideoFrame

from photostyle.errors import PhotoError
from photostyle.photo import Photo
from photostyle.regions.resampling import size_within
from photostyle.video.clip import Frame
from photostyle.video.colours import HDR_NAMES, ColourTags
from photostyle.video.planes import Coding, Planes
from photostyle.video.scanning import Scan, Times, decoded, opened, video_of
from photostyle.video.turns import Turn

_MARGIN = 24  # frames decoded before the one asked for: what is shown before a key frame may come after it
_LIKELY_RATE = Fraction(25)  # where a file says nothing


@dataclass(frozen=True, eq=False)
class DecodedFrame:
    """A frame, and what its pixels were made from: planes of codes, or a photo of a sequence."""

    frame: Frame
    planes: Planes | None = None
    photo: Photo | None = None


@dataclass(frozen=True)
class StreamFacts:
    """What a video stream says of itself.

    Args:
        codec: its name.
        coding: of the planes of its frames, the right way up.
        aspect: width of a pixel over its height; None where nothing is said.
        rate: frames a second, on average.
        time_base: seconds of a tick of its own times.
        origin: seconds at which the clip begins, in the file's own times.
        index: of the stream in its file.
    """

    codec: str
    coding: Coding
    aspect: Fraction | None
    rate: Fraction
    time_base: Fraction
    origin: Fraction
    index: int


class VideoFile:
    """A video file, as a `ClipSource`.

    Args:
        path: of the file.

    Raises:
        PhotoError: it cannot be read, has no video, no frame that can be decoded, or colours that are not known.

    Attributes:
        name: of the file.
        size: (width, height) of each frame, the right way up.
        times: of each frame in seconds, rising.
        end: when the last frame ends, in seconds.
        facts: what the stream says of itself.
        notes: what the user should be told, one line each.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name
        with opened(path) as container:
            stream = video_of(container, path)
            scan = Scan.of(container, stream, path)
            rate = stream.average_rate or stream.guessed_rate or _LIKELY_RATE
            time_base = stream.time_base or 1 / rate
            aspect = stream.sample_aspect_ratio or None
            codec = stream.codec_context.codec.name
            index = stream.index
        self._video = index
        notes = list(scan.notes)
        self._ticks = scan.ticks
        origin = scan.origin
        if scan.ticks is None:
            notes.append(f"{self.name}: its frames have no times of their own; {float(rate):g} frames a second are taken")
            time_base, origin = 1 / rate, Fraction(0)
        ticks = range(scan.count) if scan.ticks is None else scan.ticks
        self.times = Times(ticks, time_base, origin)
        duration = scan.last_duration or max(1, round(1 / (rate * time_base)))
        self.end = self.times[-1] + duration * time_base
        first = self._first_frame()
        self._own_size = (first.width, first.height)
        self._turn = Turn.of(first)
        self.size = self._turn.size(*self._own_size)
        planes = self._planes(first)
        coding = planes.coding
        if coding.alpha and bool((planes.arrays[-1] == coding.top).all()):
            coding = replace(coding, alpha=False)  # as GIF, which has always a place for it
        if self._turn.transpose and aspect:
            aspect = 1 / aspect
        self.facts = StreamFacts(codec, coding, aspect, rate, time_base, origin, index)
        self.notes = (*notes, *_colour_notes(self.name, coding), *_field_notes(self.name, first))

    def frames(self, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        for each in self.decoded(start, stop):
            yield each.frame

    def decoded(self, start: int = 0, stop: int | None = None, every: int = 1) -> Iterator[DecodedFrame]:
        """As `frames`, each `every`-th from `start`, with its planes; frames that cannot be decoded are left out."""
        for number, picture in self._pictures(start, stop, every):
            planes = self._planes(picture)
            yield DecodedFrame(Frame(planes.pixels(), self.times[number], number), planes)

    def small(self, side: int, start: int = 0, stop: int | None = None, every: int = 1) -> Iterator[Frame]:
        for each in self.decoded_small(size_within(self.size, side), start, stop, every):
            yield each.frame

    def decoded_small(
        self, size: tuple[int, int], start: int = 0, stop: int | None = None, every: int = 1
    ) -> Iterator[DecodedFrame]:
        """As `decoded`, at a smaller size (width, height)."""
        width, height = self._turn.size(*size)
        for number, picture in self._pictures(start, stop, every):
            planes = self._planes(_planar(picture).reformat(width, height, interpolation="AREA"))
            yield DecodedFrame(Frame(planes.pixels(), self.times[number], number), planes)

    def _planes(self, picture: VideoFrame) -> Planes:
        """A frame's planes, the right way up."""
        tags = ColourTags(picture.color_primaries, picture.color_trc, picture.colorspace, picture.color_range)
        return self._turn.planes(planes_of_picture(picture, tags, self._own_size))

    def _first_frame(self) -> VideoFrame:
        """The first frame that can be decoded."""
        with opened(self.path) as container:
            stream = container.streams.video[_place(container, self._video)]
            frame = next(decoded(container, stream), None)
        if frame is None:
            raise PhotoError(
                f"{self.path}: no frame of its video can be decoded; it may be protected, damaged or of an unknown kind; "
                "convert it first"
            )
        return frame

    def _pictures(self, start: int, stop: int | None, every: int) -> Iterator[tuple[int, VideoFrame]]:
        """The numbers and frames from `start` to before `stop`, each `every`-th."""
        count = len(self.times)
        stop = count if stop is None else min(stop, count)
        before = -1
        with opened(self.path) as container:
            stream = container.streams.video[_place(container, self._video)]
            stream.thread_type = "AUTO"
            if self._ticks is not None and start > _MARGIN:
                container.seek(self._ticks[start - _MARGIN], stream=stream)
            for picture in decoded(container, stream):
                number = self._number(picture, before)
                if number <= before:
                    continue
                if number >= stop:
                    return
                before = number
                if number < start or (number - start) % every:
                    continue
                self._check_size(picture, number)
                yield number, picture

    def _number(self, picture: VideoFrame, before: int) -> int:
        """The number of a frame that was decoded after number `before`."""
        if self._ticks is None or picture.pts is None:
            return before + 1
        return min(bisect_left(self._ticks, picture.pts), len(self._ticks) - 1)

    def _check_size(self, picture: VideoFrame, number: int) -> None:
        if (picture.width, picture.height) != self._own_size:
            width, height = self._own_size
            raise PhotoError(
                f"{self.path}: changes its size from {width} x {height} to {picture.width} x {picture.height} at "
                f"{float(self.times[number]):.2f} s; give the parts of one size one at a time, from and to there"
            )


def middle_frame(path: Path, side: int) -> np.ndarray:
    """(H, W, 3) the frame in the middle of a video's file, small.

    Raises:
        PhotoError: it cannot be read.
    """
    clip = VideoFile(path)
    middle = len(clip.times) // 2
    return next(iter(clip.small(side, middle, middle + 1))).pixels


def _place(container: "av.container.InputContainer", index: int) -> int:
    """The place among the video streams of the stream with an index."""
    return [stream.index for stream in container.streams.video].index(index)


def planes_of_picture(picture: VideoFrame, tags: ColourTags, size: tuple[int, int]) -> Planes:
    """The planes of one of libav's frames.

    Args:
        picture: the frame.
        tags: what it says of its colours.
        size: (width, height) of the video, by which the weights of luma are guessed where it does not say.
    """
    picture = _planar(picture)
    coding = Coding.named(picture.format.name, tags, size)
    if coding is None:
        raise PhotoError(f"its pixels are {picture.format.name}, which is not known here; convert the video first")
    arrays = []
    for plane, (height, width) in zip(picture.planes, coding.shapes((picture.width, picture.height)), strict=True):
        codes = np.frombuffer(memoryview(plane), coding.dtype)
        arrays.append(codes.reshape(-1, plane.line_size // codes.itemsize)[:height, :width])
    return Planes(coding, tuple(arrays))


def _planar(picture: VideoFrame) -> VideoFrame:
    """The frame itself where it is of planes that `Coding` knows; else the same codes in such planes."""
    name = picture.format.name
    if Coding.named(name) is not None:
        return picture
    return picture.reformat(format=_planar_name(picture.format))


def _planar_name(format: VideoFormat) -> str:
    """The name of the format of planes that holds what another one holds."""
    bits = max((component.bits for component in format.components), default=8)
    alpha = any(component.is_alpha for component in format.components)
    if format.name == "pal8":
        return "gbrap"
    if format.is_rgb:
        return Coding("rgb", 8 if bits <= 8 else 16, alpha=alpha).name
    if len(format.components) < 3:
        return Coding("grey", 8 if bits <= 8 else 16).name
    shifts = (8 // format.chroma_width(8)).bit_length() - 1, (8 // format.chroma_height(8)).bit_length() - 1
    return Coding("yuv", bits if bits in (8, 9, 10, 12, 14, 16) else 16, shifts, alpha).name


def _colour_notes(name: str, coding: Coding) -> tuple[str, ...]:
    hdr = HDR_NAMES.get(coding.tags.transfer)
    if hdr is None:
        return ()
    return (f"{name}: has {hdr} (HDR) brightness; what is seen and changed is its tone-mapped copy, and it stays {hdr}",)


def _field_notes(name: str, picture: VideoFrame) -> tuple[str, ...]:
    if not picture.interlaced_frame:
        return ()
    return (f"{name}: is interlaced; its lines are kept, and it is written as if it were not: deinterlace it first",)
