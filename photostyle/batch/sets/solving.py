"""The transform of a set, fitted to the photos of a sample in a process of its own."""

import multiprocessing
import queue
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import replace
from multiprocessing.queues import Queue
from pathlib import Path
from typing import TYPE_CHECKING

from photostyle.batch import remote
from photostyle.batch.job import Job
from photostyle.batch.process_life import end_with_parent
from photostyle.errors import OptionError
from photostyle.events import Progress, ProgressCallback, ignore
from photostyle.methods.field import FieldOptions

if TYPE_CHECKING:
    from photostyle.look import Look
    from photostyle.options import Options
    from photostyle.session import Session

PATIENCE = 0.2  # seconds between looks at whether the set is solved
SMALLEST_TILE = 64  # pixels of the long side of a tile of the mosaic


def solve_in_process(sample: Sequence[Job], path: Path, callback: ProgressCallback = ignore) -> None:
    """`solve_set` in a process of its own, which gives its memory back when it ends.

    Raises:
        PhotostyleError: as `solve_set`; or the process was ended.
    """
    context = multiprocessing.get_context("spawn")
    steps: Queue[Progress] = context.Queue()
    with ProcessPoolExecutor(1, context, _begin, (steps,)) as pool:
        solved = pool.submit(_solve_and_tell, sample, path)
        while not solved.done():
            _pass_on(steps, callback)
        try:
            solved.result()
        except BrokenProcessPool:
            raise OptionError("the set could not be solved: its process was ended, perhaps for lack of memory") from None


_steps: "list[Queue[Progress]]" = []  # of the process that solves, to the one that waits


def _begin(steps: "Queue[Progress]") -> None:
    """Begin the process that solves."""
    end_with_parent()
    _steps.append(steps)


def _solve_and_tell(sample: Sequence[Job], path: Path) -> None:
    solve_set(sample, path, _steps[0].put)


def _pass_on(steps: "Queue[Progress]", callback: ProgressCallback) -> None:
    """Pass the next step on, if one comes within a moment."""
    with suppress(queue.Empty):
        callback(steps.get(timeout=PATIENCE))


def solve_set(sample: Sequence[Job], path: Path, callback: ProgressCallback = ignore) -> None:
    """Fit one transform a region to the photos of a sample and write it; the last is the whole set's, for regions that
    the sample does not show.

    Args:
        sample: jobs of one style and the same options.
        path: of the file.
        callback: told of each photo that is read, and of each step of the solver.

    Raises:
        PhotostyleError: none of the photos can be read, or the style cannot.
    """
    import torch

    from photostyle.batch.sets.mosaic import mosaic
    from photostyle.methods.field.objective import FieldWeights
    from photostyle.methods.field.solver import solve_field
    from photostyle.prepared import planes
    from photostyle.regions import pair_regions
    from photostyle.regions.labels import optional_names
    from photostyle.session import Session
    from photostyle.transforms import Provenance, SharedTransform
    from photostyle.transforms.field.bilateral import BilateralField, GridSize
    from photostyle.transforms.field.gain import bounded
    from photostyle.transforms.field.sample import ColourSample

    session = Session.of(sample[0].options)
    callback(Progress("style", 0, 1))
    with tempfile.TemporaryDirectory() as folder:
        look, options = _look_of(sample[0], Path(folder), session)
        settings = options.settings
        if not isinstance(settings, FieldOptions):
            raise OptionError(f"a set needs the method field, got {options.method}")
        encoder = session.encoder(settings.encoder, settings.weights)
        look.check_encoder(encoder)
        weights = replace(FieldWeights.of(settings), grids=(GridSize(2, 2, 6), GridSize(2, 2, 8)))
        side = weights.size
        if len(sample) > 1:
            side = max(SMALLEST_TILE, weights.size // 2)
        content, regions, members = mosaic(sample, side, Path(folder), session, callback)
    options.amounts.by_region(regions.names, optional_names(regions.names))  # a misspelt name is said here
    pairs = pair_regions(regions, look.regions, pairs=options.pairs, ignore=options.ignore, protect=options.protect)
    pixels = planes(content).contiguous().to(session.device)
    regions = regions.to(session.device)
    solved = solve_field(pixels, regions.masks, pairs, look, encoder, weights, callback, visible=regions.visible).field
    mean = solved.table.mean((2, 3), keepdim=True).cpu()  # over the mosaic, which has no place in a photo
    table = bounded(BilateralField(mean, solved.names))[0].table
    shares = torch.tensor(regions.shares()).reshape(-1, 1, 1, 1, 1, 1)
    whole_set = (table * shares).sum(0, keepdim=True)
    provenance = Provenance(
        method=options.method,
        pairs=pairs,
        style=Path(sample[0].style).name,
        encoder=encoder.name,
        hard_masks=options.hard_masks,
    )
    colours = ColourSample.of(planes(content), regions.masks, regions.visible)
    SharedTransform(torch.cat([table, whole_set]), solved.names, provenance, colours, members).save(path)


def _look_of(job: Job, folder: Path, session: "Session") -> "tuple[Look, Options]":
    """The look of a job's style, which may be one already, and the options that fit it."""
    from photostyle.look import load_look
    from photostyle.methods import find_method
    from photostyle.story import measure

    style = remote.local_copy(job.style, folder)
    if job.style_is_look:
        look = load_look(style)
        return look, find_method(job.options.method)().options_for_look(look, job.options)
    mask = None
    if job.style_mask:
        mask = remote.local_copy(job.style_mask, folder)
    return measure(style, style_mask=mask, options=job.options, session=session), job.options
