"""One photo or clip in a worker: read, relight, write. The models and the looks stay loaded from one photo to the next."""

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from photostyle.batch import remote
from photostyle.batch.clips import ClipDone, do_step, shared_clip_of
from photostyle.batch.messages import Outcome, Task
from photostyle.batch.sets.rendering import apply_to_member
from photostyle.batch.styles import Styles
from photostyle.batch.task_files import TaskFiles
from photostyle.errors import PhotostyleError
from photostyle.option_text import amount_text
from photostyle.options import Options
from photostyle.photo import Photo, read_photo, write_photo
from photostyle.photo.writing import check_writable
from photostyle.session import Session
from photostyle.story import transfer
from photostyle.transforms import Transform, load_transform

if TYPE_CHECKING:
    from photostyle.video.steps import SharedClip

LONGEST_REASON = 300  # characters of an error that is not photostyle's own


@dataclass
class TaskState:
    """A task on its way through a worker; an `error` stops it at whatever stage it has reached.

    Args:
        photo: the content, then the result; None before the reading and after an error, and of a clip.
        size: (width, height) of the result.
        inputs: name -> [bytes, version, hash] of each input.
        files: name -> local file of each input.
        stages: seconds of each stage.
        notes: for the user.
        clip: what was done of a clip.
        error: one line.
    """

    task: Task
    photo: Photo | None = None
    size: tuple[int, int] | None = None
    inputs: dict[str, list[Any]] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    stages: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    clip: ClipDone | None = None
    error: str | None = None

    def fail(self, error: Exception) -> None:
        """Stop here; the text of the error names inputs as the user does."""
        content = self.task.job.content
        text = _one_line(error, self.files.get(content, content))
        for name, file in {**self.files, self.task.job.output: self.task.part}.items():
            text = text.replace(file, name)
        self.error = text
        self.photo = None


def ignore(number: int, stage: str) -> None:
    """The callback that does nothing."""


