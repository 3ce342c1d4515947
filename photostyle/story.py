"""The story of a transfer, on one page: open the photos, find their regions, find the transform, apply it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from photostyle.devices import choose_device
from photostyle.errors import OptionError
from photostyle.events import CancelToken, ProgressCallback, Tell, ignore
from photostyle.look import SUFFIX, Look, load_look, look_of
from photostyle.methods import Fitted
from photostyle.options import EncoderOptions, Options
from photostyle.photo import Photo, PhotoLike, open_photo
from photostyle.prepared import Prepared, prepare, prepare_pair
from photostyle.regions import MaskLike, Pair, Regions, RegionSummary
from photostyle.regions.labels import optional_names
from photostyle.registry import find_method
from photostyle.session import Session
from photostyle.story_notes import idle_notes, transfer_notes
from photostyle.transforms import Applied, Clipped, RenderTarget, Transform, load_transform


@dataclass(frozen=True, eq=False)
class Result:
    """What a transfer made.

    Args:
        photo: the content in its new light; size, depth, profile and metadata are the content's.
        transform: what was found; can be applied again with other amounts, previewed and saved.
        content_regions, style_regions: of the photos; a look's regions have no masks.
        history: the terms of the objective at each step.
        seconds: wall time of each stage.
        notes: what the user should be told, one line each.
        device: what computed.
        clipped: how many pixels are newly at white or black.
    """

    photo: Photo
    transform: Transform
    content_regions: Regions
    style_regions: Regions | RegionSummary
    history: tuple[Mapping[str, float], ...] = field(default=(), repr=False)
    seconds: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    device: str = "cpu"
    clipped: Clipped = Clipped()

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """Which region of the content took from which of the style."""
        return self.transform.provenance.pairs

    @property
    def encoder(self) -> str:
        """The name of the encoder that measured style; "" for none."""
        return self.transform.provenance.encoder

    @property
    def style(self) -> str:
        """The name of the style's file, if it has one, or that it was a look."""
        return self.transform.provenance.style

    def __repr__(self) -> str:
        seconds = sum(self.seconds.values())
        return f"Result({self.photo!r}, by {self.transform.provenance.method} on {self.device} in {seconds:.1f} s)"


def transfer(
    content: PhotoLike | Prepared,
    style: PhotoLike | Prepared | Look | None = None,
    *,
    content_mask: MaskLike | None = None,
    style_mask: MaskLike | None = None,
    options: Options | None = None,
    session: Session | None = None,
    callback: ProgressCallback = ignore,
    cancel: CancelToken | None = None,
    in_place: bool = False,
    **changes: Any,
) -> Result:
    """Make the content photo look as if taken in the light of the style photo.

    Args:
        content, style: photos: files, bytes, arrays (H, W, 3), PIL pictures, torch tensors, `Photo`s. The style may be a look in
            its place, as `measure` or `load_look` gives it, or its .look file. Photos that `prepare` has prepared keep their
            regions: they are found once for many transfers. A trained network (method "network") takes no style.
        content_mask, style_mask: masks by hand: pictures whose colours name regions, folders of grey pictures, arrays, `Regions`,
            dicts from names to masks.
        options: see `Options`; `changes` are options given by name, such as `strength=0.5` or, of the method, `steps=20`.
        session: the device and the networks; None for those that the process shares.
        callback: told of each step.
        cancel: a token that stops the work from another thread.
        in_place: write the result over the content's own pixels, which saves their memory.

    Raises:
        PhotostyleError: for a photo, mask, option, model or device that cannot be used; one line that says what to do.

    Example:
        >>> import numpy as np
        >>> day, dusk = np.full((48, 64, 3), 0.8), np.full((48, 64, 3), (0.5, 0.3, 0.2))
        >>> transfer(day, dusk, segmenter="none", steps=2).photo.size
        (64, 48)
    """
    options = _options(options, changes)
    session = _session(session, options, changes)
    tell = Tell(callback, cancel)
    method = find_method(options.method)()
    _check_style_is_there(style, style_mask, options)

    wanted: Prepared | Look
    with tell.stage("read"):
        _check_prepared(content, style, changes)
        if not isinstance(content, Prepared):
            content = open_photo(content, "content")
        if style is not None:
            style = look_or_photo(style, style_mask)
        if isinstance(style, Look):
            options = method.options_for_look(style, options)
        elif style is not None and not isinstance(style, Prepared):
            style = open_photo(style, "style")
    with tell.stage("regions"):
        if style is None or isinstance(style, Look):
            prepared = prepare(content, content_mask, session=session, options=options)
            wanted = style or prepared
        else:
            prepared, wanted = prepare_pair(content, style, content_mask, style_mask, session=session, options=options)
        names = prepared.regions.names
        options.amounts.by_region(names, optional_names(names))  # a region that is not there is said before the work

    fitted = method.fit(prepared, wanted, session, options, tell)

    with tell.stage("render"):
        applied = fitted.transform.apply(prepared, options.amounts, target=RenderTarget(session.device, in_place))
    return Result(
        photo=applied.photo,
        transform=fitted.transform,
        content_regions=prepared.regions,
        style_regions=wanted.regions,
        history=fitted.history,
        seconds=tell.seconds,
        notes=_notes(prepared, None if style is None else wanted, fitted, options, applied),
        device=str(session.device),
        clipped=applied.clipped,
    )


