"""The story of a transfer: read, find regions, pair them, measure the look, solve, render."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from photostyle.config import AMOUNTS, Options, amounts_of
from photostyle.devices import choose_device
from photostyle.encoders import Encoder
from photostyle.errors import OptionError
from photostyle.events import Callback, Progress, ignore
from photostyle.field import BilateralField, Clipped, Facts, Guide, StoredField, bounded, controlled, render_into
from photostyle.field.control import mixing
from photostyle.field.gain import MOST_GAIN
from photostyle.field.rolloff import newly_clipped, rolled_off
from photostyle.look import SUFFIX, Look, load_look, measure_look
from photostyle.memory import give_back
from photostyle.photo import PROXY_SIZE, Photo, Proxy
from photostyle.regions import Pair, Regions, pair_regions
from photostyle.regions.finding import find_content_regions, find_own_regions, find_regions, mask_strips
from photostyle.regions.labels import optional_names as may_lack
from photostyle.regions.summary import RegionSummary as Described
from photostyle.solvers.field_objective import FieldWeights
from photostyle.solvers.field_solver import solve_field
from photostyle.sources import ENLARGE, Source, encoder_of, file_name, opened, planes, working

FLAT_STYLE = "the style photo is one flat colour and has no light to take; its colour is given gently"
HELD_GAIN = f"differences of colour would have grown more than {MOST_GAIN:g} times; held at that"
CLIPPING_SAID = 0.0005  # share of the pixels


@dataclass(frozen=True)
class Result:
    """What a transfer made.

    Args:
        photo: the content in its new light; size, depth, profile and metadata are the content's.
        field: the solved transforms (None from the pixel solver).
        content_regions, style_regions, pairs: which part took from which; a look's regions have no masks.
        history: the terms of the objective at each step.
        seconds: wall time of each stage.
        notes: what the user should be told, one line each.
        device, encoder: what was used.
        style: the name of the style's file, if it has one, or that it was a look.
        hard: whether the masks were used exactly as they are.
        clipped: how many pixels are newly at white or black.
    """

    photo: Photo
    field: BilateralField | None
    content_regions: Regions
    style_regions: Regions | Described
    pairs: tuple[Pair, ...]
    history: list[dict[str, float]]
    seconds: dict[str, float]
    notes: tuple[str, ...]
    device: str
    encoder: str
    style: str = ""
    hard: bool = False
    clipped: Clipped = Clipped()

    def stored(self) -> StoredField:
        """What `save_field` writes and `relight` renders again.

        Raises:
            OptionError: the pixel solver made this; it has no field.
        """
        if self.field is None:
            raise OptionError("the pixel solver makes no field to save; use solver field")
        regions, pairs = self.content_regions, tuple(asdict(pair) for pair in self.pairs)
        facts = Facts(regions.colours, pairs, self.style, self.encoder, self.photo.size, self.hard)
        return StoredField(self.field, regions.masks, facts)


def transfer(
    content: Source,
    style: Source | Look,
    *,
    content_mask: Path | str | None = None,
    style_mask: Path | str | None = None,
    options: Options | None = None,
    callback: Callback = ignore,
    encoder: Encoder | str | None = None,
    in_place: bool = False,
    **changes: Any,
) -> Result:
    """Make the content photo look as if taken in the light of the style photo.

    Args:
        content, style: photos, as files, `Photo`s or arrays (H, W, 3) of uint8, uint16 or float in [0, 1]. The style may
            be a look in its place, as `measure` or `load_look` gives it, or its .look file.
        content_mask, style_mask: masks by hand: a picture whose colours name regions, or a folder of grey pictures.
        options: see `Options`; `changes` are options given by name, such as `strength=0.5`.
        callback: told of each step.
        encoder: the name of one, or one already loaded, in place of `options.encoder`.
        in_place: write the result over the content's own pixels, which saves their memory.

    Raises:
        PhotostyleError: for a photo, mask, option, model or device that cannot be used; one line that says what to do.

    Example:
        >>> import numpy as np
        >>> day, dusk = np.full((48, 64, 3), 0.8), np.full((48, 64, 3), (0.5, 0.3, 0.2))
        >>> transfer(day, dusk, segmenter="none", steps=2).photo.size
        (64, 48)
    """
    options, encoder = _asked(options, encoder, changes)
    stage = _Stages(callback)
    device = choose_device(options.device)
    with stage("read"):
        style = _opened_style(style, options)
        known = isinstance(style, Look)
        options = style.fitted(options, style_mask) if known else options
        content = opened(content, "content")
        small = _proxy(content, options)
    with stage("load"):
        encoder = encoder or encoder_of(options, device)
    with stage("regions"):
        if known:
            style.check_encoder(encoder)
            ours, theirs = find_content_regions(small, content_mask, options, device), style.regions
        else:
            ours, theirs = find_regions(small, style, content_mask, style_mask, options, device)
        pairs = pair_regions(ours, theirs, pairs=options.pairs, ignore=options.ignore, protect=options.protect)
        amounts(options, ours.names)  # an unknown region is said before the work
    job = _Job(content, small, style, ours, theirs, pairs, encoder, options, device, stage)
    made = job.by_pixels() if options.solver == "pixel" else job.by_field(in_place)
    notes = (
        *made.notes,
        *_photo_notes(content.notes, style.notes if known else style.photo.notes),
        *ours.notes,
        *theirs.notes,
        *_pair_notes(pairs),
        *_idle_notes(options, ours.names, theirs.names),
        *_clipping_notes(made.clipped),
    )
    return Result(
        photo=content if gives_nothing(options) else content.with_pixels(made.pixels),
        field=made.field,
        content_regions=ours,
        style_regions=theirs,
        pairs=pairs,
        history=made.history,
        seconds=stage.seconds,
        notes=tuple(dict.fromkeys(notes)),
        device=str(device),
        encoder=encoder.name,
        style=f"a look of {style.photo}".removesuffix(" of ") if known else file_name(style.photo),
        hard=options.hard_masks,
        clipped=made.clipped,
    )


def measure(
    style: Source,
    *,
    style_mask: Path | str | None = None,
    options: Options | None = None,
    callback: Callback = ignore,
    encoder: Encoder | str | None = None,
    **changes: Any,
) -> Look:
    """Measure the look of a style photo, which `transfer` then takes in the photo's place, with the same result.

    Args:
        style, style_mask, encoder: as for `transfer`.
        options: of which encoder, weights, size, segmenter, feather, hard_masks, device, precision and cache are used.
        callback: told of each stage.

    Raises:
        PhotostyleError: as for `transfer`.

    Example:
        >>> import numpy as np
        >>> measure(np.full((48, 64, 3), 0.5), segmenter="none").names
        ('all', '(whole photo)')
    """
    options, encoder = _asked(options, encoder, changes)
    stage = _Stages(callback)
    device = choose_device(options.device)
    with stage("read"):
        style = _proxy(opened(style, "style"), options)
    with stage("load"):
        encoder = encoder or encoder_of(options, device)
    with stage("regions"):
        regions = find_own_regions(style, style_mask, options, device)
    with stage("look"):
        return _measured(style, regions, encoder, options, device)


def _asked(options: Options | None, encoder: Encoder | str | None, changes: dict) -> tuple[Options, Encoder | None]:
    """The options with their changes, and the encoder if it is loaded already."""
    named = {"encoder": encoder} if isinstance(encoder, str) else {}
    return replace(options or Options(), **changes, **named), None if named else encoder


def _measured(style: Proxy, regions: Regions, encoder: Encoder, options: Options, device: torch.device) -> Look:
    size = FieldWeights.of(options).size
    small = working(style.photo, size, encoder.smallest, device, ENLARGE)
    name, notes = file_name(style.photo), style.photo.notes
    return measure_look(small, regions.to(device), encoder, size, name=name, notes=notes)


def _proxy(photo: Photo, options: Options) -> Proxy:
    """What is measured of a photo, at the working size if that is larger."""
    return Proxy.of(photo, max(PROXY_SIZE, options.size or 0))


def _opened_style(style: Source | Look, options: Options) -> Proxy | Look:
    if isinstance(style, str | Path) and Path(style).suffix.lower() == SUFFIX:
        return load_look(style)
    return style if isinstance(style, Look) else _proxy(opened(style, "style"), options)


def relight(
    content: Source, stored: StoredField, *, options: Options | None = None, in_place: bool = False, **changes: Any
) -> tuple[Photo, tuple[str, ...]]:
    """Render a field that is solved already; the photo may have another size than the one that it was solved for.

    Args:
        content: the photo, as for `transfer`.
        stored: from `Result.stored` or `load_field`.
        options: of which strength, luma, chroma and device are used; `changes` are options given by name.
        in_place: as for `transfer`.

    Returns:
        The photo, and notes for the user.

    Raises:
        PhotostyleError: for a photo, region name or device that cannot be used.
    """
    options = replace(options or Options(), **changes)
    content, device = opened(content, "content"), choose_device(options.device)
    regions = Regions(stored.field.names, stored.masks, stored.facts.colours)
    notes, (width, height), solved = content.notes, content.size, stored.facts.size
    if abs(width * solved[1] - height * solved[0]) > max(width, height, *solved):
        notes += (f"the field was solved for a photo of {solved[0]} x {solved[1]}; this one has another shape",)
    if gives_nothing(options):
        amounts(options, regions.names)  # an unknown region is said all the same
        return content, notes
    small = Proxy.of(content)
    pixels, clipped = rendered(content, small, regions, stored.field, options, Place(device, stored.facts.hard, in_place))
    return content.with_pixels(pixels), (*notes, *_clipping_notes(clipped))


@dataclass(frozen=True)
class Place:
    """Where and how a field is rendered: `own` renders into the photo's own pixels, `hard` leaves masks as they are."""

    device: torch.device
    hard: bool = False
    own: bool = False


