"""What is done of a clip, in a folder beside its output, so that a clip that was stopped goes on where it was."""

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from photostyle.errors import FileError
from photostyle.whole_file import exclusive_lock, shared_lock, write_whole

_JOB = "job.json"


@dataclass(frozen=True)
class Segment:
    """A part of a clip that is encoded on its own.

    Args:
        number: of the part, from 0.
        start, stop: number of the clip's frame that it begins with, and of the one after its last.
    """

    number: int
    start: int
    stop: int


def segments_of(start: int, stop: int, every: int, length: int) -> list[Segment]:
    """The segments of the frames from `start` to before `stop`, each with `length` frames at most, each `every`-th.

    >>> [(part.start, part.stop) for part in segments_of(10, 35, 1, 10)]
    [(10, 20), (20, 30), (30, 35)]
    """
    step = every * length
    return [Segment(number, first, min(first + step, stop)) for number, first in enumerate(range(start, stop, step))]


class WorkFolder:
    """The folder of what is done of one output.

    Args:
        output: the file that will be made.
    """

    def __init__(self, output: Path) -> None:
        self.output = output
        self.path = output.parent / f".{output.name}.photostyle"

    @contextmanager
    def opened(self, job: Mapping[str, Any]) -> Iterator["WorkFolder"]:
        """The folder, for one process at a time; what is in it of another job is removed.

        Args:
            job: all that decides what the segments are.

        Raises:
            FileError: it cannot be made.
        """
        text = json.dumps(job, sort_keys=True, default=str)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FileError(f"{self.output}: cannot be written ({error.strerror}); choose another place") from error
        with exclusive_lock(self.path / "lock"):
            if not self._is_of(text):
                self.clear()
                write_whole(self.path / _JOB, text.encode())
            yield self

    @contextmanager
    def shared(self, job: Mapping[str, Any]) -> Iterator["WorkFolder"]:
        """The folder, for several processes at a time that all work at one job, which one of them has opened before.

        Raises:
            FileError: it is not of that job.
        """
        with shared_lock(self.path / "lock"):
            if not self._is_of(json.dumps(job, sort_keys=True, default=str)):
                raise FileError(f"{self.output}: what was begun of it is not there any more; run again")
            yield self

    def clear(self) -> None:
        """Remove what was done, but for the lock."""
        for path in self.path.iterdir():
            if path.name == "lock":
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)

    def remove(self) -> None:
        """Remove all of it."""
        shutil.rmtree(self.path, ignore_errors=True)

    def file(self, segment: Segment) -> Path:
        """Where the frames of a segment are."""
        return self.path / f"segment-{segment.number:06}.mkv"

    def frames(self, segment: Segment) -> list[int] | None:
        """The numbers of the frames that a finished segment holds; None where it is not finished."""
        try:
            record = json.loads(self._record(segment).read_text("utf-8"))
            frames = [int(number) for number in record["frames"]]
            files = [self.path / name for name in record["files"]]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return frames if all(file.exists() for file in files) else None

    def finish(self, segment: Segment, frames: Sequence[int], files: Sequence[Path]) -> None:
        """Note that a segment is finished, which frames it holds, and in which files of the folder."""
        names = [str(file.relative_to(self.path)) for file in files]
        write_whole(self._record(segment), json.dumps({"frames": list(frames), "files": names}).encode())

    def _record(self, segment: Segment) -> Path:
        return self.path / f"segment-{segment.number:06}.json"

    def _is_of(self, job: str) -> bool:
        try:
            return (self.path / _JOB).read_text("utf-8") == job
        except (OSError, ValueError):
            return False


def identity_of(path: Path) -> list[Any]:
    """By what an input file is known again, quickly: its place, size and time of change."""
    stat = path.stat()
    return [str(path.resolve()), stat.st_size, stat.st_mtime_ns]


def digest_of(data: bytes) -> str:
    """By what data are known again."""
    return hashlib.sha256(data).hexdigest()
