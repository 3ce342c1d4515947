"""Frames in their new light, on their way to files: parts of a video, or pictures."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np

from photostyle.video.codecs import Encoding
from photostyle.video.encoding import PartEncoder
from photostyle.video.pictures import PictureNames, write_picture
from photostyle.video.planes import Coding, Planes, planes_of
from photostyle.video.reading import DecodedFrame
from photostyle.video.segments import Segment, WorkFolder


class PartWriter(Protocol):
    """Writes the frames of one segment."""

    def add(self, decoded: DecodedFrame, pixels: np.ndarray) -> None:
        """Write a frame, with pixels (H, W, 3) in their new light."""

    def close(self) -> list[Path]:
        """Finish what was written; returns its files."""

    def abandon(self) -> None:
        """Drop what was written."""


class SegmentWriter:
    """Writes frames segment by segment into a folder, each whole or not at all.

    Args:
        folder: of what is done.
        segments: that are to be written, in order.
        begin: makes the writer of one.
    """

    def __init__(self, folder: WorkFolder, segments: Sequence[Segment], begin: Callable[[Segment], PartWriter]) -> None:
        self._folder = folder
        self._left = list(segments)
        self._begin = begin
        self._part: PartWriter | None = None
        self._frames: list[int] = []

    def add(self, made: tuple[DecodedFrame, np.ndarray]) -> None:
        """Write a frame, given as it was decoded and with its new pixels; frames come in order."""
        decoded, pixels = made
        while decoded.frame.index >= self._left[0].stop:
            self._end()
        if self._part is None:
            self._part = self._begin(self._left[0])
        self._part.add(decoded, pixels)
        self._frames.append(decoded.frame.index)

    def finish(self) -> None:
        """Finish all segments; those whose frames could not be decoded are empty."""
        while self._left:
            self._end()

    def abandon(self) -> None:
        """Drop the segment that is not finished."""
        if self._part is not None:
            self._part.abandon()
            self._part = None

    def _end(self) -> None:
        files: list[Path] = []
        if self._part is not None:
            files = self._part.close()
            self._part = None
        self._folder.finish(self._left.pop(0), self._frames, files)
        self._frames = []


class EncodedPart:
    """A segment as a part of a video."""

    def __init__(self, path: Path, encoding: Encoding) -> None:
        self._encoder = PartEncoder(path, encoding)
        self._coding = encoding.coding

    def add(self, decoded: DecodedFrame, pixels: np.ndarray) -> None:
        self._encoder.add(planes_for(decoded, pixels, self._coding))

    def close(self) -> list[Path]:
        self._encoder.close()
        return [self._encoder.path]

    def abandon(self) -> None:
        self._encoder.abandon()


class PicturesPart:
    """A segment as pictures in a folder."""

    def __init__(self, folder: Path, names: PictureNames, bits: int) -> None:
        self._folder, self._names, self._bits = folder, names, bits
        self._files: list[Path] = []
        folder.mkdir(exist_ok=True)

    def add(self, decoded: DecodedFrame, pixels: np.ndarray) -> None:
        path = self._folder / self._names.name(decoded.frame.index)
        write_picture(decoded, pixels, self._bits, path)
        self._files.append(path)

    def close(self) -> list[Path]:
        return self._files

    def abandon(self) -> None:
        pass


def planes_for(decoded: DecodedFrame, pixels: np.ndarray, coding: Coding) -> Planes:
    """The planes of a frame in its new light: its own ones moved by the change where the coding is its own."""
    own = decoded.planes
    if own is None or not coding.is_alike(own.coding):
        alpha = None
        if own is not None and own.coding.alpha:
            alpha = np.rint(own.arrays[-1] * (coding.top / own.coding.top)).astype(coding.dtype)
        return planes_of(pixels, coding, alpha)
    made = own
    if pixels is not decoded.frame.pixels:
        made = own.changed(decoded.frame.pixels, pixels)
    arrays = made.arrays
    if coding.alpha and not own.coding.alpha:
        arrays = (*arrays, np.full(arrays[0].shape, coding.top, coding.dtype))
    elif own.coding.alpha and not coding.alpha:
        arrays = arrays[:-1]
    return replace(made, coding=coding, arrays=arrays)
