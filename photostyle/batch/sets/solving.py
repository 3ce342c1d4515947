"""The transform of a set, fitted to the photos of a sample in a process of its own."""

import multiprocessing
import queue
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing.queues import Queue
from pathlib import Path
from typing import TYPE_CHECKING

from photostyle.batch import remote
from photostyle.batch.job import Job
from photostyle.batch.process_life import end_with_parent
from photostyle.errors import OptionError, PhotostyleError
from photostyle.events import Progress, ProgressCallback, ignore

if TYPE_CHECKING:
    from photostyle.look import Look
    from photostyle.options import Options
    from photostyle.prepared import Prepared
    from photostyle.session import Session

PATIENCE = 0.2  # seconds between looks at whether the set is solved


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
    from photostyle.methods.field.shared import fit_shared
    from photostyle.session import Session

    session = Session.of(sample[0].options)
    callback(Progress("style", 0, 1))
    with tempfile.TemporaryDirectory() as folder:
        look, options = _look_of(sample[0], Path(folder), session)
        photos = _readable(sample, Path(folder), session, callback)
        style = Path(sample[0].style).name
        fit_shared(photos, len(sample), look, options, session, style=style, callback=callback).save(path)


def _readable(sample: Sequence[Job], folder: Path, session: "Session", callback: ProgressCallback) -> "Iterator[Prepared]":
    """The photos of a sample that can be read; the first error where none can."""
    from photostyle.prepared import prepare

    first_error: PhotostyleError | None = None
    found = False
    for number, job in enumerate(sample):
        callback(Progress("sample", number, len(sample)))
        try:
            content = remote.local_copy(job.content, folder)
            mask = remote.local_copy(job.content_mask, folder) if job.content_mask else None
            prepared = prepare(content, mask, session=session, options=job.options)
        except PhotostyleError as error:
            first_error = first_error or error
            continue
        found = True
        yield prepared
    if not found:
        raise first_error or PhotostyleError("a set has no photos")


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
