"""A clip as a trained network paints it: one set of statistics a shot, and strokes that go with what they are painted on.

A network's norms take means and deviations from the picture that they are given, so each frame would be painted a little
differently. Here they are those of frames from all over the shot (Wang et al. 2020, ReReVST). Then each frame is mixed with the
paintings of the frames before it, brought to it by optical flow, as far as that can be believed: hidden and new things are the
frame's own. What is made of a frame depends on it and those before it alone, so a clip may be begun anywhere.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from threading import Lock

import numpy as np
import torch
from scipy.ndimage import uniform_filter
from torch import Tensor

from photostyle.errors import OptionError
from photostyle.events import Progress, Tell
from photostyle.flow import believed, flow_notes, optical_flow, warped
from photostyle.look import Look
from photostyle.methods.network import NetworkOptions
from photostyle.options import Amounts, Options
from photostyle.photo import PhotoLike, resample
from photostyle.prepared import Prepared, planes, prepare_whole
from photostyle.regions.resampling import resample_masks, size_within
from photostyle.registry import find_method
from photostyle.session import Session
from photostyle.transforms import NetworkTransform, TranslationTransform
from photostyle.transforms.field.control import mixing
from photostyle.video.clip import ClipSource, Frame, clip_digest
from photostyle.video.painters import Painter, ShotStatistics, StylePainter, TranslationPainter
from photostyle.video.shots import Shot, shots_at, shots_of_clip
from photostyle.video.tracking import FLOW_SIDE

REACH = 4  # frames before, whose paintings are mixed in
MEASURED = 8  # frames of a shot that statistics are taken from
KEPT = 12  # paintings kept at a time: of a frame that dissolves two
UNLIKE = 0.06  # difference of light, of 1, from which a pixel that flow brought is another thing
SOFTNESS = 5  # pixels over which belief is smoothed


@dataclass(frozen=True, eq=False)
class _Painted:
    """What a network makes of a frame, and the frame's light (h', w') at the size that motion is followed on.

    `picture` (3, h, w) is the painting; of a network that adds, what it adds, so that the frame's own details are never mixed.
    """

    picture: Tensor
    light: np.ndarray


@dataclass(eq=False)
class ClipPainting:
    """What a network makes of a clip's frames.

    Args:
        source: the clip, for the frames before one that is begun at.
        painter: the network, with its style or its direction.
        size: long side in pixels at which it paints larger frames; None for their own.
        shots: of the clip, each with the statistics that its frames share.
        steady: how much the paintings of earlier frames count against a frame's own, 0 to 1.
        notes: what the user should be told.
        made_for: by what the clip is known again, see `clip_digest`.
    """

    source: ClipSource
    painter: Painter
    size: int | None
    shots: tuple[tuple[Shot, ShotStatistics], ...]
    steady: float = 1.0
    notes: tuple[str, ...] = ()
    made_for: str = ""
    _kept: "OrderedDict[tuple[int, int, int], _Painted]" = field(default_factory=OrderedDict, init=False, repr=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def apply(self, frame: Frame, amounts: Amounts = Amounts()) -> np.ndarray:  # noqa: B008 (frozen)
        """The pixels of a frame, (H, W, 3) float32 in [0, 1], painted; a new array."""
        if amounts.change_nothing:
            return frame.pixels.copy()
        height, width = frame.pixels.shape[:2]
        number, other, share = shots_at([shot for shot, _ in self.shots], frame.index)
        painted = self._steadied(frame, number)
        if number != other:
            painted = torch.lerp(painted, self._steadied(frame, other), share)
        picture = painted.movedim(0, -1).contiguous().numpy()
        if picture.shape[:2] != (height, width):
            picture = resample(picture, (width, height))
        change = picture if self.painter.adds else picture - frame.pixels
        maps = mixing(amounts.by_region(("all",)))[0].numpy()
        made: np.ndarray = (frame.pixels + change @ maps.T).clip(0, 1).astype(np.float32)
        return made

    def _steadied(self, frame: Frame, number: int) -> Tensor:
        """(3, h, w), a frame's painting as one of a shot, with those of the frames of that before it."""
        shot = self.shots[number][0]
        own = self._painted(frame, number)
        first = max(shot.start, frame.index - REACH)
        if not self.steady or first >= frame.index:
            return own.picture
        total = own.picture.clone()
        weights = torch.ones_like(total[:1])
        for earlier in self._before(first, frame, number):
            brought, trust = _brought(earlier, own)
            total += self.steady * trust * brought
            weights += self.steady * trust
        return total / weights

    def _before(self, first: int, frame: Frame, number: int) -> Iterator[_Painted]:
        """The paintings of the frames from `first` to before a frame, at its size; what is not at hand is painted again."""
        width, height = frame.size
        with self._lock:
            there = {index: self._kept.get((index, width, number)) for index in range(first, frame.index)}
        missing = [index for index, painted in there.items() if painted is None]
        if missing:
            for earlier in self.source.frames(missing[0], missing[-1] + 1):
                if there[earlier.index] is None:
                    pixels = earlier.pixels
                    if earlier.size != frame.size:
                        pixels = resample(pixels, (width, height))
                    there[earlier.index] = self._painted(replace(earlier, pixels=pixels), number)
        for painted in there.values():
            if painted is not None:  # a clip may have frames that cannot be read
                yield painted

    def _painted(self, frame: Frame, number: int) -> _Painted:
        """A frame's own painting, as one of a shot; one is painted at a time, and kept for the frames to come."""
        key = (frame.index, frame.size[0], number)
        with self._lock:
            if key not in self._kept:
                pixels = _at_side(frame.pixels, self.size)
                photo = planes(pixels).clamp(0, 1)
                picture = self.painter.painted(photo, self.shots[number][1])
                if self.painter.adds:
                    picture -= photo
                self._kept[key] = _Painted(picture, _at_side(pixels, FLOW_SIDE).mean(2))
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
            return self._kept[key]


