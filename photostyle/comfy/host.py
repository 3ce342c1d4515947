"""What ComfyUI gives to nodes: folders, a progress bar, interruption, the device. Its modules are imported when they are used."""

import importlib
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from photostyle.errors import DependencyError, FileError
from photostyle.events import Progress, ProgressCallback
from photostyle.tensor_file import REMEDIES, kind_of

FOLDER = "photostyle"  # in ComfyUI's folders `models` and `output`
SUFFIXES = (".look", ".safetensors")  # of what nodes open; pictures may lie beside them, and many
PREVIEW_SIDE = 512  # pixels, the long side of pictures of what is found so far
PREVIEW_EVERY = 1.0  # seconds, at least, from one to the next
_PARTS = 1000  # of a progress bar
_DEVICES = ("cpu", "cuda", "mps")  # kinds that photostyle computes on


def module(name: str) -> Any:
    """A module of ComfyUI.

    Raises:
        DependencyError: it is not here.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise DependencyError(f"{name} is a part of ComfyUI, which is not here ({error}); run the node in ComfyUI") from None


def register_folder() -> None:
    """Make `models/photostyle` known to ComfyUI, for looks, transforms and networks; also by its extra_model_paths.yaml."""
    paths = module("folder_paths")
    paths.add_model_folder_path(FOLDER, str(Path(paths.models_dir) / FOLDER))


def device_name(asked: str = "auto") -> str:
    """The device that is asked for; for auto the one that ComfyUI computes on, if photostyle can."""
    if asked != "auto":
        return asked
    device = module("comfy.model_management").get_torch_device()
    return str(device) if device.type in _DEVICES else "auto"


def stop_if_interrupted() -> None:
    """Raise ComfyUI's own exception where the user has interrupted the run."""
    module("comfy.model_management").throw_exception_if_processing_interrupted()


class Bar:
    """The progress bar of the node that is running: how many pictures are done, or where there is one how far its stage is.

    Args:
        pictures: how many are worked on, one after another.
    """

    def __init__(self, pictures: int = 1):
        self._bar = module("comfy.utils").ProgressBar(_PARTS)
        self._pictures = pictures
        self._shown = -1
        self._stage = ""
        self._next_preview = 0.0

    def of(self, picture: int, preview: Callable[[Any], np.ndarray] | None = None) -> ProgressCallback:
        """A callback for the work on one picture, which also stops that work where the user interrupts.

        Args:
            picture: its number, from 0.
            preview: makes (h, w, 3) uint8 of what is found so far; None to show no pictures on the way.
        """

        def told(progress: Progress) -> None:
            stop_if_interrupted()
            share = progress.step / progress.total if progress.total > 1 else 0.0
            image = None
            if preview is not None and progress.so_far is not None and time.monotonic() >= self._next_preview:
                image = Image.fromarray(preview(progress.so_far()))
                self._next_preview = time.monotonic() + PREVIEW_EVERY
            if self._pictures == 1 and progress.total > 1 and progress.stage != self._stage:
                self._stage = progress.stage
                self._shown = -1
            self._show((picture + share) / self._pictures, image)

        return told

    def done(self, pictures: int) -> None:
        """Say that so many pictures are done; stop where the user interrupts."""
        stop_if_interrupted()
        self._show(pictures / self._pictures, None)

    def _show(self, share: float, image: Image.Image | None) -> None:
        """Show how far it is; within a stage, or through several pictures, the bar never goes back."""
        value = max(self._shown, round(share * _PARTS))
        if value == self._shown and image is None:
            return
        self._shown = value
        preview = None if image is None else ("JPEG", image, PREVIEW_SIDE)
        self._bar.update_absolute(value, _PARTS, preview)


def files(kind: str) -> dict[str, Path]:
    """The files of a kind that nodes may open, by the names that they are chosen by.

    They lie in `models/photostyle`, or in the folders `photostyle` of ComfyUI's input and output: these end in [input], [output].

    Args:
        kind: "look", "transform" or "network".
    """
    paths = module("folder_paths")
    found: dict[str, Path] = {}
    for name in paths.get_filename_list(FOLDER):
        found[name] = Path(paths.get_full_path(FOLDER, name))
    for where, top in (("output", paths.get_output_directory()), ("input", paths.get_input_directory())):
        for path in sorted((Path(top) / FOLDER).rglob("*")):
            if path.is_file():
                found[f"{path.relative_to(top).as_posix()} [{where}]"] = path
    ours = {name: path for name, path in found.items() if path.suffix.lower() in SUFFIXES}
    return {name: path for name, path in ours.items() if _kind(path, path.stat().st_mtime_ns) == kind}


def file_of(kind: str, name: str) -> Path:
    """The file of a name that `files` gives.

    Raises:
        FileError: there is none.
    """
    known = files(kind)
    if name not in known:
        there = f"there are {', '.join(known)}" if known else "there are none yet"
        raise FileError(
            f"no {kind} is called {name!r} ({there}); put one into ComfyUI's folder models/{FOLDER}, or {REMEDIES[kind]}"
        )
    return known[name]


def new_file(prefix: str, suffix: str) -> tuple[Path, str]:
    """A file to write in ComfyUI's output folder, with a number that none has, and its name for people."""
    paths = module("folder_paths")
    top = paths.get_output_directory()
    folder, name, counter, subfolder, _ = paths.get_save_image_path(prefix, top)
    file = f"{name}_{counter:05}_{suffix}"
    return Path(folder) / file, (Path(subfolder) / file).as_posix()


@lru_cache(maxsize=1024)
def _kind(path: Path, changed: int) -> str | None:
    """The kind of a file, read from its head once for each time that it was changed at."""
    return kind_of(path)