def rendered(
    content: Photo, small: Proxy, regions: Regions, solved: BilateralField, options: Options, place: Place
) -> tuple[np.ndarray, Clipped]:
    """(H, W, 3) and what clips: the one place where a field meets a photo at its own size."""
    before = planes(content.pixels)
    strips = mask_strips(regions, before, place.device, None if place.hard else planes(small.photo.pixels))
    asked = controlled(solved, *amounts(options, regions.names))
    pixels = content.pixels if place.own else np.empty_like(content.pixels)
    guide = Guide.of(planes(small.photo.pixels))
    return pixels, render_into(planes(pixels), before, strips, asked, place.device, guide)


def amounts(options: Options, regions: tuple[str, ...]) -> list[list[float]]:
    """Strength, luma and chroma, each as one number a region."""
    return [amounts_of(name, getattr(options, name), regions, may_lack(regions)) for name in AMOUNTS]


def gives_nothing(options: Options) -> bool:
    """Whether the amounts leave the photo as it is."""
    return options.strength == 0 or options.luma == options.chroma == 0


@dataclass(frozen=True)
class _Job:
    """A photo and a style with their regions, ready to be solved."""

    content: Photo
    small: Proxy
    style: Proxy | Look
    ours: Regions
    theirs: Regions | Described
    pairs: tuple[Pair, ...]
    encoder: Encoder
    options: Options
    device: torch.device
    stage: "_Stages"

    def by_field(self, in_place: bool) -> "_Made":
        """The field solver, rendered at the photo's own size."""
        options, stage, weights = self.options, self.stage, FieldWeights.of(self.options)
        with stage("look"):
            known, measured = isinstance(self.style, Look), (self.encoder, options, self.device)
            look = self.style if known else _measured(self.style, self.theirs, *measured)
        pairs = tuple(replace(p, kind="global") if p.in_full else p for p in self.pairs) if look.flat else self.pairs
        with stage("solve"):
            small = working(self.small.photo, weights.size, self.encoder.smallest, self.device, ENLARGE)
            masks = self.ours.resized(tuple(small.shape[1:])).masks.to(self.device)
            solution = solve_field(small, masks, pairs, look, self.encoder, weights, self.stage.callback)
        solved, steep = bounded(solution.field)
        said = [FLAT_STYLE] * look.flat + [f"{', '.join(steep)}: {HELD_GAIN}"] * bool(steep)
        with stage("render"):
            place = Place(self.device, options.hard_masks, in_place)
            made = self.content.pixels, Clipped()
            if not gives_nothing(options):
                made = rendered(self.content, self.small, self.ours, solved, options, place)
        return _Made(*made, solved, solution.history, tuple(said))

    def by_pixels(self) -> "_Made":
        """The paper's own solver, its result carried to the photo's own size."""
        from photostyle.solvers.pixel_solver import PixelWeights, enlarge, solve_pixels

        options, size = self.options, self.options.size or 700
        weights = PixelWeights() if options.steps is None else PixelWeights(steps=options.steps)
        content = working(self.small.photo, size, self.encoder.smallest, self.device)
        style = working(self.style.photo, size, self.encoder.smallest, self.device)
        ours = self.ours.resized(tuple(content.shape[1:])).masks.to(self.device)
        theirs = self.theirs.resized(tuple(style.shape[1:])).masks.to(self.device)
        none = lambda pair: torch.full_like(theirs[0], pair.kind == "whole")
        partners = [theirs[self.theirs.index(p.style)] if p.style else none(p) for p in self.pairs]
        with self.stage("solve"):
            solution = solve_pixels(
                content, ours, style, torch.stack(partners), self.encoder, weights, options.seed, self.stage.callback
            )
        with self.stage("render"):
            full = planes(self.content.pixels)
            made = enlarge(solution.picture.cpu(), content.cpu(), full)
            masks = mask_strips(self.ours, full, torch.device("cpu"))(0, full.shape[1])
            maps = mixing(*amounts(options, self.ours.names))
            pixels = rolled_off(full, full + torch.einsum("rhw,rij,jhw->ihw", masks.cpu(), maps, made - full))
            white, black = (count / full[0].numel() for count in newly_clipped(full, pixels))
        said = () if solution.converged else ("the pixel solver diverged; this is the best picture that it found",)
        pixels = np.ascontiguousarray(pixels.permute(1, 2, 0).numpy())
        return _Made(pixels, Clipped(white, black), None, solution.history, said)


