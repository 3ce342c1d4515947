"""A clip that several processes make together: one prepares it, each renders some of its segments, and one joins them.

All of them are given the same clip, wishes and options, and meet in the folder beside the output, which each must reach. The
solve is done once, by the one that prepares; the others read what was found from the folder, so that it does not matter who
renders which segment.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from photostyle.clip_options import ClipOptions
from photostyle.errors import PhotoError
from photostyle.events import ProgressCallback, Tell, ignore
from photostyle.options import Options
from photostyle.session import Session
from photostyle.video.clip import ClipTransform
from photostyle.video.encoding import cannot_write
from photostyle.video.outcome import ClipResult
from photostyle.video.pictures import PictureClip
from photostyle.video.reading import VideoFile
from photostyle.video.story import job_of
from photostyle.video.wanted import Wanted, load_found, save_clip_transform
from photostyle.video.work import Work

FOUND = "found.safetensors"  # in the folder of what is kept


@dataclass(frozen=True)
class PreparedClip:
    """What is left to be done of a clip.

    Args:
        segments: numbers of those that are not rendered.
        notes: what the user should be told, one line each.
    """

    segments: tuple[int, ...]
    notes: tuple[str, ...]


@dataclass(eq=False)
class SharedClip:
    """One process's part in a clip that several make. Each step may be called in another process, and again after a failure.

    Args:
        work: the clip and its output.
        wanted: what it is to look like.
        options: as for a photo.
        session: the device and the networks.
    """

    work: Work
    wanted: Wanted
    options: Options
    session: Session
    _found: ClipTransform | None = field(default=None, init=False)

    @classmethod
    def of(
        cls,
        content: VideoFile | PictureClip | Path,
        wanted: Wanted,
        output: Path,
        *,
        going_by: Path | None = None,
        clip: ClipOptions = ClipOptions(),  # noqa: B008 (frozen)
        options: Options,
        session: Session,
    ) -> "SharedClip":
        """Open a clip; args and errors as for `relight_clip`."""
        opened = VideoFile(content) if isinstance(content, Path) else content
        work = Work.of(opened, output, str(output), clip.selection, clip.wish, going_by)
        return cls(work, wanted, options, session)

    def prepare(self, callback: ProgressCallback = ignore) -> PreparedClip:
        """Find what is given to the frames, if that was not done, and say what is left to render."""
        with self._said(), self.work.folder.opened(self._job()):
            pending, notes = self.work.pending(), self.work.notes()
            if pending and not self.options.amounts.change_nothing:
                path = self.work.kept_folder() / FOUND
                if not path.exists():
                    found = self.work.transform(self.wanted, self.options, self.session, Tell(callback))
                    assert found is not None
                    save_clip_transform(found, path)
                notes += self._transform().notes
            return PreparedClip(tuple(segment.number for segment in pending), tuple(dict.fromkeys(notes)))

    def render(self, numbers: Sequence[int], callback: ProgressCallback = ignore) -> None:
        """Render some segments of a clip that is prepared, as far as they are not there yet.

        Raises:
            FileError: what was prepared is not there any more.
        """
        with self._said(), self.work.folder.shared(self._job()):
            pending = [segment for segment in self.work.pending() if segment.number in numbers]
            if not pending:
                return
            transform = None if self.options.amounts.change_nothing else self._transform()
            self.work.render(pending, transform, self.options.amounts, Tell(callback))

    def join(self, callback: ProgressCallback = ignore) -> ClipResult:
        """Join the segments to the output, and remove the folder.

        Raises:
            PhotoError: segments are missing.
        """
        with self._said():
            with self.work.folder.opened(self._job()):
                left = self.work.pending()
                if left:
                    raise PhotoError(f"{self.work.clip.name}: {len(left)} segments are not there any more; run again")
                frames, notes = self.work.finish(Tell(callback))
            self.work.folder.remove()
        return self.work.result(frames, 0, {}, notes)

    def _job(self) -> dict[str, object]:
        return job_of(self.work, self.wanted, self.options)

    def _transform(self) -> ClipTransform:
        """What was found, as it lies in the folder: the same for whoever renders."""
        if self._found is None:
            work = self.work
            path = work.kept_folder() / FOUND
            self._found = load_found(path, work.clip, self.session, Tell(), work.start, work.stop)
        return self._found

    @contextmanager
    def _said(self) -> Iterator[None]:
        """Say in a line what the system says of the disk."""
        try:
            yield
        except OSError as error:
            raise cannot_write(self.work.output, error) from error
