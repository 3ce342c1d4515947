"""One photo in a worker: read, relight, write. The models and the looks stay loaded from one photo to the next."""

import hashlib
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from photostyle.batch import remote
from photostyle.batch.fingerprint import identify, stamp
from photostyle.batch.orders import Order, Outcome
from photostyle.config import Options
from photostyle.errors import PhotostyleError
from photostyle.photo import Photo, read_photo, write_photo
from photostyle.photo.writing import check_writable


@dataclass
class Work:
    """An order on its way through a worker; `failure` stops it at whatever stage it has reached."""

    order: Order
    photo: Photo | None = None
    inputs: dict[str, list] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    stages: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    failure: str | None = None


class Bench:
    """Where a worker works: what it has loaded, and the three stages. Each stage may run in a thread of its own.

    Args:
        device: that takes the place of "auto" in the options.
        told: called with (order number, stage) as a stage begins.
        looks: a folder in which the workers of a machine share the looks that they have measured.
        folder: in which to keep what is fetched from URLs; None for one of the system's temporary files.
    """

    def __init__(
        self,
        device: str | None = None,
        told: Callable[[int, str], None] = lambda number, stage: None,
        looks: Path | None = None,
        folder: Path | None = None,
    ):
        self.device, self.told = device, told
        self._encoders: dict[tuple, object] = {}
        self._segmenters: dict[tuple, object] = {}
        self._looks, self._styles = looks, None
        self._identified: dict[tuple, list] = {}
        self._folder = Path(tempfile.mkdtemp(prefix="photostyle-", dir=folder))

    def close(self) -> None:
        """Remove what was fetched."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def read(self, order: Order) -> Work:
        """Fetch and identify the inputs, and decode the content."""
        work = Work(order)
        with _stage(work, "read", self.told):
            job = order.job
            work.inputs = {name: self._identity(name) for name in job.inputs}
            own = (job.content, job.content_mask)
            work.files = {name: self._fetched(name, order if name in own else None) for name in job.inputs}
            work.photo = read_photo(work.files[job.content])
            target = self._target(order)
            target.parent.mkdir(parents=True, exist_ok=True)
            check_writable(target, work.photo)
        return work

    def relight(self, work: Work) -> Work:
        """Solve and render, or render a field that is solved already."""
        if work.failure is None:
            with _stage(work, "solve", self.told):
                relit, work.notes = self._relit(work)
                work.photo = replace(relit, file=replace(relit.file, path=work.order.job.content))
        return work

    def write(self, work: Work) -> Outcome:
        """Write the result under its temporary name, or put it to its URL."""
        job, facts = work.order.job, {}
        if work.failure is None:
            with _stage(work, "write", self.told):
                target = self._target(work.order)
                made_by = f"photostyle batch --style {Path(job.style).name} --strength {job.options.strength}"
                work.notes += write_photo(work.photo, target, history=made_by, **job.manner)
                facts = {"output_bytes": target.stat().st_size, "output_hash": _hash(target), "size": work.photo.size}
                if remote.is_url(job.output):
                    remote.put(target, job.output)
        work.photo = None
        shutil.rmtree(self._place(work.order), ignore_errors=True)
        failed = work.failure is not None
        return Outcome(
            work.order.number, "failed" if failed else "made", work.failure, work.inputs, sum(work.stages.values()),
            work.stages, tuple(dict.fromkeys(work.notes)), **({} if failed else facts),
        )  # fmt: skip

    def _relit(self, work: Work) -> tuple[Photo, tuple[str, ...]]:
        from photostyle.batch.styles import Styles
        from photostyle.pipeline import transfer

        job, files = work.order.job, work.files
        options = self._ready(job.options)
        mask = job.content_mask and files[job.content_mask]
        if job.field is not None:
            from photostyle.batch.sets import render_shared

            return render_shared(work.photo, mask, files[job.field], options)
        self._styles = self._styles or Styles(self._identity, self._looks)
        given = self._styles.given(job, files)
        options = given.fitted(options) if given else options
        encoder = self._encoder(options)
        style = given or self._styles.of(job, files, options, encoder)
        theirs = job.style_mask and files[job.style_mask] if isinstance(style, Photo) else None
        result = transfer(work.photo, style, content_mask=mask, style_mask=theirs, options=options, encoder=encoder)
        return result.photo, result.notes

    def _ready(self, options: Options) -> Options:
        """The options with this worker's device, and with the segmenter that it has loaded in place of its name."""
        from photostyle.devices import choose_device
        from photostyle.regions import load_segmenter

        device = self.device if self.device and options.device in ("auto", "cuda") else options.device
        key = (options.segmenter, device)
        if key not in self._segmenters:
            self._segmenters[key] = load_segmenter(options.segmenter, str(choose_device(device)), cache=False)
        loaded = self._segmenters[key]
        return replace(options, device=device, segmenter=options.segmenter if loaded.name == "none" else loaded)

    def _encoder(self, options):
        """The encoder of some options, loaded once."""
        from photostyle.devices import choose_device
        from photostyle.sources import encoder_of, precision_of

        device = choose_device(options.device)
        key = (options.encoder, options.weights, str(device), precision_of(options, device))
        if key not in self._encoders:
            self._encoders[key] = encoder_of(options, device)
        return self._encoders[key]

    def _identity(self, name: str) -> list:
        """`identify`, done once for as long as the file does not change."""
        key = (name, *stamp(name))
        if key not in self._identified:
            if len(self._identified) > 1000:
                self._identified.clear()
            self._identified[key] = identify(name)
        return self._identified[key]

    def _fetched(self, name: str, order: Order | None) -> str:
        """The local file of an input: of an order's own, or fetched once for all orders, such as a style."""
        if not remote.is_url(name):
            return name
        key = hashlib.sha256(repr((name, self._identity(name))).encode()).hexdigest()[:16]
        if order is not None:
            return str(remote.fetch(name, self._place(order) / key))
        kept = self._folder / key
        if not kept.exists():
            with tempfile.TemporaryDirectory(dir=self._folder) as incoming:
                remote.fetch(name, Path(incoming) / key).parent.replace(kept)  # whole, or not there
        return str(next(kept.iterdir()))

    def _place(self, order: Order) -> Path:
        """The folder of what is an order's alone; it goes with the order."""
        return self._folder / f"order-{order.number}"

    def _target(self, order: Order) -> Path:
        """The local file that the result is written to, before it gets its name or goes to its URL."""
        away = remote.is_url(order.job.output)
        return self._place(order) / f"out{Path(order.job.output).suffix}" if away else Path(order.part)


class _stage:
    """Times a stage of a piece of work, and turns whatever goes wrong in it into the work's failure."""

    def __init__(self, work: Work, name: str, told: Callable[[int, str], None]):
        self.work, self.name = work, name
        told(work.order.number, name)

    def __enter__(self) -> None:
        self.begin = time.perf_counter()

    def __exit__(self, kind, error, trace) -> bool:
        self.work.stages[self.name] = round(time.perf_counter() - self.begin, 4)
        if isinstance(error, Exception):
            content = self.work.order.job.content
            text = _one_line(error, self.work.files.get(content, content))
            for name, file in self.work.files.items():  # what was fetched is known by its URL
                text = text.replace(file, name)
            self.work.failure = text
            self.work.photo = None
        return isinstance(error, Exception)


def _one_line(error: Exception, content: str) -> str:
    if isinstance(error, PhotostyleError):
        return str(error) if content in str(error) else f"{content}: {error}"
    if isinstance(error, MemoryError) or "out of memory" in str(error).lower():
        return f"{content}: not enough memory; give fewer --jobs, or a smaller photo"
    return f"{content}: {type(error).__name__}: {' '.join(str(error).split())[:300]}"


def _hash(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
