"""A video file looked through without decoding: its times, and what is wrong with it."""

from array import array
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, overload

import av
from av.container import InputContainer
from av.stream import Disposition, Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from photostyle.errors import PhotoError

_FROM_ZERO = ("mov", "mp4", "matroska", "webm", "avi", "gif")  # containers whose times are kept as they are
_STILL = ("image2", "_pipe")  # demuxers of single pictures
_MANY = 10  # one frame in so many may have the time of another
_SHORT = Fraction(1, 2)  # seconds that may be missing from what a file says of its length, before it is cut short


def opened(path: Path) -> InputContainer:
    """A video file, open for reading.

    Raises:
        PhotoError: it cannot be read.
    """
    try:
        container = av.open(str(path), metadata_errors="replace")
    except (av.FFmpegError, OSError) as error:
        raise PhotoError(f"{path}: cannot be read as a video ({reason(error)}); check the file") from error
    if any(still in container.format.name for still in _STILL):
        container.close()
        raise PhotoError(f"{path}: is a picture, and no video; relight it as a photo, or name a folder of pictures")
    return container


def reason(error: Exception) -> str:
    """What went wrong, in libav's words."""
    return str(getattr(error, "strerror", None) or error).lower()


def video_of(container: InputContainer, path: Path) -> VideoStream:
    """The video stream of a file; pictures that are attached to it, such as covers, are none.

    Raises:
        PhotoError: there is none, or its codec is not known.
    """
    videos = [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]
    if not videos:
        held = ", ".join(sorted({stream.type for stream in container.streams})) or "nothing"
        raise PhotoError(f"{path}: holds no video, only {held}; give a file with a video stream")
    stream = next((each for each in videos if each.disposition & Disposition.default), videos[0])
    if stream.codec_context is None:
        raise PhotoError(f"{path}: its video is of an unknown or protected codec; convert it first")
    return stream


def check_video(path: Path) -> None:
    """Check that a file begins as a video does, quickly.

    Raises:
        PhotoError: it does not.
    """
    with opened(path) as container:
        video_of(container, path)


def packets_of(container: InputContainer, *streams: Stream) -> Iterator[Any]:
    """The packets of streams, to the end of the file, or to where it is broken."""
    with suppress(av.FFmpegError):
        for packet in container.demux(*streams):
            if packet.size:
                yield packet


def decoded(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """The frames of a stream; what cannot be decoded is left out."""
    for packet in packets_of(container, stream):
        with suppress(av.FFmpegError):
            yield from packet.decode()
    with suppress(av.FFmpegError):
        yield from stream.codec_context.decode(None)


@dataclass(frozen=True, eq=False)
class Scan:
    """What a stream's packets say.

    Args:
        ticks: the time of each frame in the stream's own ticks, rising; None where some have none, or the same.
        count: of packets.
        last_duration: of the last frame in ticks; 0 where it is not known.
        origin: seconds at which the clip begins, in the file's own times.
        notes: what the user should be told, one line each.
    """

    ticks: "array[int] | None"
    count: int
    last_duration: int
    origin: Fraction
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, container: InputContainer, stream: VideoStream, path: Path) -> "Scan":
        """Look through a file.

        Raises:
            PhotoError: it holds no frames.
        """
        times: set[int] = set()
        count = 0
        missing = False
        last: tuple[int, int] = (-1 << 62, 0)
        for packet in packets_of(container, stream):
            if packet.is_discard:
                continue
            count += 1
            if packet.pts is None:
                missing = True
                continue
            times.add(packet.pts)
            last = max(last, (packet.pts, packet.duration or 0))
        if not count:
            raise PhotoError(f"{path}: its video holds no frames; give another file")
        origin = Fraction(0)
        starts_at_zero = any(name in container.format.name.split(",") for name in _FROM_ZERO)
        if container.start_time and not starts_at_zero:
            origin = Fraction(container.start_time, av.time_base)
        if count - len(times) > count // _MANY:  # they begin anew, where files were put one after the other
            missing = True
        ticks = None if missing else array("q", sorted(times))
        notes = []
        if _is_short(stream, ticks, count):
            of_all = f" of {stream.frames}" if stream.frames > count else ""
            notes.append(f"{path.name}: the file is cut short or damaged; {count}{of_all} frames of it can be read")
        return cls(ticks, count, last[1], origin, tuple(notes))


def _is_short(stream: VideoStream, ticks: "array[int] | None", count: int) -> bool:
    """Whether a stream holds less than the file says."""
    if stream.frames and count < stream.frames:
        return True
    if ticks is None or not stream.duration or not stream.time_base:
        return False
    begin = stream.start_time or 0
    return (begin + stream.duration - ticks[-1]) * stream.time_base > _SHORT + Fraction(2) / (stream.average_rate or 1)


class Times(Sequence[Fraction]):
    """Seconds of each frame, made as they are asked for.

    >>> list(Times(range(3), Fraction(1, 2), Fraction(0)))
    [Fraction(0, 1), Fraction(1, 2), Fraction(1, 1)]
    """

    def __init__(self, ticks: "range | array[int]", time_base: Fraction, origin: Fraction) -> None:
        self._ticks, self._time_base, self._origin = ticks, time_base, origin

    def __len__(self) -> int:
        return len(self._ticks)

    @overload
    def __getitem__(self, number: int) -> Fraction: ...

    @overload
    def __getitem__(self, number: slice) -> "Times": ...

    def __getitem__(self, number: Any) -> "Fraction | Times":
        if isinstance(number, slice):
            return Times(self._ticks[number], self._time_base, self._origin)
        seconds: Fraction = self._ticks[number] * self._time_base - self._origin
        return seconds
