"""The key frames of a shot: which they are, the regions that they have, and how far light drifts from one to the next."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from photostyle.colour import srgb_to_lab
from photostyle.flow import believed, optical_flow, warped
from photostyle.options import Options
from photostyle.photo import WorkingCopy, open_photo
from photostyle.prepared import Prepared
from photostyle.regions import MaskLike, Regions, regions_of
from photostyle.regions.labels import SKIN
from photostyle.session import Session
from photostyle.video.clip import ClipSource, Frame
from photostyle.video.shots import Shot
from photostyle.video.tracking import FLOW_SIDE, RegionTrack, carried_on, track_of

SIDE = 640  # pixels of the long side of key frames
EVERY = 12  # frames from one key frame to the next, at most: half a second of film
CLOSEST = 3  # and where things race, at least
FOLLOWED = 0.5  # share of a frame that must be followed to the next key frame, else there is one between them
SOLVED = 6  # key frames that a transform is found on, at most
DRIFT = 8.0  # Lab units that light may drift within a shot of one transform
MOST_LOOKS = 6  # transforms of a shot whose light changes
REACH = 0.6  # of each, to the key frames that it is found on, in the distances from one transform to the next
LEAST_SEEN = 0.05  # share of a frame that must be followed to say how its light drifts


def key_indices(shot: Shot) -> list[int]:
    """The key frames of a shot, evenly spread, its first and its last frame among them.

    >>> key_indices(Shot(10, 40)), key_indices(Shot(3, 4))
    ([10, 20, 30, 39], [3])
    """
    length = len(shot) - 1
    if length == 0:
        return [shot.start]
    step = -(-length // -(-length // EVERY))
    return [*range(shot.start, shot.stop - 1, step), shot.stop - 1]


def frames_at(source: ClipSource, indices: Sequence[int], side: int = SIDE) -> Iterator[Frame]:
    """Some frames of a clip, small, in order."""
    for index in indices:
        yield next(iter(source.small(side, index, index + 1)))


def prepared_frame(
    frame: Frame, mask: MaskLike | None, options: Options, session: Session, size: tuple[int, int] | None = None
) -> Prepared:
    """A small frame with its regions: from a mask by hand, else as the segmenter sees them.

    Args:
        frame: a small one.
        mask: by hand, if there is one.
        options: of which segmenter, feather, hard_masks and protect are used.
        session: the device and the networks.
        size: (width, height) of the clip, which masks by hand are of.
    """
    photo = open_photo(frame.pixels, "content")
    copy = WorkingCopy(photo, size or photo.size)
    regions = regions_of(
        copy,
        mask,
        None if mask is not None else session.segmenter(options.segmenter),
        feather=options.feather,
        hard=False,
        skin=SKIN in options.protect,
        refine=False,  # a frame's masks follow its edges when it is rendered
        device=session.device,
        role=f"mask of frame {frame.index}",
    )
    return Prepared(photo, copy, regions)


def tracked_frames(source: ClipSource, indices: Sequence[int], track: RegionTrack) -> Iterator[Prepared]:
    """Some frames of a clip, small, with the regions that their shot's track has there."""
    for frame in frames_at(source, indices):
        photo = open_photo(frame.pixels, "content")
        yield Prepared(photo, WorkingCopy.of(photo), track.regions_at(frame.index, frame.pixels).without_empty())


@dataclass(frozen=True, eq=False)
class ShotKeys:
    """What the key frames of a shot say.

    Args:
        shot: its frames.
        track: its regions.
        light: (K, 3) how far light has drifted since the first key frame, in Lab units.
    """

    shot: Shot
    track: RegionTrack
    light: np.ndarray

    @property
    def drift(self) -> float:
        """The furthest that the light of two key frames lies apart, in Lab units."""
        apart = self.light[:, None] - self.light[None]
        return float(np.sqrt((apart**2).sum(-1)).max())

    @property
    def way(self) -> np.ndarray:
        """(K,) how long a way light has gone since the first key frame, in Lab units: never back."""
        steps = np.sqrt((np.diff(self.light, axis=0) ** 2).sum(1))
        return np.concatenate([[0.0], steps.cumsum()])

    def windows(self) -> list[tuple[float, list[int]]]:
        """Where on the way of its light each transform of the shot lies, rising, and the key frames that it is found on.

        One for all key frames where light stays. Else neighbours share key frames, so that they do not part company, and each
        lies where the light of its own is on average.
        """
        way = self.way
        if self.drift <= DRIFT:
            return [(float(way.mean()), list(range(len(way))))]
        count = min(MOST_LOOKS, 1 + max(1, round(float(way[-1]) / DRIFT)))
        found: list[tuple[float, list[int]]] = []
        for goal in np.linspace(0, way[-1], count):
            places = np.flatnonzero(np.abs(way - goal) <= way[-1] / (count - 1) * REACH)
            if len(places):
                at = float(way[places].mean())
                if not found or at > found[-1][0]:
                    found.append((at, places.tolist()))
        return found


