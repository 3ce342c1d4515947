"""The styles of a worker's photos: each is measured once, and its look shared with the other workers of the machine."""

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from photostyle.batch.fingerprint import RESULTS
from photostyle.batch.job import LOOK_SUFFIX, Job
from photostyle.errors import FileError, OptionError
from photostyle.look import Look, load_look, save_look
from photostyle.look.statistics import fingerprint
from photostyle.methods import find_method
from photostyle.options import EncoderOptions, Options
from photostyle.photo import Photo, read_photo
from photostyle.regions.segment import Segmenter
from photostyle.session import Session
from photostyle.story import measure
from photostyle.whole_file import exclusive_lock

KEPT = 4  # styles that a worker remembers


class Styles:
    """The styles of jobs: their looks, or the photos themselves where a look would not do.

    Args:
        identify: says of a file or URL what it is now; the last element is its hash.
        folder: where looks are shared; None for nowhere.
    """

    def __init__(self, identify: Callable[[str], list[Any]], folder: Path | None = None):
        self.identify = identify
        self.folder = folder
        self._known: dict[str, Photo | Look] = {}

    def style_of(self, job: Job, files: Mapping[str, str], session: Session) -> Photo | Look | None:
        """What `transfer` takes as the style of a job; None where the method works by a file in place of one.

        A look is measured by the first worker that needs it. The photo itself is taken by methods that use no looks, and
        where there are two masks by hand, whose colours are named together.

        Args:
            job: the photo to make.
            files: the local file of each input.
            session: with which the style is measured.
        """
        if job.options.settings.style_file() is not None:
            return None
        style = files[job.style]
        if job.style_is_look:
            return self._remembered(["given", self._hash(job.style)], lambda: load_look(style))
        two_masks = job.content_mask is not None and job.style_mask is not None
        if two_masks or not find_method(job.options.method).measures_looks():
            return self._remembered(["photo", self._hash(job.style)], lambda: read_photo(style))
        return self._measured(job, files, session)

    def _measured(self, job: Job, files: Mapping[str, str], session: Session) -> Photo | Look:
        mask = None
        key = ["look", self._hash(job.style), None, *_what_looks_depend_on(job.options, session)]
        if job.style_mask is not None:
            mask = files[job.style_mask]
            key[2] = self._hash(job.style_mask)

        def make() -> Look:
            return measure(files[job.style], style_mask=mask, options=job.options, session=session)

        if self.folder is None or not _is_known(session.segmenter(job.options.segmenter)):
            return self._remembered(key, make)
        path = self.folder / f"look-{_digest(key)}{LOOK_SUFFIX}"
        return self._remembered(key, lambda: _shared(path, make))

    def _hash(self, name: str) -> str:
        return str(self.identify(name)[-1])

    def _remembered(self, key: list[Any], make: Callable[[], Photo | Look]) -> Photo | Look:
        name = _digest(key)
        if name not in self._known:
            made = make()
            while len(self._known) >= KEPT:
                self._known.pop(next(iter(self._known)))
            self._known[name] = made
        return self._known[name]


def _shared(path: Path, make: Callable[[], Look]) -> Look:
    """The look in a file, or measured and put there, while other workers wait for it."""
    with exclusive_lock(path.with_suffix(".lock")):
        with suppress(FileError):
            return load_look(path)
        look = make()
        with suppress(FileError):  # where nothing can be kept each worker measures for itself
            save_look(look, path)
    return look


def _digest(key: list[Any]) -> str:
    return hashlib.sha256(json.dumps(key, default=str).encode()).hexdigest()[:16]


def _what_looks_depend_on(options: Options, session: Session) -> list[Any]:
    """All but the photo and its mask that a look depends on."""
    settings = options.settings
    if not isinstance(settings, EncoderOptions):
        raise OptionError(f"the method {options.method} measures no looks; use one with an encoder, such as field")
    encoder = session.encoder(settings.encoder, settings.weights)
    weights = next(encoder.parameters())
    segmenter = session.segmenter(options.segmenter)
    return [
        RESULTS,
        [encoder.name, fingerprint(encoder), weights.dtype, weights.device.type],
        settings.working_size(),
        [segmenter.name, segmenter.fingerprint, segmenter.options],
        options.feather,
        options.hard_masks,
    ]


def _is_known(segmenter: Segmenter) -> bool:
    """Whether the segmenter says of itself what it is, so that a look that is found in a folder can be told to be its."""
    return segmenter.name == "none" or segmenter.fingerprint is not None
