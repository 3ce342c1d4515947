"""What gives a clip the light of a picture: shots, their regions, and a transform for each, found on its key frames together."""

import hashlib
import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from photostyle.errors import FileError, MaskError, OptionError
from photostyle.events import Progress, ProgressCallback, Tell
from photostyle.flow import flow_notes
from photostyle.look import Look, look_of
from photostyle.methods.field import FieldOptions
from photostyle.methods.field.shared import fit_shared
from photostyle.methods.network import NetworkOptions
from photostyle.networks.translation import FieldGenerator
from photostyle.options import Options
from photostyle.photo import PhotoLike
from photostyle.prepared import Prepared, prepare_whole
from photostyle.regions import MaskLike
from photostyle.regions.labels import optional_names
from photostyle.registry import find_method
from photostyle.session import Session
from photostyle.story import measure
from photostyle.transforms import SharedTransform
from photostyle.video.clip import ClipSource, clip_digest
from photostyle.video.key_frames import SOLVED, ShotKeys, keys_of, tracked_frames
from photostyle.video.painting import ClipPainting, fit_painting
from photostyle.video.shots import Shot, shots_at, shots_of_clip
from photostyle.video.tracking import RegionTrack
from photostyle.video.transform import ClipLight, ShotLook, load_clip_light
from photostyle.video.translated import field_network, translated_shots

KEPT = "clip.safetensors"  # in the folder of what is kept
SAID_SHOTS = 6  # whose drift is said one by one


def fit_clip(
    source: ClipSource,
    style: PhotoLike | Prepared | Look | None,
    *,
    options: Options,
    session: Session,
    tell: Tell,
    start: int = 0,
    stop: int | None = None,
    keep: Path | None = None,
    masks: Mapping[int, MaskLike] | None = None,
    steady: float = 1.0,
) -> ClipLight | ClipPainting:
    """Find what gives a clip the light of a style, or make a trained network ready to paint it.

    Args:
        source: the clip.
        style: a photo, or the look of one; None for a trained network.
        options: as for a photo.
        session: the device and the networks.
        tell: told of each step.
        start, stop: numbers of the first frame that counts, and of the one after the last; None for the end.
        keep: a folder in which what is found is kept, so that a clip that is gone on with needs not have it found anew.
        masks: by hand, by the numbers of the frames that they are for.
        steady: for a network: how much the paintings of earlier frames count against a frame's own, 0 to 1.

    Raises:
        PhotostyleError: it cannot be found; one line that says what to do.
    """
    network = field_network(options.settings, session)
    if network is not None:
        return _fit_fields(source, network, options, session, tell, start, stop)
    if isinstance(options.settings, NetworkOptions):
        return fit_painting(source, style, options=options, session=session, tell=tell, start=start, stop=stop, steady=steady)
    if not isinstance(options.settings, FieldOptions):
        raise OptionError(
            f"a clip takes the method field or a trained network, got {options.method}; choose one of these", option="method"
        )
    if style is None:
        raise OptionError("the method field needs a style, got none; give a photo", option="style")
    look, options = _look(style, options, session, tell)
    made_for = _fingerprint(source, look, options, start, stop, masks)
    path = None if keep is None else keep / KEPT
    if path is not None:
        kept = _kept(path, made_for, session)
        if kept is not None:
            return kept
    shots = shots_of(source, options, session, tell, start, stop, masks)
    _check_names(shots, options)
    looks = []
    notes = [*flow_notes()] if any(len(keys.track.names) > 1 for keys in shots) else []
    for number, keys in enumerate(shots):
        looks.append(_shot_look(source, keys, look, options, session, _named(tell, number, len(shots))))
    notes += _shot_notes(looks, shots)
    found = ClipLight(tuple(looks), options.protect, options.hard_masks, str(session.device), tuple(notes), made_for)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        found.save(path)
    return found


