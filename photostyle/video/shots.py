"""Where a clip is cut or dissolves: shots, found on small frames.

Between two frames of one shot things move and light changes, but what is seen is the same: the second frame, brought back by its
optical flow, has the light and dark of the first. At a cut it has not, and its colours are others too. A flash or a frame that is
lost lies between frames that are alike, so it is no cut; nor is light that changes over many frames.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.ndimage import gaussian_filter
from torch import Tensor

from photostyle.colour import srgb_to_lab
from photostyle.errors import OptionError
from photostyle.events import Progress, Tell
from photostyle.flow import optical_flow, warped
from photostyle.video.clip import ClipSource
from photostyle.video.dissolves import Dissolve, DissolveFinder

SIDE = 96  # pixels of the long side of the frames that are looked at
FLASH = 3  # frames that a flash may last
UNLIKE = 0.55  # from which the light and dark of two frames is another's
OTHER_COLOURS = 0.12  # from which so are their colours
BINS = (16, 6, 6)  # of the histogram along L, a and b
SURROUNDINGS = 6.0  # pixels, sigma of the Gaussian within which light and dark are told
FLAT = 0.02  # deviation of light below which there is nothing to tell


@dataclass(frozen=True)
class Shot:
    """Frames from number `start` to before `stop`."""

    start: int
    stop: int

    def __contains__(self, index: object) -> bool:
        return isinstance(index, int) and self.start <= index < self.stop

    def __len__(self) -> int:
        return self.stop - self.start


@dataclass(frozen=True, eq=False)
class _Seen:
    """What is kept of a small frame: its light, its light against its surroundings, and its histogram."""

    light: np.ndarray  # (h, w)
    contrast: Tensor  # (1, h, w)
    colours: np.ndarray  # histogram, sums to 1


def find_shots(frames: Iterable[np.ndarray], start: int = 0) -> list[Shot]:
    """The shots of a clip, in order; together they are all of it.

    Args:
        frames: (h, w, 3) each, sRGB-encoded in [0, 1], small (`SIDE`); read once, a few at a time in memory.
        start: number of the first of them.

    Example:
        >>> rng = np.random.default_rng(1)
        >>> one, other = rng.random((2, 6, 8, 3)).repeat(8, 1).repeat(8, 2)
        >>> find_shots([one] * 5 + [0.5 * other] * 4)
        [Shot(start=0, stop=5), Shot(start=5, stop=9)]
    """
    window: deque[_Seen] = deque(maxlen=2 * FLASH)  # the frames before and after a place where there may be a cut
    cuts = [start]
    count = 0
    for frame in frames:
        window.append(_seen(frame))
        count += 1
        place = count - FLASH  # of the frame that has FLASH - 1 after it
        if place >= 1 and _is_cut(list(window), min(place, FLASH)):
            cuts.append(start + place)
    for behind in range(FLASH - 1, 0, -1):  # the last frames have fewer after them
        place = count - behind
        kept = list(window)[-(behind + FLASH) :]
        if place >= 1 and _is_cut(kept, len(kept) - behind):
            cuts.append(start + place)
    if count == 0:
        return []
    return [Shot(first, stop) for first, stop in zip(cuts, [*cuts[1:], start + count], strict=True)]


def shots_of_clip(source: ClipSource, start: int, stop: int, tell: Tell) -> list[Shot]:
    """The shots of a part of a clip, from frame `start` to before `stop`; frames between two of them dissolve.

    Raises:
        OptionError: there are no frames there.
    """
    finder = DissolveFinder(start)
    with tell.stage("shots"):
        shots = find_shots(_small_frames(source, start, stop, tell, finder), start)
    if not shots:
        raise OptionError(f"{source.name}: has no frames from number {start} on; choose another part of it")
    return parted(shots, finder.dissolves())


def parted(shots: Sequence[Shot], dissolves: Sequence[Dissolve]) -> list[Shot]:
    """Shots that follow each other without a gap, parted where they dissolve too: then a gap is between them.

    >>> parted([Shot(0, 30), Shot(30, 50)], [Dissolve(10, 18), Dissolve(27, 33)])
    [Shot(start=0, stop=10), Shot(start=18, stop=27), Shot(start=33, stop=50)]
    """
    start, stop = shots[0].start, shots[-1].stop
    within = [(found.start, found.stop) for found in dissolves]
    cuts = [shot.start for shot in shots[1:]]  # a quick dissolve may have been taken for a cut
    cuts = [cut for cut in cuts if not any(first - FLASH <= cut <= last + FLASH for first, last in within)]
    found = []
    for first, last in sorted([*within, *((cut, cut) for cut in cuts)]):
        if start < first and last < stop:
            found.append(Shot(start, first))
            start = last
    return [*found, Shot(start, stop)]


def shots_at(shots: Sequence[Shot], index: int) -> tuple[int, int, float]:
    """The number of the shot of a frame, that of the shot it dissolves into, and the share of that, 0 outside of dissolves.

    >>> shots_at([Shot(0, 10), Shot(13, 20)], 11), shots_at([Shot(0, 10), Shot(13, 20)], 13)
    ((0, 1, 0.5), (1, 1, 0.0))
    """
    number = next((place for place, shot in enumerate(shots) if index < shot.stop), len(shots) - 1)
    if number == 0 or index >= shots[number].start:
        return number, number, 0.0
    before, after = shots[number - 1].stop, shots[number].start
    return number - 1, number, (index - before + 1) / (after - before + 1)


def _small_frames(source: ClipSource, start: int, stop: int, tell: Tell, finder: DissolveFinder) -> Iterator[np.ndarray]:
    for frame in source.small(SIDE, start, stop):
        tell(Progress("shots", frame.index - start, stop - start))
        finder.add(frame.pixels)
        yield frame.pixels


def _is_cut(window: list[_Seen], before: int) -> bool:
    """Whether no frame of the first `before` is like any of those after; the two at the place itself are asked first."""
    earlier, later = window[:before], window[before:]
    for one in reversed(earlier):
        for other in later:
            if not _differ(one, other):
                return False
    return True


def _differ(one: _Seen, other: _Seen) -> bool:
    """Whether two frames show different things."""
    if 0.5 * np.abs(one.colours - other.colours).sum() < OTHER_COLOURS:
        return False
    flow = optical_flow(one.light, other.light)
    moved = warped(other.contrast, flow)
    return 1 - _correlation(one.contrast, moved) > UNLIKE


def _seen(frame: np.ndarray) -> _Seen:
    pixels = torch.from_numpy(np.ascontiguousarray(frame, np.float32)).movedim(-1, 0).clamp(0, 1)
    lab = srgb_to_lab(pixels.flatten(1))
    light = lab[0].reshape(pixels.shape[1:]).numpy()
    around = gaussian_filter(light, SURROUNDINGS)
    spread = np.sqrt(gaussian_filter((light - around) ** 2, SURROUNDINGS) + FLAT**2)
    contrast = torch.from_numpy((light - around) / spread)[None]
    return _Seen(_to_codes(light), contrast, _histogram(lab.numpy()))


def _to_codes(light: np.ndarray) -> np.ndarray:
    """Light stretched to the whole range, so that flow is found in dark frames too."""
    low, high = float(light.min()), float(light.max())
    stretched: np.ndarray = (light - low) / max(high - low, FLAT)
    return stretched


def _histogram(lab: np.ndarray) -> np.ndarray:
    """How a frame's colours (3, N) are distributed, smoothed so that a little more light is a little difference."""
    sample = np.stack([lab[0], lab[1] / 1.2 + 0.5, lab[2] / 1.2 + 0.5], -1).clip(0, 1)
    counts, _ = np.histogramdd(sample, bins=BINS, range=[(0, 1)] * 3)
    smooth = gaussian_filter(counts, (1.0, 0.5, 0.5), mode="nearest")
    found: np.ndarray = smooth / smooth.sum()
    return found


def _correlation(one: Tensor, other: Tensor) -> float:
    """Of two maps; 1 where both are flat."""
    a, b = one - one.mean(), other - other.mean()
    power = float((a * a).mean() * (b * b).mean()) ** 0.5
    flat = 0.05  # of maps that are about 1 where there is contrast
    return float(((a * b).mean() + flat) / (power + flat))
