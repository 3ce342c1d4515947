"""The story of a clip: read it, find its transform, give it to every frame, and join what was made."""

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from photostyle import __version__
from photostyle.clip_files import CONTAINERS
from photostyle.errors import PhotoError
from photostyle.events import CancelToken, Progress, ProgressCallback, Tell, ignore
from photostyle.look import Look
from photostyle.options import Amounts, Options
from photostyle.photo import PhotoLike
from photostyle.session import Session
from photostyle.video.clip import ClipTransform
from photostyle.video.clip_options import Wish
from photostyle.video.codecs import Encoding, choose_encoding
from photostyle.video.encoding import cannot_write
from photostyle.video.gif import join_as_gif
from photostyle.video.joining import Part, Timing, join
from photostyle.video.outcome import ClipPlan, ClipResult
from photostyle.video.pictures import PictureClip, PictureNames, is_pattern
from photostyle.video.pipeline import Pipeline
from photostyle.video.reading import DecodedFrame, VideoFile
from photostyle.video.segments import Segment, WorkFolder, identity_of, segments_of
from photostyle.video.selection import Selection
from photostyle.video.wanted import Wanted
from photostyle.video.writing import EncodedPart, PartWriter, PicturesPart, SegmentWriter

SECONDS = 5  # of a segment, which is what a run that is killed loses at most
_HELD = 96 << 20  # bytes of frames that may wait before and after the rendering


def relight_clip(
    content: VideoFile | PictureClip | Path | str,
    style: PhotoLike | Look | Wanted,
    output: Path | str,
    *,
    going_by: Path | None = None,
    selection: Selection = Selection(),  # noqa: B008 (frozen)
    wish: Wish = Wish(),  # noqa: B008 (frozen)
    options: Options | None = None,
    session: Session | None = None,
    callback: ProgressCallback = ignore,
    cancel: CancelToken | None = None,
    **changes: Any,
) -> ClipResult:
    """Give a clip the light of a photo; what is there at `output` is replaced once all is done.

    Args:
        content: the clip: a video's file, or a `VideoFile` or `PictureClip`.
        style: a photo, or a look; or what is wanted of other kinds: another clip, masks by hand, a network, a saved transform.
        output: a video's file, whose ending says which container; or a printf pattern, such as frames/%04d.png, for pictures; or
            a folder for a sequence of pictures.
        going_by: the file beside which what is done lies until all is done, where `output` is a name for a while only.
        selection: which frames are written, and at which size.
        wish: how they are encoded.
        options: as for a photo; `changes` are options by name.
        session: the device and the networks; None for those that the process shares.
        callback: told of each step.
        cancel: a token that stops the work from another thread. What is done stays beside the output, and the same call goes on
            there.

    Raises:
        PhotostyleError: the clip cannot be read, changed or written; one line that says what to do.
    """
    wanted = style if isinstance(style, Wanted) else Wanted(style)
    options = (options or Options()).changed(**changes)
    tell = Tell(callback, cancel)
    with tell.stage("read"):
        clip = VideoFile(Path(content)) if isinstance(content, str | Path) else content
        work = _Work.of(clip, Path(output), str(output), selection, wish, going_by)
    job = {**work.job(), "style": wanted.key(), "options": options.as_dict(), "version": __version__}
    try:
        with work.folder.opened(job):
            result = work.done(wanted, options, session, tell)
        work.folder.remove()
    except OSError as error:
        raise cannot_write(Path(output), error) from error
    return result


def plan_of(clip: VideoFile | PictureClip, output: str, selection: Selection, wish: Wish) -> ClipPlan:
    """What `relight_clip` would make; args and errors as there."""
    work = _Work.of(clip, Path(output), output, selection, wish)
    frames = len(range(work.start, work.stop, selection.every))
    if work.encoding is None:
        return ClipPlan(frames, work.size, "", "", ())
    return ClipPlan(frames, work.size, work.encoding.encoder, work.encoding.coding.name, work.encoding.notes)