def measure(
    style: PhotoLike | Prepared,
    *,
    style_mask: MaskLike | None = None,
    options: Options | None = None,
    session: Session | None = None,
    callback: ProgressCallback = ignore,
    cancel: CancelToken | None = None,
    **changes: Any,
) -> Look:
    """Measure the look of a style photo, which `transfer` then takes in the photo's place, with the same result.

    Args:
        style, style_mask, session, callback, cancel: as for `transfer`.
        options: of which encoder, weights, size (and fast), segmenter, feather, hard_masks, device, precision and cache are used.

    Raises:
        PhotostyleError: as for `transfer`.

    Example:
        >>> import numpy as np
        >>> measure(np.full((48, 64, 3), 0.5), segmenter="none").names
        ('all', '(whole photo)')
    """
    options = _options(options, changes)
    session = _session(session, options, changes)
    tell = Tell(callback, cancel)
    settings = options.settings
    size = settings.working_size()
    if not isinstance(settings, EncoderOptions) or size is None:
        raise OptionError(f"the method {options.method} measures no looks; use one with an encoder, such as field")
    with tell.stage("regions"):
        prepared = prepare(style, style_mask, session=session, options=options, role="style")
    with tell.stage("load"):
        encoder = session.encoder(settings.encoder, settings.weights)
    with tell.stage("look"):
        return look_of(prepared, encoder, size)


def relight(
    content: Prepared | PhotoLike,
    transform: Transform | str | Path,
    *,
    session: Session | None = None,
    options: Options | None = None,
    in_place: bool = False,
    force: bool = False,
    **changes: Any,
) -> Applied:
    """Give a photo a transform that was found before; nothing is solved.

    Args:
        content: the photo that the transform was found for, at any size.
        transform: from `Result.transform` or `load_transform`, or the file of one.
        session: the device; None for the one that the process shares.
        options: of which strength, luma, chroma and device are used; `changes` are options given by name.
        in_place: as for `transfer`.
        force: accept another photo than the one that the transform was found for.

    Returns:
        The photo, what clips in it, and notes for the user.

    Raises:
        PhotostyleError: for another photo, or a photo, region name or device that cannot be used.
    """
    options = _options(options, changes)
    session = _session(session, options, changes)
    if isinstance(transform, str | Path):
        transform = load_transform(transform)
    if not isinstance(transform, Transform):
        came = type(transform).__name__
        raise OptionError(f"transform must be one that was found, or the file of one, got {came}; see load_transform")
    if transform.needs_regions and not isinstance(content, Prepared):
        content = prepare(content, session=session, options=options)
    return transform.apply(content, options.amounts, target=RenderTarget(session.device, in_place), force=force)


def _options(options: Options | None, changes: dict[str, Any]) -> Options:
    """The options that are asked for."""
    if options is None:
        return Options(**changes)
    if not isinstance(options, Options):
        raise OptionError(f"options must be an Options, got {type(options).__name__}; give options by name, such as fast=True")
    return options.changed(**changes)


def _check_style_is_there(style: object, mask: object, options: Options) -> None:
    """Raise an OptionError where there is no style and the method needs one, or the other way round."""
    instead = options.settings.style_file()
    if style is None and instead is None:
        raise OptionError(f"the method {options.method} needs a style, got none; give a photo", option="style")
    if instead is not None and (style is not None or mask is not None):
        raise OptionError(f"the style is that of the network {instead}, got another; leave it out", option="style")


def _check_prepared(content: object, style: object, changes: dict[str, Any]) -> None:
    """Raise an OptionError where options are given by name that prepared photos have decided already."""
    if isinstance(content, Prepared) and (isinstance(style, Prepared | Look)):
        for name in ("segmenter", "feather", "hard_masks"):
            if name in changes:
                raise OptionError(
                    f"prepared photos have their regions already, got {name} {changes[name]!r}; leave it out", option=name
                )


def _session(session: Session | None, options: Options, changes: dict[str, Any]) -> Session:
    """The session to work in, ready to compute.

    Raises:
        OptionError: it is none, or options that are given by name ask for another one.
    """
    if session is None:
        return Session.shared(options).begin()
    if not isinstance(session, Session):
        raise OptionError(f"session must be a Session, got {type(session).__name__}; make one with Session(device)")
    own = {"device": session.device, "precision": session.precision, "cache": session.cache}
    asked = dict(changes)
    if "device" in asked:
        asked["device"] = choose_device(asked["device"])
    for name, value in own.items():
        if name in asked and asked[name] != value:
            raise OptionError(f"the session has {name} {value}, got {name} {changes[name]!r}; leave it out", option=name)
    return session.begin()


def look_or_photo(style: PhotoLike | Prepared | Look, mask: MaskLike | None = None) -> PhotoLike | Prepared | Look:
    """The look that a style is, or whose .look file it names; the style itself where it is a photo.

    Raises:
        OptionError: it is a look, and there is a mask too.
        FileError: the file cannot be read.
    """
    if isinstance(style, str | Path) and Path(style).suffix.lower() == SUFFIX:
        style = load_look(style)
    if isinstance(style, Look) and mask is not None:
        raise OptionError("a look has its regions already, got a style mask; give the mask when the look is measured")
    return style


def _notes(
    content: Prepared, style: Prepared | Look | None, fitted: Fitted, options: Options, applied: Applied
) -> tuple[str, ...]:
    """All that the user should be told, each line once."""
    style_regions = content.regions if style is None else style.regions
    notes = (
        *transfer_notes(content, style, fitted.notes, fitted.transform.provenance.pairs),
        *idle_notes(options, content.regions.names, style_regions.names),
        *applied.notes,
    )
    return tuple(dict.fromkeys(notes))
