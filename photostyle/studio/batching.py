"""A whole folder relit in the light of one style, by `photostyle.batch`, with a ledger beside the results."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from photostyle.amounts import AMOUNTS
from photostyle.batch import Job, Ledger, PhotoBegun, PhotoDone, Summary, outputs, run_batch
from photostyle.batch.budget import WORKER_BYTES, parse_memory
from photostyle.batch.inputs import FoundPhoto
from photostyle.batch.ledger_files import default_ledger
from photostyle.batch.local_engine import LocalEngine
from photostyle.batch.messages import Outcome, StageBegun
from photostyle.batch.notes import counted
from photostyle.batch.output_checks import check_outputs
from photostyle.batch.output_names import output_name, template_values
from photostyle.events import Progress, Tell
from photostyle.look import look_of, save_look
from photostyle.machine import available_cores
from photostyle.option_text import Writing
from photostyle.options import EncoderOptions, Options
from photostyle.photo.formats import WRITABLE
from photostyle.regions import write_masks
from photostyle.regions.labels import optional_names
from photostyle.registry import find_method
from photostyle.studio.desk import Desk
from photostyle.studio.masks import PaintedMask
from photostyle.studio.problems import Refused
from photostyle.studio.shelf import Item, file_name

_NAMED = ("pairs", "ignore", "protect", *AMOUNTS)  # options that name regions
_EVERY = 0.2  # seconds, at most, until a run that is cancelled stops


@dataclass(frozen=True)
class BatchOrder:
    """What a page asks for.

    Args:
        contents: the photos, of the folder.
        style: whose look they get.
        options: of all of them, amounts included.
        folder: where results go: a new or old folder in that of the photos.
        format: of the results, a name in `WRITABLE`; None for each photo's own.
        writing: how they are written.
        overwrite: whether files that no run has made may be replaced.
    """

    contents: Sequence[Item]
    style: Item
    options: Options
    folder: Path
    format: str | None
    writing: Writing
    overwrite: bool


def folder_named(desk: Desk, name: str) -> Path:
    """The folder of results of a name that a page gives; it lies in the folder of the photos.

    Raises:
        Refused: there is none, or the name is that of no folder in it.
    """
    root = desk.shelf.folder
    if root is None:
        raise Refused("a batch takes the photos of a folder; start photostyle studio with one")
    if not name or file_name(name) != name or name.startswith(".") or "{" in name or "}" in name:
        raise Refused(f"the results' folder must be a plain name, such as relit, got {name!r}")
    folder = (root / name).resolve()
    if folder.parent != root.resolve() or (folder.exists() and not folder.is_dir()):
        raise Refused(f"{name} is no folder beside the photos; give another name")
    return folder


def batching(desk: Desk, order: BatchOrder) -> Callable[[Tell], dict[str, Any]]:
    """The work of relighting a folder, for a job.

    It ends with `folder`, the counts of a batch's summary, `failures` as [name, line] and `notes`.
    """

    def work(tell: Tell) -> dict[str, Any]:
        with tell.stage("look"):
            jobs, notes = _plan(desk, order)
        ledger = Ledger(default_ledger(str(order.folder)), "photostyle studio")
        summary = Summary(len(jobs))
        engine = _Engine(tell, len(jobs), desk.shelf.room.path("batch/looks"))
        try:
            memory = max(1, parse_memory("auto") - WORKER_BYTES)
            run_batch(jobs, ledger, engine, memory=memory, overwrite=order.overwrite, summary=summary, callback=engine.callback)
        finally:
            engine.close()
            outputs.finish_this_run(ledger)
            ledger.close()
        noted = [(Path(content).name, lines) for content, _, lines in summary.notes]
        record = summary.as_record()
        record["failures"] = [[Path(content).name, error] for content, _, error in summary.failures]
        return {**record, "folder": order.folder.name, "notes": [*notes, *map(str, counted(noted))]}

    return work


class _Engine(LocalEngine):
    """One worker process, which is looked after often enough to be cancelled soon."""

    def __init__(self, tell: Tell, total: int, looks_folder: Path):
        super().__init__(1, available_cores(), looks_folder=looks_folder)
        self._tell = tell
        self._progress = Progress("batch", 0, total)

    def wait(self, seconds: float) -> list[StageBegun | Outcome]:
        self._tell(self._progress)
        return super().wait(min(seconds, _EVERY))

    def callback(self, event: PhotoDone | PhotoBegun) -> None:
        """Tell of an event of the run; what is read ahead or written while another photo is solved is not shown."""
        name = Path(event.content).name
        if isinstance(event, PhotoBegun) and event.stage in ("read", "write") and self._progress.stage != "batch":
            return
        settled = self._progress.step
        stage = name
        if isinstance(event, PhotoDone):
            settled = event.settled
        else:
            stage = f"{name}: {event.stage}"
        self._progress = Progress(stage, settled, self._progress.total)
        self._tell(self._progress)


def _plan(desk: Desk, order: BatchOrder) -> tuple[list[Job], list[str]]:
    """One job for each photo, and notes on choices that hold for some photos alone."""
    style, style_mask = _style_files(desk, order)
    ext = f".{WRITABLE[order.format].suffixes[0].lstrip('.')}" if order.format else ".{ext}"
    template = f"{_escaped(order.folder)}/{{stem}}{ext}"
    jobs = []
    left_out: dict[str, list[str]] = {}
    for item in order.contents:
        mask = desk.painted(item)
        content_mask = _mask_file(desk, item) if mask is not None else None
        options, dropped = _with_known_names(order.options, _known_names(mask, str(order.options.segmenter)))
        if mask is not None:
            options = options.changed(hard_masks=mask.hard, feather=mask.feather or None)
        for name in dropped:
            left_out.setdefault(name, []).append(item.name)
        output = output_name(template, template_values(FoundPhoto(str(item.path)), style))
        jobs.append(Job(str(item.path), style, output, content_mask, style_mask, options, order.writing))
    check_outputs(jobs)
    notes = []
    for name, photos in left_out.items():
        notes.append(f"{name}: what is chosen for it holds where a mask by hand has it; left out in {len(photos)} photos")
    return jobs, notes


def _style_files(desk: Desk, order: BatchOrder) -> tuple[str, str | None]:
    """The file of the style, and that of its mask: of a network it is its own; where the method takes looks, the style's look."""
    settings = order.options.settings
    instead = settings.style_file()
    if instead is not None:
        return instead, None
    if find_method(order.options.method).measures_looks() and isinstance(settings, EncoderOptions):
        size = settings.working_size()
        assert size is not None  # a method that takes looks says how large it works
        session = desk.session.begin()
        prepared = desk.prepared(order.style, "style", order.options)
        path = desk.shelf.room.path(f"batch/{Path(order.style.name).stem}.look")
        save_look(look_of(prepared, session.encoder(settings.encoder, settings.weights), size), path)
        return str(path), None
    mask = _mask_file(desk, order.style) if desk.painted(order.style) is not None else None
    return str(order.style.path), mask