def _fit_fields(
    source: ClipSource, network: FieldGenerator, options: Options, session: Session, tell: Tell, start: int, stop: int | None
) -> ClipLight:
    """The fields of a network between two sets of pictures, shot by shot."""
    frame = prepare_whole(next(iter(source.frames(start, start + 1))).pixels)
    of_frame = find_method(options.method)().fit(frame, frame, session, options.changed(protect=()), tell).transform
    by_region = any(isinstance(amount, Mapping) for amount in (options.strength, options.luma, options.chroma))
    seen = options
    if options.segmenter == "auto" and not (options.protect or by_region):
        seen = options.changed(segmenter="none")  # the network's field is that of all regions
    shots = shots_of(source, seen, session, tell, start, stop, None)
    _check_names(shots, options)
    with tell.stage("solve"):
        looks = tuple(translated_shots(source, shots, network, of_frame.provenance))
    notes = (*(flow_notes() if seen is options else ()), *shot_notes([look.shot for look in looks]))
    digest = clip_digest(source, start, stop)
    return ClipLight(looks, options.protect, options.hard_masks, str(session.device), notes, digest)


def _look(style: PhotoLike | Prepared | Look, options: Options, session: Session, tell: Tell) -> tuple[Look, Options]:
    """The look of a style, and the options that fit it."""
    if isinstance(style, Look):
        return style, find_method(options.method)().options_for_look(style, options)
    if not isinstance(style, Prepared):
        return measure(style, options=options, session=session, callback=tell.callback, cancel=tell.cancel), options
    settings = options.settings
    assert isinstance(settings, FieldOptions)
    with tell.stage("look"):
        encoder = session.encoder(settings.encoder, settings.weights)
        return look_of(style, encoder, settings.working_size()), options


def shots_of(
    source: ClipSource,
    options: Options,
    session: Session,
    tell: Tell,
    start: int,
    stop: int | None,
    masks: Mapping[int, MaskLike] | None,
) -> list[ShotKeys]:
    """The shots of a clip, each with its regions and how its light drifts."""
    shots = shots_of_clip(source, start, len(source.times) if stop is None else stop, tell)
    _check_masks_are_of_shots(shots, masks or {})
    found = []
    with tell.stage("regions"):
        for number, shot in enumerate(shots):
            tell(Progress("regions", number, len(shots)))
            found.append(keys_of(source, shot, options, session, masks))
    return found


def _check_masks_are_of_shots(shots: list[Shot], masks: Mapping[int, MaskLike]) -> None:
    """A MaskError for a mask of a frame that shows two shots."""
    for index in masks:
        first, second, share = shots_at(shots, index)
        if share:
            before, after = shots[first].stop - 1, shots[second].start
            raise MaskError(
                f"frame {index} dissolves from one shot into the next; paint frame {before} or {after} in its place",
                option="content_mask",
            )


def _named(tell: Tell, number: int, count: int) -> ProgressCallback:
    """A callback that says of which shot a stage is."""

    def told(progress: Progress) -> None:
        stage = progress.stage if count == 1 else f"{progress.stage}, shot {number + 1} of {count}"
        tell(replace(progress, stage=stage, so_far=None))

    return told


def _shot_look(
    source: ClipSource,
    keys: ShotKeys,
    look: Look,
    options: Options,
    session: Session,
    callback: ProgressCallback,
) -> ShotLook:
    """The transforms of a shot: one, or where its light changes one at each of some key frames, found on those around it."""
    own = _of_shot(options, keys.track, look)
    at = []
    found: list[SharedTransform] = []
    for place, places in keys.windows():
        indices = _spread([keys.track.indices[number] for number in places], SOLVED)
        photos = tracked_frames(source, indices, keys.track)
        found.append(fit_shared(photos, len(indices), look, own, session, style=look.photo, callback=callback))
        at.append(place)
    return ShotLook(keys.shot, keys.track, tuple(at), tuple(found), tuple(keys.way.tolist()))


def _spread(values: list[int], most: int) -> list[int]:
    """Some of many, evenly spread, the first and the last among them."""
    if len(values) <= most:
        return values
    return [values[round(place * (len(values) - 1) / (most - 1))] for place in range(most)]


