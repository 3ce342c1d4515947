"""Regions over a shot: found, or given by hand, on key frames, and carried to the frames between by optical flow.

A frame takes its masks from the key frame before it and the one after it, each brought to it by its flow and weighed by how near
it is and by where its flow can be believed. So masks change evenly from one key frame to the next and nothing pops. Any frame may
be asked for, in any order. At the clip's own size masks follow the frame's edges, by the guided filter that photos are given.
"""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import torch
from scipy.ndimage import uniform_filter
from torch import Tensor

from photostyle.colour import luminance_of_pixels
from photostyle.flow import believed, optical_flow, warped
from photostyle.photo import resample
from photostyle.regions import Regions
from photostyle.regions.resampling import normalised, resample_masks, size_within
from photostyle.regions.swatches import Colour

FLOW_SIDE = 256  # pixels of the long side of what motion is followed on
MASK_SIDE = 384  # of masks
DOUBTED = 0.02  # what a key frame counts for where its flow cannot be believed
SOFTNESS = 9  # pixels, over which belief is smoothed, so that no border of it is seen
NEIGHBOURS = (
    0.5  # what the key frames before and after count for in a found key frame's masks, so that a segmenter's whims are evened
)

_Key = tuple[bytes, bytes]


@dataclass(frozen=True, eq=False)
class KeyMasks:
    """The regions of one key frame.

    Args:
        index: the frame's number in the clip.
        light: (h, w) uint8, its luminance, by which motion is followed.
        masks: (R, H, W), a partition of unity; regions in the order of the track's names.
    """

    index: int
    light: np.ndarray
    masks: Tensor


@dataclass(frozen=True, eq=False)
class RegionTrack:
    """The regions of a shot, at any of its frames.

    Args:
        names: R names.
        colours: R swatches.
        indices: numbers of the key frames, rising.
        light_size, mask_size: (height, width) of what is kept of them.
        kept: of each key frame its light and its masks, behind zlib: a long clip has many.
    """

    names: tuple[str, ...]
    colours: tuple[Colour, ...]
    indices: tuple[int, ...]
    light_size: tuple[int, int]
    mask_size: tuple[int, int]
    kept: tuple[_Key, ...] = field(repr=False)

    @classmethod
    def of(cls, names: Sequence[str], colours: Sequence[Colour], keys: Iterable[KeyMasks]) -> "RegionTrack":
        """The track of some key frames, at least one, in order."""
        indices = []
        kept = []
        light_size = mask_size = (0, 0)
        for key in keys:
            indices.append(key.index)
            light_size = (key.light.shape[0], key.light.shape[1])
            mask_size = (key.masks.shape[1], key.masks.shape[2])
            codes = (key.masks.clamp(0, 1) * 255).round().to(torch.uint8).numpy()
            kept.append((zlib.compress(key.light.tobytes(), 1), zlib.compress(codes.tobytes(), 1)))
        return cls(tuple(names), tuple(colours), tuple(indices), light_size, mask_size, tuple(kept))

    def key(self, place: int) -> KeyMasks:
        """One of the key frames."""
        return _unpacked(self, place)

    def regions_at(self, index: int, pixels: np.ndarray) -> Regions:
        """The regions of a frame.

        Args:
            index: its number in the clip.
            pixels: (H, W, 3) in [0, 1], at any size.
        """
        if len(self.names) == 1:
            return Regions(self.names, torch.ones(1, *self.mask_size), self.colours)
        after = int(np.searchsorted(self.indices, index))
        if after < len(self.indices) and self.indices[after] == index:
            return Regions(self.names, self.key(after).masks, self.colours)
        light = light_of(pixels, self.light_size)
        if after in (0, len(self.indices)):
            masks = carried(self.key(min(after, len(self.indices) - 1)), light)[0]
            return Regions(self.names, normalised(masks), self.colours)
        first, last = self.indices[after - 1], self.indices[after]
        share = (index - first) / (last - first)
        earlier, trust_earlier = carried(self.key(after - 1), light)
        later, trust_later = carried(self.key(after), light)
        mixed = (1 - share) * trust_earlier * earlier + share * trust_later * later
        return Regions(self.names, normalised(mixed), self.colours)

    def changed(self, masks_of: Sequence[Tensor]) -> "RegionTrack":
        """The track with other masks for its key frames."""
        keys = (KeyMasks(index, self.key(place).light, masks_of[place]) for place, index in enumerate(self.indices))
        return RegionTrack.of(self.names, self.colours, keys)


@lru_cache(maxsize=16)
def _unpacked(track: RegionTrack, place: int) -> KeyMasks:
    light, masks = track.kept[place]
    grey = _codes(light, track.light_size)
    codes = _codes(masks, (len(track.names), *track.mask_size))
    return KeyMasks(track.indices[place], grey, normalised(torch.from_numpy(codes.astype(np.float32))))


def _codes(packed: bytes, shape: tuple[int, ...]) -> np.ndarray:
    """Bytes of a shape; a ValueError where they are none."""
    count = int(np.prod(shape))
    try:
        data = zlib.decompressobj().decompress(packed, count + 1)
    except zlib.error as error:
        raise ValueError(f"its masks are broken: {error}") from error
    if len(data) != count:
        raise ValueError("its masks are broken")
    return np.frombuffer(data, np.uint8).reshape(shape)