@dataclass(frozen=True)
class _Made:
    """What a solver and a rendering gave: pixels (H, W, 3), and as in `Result`."""

    pixels: np.ndarray
    clipped: Clipped
    field: BilateralField | None
    history: list[dict[str, float]]
    notes: tuple[str, ...]


@dataclass
class _Stages:
    """Times each stage, tells the callback where it begins and ends, and gives back what memory it left free."""

    callback: Callback
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        self.callback(Progress(name, 0, 1))
        begin = time.perf_counter()
        yield
        give_back()
        self.seconds[name] = time.perf_counter() - begin
        self.callback(Progress(name, 1, 1))


def _photo_notes(content: tuple[str, ...], style: tuple[str, ...]) -> list[str]:
    """What was found on reading the photos, each line with whose it is; what is true of both is said once."""
    both = [note for note in content if note in style]
    own = [f"{role}: {n}" for role, notes in (("content", content), ("style", style)) for n in notes if n not in both]
    return [f"both photos: {note}" for note in both] + own


def _clipping_notes(clipped: Clipped) -> list[str]:
    return [str(clipped)] if max(clipped.highlights, clipped.shadows) >= CLIPPING_SAID else []


def _pair_notes(pairs: tuple[Pair, ...]) -> list[str]:
    return [f"{p.content}: {p.how}" for p in pairs if p.kind in ("whole", "global")]


def _idle_notes(options: Options, regions: tuple[str, ...], styles: tuple[str, ...]) -> list[str]:
    """Options for regions that photos of this kind may have and this one has not; in a set that is no error."""
    by_region = [(name, amount) for name in AMOUNTS if isinstance(amount := getattr(options, name), Mapping)]
    ignored = [name for name in options.ignore if name not in styles]
    asked = [("pair", options.pairs), ("ignore", ignored), ("protect", options.protect), *by_region]
    known = may_lack(regions) - set(regions)
    idle = [(option, name) for option, names in asked for name in names or () if name in known]
    return [f"there is no {name} here: --{option} {name} changes nothing" for option, name in idle]
