"""What is kept while a painting is made: pictures on its way, and the state that it can go on from."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from photostyle.errors import FileError
from photostyle.methods.paint import PaintOptions
from photostyle.methods.paint.descent import State
from photostyle.photo import Photo, write_photo
from photostyle.tensor_file import FileKind

STATE = FileKind("painting", 1, "delete it, or name another file")
# Options that do not change what is painted, or name files that are known by their pixels instead.
NOT_OF_THE_PAINTING = ("snapshots", "snapshot_steps", "resume", "weights", "blend")


class Keeping:
    """Writes pictures and states while a painting is made, where that is asked for.

    Args:
        settings: of which snapshots, snapshot_steps and resume are used.
        stem: of the photo's name, for the names of pictures.
        facts: by what the painting is known again: two with equal ones go the same way.
        finished: makes a picture (3, h, w) as it comes out.

    Raises:
        FileError: the folder of pictures cannot be made.
    """

    def __init__(self, settings: PaintOptions, stem: str, facts: Mapping[str, Any], finished: Callable[[Tensor], Tensor]):
        self.settings = settings
        self.stem = stem
        self.facts = json.loads(json.dumps(facts, default=str))
        self.finished = finished
        self.resume = None if settings.resume is None else Path(settings.resume)
        self.folder = None if settings.snapshots is None else Path(settings.snapshots)
        for folder in (self.folder, self.resume and self.resume.parent):
            _made(folder)

    def __call__(self, state: State) -> None:
        """After a step: a picture and the state, every so many steps."""
        if len(state.history) % self.settings.snapshot_steps == 0:
            self.write(state)

    def write(self, state: State) -> None:
        """A picture and the state, now.

        Raises:
            FileError, PhotoError: they cannot be written.
        """
        if self.folder is not None:
            path = self.folder / f"{self.stem}-{len(state.history):05d}.png"
            pixels = self.finished(state.picture).movedim(0, -1).contiguous().cpu().numpy()
            write_photo(Photo.from_array(pixels), path, depth=8)
        if self.resume is not None:
            tensors = {"unknown": state.unknown, "begun": state.begun, "mean": state.mean}
            if state.moments is not None:
                count, means, squares = state.moments
                tensors["count"] = count
                for k, (mean, square) in enumerate(zip(means, squares, strict=True)):
                    tensors |= {f"mean {k}": mean, f"square {k}": square}
            numbers = {name: getattr(state, name) for name in ("weight", "scale", "step", "rate", "restarts", "history", "first")}
            facts = {"painting": self.facts, "state": numbers}
            STATE.write(self.resume, {name: each.detach().cpu().contiguous() for name, each in tensors.items()}, facts)

    def restored(self, device: Any = "cpu") -> State | None:
        """The state that the painting goes on from; None where there is none yet.

        Raises:
            FileError: the file is none of a painting, or of another one.
        """
        if self.resume is None or not self.resume.exists():
            return None
        facts, tensors = STATE.read(self.resume)
        try:
            painting = dict(facts["painting"])
            placed = {name: each.to(device) for name, each in tensors.items()}
            moments = None
            if "count" in placed:
                levels = range(sum(name.startswith("square ") for name in placed))
                moments = (placed["count"], [placed[f"mean {k}"] for k in levels], [placed[f"square {k}"] for k in levels])
            state = State(placed["unknown"], placed["begun"], placed["mean"], moments=moments, **facts["state"])
        except (KeyError, TypeError, ValueError) as error:
            raise STATE.broken(self.resume, error) from error
        for name, value in self.facts.items():
            if painting.get(name) != value:
                raise FileError(
                    f"{self.resume}: is the state of another painting (its {name} is {painting.get(name)}, not {value}); "
                    "delete it, or name another file",
                    option="resume",
                )
        return state


def painting_facts(settings: PaintOptions, **others: Any) -> dict[str, Any]:
    """By what a painting is known again: its options, and whatever else decides it."""
    facts = {name: getattr(settings, name) for name in settings.fields_by_name() if name not in NOT_OF_THE_PAINTING}
    return {**facts, **others}


def _made(folder: Path | None) -> None:
    """Make a folder that is not there."""
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"{folder}: the folder cannot be made ({error.strerror or error}); name another") from error