def light_of(pixels: np.ndarray, size: tuple[int, int] | None = None) -> np.ndarray:
    """(h, w) uint8, a frame's luminance at a size (height, width), or with a long side of `FLOW_SIDE`."""
    height, width = size or size_within((pixels.shape[0], pixels.shape[1]), FLOW_SIDE)
    if (height, width) != pixels.shape[:2]:
        pixels = resample(pixels, (width, height))
    codes: np.ndarray = (luminance_of_pixels(pixels).clip(0, 1) * 255 + 0.5).astype(np.uint8)
    return codes


def carried(key: KeyMasks, light: np.ndarray) -> tuple[Tensor, Tensor]:
    """Masks of a key frame as they lie in a frame of this light (h, w) uint8: (R, H, W), and how far they are believed (H, W)."""
    one, other = light.astype(np.float32) / 255, key.light.astype(np.float32) / 255
    there = optical_flow(one, other)
    trust = believed(there, optical_flow(other, one)).astype(np.float32)
    height, width = key.masks.shape[1:]
    planes = torch.from_numpy(np.stack([there[..., 0], there[..., 1], uniform_filter(trust, SOFTNESS)]))
    planes = resample_masks(planes, (height, width))
    scale = torch.tensor([width / light.shape[1], height / light.shape[0]])
    moves = planes[:2].movedim(0, -1) * scale
    return warped(key.masks, moves), DOUBTED + (1 - DOUBTED) * planes[2]


def track_of(found: Iterable[tuple[int, np.ndarray, Regions]], *, by_hand: bool = False) -> RegionTrack:
    """The track of key frames, each with regions of its own.

    Regions that a segmenter found are evened over neighbouring key frames; those by hand are taken as they are.

    Args:
        found: number, pixels (H, W, 3) and regions of each key frame, in order, at least one.
        by_hand: whether a person made the masks.
    """
    shown = []
    colours: dict[str, Colour] = {}
    for index, pixels, regions in found:
        size = size_within((pixels.shape[0], pixels.shape[1]), MASK_SIDE)
        colours.update(zip(regions.names, regions.colours, strict=True))
        own = RegionTrack.of(
            regions.names, regions.colours, [KeyMasks(index, light_of(pixels), regions.resized(size).masks.cpu())]
        )
        shown.append(own)  # packed, for there may be many
    names = tuple(colours)
    keys = (_with_names(each, names) for each in shown)
    track = RegionTrack.of(names, tuple(colours.values()), keys)
    if by_hand or len(names) == 1:
        return track
    return track.changed(list(_evened(track)))


def _with_names(track: RegionTrack, names: Sequence[str]) -> KeyMasks:
    """The one key frame of a track, with masks for all these names: empty ones where it has none."""
    key = track.key(0)
    masks = torch.zeros(len(names), *track.mask_size)
    masks[[names.index(name) for name in track.names]] = key.masks
    return KeyMasks(key.index, key.light, masks)


def _evened(track: RegionTrack) -> Iterator[Tensor]:
    """The masks of each key frame, mixed with those of the key frames beside it, as they lie in it."""
    for place in range(len(track.indices)):
        own = track.key(place)
        total = own.masks.clone()
        for beside in (place - 1, place + 1):
            if 0 <= beside < len(track.indices):
                masks, trust = carried(track.key(beside), own.light)
                total += NEIGHBOURS * trust * masks
        yield normalised(total)


def carried_on(track: RegionTrack, frames: Iterable[tuple[int, np.ndarray]]) -> RegionTrack:
    """A track with more key frames, so that those by hand may lie far apart: masks go from each to the next, and back.

    Args:
        track: of the key frames by hand.
        frames: number and pixels of all key frames, in order, those by hand among them.
    """
    shown = [(index, light_of(pixels, track.light_size)) for index, pixels in frames]
    by_hand = {index: track.key(place).masks for place, index in enumerate(track.indices)}
    onwards = _handed_on(shown, by_hand)
    backwards = _handed_on(shown[::-1], by_hand)
    keys = []
    for index, light in shown:
        masks = []
        for handed in (onwards, backwards):
            if index in handed:
                steps, found, trust = handed[index]
                masks.append(trust / (1 + steps) * found)
        keys.append(KeyMasks(index, light, normalised(torch.stack(masks).sum(0))))
    return RegionTrack.of(track.names, track.colours, keys)


def _handed_on(shown: Sequence[tuple[int, np.ndarray]], by_hand: dict[int, Tensor]) -> dict[int, tuple[int, Tensor, Tensor]]:
    """Of each key frame from the first by hand on: steps since the last by hand, masks (R, H, W) and their trust (H, W)."""
    handed: dict[int, tuple[int, Tensor, Tensor]] = {}
    last: tuple[int, KeyMasks, Tensor] | None = None
    for index, light in shown:
        if index in by_hand:
            masks = by_hand[index]
            last = (0, KeyMasks(index, light, masks), torch.full(masks.shape[1:], 1e3))  # what a hand made stands
        elif last is not None:
            steps, key, trust = last
            masks, believed_now = carried(key, light)
            trust = believed_now if steps == 0 else trust.minimum(believed_now)
            last = (steps + 1, KeyMasks(index, light, normalised(masks)), trust)
        if last is not None:
            handed[index] = (last[0], last[1].masks, last[2])
    return handed
