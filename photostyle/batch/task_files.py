"""The files of a worker's tasks on this machine: what is fetched from URLs, and what results are written to first."""

import hashlib
import shutil
import tempfile
from pathlib import Path
from typing import Any

from photostyle.batch import remote
from photostyle.batch.fingerprint import identify, stamp
from photostyle.batch.messages import Task

MOST_REMEMBERED = 1000  # files whose identity is remembered


class TaskFiles:
    """The files of a worker.

    Args:
        folder: in which to keep them; None for the system's temporary folder.
    """

    def __init__(self, folder: Path | None = None):
        self.folder = Path(tempfile.mkdtemp(prefix="photostyle-", dir=folder))
        self._identities: dict[tuple[Any, ...], list[Any]] = {}

    def close(self) -> None:
        """Remove everything."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def identity(self, name: str) -> list[Any]:
        """`identify`, done once for as long as the file does not change."""
        key = (name, *stamp(name))
        if key not in self._identities:
            if len(self._identities) > MOST_REMEMBERED:
                self._identities.clear()
            self._identities[key] = identify(name)
        return self._identities[key]

    def local_inputs(self, task: Task) -> dict[str, str]:
        """The local file of each input of a task. What is at a URL is fetched: the content and its mask for this task
        only, anything else, such as the style, once for all tasks.
        """
        files = {}
        for name in task.job.inputs:
            if not remote.is_url(name):
                files[name] = name
            elif name in (task.job.content, task.job.content_mask):
                files[name] = str(remote.fetch(name, self._folder_of(task) / self._key(name)))
            else:
                files[name] = self._fetched_once(name)
        return files

    def target(self, task: Task) -> Path:
        """The local file that the result is written to, before it gets its name or goes to its URL."""
        output = task.job.output
        if remote.is_url(output):
            return self._folder_of(task) / f"out{Path(output).suffix}"
        return Path(task.part)

    def remove(self, task: Task) -> None:
        """Remove what was fetched or written for one task only."""
        shutil.rmtree(self._folder_of(task), ignore_errors=True)

    def _folder_of(self, task: Task) -> Path:
        return self.folder / f"task-{task.number}"

    def _fetched_once(self, name: str) -> str:
        folder = self.folder / self._key(name)
        if not folder.exists():
            with tempfile.TemporaryDirectory(dir=self.folder) as incoming:
                fetched = remote.fetch(name, Path(incoming) / folder.name)
                fetched.parent.replace(folder)  # whole, or not there
        return str(next(folder.iterdir()))

    def _key(self, name: str) -> str:
        """A name for a folder that holds this file as it is now."""
        return hashlib.sha256(repr((name, self.identity(name))).encode()).hexdigest()[:16]