class Worker:
    """What a worker has loaded, and its three stages. Each stage may run in a thread of its own.

    Args:
        device: that takes the place of "auto" in the options.
        on_stage: called with (task number, stage) as a stage begins.
        looks_folder: in which the workers of a machine share the looks that they have measured.
        fetch_folder: in which to keep what is fetched from URLs; None for the system's temporary folder.
    """

    def __init__(
        self,
        device: str | None = None,
        on_stage: Callable[[int, str], None] = ignore,
        looks_folder: Path | None = None,
        fetch_folder: Path | None = None,
    ):
        self.device = device
        self.on_stage = on_stage
        self.files = TaskFiles(fetch_folder)
        self._sessions: dict[tuple[str, str], Session] = {}
        self._transforms: dict[str, Transform] = {}
        self._clip: tuple[Path, SharedClip] | None = None  # that is in work, by its target
        self._styles = Styles(self.files.identity, looks_folder)

    def close(self) -> None:
        """Remove what was fetched."""
        self.files.close()

    def read(self, task: Task) -> TaskState:
        """Fetch and identify the inputs, and decode the content."""
        state = TaskState(task)
        with self._stage(state, "read"):
            if task.step != "render":  # its inputs are known by those of the other steps
                state.inputs = {name: self.files.identity(name) for name in task.job.inputs}
            state.files = self.files.local_inputs(task)
            target = self.files.target(task)
            target.parent.mkdir(parents=True, exist_ok=True)
            if task.job.is_clip:
                return state  # its frames are read as they are needed
            photo = read_photo(state.files[task.job.content])
            check_writable(target, photo, depth=task.job.writing.get("depth", "keep"))
            state.photo = photo
        return state

    def relight(self, state: TaskState) -> TaskState:
        """Find a transform and apply it, or apply one that was found already."""
        if state.error is not None:
            return state
        with self._stage(state, "solve"):
            if state.photo is None:
                self._relight_clip(state)
            else:
                relit, state.notes = self._relit(state, state.photo)
                state.photo = replace(relit, file=replace(relit.file, path=state.task.job.content))
                state.size = relit.size
        return state

    def write(self, state: TaskState) -> Outcome:
        """Write the result under its temporary name, or put it to its URL."""
        outcome = None
        if state.error is None:
            with self._stage(state, "write"):
                outcome = self._written(state)
        if outcome is None:
            outcome = Outcome(state.task.number, "failed", state.error)
        state.photo = None
        self.files.remove(state.task)
        return replace(
            outcome,
            inputs=state.inputs,
            seconds=sum(state.stages.values()),
            stages=state.stages,
            notes=tuple(dict.fromkeys(state.notes)),
        )

    def _written(self, state: TaskState) -> Outcome:
        job = state.task.job
        target = self.files.target(state.task)
        if state.clip is not None and state.clip.size is None:
            return Outcome(state.task.number, "made", segments=state.clip.segments)
        if state.photo is not None:  # a clip is written as it is made
            made_by = f"photostyle batch --style {Path(job.style).name} --strength {amount_text(job.options.strength)}"
            state.notes += write_photo(state.photo, target, history=made_by, **job.writing)
        size, digest = target.stat().st_size, _hash(target)
        if remote.is_url(job.output):
            remote.put(target, job.output)
        return Outcome(state.task.number, "made", output_bytes=size, output_hash=digest, size=state.size)

    @contextmanager
    def _stage(self, state: TaskState, name: str) -> Iterator[None]:
        """Tell that a stage of a task begins, time it, and make whatever goes wrong in it the task's error."""
        self.on_stage(state.task.number, name)
        begin = time.perf_counter()
        try:
            yield
        except Exception as error:
            state.fail(error)
        finally:
            state.stages[name] = round(time.perf_counter() - begin, 4)

    def _relit(self, state: TaskState, photo: Photo) -> tuple[Photo, tuple[str, ...]]:
        """The result and notes for the user."""
        job, files = state.task.job, state.files
        session = self._session(job.options)
        mask = files[job.content_mask] if job.content_mask else None
        if job.transform_file is not None:
            transform = self._transform(job.transform_file, files[job.transform_file])
            return apply_to_member(photo, mask, transform, job.options, session)
        style = self._styles.style_of(job, files, session)
        style_mask = None
        if job.style_mask and isinstance(style, Photo):
            style_mask = files[job.style_mask]
        options = job.options.changed(settings=job.options.settings.with_photos_at(files.__getitem__))
        result = transfer(photo, style, content_mask=mask, style_mask=style_mask, options=options, session=session)
        return result.photo, result.notes

    def _relight_clip(self, state: TaskState) -> None:
        """Make a clip, whole, under its temporary name, or do a step of it."""
        task, told = state.task, partial(self.on_stage, state.task.number)
        target = self.files.target(task)
        if self._clip is None or self._clip[0] != target:
            clip = shared_clip_of(task.job, state.files, target, self._session(task.job.options))
            self._clip = (target, clip)
        try:
            state.clip = do_step(self._clip[1], task.step, task.segments, told)
        except BaseException:
            self._clip = None
            raise
        if state.clip.size is not None:
            self._clip = None  # it is done
        state.notes, state.size = state.clip.notes, state.clip.size

    def _transform(self, name: str, file: str) -> Transform:
        """The transform of a set, loaded once for as long as its file does not change."""
        digest = str(self.files.identity(name)[-1])
        if digest not in self._transforms:
            self._transforms = {digest: load_transform(file)}  # the photos of a set mostly follow one another
        return self._transforms[digest]

    def _session(self, options: Options) -> Session:
        """The session for the device and precision that options ask for; made once, with the networks that it loads."""
        device = options.device
        if self.device and device in ("auto", "cuda"):
            device = self.device
        key = (device, options.precision)
        if key not in self._sessions:
            self._sessions[key] = Session(device, precision=options.precision, cache=False)
        return self._sessions[key]


def _one_line(error: Exception, content: str) -> str:
    text = " ".join(str(error).split())
    if isinstance(error, PhotostyleError):
        text = str(error)
        return text if content in text else f"{content}: {text}"
    if isinstance(error, MemoryError) or "out of memory" in text.lower():
        return f"{content}: not enough memory; give fewer jobs, or a smaller photo"
    return f"{content}: {type(error).__name__}: {text[:LONGEST_REASON]}"


def _hash(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
