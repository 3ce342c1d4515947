"""What the parts of video agree on: a frame, a clip that can be read more than once, and what changes a clip."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import numpy as np

from photostyle.options import Amounts
from photostyle.photo.resampling import resample
from photostyle.regions.resampling import size_within


@dataclass(frozen=True, eq=False)
class Frame:
    """One frame of a clip, the right way up.

    Args:
        pixels: (H, W, 3) float32, sRGB-encoded in [0, 1]; never to be written into.
        time: seconds from the beginning of the clip.
        index: its number in the whole clip, from 0, in the order of showing.
    """

    pixels: np.ndarray
    time: Fraction
    index: int

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)."""
        return self.pixels.shape[1], self.pixels.shape[0]


class ClipSource(Protocol):
    """A clip that can be read more than once, from any frame: small for looking, whole for rendering."""

    @property
    def name(self) -> str:
        """For people: the name of its file."""

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of each frame, the right way up."""

    @property
    def times(self) -> Sequence[Fraction]:
        """The time of each frame in seconds, rising; as many as there are frames."""

    def frames(self, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """The frames from number `start` to before `stop`, in order; None for the end.

        Raises:
            PhotoError: the clip cannot be read further.
        """

    def small(self, side: int, start: int = 0, stop: int | None = None, every: int = 1) -> Iterator[Frame]:
        """As `frames`, each `every`-th from `start`, with a long side of `side` pixels at most, more quickly."""


def clip_digest(source: ClipSource, start: int, stop: int | None) -> str:
    """By what a part of a clip is known again, quickly: its name, size and times."""
    times = source.times
    facts = [source.name, source.size, len(times), str(times[-1]) if len(times) else "", start, stop or len(times)]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]


class ClipTransform(Protocol):
    """What was found for a clip.

    What it makes of a frame depends on the frame and the amounts alone, not on what it was given before: a clip may be begun
    anywhere, and by several threads at once.
    """

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should be told, one line each."""

    def apply(self, frame: Frame, amounts: Amounts) -> np.ndarray:
        """The frame's pixels (H, W, 3) float32 in its new light, a new array; the frame may be a smaller copy."""


class FramesClip:
    """A clip whose frames are in memory.

    Args:
        pixels: of each frame (H, W, 3) float32, sRGB-encoded in [0, 1], all of one size.
        rate: frames a second.
        name: for people.

    Example:
        >>> clip = FramesClip([np.zeros((4, 6, 3), np.float32)] * 3, rate=2)
        >>> clip.size, [float(frame.time) for frame in clip.frames(1)]
        ((6, 4), [0.5, 1.0])
    """

    def __init__(self, pixels: Sequence[np.ndarray], rate: int | Fraction = 24, name: str = "clip") -> None:
        self.pixels = pixels
        self.name = name
        self.times: tuple[Fraction, ...] = tuple(Fraction(number) / rate for number in range(len(pixels)))

    @property
    def size(self) -> tuple[int, int]:
        return self.pixels[0].shape[1], self.pixels[0].shape[0]

    def frames(self, start: int = 0, stop: int | None = None) -> Iterator[Frame]:
        for index in range(len(self.pixels))[start:stop]:
            yield Frame(self.pixels[index], self.times[index], index)

    def small(self, side: int, start: int = 0, stop: int | None = None, every: int = 1) -> Iterator[Frame]:
        size = size_within(self.size, side)
        for index in range(len(self.pixels))[start:stop:every]:
            pixels = self.pixels[index]
            if size != self.size:
                pixels = resample(pixels, size)
            yield Frame(pixels, self.times[index], index)
