"""The story of a transfer: read, find regions, pair them, measure the look, solve, render."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from photostyle.config import AMOUNTS, Options, amounts_of
from photostyle.devices import choose_device
from photostyle.encoders import Encoder, computes_bfloat16, load_encoder
from photostyle.errors import OptionError, PhotoError
from photostyle.events import Callback, Progress, ignore
from photostyle.field import BilateralField, Facts, StoredField, controlled, render
from photostyle.field.control import mixing
from photostyle.look import measure_look
from photostyle.photo import Photo, read_photo, resample
from photostyle.regions import Pair, Regions, pair_regions
from photostyle.regions.finding import find_regions, mask_strips
from photostyle.solvers.field_objective import FieldWeights
from photostyle.solvers.field_solver import solve_field

SMALLEST = 16  # pixels a side; below this there is no light to speak of
MASK_SIZE = 1024  # long side at which soft masks are kept; a guided filter carries them to the photo's own size


@dataclass(frozen=True)
class Result:
    """What a transfer made.

    Args:
        photo: the content in its new light; size, depth, profile and metadata are the content's.
        field: the solved transforms (None from the pixel solver).
        content_regions, style_regions, pairs: which part took from which.
        history: the terms of the objective at each step.
        seconds: wall time of each stage.
        notes: what the user should be told, one line each.
        device, encoder: what was used.
        style: the name of the style's file, if it has one.
        hard: whether the masks were used exactly as they are.
    """

    photo: Photo
    field: BilateralField | None
    content_regions: Regions
    style_regions: Regions
    pairs: tuple[Pair, ...]
    history: list[dict[str, float]]
    seconds: dict[str, float]
    notes: tuple[str, ...]
    device: str
    encoder: str
    style: str = ""
    hard: bool = False

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


Source = Photo | np.ndarray | str | Path


def transfer(
    content: Source,
    style: Source,
    *,
    content_mask: Path | str | None = None,
    style_mask: Path | str | None = None,
    options: Options | None = None,
    callback: Callback = ignore,
    encoder: Encoder | str | None = None,
    **changes: Any,
) -> Result:
    """Make the content photo look as if taken in the light of the style photo.

    Args:
        content, style: photos, as files, `Photo`s or arrays (H, W, 3) of uint8, uint16 or float in [0, 1].
        content_mask, style_mask: masks by hand: a picture whose colours name regions, or a folder of grey pictures.
        options: see `Options`; `changes` are options given by name, such as `strength=0.5`.
        callback: told of each step.
        encoder: the name of one, or one already loaded, in place of `options.encoder`.

    Raises:
        PhotostyleError: for a photo, mask, option, model or device that cannot be used; one line that says what to do.

    Example:
        >>> import numpy as np
        >>> day, dusk = np.full((48, 64, 3), 0.8), np.full((48, 64, 3), (0.5, 0.3, 0.2))
        >>> transfer(day, dusk, segmenter="none", steps=2).photo.size
        (64, 48)
    """
    if isinstance(encoder, str):
        changes["encoder"], encoder = encoder, None
    options = replace(options or Options(), **changes)
    stage = _Stages(callback)
    device = choose_device(options.device)
    with stage("read"):
        content, style = _opened(content, "content"), _opened(style, "style")
    with stage("load"):
        encoder = encoder or load_encoder(
            options.encoder, weights=options.weights, device=device, precision=_precision(options, device)
        )
    with stage("regions"):
        ours, theirs = find_regions(content, style, content_mask, style_mask, options, MASK_SIZE, device)
        pairs = pair_regions(ours, theirs, pairs=options.pairs, ignore=options.ignore, protect=options.protect)
        _amounts(options, ours.names)  # an unknown region is said before the work
    job = _Job(content, style, ours, theirs, pairs, encoder, options, device, stage)
    pixels, solved, history, said = job.by_pixels() if options.solver == "pixel" else job.by_field()
    notes = (*said, *content.notes, *style.notes, *ours.notes, *theirs.notes, *_pair_notes(pairs))
    notes = tuple(dict.fromkeys(notes))  # what is true of both photos is said once
    photo = content if _gives_nothing(options) else content.with_pixels(pixels)
    return Result(
        photo,
        solved,
        ours,
        theirs,
        pairs,
        history,
        stage.seconds,
        notes,
        str(device),
        encoder.name,
        _name(style),
        options.hard_masks,
    )


def relight(
    content: Source, stored: StoredField, *, options: Options | None = None, **changes: Any
) -> tuple[Photo, tuple[str, ...]]:
    """Render a field that is solved already; the photo may have another size than the one that it was solved for.

    Args:
        content: the photo, as for `transfer`.
        stored: from `Result.stored` or `load_field`.
        options: of which strength, luma, chroma and device are used; `changes` are options given by name.

    Returns:
        The photo, and notes for the user.

    Raises:
        PhotostyleError: for a photo, region name or device that cannot be used.
    """
    options = replace(options or Options(), **changes)
    content, device = _opened(content, "content"), choose_device(options.device)
    regions = Regions(stored.field.names, stored.masks, stored.facts.colours)
    pixels = _rendered(content, regions, stored.field, options, device)
    notes, (width, height), solved = content.notes, content.size, stored.facts.size
    if abs(width * solved[1] - height * solved[0]) > max(width, height, *solved):
        notes += (f"the field was solved for a photo of {solved[0]} x {solved[1]}; this one has another shape",)
    return (content if _gives_nothing(options) else content.with_pixels(pixels)), notes


def _rendered(content: Photo, regions: Regions, solved: BilateralField, options: Options, device: torch.device) -> np.ndarray:
    """(H, W, 3): the one place where a field meets a photo at its own size."""
    strips = mask_strips(regions, content.pixels.shape[:2], device)
    asked = controlled(solved, *_amounts(options, regions.names))
    pixels = render(_planes(content.pixels), strips, asked, device)
    return np.ascontiguousarray(pixels.permute(1, 2, 0).numpy())


def _amounts(options: Options, regions: tuple[str, ...]) -> list[list[float]]:
    """Strength, luma and chroma, each as one number a region."""
    return [amounts_of(name, getattr(options, name), regions) for name in AMOUNTS]


def _gives_nothing(options: Options) -> bool:
    return options.strength == 0 or options.luma == options.chroma == 0


def _name(photo: Photo) -> str:
    return Path(photo.source.path).name if photo.source.path else ""


@dataclass(frozen=True)
class _Job:
    """Two photos with their regions, ready to be solved."""

    content: Photo
    style: Photo
    ours: Regions
    theirs: Regions
    pairs: tuple[Pair, ...]
    encoder: Encoder
    options: Options
    device: torch.device
    stage: "_Stages"

    def by_field(self):
        """-> (pixels, field, history, notes): the field solver, rendered at the photo's own size."""
        options, stage, size = self.options, self.stage, self.options.size or FieldWeights.size
        weights = FieldWeights() if options.steps is None else FieldWeights(steps=options.steps)
        with stage("look"):
            small = _working(self.style, size, self.encoder.smallest, self.device)
            look = measure_look(small, self.theirs.to(self.device), self.encoder)
        with stage("solve"):
            small = _working(self.content, size, self.encoder.smallest, self.device)
            masks = self.ours.resized(tuple(small.shape[1:])).masks.to(self.device)
            solution = solve_field(small, masks, self.pairs, look, self.encoder, weights, options.seed, self.stage.callback)
        with stage("render"):
            pixels = _rendered(self.content, self.ours, solution.field, options, self.device)
        return pixels, solution.field, solution.history, ()

    def by_pixels(self):
        """-> (pixels, None, history, notes): the paper's own solver, its result carried to the photo's own size."""
        from photostyle.solvers.pixel_solver import PixelWeights, enlarge, solve_pixels

        options, size = self.options, self.options.size or 700
        weights = PixelWeights() if options.steps is None else PixelWeights(steps=options.steps)
        content = _working(self.content, size, self.encoder.smallest, self.device)
        style = _working(self.style, size, self.encoder.smallest, self.device)
        ours = self.ours.resized(tuple(content.shape[1:])).masks.to(self.device)
        theirs = self.theirs.resized(tuple(style.shape[1:])).masks.to(self.device)
        partners = [theirs[self.theirs.index(p.style)] if p.style else torch.zeros_like(theirs[0]) for p in self.pairs]
        with self.stage("solve"):
            solution = solve_pixels(
                content, ours, style, torch.stack(partners), self.encoder, weights, options.seed, self.stage.callback
            )
        with self.stage("render"):
            full = _planes(self.content.pixels)
            made = enlarge(solution.picture.cpu(), content.cpu(), full)
            masks = mask_strips(self.ours, self.content.pixels.shape[:2], torch.device("cpu"))(0, full.shape[1])
            maps = mixing(*_amounts(options, self.ours.names))
            pixels = full + torch.einsum("rhw,rij,jhw->ihw", masks.cpu(), maps, made - full)
        said = () if solution.converged else ("the pixel solver diverged; this is the best picture that it found",)
        return np.ascontiguousarray(pixels.permute(1, 2, 0).numpy()), None, solution.history, said


