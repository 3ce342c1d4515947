"""A look of one clip used for another: as the style, or as the very transform."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from photostyle.errors import OptionError
from photostyle.events import Tell
from photostyle.look import Look, measure_look
from photostyle.methods.field import FieldOptions
from photostyle.methods.field.mosaic import mosaic
from photostyle.options import Options
from photostyle.prepared import Prepared, planes
from photostyle.regions import MaskLike
from photostyle.session import Session
from photostyle.transforms import SharedTransform
from photostyle.transforms.field.sample import ColourSample
from photostyle.video.clip import ClipSource
from photostyle.video.fitting import shots_of
from photostyle.video.key_frames import frames_at, prepared_frame, tracked_frames
from photostyle.video.transform import ClipLight, ShotLook

STYLE_FRAMES = 4  # of a clip whose look is measured


def reuse_clip(
    found: ClipLight,
    source: ClipSource,
    *,
    options: Options,
    session: Session,
    tell: Tell,
    start: int = 0,
    stop: int | None = None,
    masks: Mapping[int, MaskLike] | None = None,
) -> ClipLight:
    """What was found for one clip, for another: each shot takes the transform of that whose colours are most like it.

    Args:
        found: for the other clip.
        source: this clip; its own shots and regions are found.
        options, session, tell, start, stop, masks: as for `fit_clip`.
    """
    looks = []
    for keys in shots_of(source, options, session, tell, start, stop, masks):
        middle = keys.track.indices[len(keys.track.indices) // 2]
        (own,) = tracked_frames(source, [middle], keys.track)
        nearest = max((_middle(look) for look in found.shots), key=partial(_alike, own))
        looks.append(ShotLook(keys.shot, keys.track, (keys.shot.start,), (nearest,)))
    return replace(found, shots=tuple(looks), notes=(), made_for="", device=str(session.device))


def look_of_clip(source: ClipSource, *, options: Options, session: Session, start: int = 0, stop: int | None = None) -> Look:
    """The look of a clip, to be taken as a style: measured on frames spread over it, side by side.

    Args:
        source: the clip.
        options: of the method field, as for `photostyle.measure`.
        session: the device and the networks.
        start, stop: as for `fit_clip`.
    """
    settings = options.settings
    if not isinstance(settings, FieldOptions):
        raise OptionError(f"the look of a clip is measured for the method field, got {options.method}", option="method")
    last = len(source.times) if stop is None else stop
    count = min(STYLE_FRAMES, last - start)
    indices = [start + (2 * place + 1) * (last - start) // (2 * count) for place in range(count)]
    frames = (prepared_frame(frame, None, options, session) for frame in frames_at(source, indices))
    size = settings.working_size()
    tiles = mosaic(frames, size)
    encoder = session.encoder(settings.encoder, settings.weights)
    pixels = planes(tiles.pixels).contiguous().to(session.device)
    return measure_look(pixels, tiles.regions.to(session.device), encoder, size, name=source.name)


def _middle(look: ShotLook) -> SharedTransform:
    """The transform of a shot; of one whose light changes, that of its middle."""
    return look.looks[len(look.looks) // 2]


def _alike(frame: Prepared, look: SharedTransform) -> float:
    """How far the colours of a transform's sample are those of a frame, 0 to 1."""
    if look.sample is None:
        return 0.0
    pixels = planes(frame.copy.photo.pixels)
    own = ColourSample.of(pixels, frame.masks_at((pixels.shape[1], pixels.shape[2])))
    return float(look.sample.shares.sum(0).minimum(own.shares.sum(0)).sum())
