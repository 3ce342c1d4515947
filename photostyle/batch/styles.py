"""The styles of a worker's photos: each is measured once, and its look shared with the other workers of the machine."""

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from photostyle.batch.fingerprint import RESULTS
from photostyle.batch.job import LOOK_SUFFIX, Job
from photostyle.errors import OptionError
from photostyle.look import Look, load_look, save_look
from photostyle.look.statistics import fingerprint
from photostyle.options import Options
from photostyle.photo import Photo, read_photo
from photostyle.regions import load_segmenter
from photostyle.story import measure
from photostyle.whole_file import exclusive_lock

KEPT = 4  # styles that a worker remembers


class Styles:
    """What stands for the style of each job: its look, or the photo itself where a look would not do.

    Args:
        identify: says of a file or URL what it is now; the last element is its hash.
        folder: where looks are shared; None for nowhere.
    """

    def __init__(self, identify: Callable[[str], list], folder: Path | None = None):
        self.identify, self.folder = identify, folder
        self._known: dict[str, Photo | Look] = {}

    def given(self, job: Job, files: Mapping[str, str]) -> Look | None:
        """The look of a job whose style is a .look file; None where it is a photo."""
        if not job.style.lower().endswith(LOOK_SUFFIX):
            return None
        return self._remembered(["given", self._hash(job.style)], lambda: load_look(files[job.style]))

    def of(self, job: Job, files: Mapping[str, str], options: Options, encoder) -> Photo | Look:
        """The look of a job's style photo, measured by the first who needs it; or the photo.

        The pixel solver needs the photo, and so do two masks by hand, whose colours are named together.
        """
        if options.solver == "pixel" or (job.content_mask and job.style_mask):
            return self._remembered(["photo", self._hash(job.style)], lambda: read_photo(files[job.style]))
        mask = job.style_mask and files[job.style_mask]
        key = ["look", self._hash(job.style), job.style_mask and self._hash(job.style_mask), *_measured_with(options, encoder)]
        make = lambda: measure(files[job.style], style_mask=mask, options=options, encoder=encoder)
        return self._remembered(key, lambda: self._shared(key, make) if self.folder and _may_be_kept(options) else make())

    def _hash(self, name: str) -> str:
        return self.identify(name)[-1]

    def _remembered(self, key: list, make: Callable[[], Photo | Look]) -> Photo | Look:
        name = _digest(key)
        if name not in self._known:
            made = make()
            while len(self._known) >= KEPT:
                self._known.pop(next(iter(self._known)))
            self._known[name] = made
        return self._known[name]

    def _shared(self, key: list, make: Callable[[], Look]) -> Look:
        """The look from the folder, or measured and put there, while other workers wait for it."""
        path = self.folder / f"look-{_digest(key)}{LOOK_SUFFIX}"
        with exclusive_lock(path.with_suffix(".lock")):
            with suppress(OptionError):
                return load_look(path)
            look = make()
            with suppress(OptionError):  # where nothing can be kept each worker measures for itself
                save_look(look, path)
        return look


def _digest(key: list) -> str:
    return hashlib.sha256(json.dumps(key, default=str).encode()).hexdigest()[:16]


def _measured_with(options: Options, encoder) -> list:
    """All but the photo and its mask that a look depends on."""
    weights = next(encoder.parameters())
    segmenter = options.segmenter if isinstance(options.segmenter, str) else _facts(options.segmenter)
    kinds = [encoder.name, fingerprint(encoder), weights.dtype, weights.device.type]
    return [RESULTS, kinds, options.size, options.fast, segmenter, options.feather, options.hard_masks]


def _facts(segmenter) -> list:
    return [segmenter.name, segmenter.fingerprint, segmenter.options]


def _may_be_kept(options: Options) -> bool:
    """Whether the segmenter says of itself what it is, so that a look that is found can be told to be its."""
    segmenter = load_segmenter(options.segmenter, cache=False)  # loaded already, or "none"
    return segmenter.name == "none" or segmenter.fingerprint is not None
