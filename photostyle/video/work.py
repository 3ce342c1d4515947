"""One clip on its way to one output: what is decided before the work, the segments that are made, and how they are joined."""

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from photostyle.clip_files import CONTAINERS
from photostyle.clip_options import Selection, Wish
from photostyle.errors import PhotoError
from photostyle.events import Progress, Tell
from photostyle.heap import large_blocks_kept
from photostyle.options import Amounts, Options
from photostyle.regions.resampling import size_within
from photostyle.session import Session
from photostyle.video.clip import ClipTransform
from photostyle.video.codecs import Encoding, choose_encoding
from photostyle.video.gif import join_as_gif
from photostyle.video.joining import Part, Timing, join
from photostyle.video.outcome import ClipResult
from photostyle.video.pictures import PictureClip, PictureNames, is_pattern
from photostyle.video.pipeline import Pipeline
from photostyle.video.reading import DecodedFrame, VideoFile
from photostyle.video.segments import Segment, WorkFolder, identity_of, segments_of
from photostyle.video.wanted import FoundForClip, Wanted
from photostyle.video.writing import EncodedPart, PartWriter, PicturesPart, SegmentWriter

SECONDS = 5  # of a segment, which is what a run that is killed loses at most
PREVIEW_SIDE = 640  # pixels
_HELD = 96 << 20  # bytes of frames that may wait before and after the rendering


@dataclass(frozen=True, eq=False)
class Work:
    """One clip on its way to one output, segment by segment."""

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
    ) -> "Work":
        """All that is decided before the work begins."""
        start, stop = selection.frames_of(clip.times, clip.end)
        size = clip.size if selection.preview is None else preview_size(clip.size)
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

    def pending(self) -> list[Segment]:
        """The segments that are not made yet."""
        return [segment for segment in self.segments if self.folder.frames(segment) is None]

    def kept(self) -> int:
        """How many frames are made."""
        return sum(len(self.folder.frames(segment) or ()) for segment in self.segments)

    def notes(self) -> list[str]:
        """What is to be said of the clip, of its encoding, and of what an earlier run had made."""
        notes = [*self.clip.notes, *(self.encoding.notes if self.encoding else ())]
        kept = self.kept()
        if kept:
            notes.append(f"went on after {kept} frames that an earlier run had made")
        return notes

    def transform(self, wanted: Wanted, options: Options, session: Session | None, tell: Tell) -> FoundForClip | None:
        """What is given to the frames; None where they stay as they are."""
        if options.amounts.change_nothing:
            return None
        shared = session or Session.shared(options)
        return wanted.fit(self.clip, options, shared.begin(), tell, self.start, self.stop, self.kept_folder())

    def kept_folder(self) -> Path:
        """Where what was found for the clip is kept."""
        keep = self.folder.path / "transform"
        keep.mkdir(exist_ok=True)
        return keep

    def render(
        self, pending: Sequence[Segment], transform: ClipTransform | None, amounts: Amounts, tell: Tell
    ) -> dict[str, float]:
        """Make the pending segments; returns the seconds that each stage was busy."""
        kept = self.kept()
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
            with large_blocks_kept():
                pipeline.run(told)
            writer.finish()
        finally:
            writer.abandon()
        return pipeline.seconds

    def finish(self, tell: Tell) -> tuple[int, tuple[str, ...]]:
        """Join what was made to the output; returns how many frames it has, and notes for the user.

        Raises:
            PhotoError: no frame could be decoded.
        """
        notes: list[str] = []
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
        return len(frames), tuple(notes)

    def result(self, frames: int, kept: int, seconds: dict[str, float], notes: Sequence[str]) -> ClipResult:
        """What became of the clip, each note once."""
        encoder = self.encoding.encoder if self.encoding else ""
        return ClipResult(self.output, frames, self.size, kept, encoder, seconds, tuple(dict.fromkeys(notes)))

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


def preview_size(size: tuple[int, int]) -> tuple[int, int]:
    """(width, height) of a preview of a clip of some size: small, and even where it is smaller."""
    width, height = size_within(size, PREVIEW_SIDE)
    if (width, height) == size:
        return size
    return max(2, width - width % 2), max(2, height - height % 2)