def _brought(earlier: _Painted, own: _Painted) -> tuple[Tensor, Tensor]:
    """An earlier painting (3, h, w) as its things lie now, and how far that can be believed (1, h, w)."""
    there = optical_flow(own.light, earlier.light)
    seen = believed(there, optical_flow(earlier.light, own.light)).astype(np.float32)
    now = warped(torch.from_numpy(earlier.light)[None], there)[0].numpy()
    alike = np.exp(-(((now - own.light) / UNLIKE) ** 2))
    trust = uniform_filter(seen, SOFTNESS) * alike
    height, width = own.picture.shape[1:]
    maps = torch.from_numpy(np.stack([there[..., 0], there[..., 1], trust]).astype(np.float32))
    maps = resample_masks(maps, (height, width))
    scale = torch.tensor([width / there.shape[1], height / there.shape[0]])
    return warped(earlier.picture, maps[:2].movedim(0, -1) * scale), maps[2:]


def _at_side(pixels: np.ndarray, side: int | None) -> np.ndarray:
    height, width = pixels.shape[:2]
    if side is not None:
        height, width = size_within((height, width), side)
    if (height, width) == pixels.shape[:2]:
        return np.ascontiguousarray(pixels)
    return resample(pixels, (width, height)).clip(0, 1)


def fit_painting(
    source: ClipSource,
    style: PhotoLike | Prepared | Look | None = None,
    *,
    options: Options,
    session: Session,
    tell: Tell,
    start: int = 0,
    stop: int | None = None,
    steady: float = 1.0,
) -> ClipPainting:
    """Make a trained network ready for a clip: its shots are found, and the statistics that their frames share.

    Args:
        source: the clip.
        style: of a network for any style; None for one that has its own.
        options: of the method network.
        session: the device and the networks.
        tell: told of each step.
        start, stop: numbers of the first frame that counts, and of the one after the last; None for the end.
        steady: how much the paintings of earlier frames count against a frame's own, 0 to 1; 0 paints each frame by itself.

    Raises:
        PhotostyleError: the network cannot be used, or options are given that have no meaning for a clip.
    """
    if not 0 <= steady <= 1:
        raise OptionError(f"steady must be from 0 to 1, got {steady}", option="steady")
    settings = options.settings
    if options.protect or options.pairs:
        raise OptionError("a network paints all of a clip's frames; leave protect and pairs out", option="protect")
    if not isinstance(settings, NetworkOptions) or settings.polish or settings.blend:
        raise OptionError("a clip is painted by a network in one pass; leave polish and blend out", option="polish")
    if style is None and settings.style_file() is None:
        raise OptionError("this network paints in any style and needs one, got none; give a photo", option="style")
    last = len(source.times) if stop is None else stop
    frame = prepare_whole(next(iter(source.frames(start, start + 1))).pixels)
    wanted: Prepared | Look = frame
    if isinstance(style, Look | Prepared):
        wanted = style
    elif style is not None:
        wanted = prepare_whole(style, "style")
    transform = find_method(options.method)().fit(frame, wanted, session, options, tell).transform
    painter: Painter
    if isinstance(transform, NetworkTransform):
        transform.trained.network.to(session.device)
        painter = StylePainter(transform.trained, transform.norms[:1].to(session.device))
    elif isinstance(transform, TranslationTransform):
        painter = TranslationPainter(transform.trained, transform.direction)
    else:
        raise OptionError("a clip is painted by a network that gives pictures, got another; name one that does", option="network")
    shots = shots_of_clip(source, start, last, tell)
    measured = []
    with tell.stage("measure"):
        for number, shot in enumerate(shots):
            tell(Progress("measure", number, len(shots)))
            measured.append((shot, statistics_of(source, shot, painter, transform.size)))
    notes = flow_notes() if steady else ()
    digest = clip_digest(source, start, stop)
    return ClipPainting(source, painter, transform.size, tuple(measured), steady, notes, digest)


def statistics_of(source: ClipSource, shot: Shot, painter: Painter, size: int | None) -> ShotStatistics:
    """What a network measures over frames of a shot, evenly spread."""
    count = min(MEASURED, len(shot))
    indices = sorted({shot.start + (2 * place + 1) * len(shot) // (2 * count) for place in range(count)})
    frames = [next(iter(source.frames(index, index + 1))) for index in indices]
    return painter.measured([planes(_at_side(frame.pixels, size)).clamp(0, 1) for frame in frames])