@dataclass
class _Stages:
    """Times each stage and tells the callback where it begins and ends."""

    callback: Callback
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        self.callback(Progress(name, 0, 1))
        begin = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - begin
        self.callback(Progress(name, 1, 1))


def _opened(source: Source, role: str) -> Photo:
    if isinstance(source, np.ndarray):
        photo = Photo.from_array(source)
    else:
        photo = source if isinstance(source, Photo) else read_photo(source)
    if min(photo.size) < SMALLEST:
        name = photo.source.path or f"the {role} array"
        width, height = photo.size
        raise PhotoError(
            f"{name}: the {role} must be at least {SMALLEST} pixels a side, got {width} x {height}; give a larger photo"
        )
    return photo


def _working(photo: Photo, long_side: int, smallest: int, device: torch.device) -> Tensor:
    """(3, h, w) at working size: the long side as asked, never enlarged but for what the encoder needs."""
    scale = min(1.0, long_side / max(photo.size))
    width, height = (max(round(side * scale), smallest) for side in photo.size)
    pixels = photo.pixels if (width, height) == photo.size else resample(photo.pixels, (width, height))
    return _planes(pixels).clamp(0, 1).contiguous().to(device)


def _planes(pixels: np.ndarray) -> Tensor:
    return torch.from_numpy(pixels).permute(2, 0, 1)


def _precision(options: Options, device: torch.device) -> str:
    if options.precision != "auto":
        return options.precision
    fast = device.type == "cuda" and computes_bfloat16(device) and options.solver == "field"
    return "bfloat16" if fast else "float32"


def _pair_notes(pairs: tuple[Pair, ...]) -> list[str]:
    return [f"{p.content}: {p.how}" for p in pairs if p.kind == "global"]
