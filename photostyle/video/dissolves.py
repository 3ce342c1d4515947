"""Slow cross-fades from one shot to the next, found on small frames.

Within a dissolve each frame is a mixture of what was before and what comes after, and the share of the latter rises evenly from
0 to 1. A camera that moves, or a thing that comes in, gives no mixtures; light that changes does, but of two pictures of the
same things. A fade to black is none either: there is no shot on its other side.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from scipy.ndimage import gaussian_filter

THUMB = (18, 32)  # (height, width) at which frames are compared: motion within a second matters little there
BLUR = 1.0  # pixels of these, sigma of the Gaussian that takes away what moves at once
WINDOWS = (12, 24, 48, 96)  # frames; of each dissolve one is found within three quarters of one of these
BLOCK = 512  # frames that are looked through at a time
LEAST = 0.06  # difference of two frames, RMS of 1, under which nothing can be told
SHORTEST = 5  # frames of a dissolve; what is quicker is a cut
CLEARLY = (0.15, 0.85)  # shares that count: those at the ends drown in motion
UNMIXED = (0.13, 0.2)  # mean and largest part of a frame that no mixture explains, of the difference of the two pictures
UNEVEN = 0.06  # deviation of shares from an even rise
ALIKE = 0.5  # correlation of the light and dark of two pictures from which they show the same
FADED = 0.03  # deviation of light under which a frame shows nothing
_SURROUNDINGS = 3.0  # pixels, sigma of the Gaussian within which light and dark are told


@dataclass(frozen=True, order=True)
class Dissolve:
    """Frames that are mixtures: from number `start` to before `stop`."""

    start: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start


class DissolveFinder:
    """Finds dissolves in frames that come one by one; holds a block of them, however long the clip.

    Args:
        start: number of the first frame.
    """

    def __init__(self, start: int = 0) -> None:
        self._first = start
        self._thumbs: list[np.ndarray] = []
        self._found: list[tuple[float, Dissolve]] = []

    def add(self, frame: np.ndarray) -> None:
        """The next frame, (h, w, 3) in [0, 1]."""
        planes = torch.from_numpy(np.ascontiguousarray(frame, np.float32)).movedim(-1, 0)[None]
        small = gaussian_filter(F.adaptive_avg_pool2d(planes, THUMB)[0].numpy(), (0, BLUR, BLUR))
        self._thumbs.append((small.clip(0, 1) * 255).round().astype(np.uint8))
        if len(self._thumbs) == BLOCK + WINDOWS[-1]:
            self._look_through()
            del self._thumbs[:BLOCK]
            self._first += BLOCK

    def dissolves(self) -> list[Dissolve]:
        """All that were found, in order; of those that overlap the longest: the others begin or end in the midst of it."""
        self._look_through()
        self._thumbs.clear()
        kept: list[Dissolve] = []
        for _, found in sorted(self._found, key=lambda each: (-len(each[1]), each)):
            if all(found.stop <= other.start or other.stop <= found.start for other in kept):
                kept.append(found)
        return sorted(kept)

    def _look_through(self) -> None:
        if self._thumbs:
            thumbs = np.stack(self._thumbs).astype(np.float32) / 255
            self._found += [(unclear, _moved(found, self._first)) for unclear, found in _in_block(thumbs)]


def _moved(found: Dissolve, by: int) -> Dissolve:
    return Dissolve(found.start + by, found.stop + by)


def _in_block(thumbs: np.ndarray) -> Iterator[tuple[float, Dissolve]]:
    """How unclear each is, and the dissolves among small frames (N, 3, h, w)."""
    flat = thumbs.reshape(len(thumbs), -1)
    for length in WINDOWS:
        for first in range(0, len(thumbs) - length, length // 4):
            last = first + length
            found = _mixtures(flat[first : last + 1])
            if found is None:
                continue
            unclear, dissolve = found
            if not _show_the_same(thumbs[first], thumbs[last]):
                yield unclear, _moved(dissolve, first)


def _mixtures(frames: np.ndarray) -> tuple[float, Dissolve] | None:
    """The dissolve from the first of some frames (N, D) to the last, if all between are mixtures of the two or one of them."""
    whole = frames[-1] - frames[0]
    power = float((whole**2).mean())
    if power < LEAST**2:
        return None
    inner = frames - frames[0]
    shares = inner @ whole / (len(whole) * power)
    (mixed,) = np.nonzero((shares > CLEARLY[0]) & (shares < CLEARLY[1]))
    if len(mixed) < SHORTEST - 1 or mixed[-1] - mixed[0] + 1 != len(mixed):
        return None
    left = inner[mixed] - shares[mixed, None] * whole
    unmixed = np.sqrt((left**2).mean(1) / power)
    if unmixed.mean() > UNMIXED[0] or unmixed.max() > UNMIXED[1]:
        return None
    slope, offset = np.polyfit(mixed, shares[mixed], 1)
    if slope <= 0 or np.abs(shares[mixed] - slope * mixed - offset).mean() > UNEVEN:
        return None
    begin, end = -offset / slope, (1 - offset) / slope
    dissolve = Dissolve(int(np.floor(begin + 0.25)) + 1, int(np.ceil(end - 0.25)))
    if dissolve.start < 1 or dissolve.stop > len(frames) - 1 or len(dissolve) < SHORTEST:
        return None  # what is before or after it lies outside
    return float(unmixed.mean()), dissolve


def _show_the_same(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two small frames (3, h, w) show the same things, or one of them nothing."""
    light, other_light = one.mean(0), other.mean(0)
    if min(light.std(), other_light.std()) < FADED:
        return True
    return float((_contrast(light) * _contrast(other_light)).mean()) > ALIKE


def _contrast(light: np.ndarray) -> np.ndarray:
    """Light against its surroundings, with a mean square of 1."""
    against = light - gaussian_filter(light, _SURROUNDINGS)
    spread = np.sqrt(gaussian_filter(against**2, _SURROUNDINGS) + 1e-5)
    even: np.ndarray = against / spread
    even /= max(float(np.sqrt((even**2).mean())), 1e-6)
    return even
