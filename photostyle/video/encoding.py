"""A part of a clip, encoded into a file of its own, to be joined with others."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from photostyle.errors import FileError, OptionError
from photostyle.video.codecs import Encoding
from photostyle.video.planes import Planes
from photostyle.video.scanning import reason

TICKS = Fraction(1, 1000)  # of Matroska; a packet of a part bears its frame's number in the part, not its time
_MOST_RATE = 1000


class PartEncoder:
    """Encodes frames into a file of its own.

    Times are left out: a packet bears the number of its frame, and gets its time when the parts are joined. So every part is
    encoded alike, whatever the times, and none is rounded to Matroska's thousandths.

    Args:
        path: of the file.
        encoding: how.

    Raises:
        OptionError: the encoder cannot be used so.
    """

    def __init__(self, path: Path, encoding: Encoding) -> None:
        self.path = path
        self.encoding = encoding
        self.count = 0
        rate = min(encoding.rate, Fraction(_MOST_RATE)).limit_denominator(1001)
        self._time_base = 1 / rate
        self._container = av.open(str(path), "w", format=encoding.parts)
        try:
            self._stream = self._opened(rate)
        except (ValueError, OSError, av.FFmpegError) as error:
            self.abandon()
            text = f"the encoder {encoding.encoder} cannot be used here ({reason(error)}); give another, or other options"
            raise OptionError(text, option="codec") from error

    def _opened(self, rate: Fraction) -> VideoStream:
        encoding = self.encoding
        stream = self._container.add_stream(encoding.encoder, rate=rate, options=dict(encoding.options))
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = encoding.size
        stream.pix_fmt = encoding.pixels or encoding.coding.name
        context = stream.codec_context
        context.time_base = self._time_base
        context.thread_type = "AUTO"
        if "b" not in encoding.options:
            context.bit_rate = 0  # quality is asked for, not a rate
        tags = encoding.coding.tags
        context.color_primaries, context.color_trc = tags.primaries, tags.transfer
        context.colorspace, context.color_range = tags.matrix, tags.range
        if encoding.aspect:
            context.sample_aspect_ratio = encoding.aspect
        self._container.start_encoding()
        return stream

    def add(self, planes: Planes) -> None:
        """Encode the next frame."""
        picture = picture_of(planes)
        if self.encoding.pixels not in ("", planes.coding.name):
            picture = picture.reformat(format=self.encoding.pixels)
        picture.pts = self.count
        picture.time_base = self._time_base
        self.count += 1
        self._write(self._stream.encode(picture))

    def close(self) -> None:
        """Encode what is left, and close the file."""
        self._write(self._stream.encode(None))
        self._container.close()

    def abandon(self) -> None:
        """Close the file and remove it."""
        try:
            self._container.close()
        except (OSError, av.FFmpegError):  # a full disk: what is written is dropped anyway
            pass
        self.path.unlink(missing_ok=True)

    def _write(self, packets: Iterable[Any]) -> None:
        for packet in packets:
            packet.time_base = TICKS
            try:
                self._container.mux(packet)
            except (OSError, av.FFmpegError) as error:
                raise cannot_write(self.path, error) from error


def cannot_write(path: Path, error: Exception) -> FileError:
    """What to say where libav cannot write a file."""
    return FileError(f"{path}: cannot be written ({reason(error)}); make room, or choose another place")


def picture_of(planes: Planes) -> VideoFrame:
    """Planes as one of libav's frames."""
    width, height = planes.size
    coding = planes.coding
    picture = VideoFrame(width, height, coding.name)
    for plane, codes in zip(picture.planes, planes.arrays, strict=True):
        rows = np.frombuffer(memoryview(plane), coding.dtype).reshape(-1, plane.line_size // codes.itemsize)
        rows[: codes.shape[0], : codes.shape[1]] = codes
    picture.color_range = coding.tags.range
    picture.colorspace = coding.tags.matrix
    return picture