def _of_shot(options: Options, track: RegionTrack, look: Look) -> Options:
    """The options, as far as they concern the regions of one shot; amounts come later."""
    known = {*track.names, *look.names}
    pairs = {name: partner for name, partner in (options.pairs or {}).items() if name in track.names}
    return options.changed(
        strength=1.0,
        luma=1.0,
        chroma=1.0,
        pairs=pairs or None,
        protect=tuple(name for name in options.protect if name in track.names),
        ignore=tuple(name for name in options.ignore if name in known),
    )


def _check_names(shots: list[ShotKeys], options: Options) -> None:
    """An OptionError for a region that no shot has."""
    names = tuple(dict.fromkeys(name for keys in shots for name in keys.track.names))
    known = {*names, *optional_names(names)}
    options.amounts.by_region(names, known)
    for option, given in (("protect", options.protect), ("pairs", tuple(options.pairs or ()))):
        for name in given:
            if name not in known:
                raise OptionError(f"{option}: no region is called {name!r}; the clip has {', '.join(names)}", option=option)


def _shot_notes(looks: list[ShotLook], shots: list[ShotKeys]) -> list[str]:
    """What is said of shots, and of light that changes."""
    notes = []
    notes += shot_notes([look.shot for look in looks])
    changing = [(look, keys) for look, keys in zip(looks, shots, strict=True) if len(look.at) > 1]
    for look, keys in changing[:SAID_SHOTS]:
        notes.append(
            f"frames {look.shot.start} to {look.shot.stop - 1}: their light changes by {keys.drift:.0f} Lab units, "
            f"so the transform goes over {len(look.at)} key frames"
        )
    if len(changing) > SAID_SHOTS:
        notes.append(f"and {len(changing) - SAID_SHOTS} more shots whose light changes")
    return notes


def shot_notes(shots: Sequence[Shot]) -> list[str]:
    r"""Where a clip is cut, and where it dissolves, one line each.

    >>> print(*shot_notes([Shot(0, 8), Shot(8, 20), Shot(26, 40)]), sep="\n")
    3 shots, cut at frames 8; each has a transform of its own
    dissolves at frames 20 to 25; the transforms of both shots are mixed there
    """
    cuts = []
    dissolves = []
    for one, other in itertools.pairwise(shots):
        if one.stop == other.start:
            cuts.append(str(other.start))
        else:
            dissolves.append(f"{one.stop} to {other.start - 1}")
    notes = []
    if len(shots) > 1:
        cut = f", cut at frames {', '.join(cuts)}" if cuts else ""
        notes.append(f"{len(shots)} shots{cut}; each has a transform of its own")
    if dissolves:
        notes.append(f"dissolves at frames {', '.join(dissolves)}; the transforms of both shots are mixed there")
    return notes


def _kept(path: Path, made_for: str, session: Session) -> ClipLight | None:
    """What was found before, if it is there, whole, and for the same."""
    if not path.is_file():
        return None
    try:
        found = load_clip_light(path, str(session.device))
    except FileError:
        return None
    return found if found.made_for == made_for else None


def _fingerprint(
    source: ClipSource, look: Look, options: Options, start: int, stop: int | None, masks: Mapping[int, MaskLike] | None
) -> str:
    """The clip's digest, and a hash of all else that its transform depends on; of masks their names and frames."""
    settings = {name: str(value) for name, value in options.as_dict().items() if name not in ("strength", "luma", "chroma")}
    facts = [
        [settings, look.encoder, look.weights, look.size, list(look.names)],
        [(index, Path(mask).name if isinstance(mask, str | Path) else "") for index, mask in sorted((masks or {}).items())],
    ]
    digest = hashlib.sha256(json.dumps(facts).encode())
    digest.update(look.quantiles.cpu().numpy().tobytes())
    return f"{clip_digest(source, start, stop)}-{digest.hexdigest()[:32]}"