def keys_of(
    source: ClipSource, shot: Shot, options: Options, session: Session, by_hand: Mapping[int, MaskLike] | None = None
) -> ShotKeys:
    """Find the regions of a shot on its key frames, and how its light drifts.

    Args:
        source: the clip.
        shot: its frames.
        options: as for `prepared_frame`.
        session: the device and the networks.
        by_hand: masks by the numbers of frames; a shot with one takes its regions from masks by hand alone.
    """
    hand = {index: mask for index, mask in sorted((by_hand or {}).items()) if index in shot}
    indices, light = _close_enough(source, sorted({*key_indices(shot), *hand}))

    def found() -> Iterator[tuple[int, np.ndarray, Regions]]:
        for frame in frames_at(source, [*hand] or indices):
            yield frame.index, frame.pixels, prepared_frame(frame, hand.get(frame.index), options, session, source.size).regions

    track = track_of(found(), by_hand=bool(hand))
    if hand:
        track = carried_on(track, ((frame.index, frame.pixels) for frame in frames_at(source, indices)))
    return ShotKeys(shot, track, light)


def _close_enough(source: ClipSource, indices: list[int]) -> tuple[list[int], np.ndarray]:
    """Key frames, with more of them where light changes quickly or things race, and how far light has drifted at each (K, 3)."""
    changes: dict[tuple[int, int], np.ndarray] = {}
    parts: dict[tuple[int, int], int] = {}
    while True:
        new = {pair for pair in itertools.pairwise(indices) if pair not in changes}
        for one, other in itertools.pairwise(frames_at(source, sorted({index for pair in new for index in pair}), FLOW_SIDE)):
            pair = one.index, other.index
            if pair in new:
                changes[pair], seen = _mean_change(one.pixels, other.pixels)
                parts[pair] = _parts(other.index - one.index, float(np.linalg.norm(changes[pair])), seen)
        more = set(indices)
        for first, last in itertools.pairwise(indices):
            count = parts[first, last]
            more |= {first + (last - first) * part // count for part in range(1, count)}
        if len(more) == len(indices):
            steps = [changes[pair] for pair in itertools.pairwise(indices)]
            return indices, np.cumsum([np.zeros(3), *steps], 0)
        indices = sorted(more)


def _parts(frames: int, change: float, seen: float) -> int:
    """Into how many parts the way from one key frame to the next is to be cut.

    Args:
        frames: from one to the next.
        change: of light, in Lab units.
        seen: which share of the first can be followed to the second.

    >>> _parts(12, 3.0, 0.9), _parts(12, 20.0, 0.9), _parts(12, 3.0, 0.2), _parts(5, 3.0, 0.2)
    (1, 3, 2, 1)
    """
    by_light = int(np.ceil(change / DRIFT))
    by_motion = 2 if seen < FOLLOWED and frames >= 2 * CLOSEST else 1
    return max(1, min(frames, max(by_light, by_motion)))


def _mean_change(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, float]:
    """(3,) Lab units, what the colours of things in the first frame have become in the second, and which share can be followed.

    It is 0 where next to nothing can. Motion is followed on light that is brought to one mean and spread, for light is what
    changes here.
    """
    even, other_even = _evened(one), _evened(other)
    there = optical_flow(even, other_even)
    seen = torch.from_numpy(believed(there, optical_flow(other_even, even)))
    share = float(seen.float().mean())
    if share < LEAST_SEEN:
        return np.zeros(3), share
    before, after = (_lab(pixels) for pixels in (one, other))
    change = (warped(after, there) - before)[:, seen]
    found: np.ndarray = 100 * change.median(1).values.double().numpy()
    return found, share


def _evened(pixels: np.ndarray) -> np.ndarray:
    grey = pixels.mean(2)
    even: np.ndarray = (0.5 + 0.2 * (grey - grey.mean()) / max(float(grey.std()), 0.01)).clip(0, 1)
    return even


def _lab(pixels: np.ndarray) -> Tensor:
    planes = torch.from_numpy(np.ascontiguousarray(pixels, np.float32)).movedim(-1, 0).clamp(0, 1)
    return srgb_to_lab(planes.flatten(1)).reshape(planes.shape)