@dataclass(frozen=True, eq=False)
class _Work:
    """One clip on its way to one output."""

    clip: VideoFile | PictureClip
    output: Path
    selection: Selection
    start: int
    stop: int
    size: tuple[int, int]
    segments: list[Segment]
    folder: WorkFolder
    encoding: Encoding | None
    names: PictureNames | None

    @classmethod
    def of(
        cls,
        clip: VideoFile | PictureClip,
        output: Path,
        given: str,
        selection: Selection,
        wish: Wish,
        going_by: Path | None = None,
    ) -> "_Work":
        """All that is decided before the work begins."""
        start, stop = selection.frames_of(clip.times, clip.end)
        size = selection.size_of(clip.size)
        encoding = None
        names = None
        paths = clip.paths if isinstance(clip, PictureClip) else []
        if is_pattern(given) or (paths and output.suffix.lower() not in CONTAINERS):
            names = PictureNames(given, paths)
            output = names.folder
        else:
            facts = replace(clip.facts, rate=clip.facts.rate / selection.every)
            encoding = choose_encoding(facts, size, output, wish)
        length = max(1, round(SECONDS * clip.facts.rate / selection.every))
        segments = segments_of(start, stop, selection.every, length)
        return cls(clip, output, selection, start, stop, size, segments, WorkFolder(going_by or output), encoding, names)

    def job(self) -> dict[str, Any]:
        """What decides what the segments are, but for the style and the options."""
        paths = [self.clip.path] if isinstance(self.clip, VideoFile) else self.clip.paths
        facts: dict[str, Any] = {"content": [identity_of(path) for path in paths], "size": self.size}
        facts |= {"start": self.start, "stop": self.stop, "every": self.selection.every, "segment": SECONDS}
        if self.encoding is not None:
            facts["encoding"] = [self.encoding.encoder, self.encoding.coding.name, sorted(self.encoding.options.items())]
        return facts

    def done(self, wanted: Wanted, options: Options, session: Session | None, tell: Tell) -> ClipResult:
        """Do what is left to do."""
        pending = [segment for segment in self.segments if self.folder.frames(segment) is None]
        kept = sum(len(self.folder.frames(segment) or ()) for segment in self.segments)
        notes = [*self.clip.notes, *(self.encoding.notes if self.encoding else ())]
        if kept:
            notes.append(f"went on after {kept} frames that an earlier run had made")
        seconds: dict[str, float] = {}
        if pending:
            transform = self._transform(wanted, options, session, tell)
            if transform is not None:
                notes += transform.notes
            seconds = self._render(pending, transform, options.amounts, kept, tell)
        frames = [number for segment in self.segments for number in self.folder.frames(segment) or ()]
        expected = len(range(self.start, self.stop, self.selection.every))
        if not frames:
            raise PhotoError(f"{self.clip.name}: no frame could be decoded; give another file, or convert it first")
        if len(frames) < expected:
            notes.append(
                f"{self.clip.name}: {expected - len(frames)} of {expected} frames could not be decoded; they are left out"
            )
        with tell.stage("join"):
            notes += self._join(frames)
        encoder = self.encoding.encoder if self.encoding else ""
        notes = list(dict.fromkeys(notes))
        return ClipResult(self.output, len(frames), self.size, kept, encoder, {**tell.seconds, **seconds}, tuple(notes))

    def _transform(self, wanted: Wanted, options: Options, session: Session | None, tell: Tell) -> ClipTransform | None:
        """What is given to the frames; None where they stay as they are."""
        if options.amounts.change_nothing:
            return None
        keep = self.folder.path / "transform"
        keep.mkdir(exist_ok=True)
        shared = session or Session.shared(options)
        return wanted.fit(self.clip, options, shared.begin(), tell, self.start, self.stop, keep)

    def _render(
        self, pending: Sequence[Segment], transform: ClipTransform | None, amounts: Amounts, kept: int, tell: Tell
    ) -> dict[str, float]:
        """Make the pending segments; returns the seconds that each stage was busy."""
        total = len(range(self.start, self.stop, self.selection.every))
        writer = SegmentWriter(self.folder, pending, self._part)
        begin = time.perf_counter()

        def work(decoded: DecodedFrame) -> tuple[DecodedFrame, np.ndarray]:
            if transform is None:
                return decoded, decoded.frame.pixels
            return decoded, transform.apply(decoded.frame, amounts)

        def told(done: int) -> None:
            spent = time.perf_counter() - begin
            left = spent / done * (total - kept - done)
            tell(Progress("render", min(kept + done, total), total, {"rate": done / spent, "left": left}))

        width, height = self.size
        held = max(1, min(8, _HELD // (width * height * 12)))
        pipeline = Pipeline(self._decoded(pending), work, writer.add, held)
        tell(Progress("render", kept, total))
        try:
            pipeline.run(told)
            writer.finish()
        finally:
            writer.abandon()
        return pipeline.seconds

    def _decoded(self, pending: Sequence[Segment]) -> Iterator[DecodedFrame]:
        """The frames of the pending segments; those that follow each other are decoded in one go."""
        every = self.selection.every
        begin = 0
        for place, segment in enumerate(pending):
            follows = place + 1 < len(pending) and pending[place + 1].number == segment.number + 1
            if follows:
                continue
            start, stop = pending[begin].start, segment.stop
            begin = place + 1
            if self.size == self.clip.size:
                yield from self.clip.decoded(start, stop, every)
            else:
                yield from self.clip.decoded_small(self.size, start, stop, every)

    def _part(self, segment: Segment) -> PartWriter:
        if self.encoding is not None:
            return EncodedPart(self.folder.file(segment), self.encoding)
        assert self.names is not None
        return PicturesPart(self.folder.path / "frames", self.names, self.clip.facts.coding.bits)

    def _join(self, frames: Sequence[int]) -> tuple[str, ...]:
        """Put what was made in its place; returns notes for the user."""
        if self.names is not None:
            _move_all(self.folder.path / "frames", self.output)
            return ()
        assert self.encoding is not None
        parts = []
        for segment in self.segments:
            held = self.folder.frames(segment)
            if held:
                parts.append(Part(self.folder.file(segment), len(held)))
        timing = self._timing(frames)
        joined = self.folder.path / f"joined{self.output.suffix.lower()}"
        source = self.clip.path if isinstance(self.clip, VideoFile) else None
        notes: tuple[str, ...] = ()
        if joined.suffix == ".gif":
            join_as_gif(parts, self.size, timing.times, timing.end, joined)
        else:
            notes = join(parts, self.encoding, timing, source, joined)
        with open(joined, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(joined, self.output)
        return notes

    def _timing(self, frames: Sequence[int]) -> Timing:
        """When the frames are shown: as in the clip, from 0 where it is not written from its beginning."""
        clip = self.clip
        cut = self.selection.begin is not None
        begin = clip.times[self.start] if cut else Fraction(0)
        end = clip.times[self.stop] if self.stop < len(clip.times) else clip.end
        times = [clip.times[number] - begin for number in frames]
        origin = clip.facts.origin
        first = begin + origin if cut else Fraction(-1 << 30)
        last = end + origin if self.stop < len(clip.times) else None
        tick = clip.facts.time_base
        if self.output.suffix.lower() == ".avi":
            tick = self.selection.every / clip.facts.rate  # it counts frames
        return Timing(times, end - begin, tick, first, last, begin + origin)


def _move_all(folder: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(folder.iterdir()):
        os.replace(path, target / path.name)
