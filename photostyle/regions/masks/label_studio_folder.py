"""The pictures that Label Studio exports from its brush: one a part, named by task, annotation and tag."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from photostyle.errors import MaskError

# task-12-annotation-15-by-1-tag-Sky-0; who made it may be missing, and the tag may hold hyphens itself.
_NAME = re.compile(r"task-(?P<task>\d+)(?:-annotation-(?P<annotation>\d+))?(?:-by-.*?)?-tag-(?P<tag>.+?)-(?P<part>\d+)$")
# The brush is called "tag" in Label Studio's template; people call it otherwise, as in task-12-annotation-15-by-1-label-Sky-0.
_NAME_OF_OTHERS = re.compile(r"task-(?P<task>\d+)-annotation-(?P<annotation>\d+)-by-[^-]*-[^-]+-(?P<tag>.+?)-(?P<part>\d+)$")


@dataclass(frozen=True)
class _Part:
    file: Path
    task: int
    annotation: int
    tag: str


@dataclass(frozen=True)
class LabelStudioParts:
    """All parts in a folder."""

    parts: tuple[_Part, ...]

    def of_one_annotation(self, folder: Path) -> tuple[dict[str, list[Path]], list[str]]:
        """The files of each tag, of the last annotation of the one task; and notes.

        Raises:
            MaskError: they are of several tasks.
        """
        tasks = sorted({part.task for part in self.parts})
        if len(tasks) > 1:
            text = f"the folder {folder} holds the masks of {len(tasks)} tasks of Label Studio ({_listed(tasks)})"
            raise MaskError(f"{text}; give each task a folder of its own")
        annotations = sorted({part.annotation for part in self.parts})
        notes = []
        if len(annotations) > 1:
            text = f"{folder.name}: holds {len(annotations)} annotations of task {tasks[0]}"
            notes.append(f"{text}; only the last, {annotations[-1]}, is used")
        named: dict[str, list[Path]] = {}
        for part in self.parts:
            if part.annotation == annotations[-1]:
                named.setdefault(part.tag, []).append(part.file)
        return named, notes


def label_studio_parts(files: Sequence[Path]) -> LabelStudioParts | None:
    """The parts, where all pictures of a folder are named as Label Studio names them."""
    parts = []
    for file in files:
        found = _NAME.match(file.stem) or _NAME_OF_OTHERS.match(file.stem)
        if found is None:
            return None
        parts.append(_Part(file, int(found["task"]), int(found["annotation"] or 0), found["tag"]))
    return LabelStudioParts(tuple(parts))


def _listed(numbers: Sequence[int]) -> str:
    shown = ", ".join(str(number) for number in numbers[:5])
    return shown if len(numbers) <= 5 else f"{shown}, ..."