def _mask_file(desk: Desk, item: Item) -> str:
    """The file of the mask that was painted for a photo."""
    prepared = desk.prepared(item)
    folder = desk.shelf.room.path("batch/masks")
    files = write_masks(prepared.regions, prepared.copy.photo.pixels, folder, f"{item.id}", overwrite=True)
    return str(files.picture)


def _known_names(mask: PaintedMask | None, segmenter: str) -> frozenset[str]:
    """The regions that options may name for a photo: those of its mask by hand, else those that may be found in it."""
    if mask is not None:
        return frozenset(mask.names) | optional_names(mask.names)
    return frozenset() if segmenter == "none" else optional_names(())


def _with_known_names(options: Options, known: frozenset[str]) -> tuple[Options, set[str]]:
    """The options without regions that a photo cannot have, and the names of those."""
    changes: dict[str, Any] = {}
    dropped: set[str] = set()
    for option in _NAMED:
        value = getattr(options, option)
        if isinstance(value, Mapping):
            changes[option] = {name: each for name, each in value.items() if name in known or name == "*"}
        elif isinstance(value, tuple):
            changes[option] = tuple(name for name in value if name in known)
        else:
            continue
        dropped |= set(value) - set(changes[option])
    return options.changed(**changes), dropped


def _escaped(folder: Path) -> str:
    """A path in which braces stand for themselves."""
    return str(folder).replace("{", "{{").replace("}", "}}")
