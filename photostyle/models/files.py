"""Where the networks' files lie on this machine."""

import os
from collections.abc import Iterator
from pathlib import Path

from photostyle import environment
from photostyle.errors import ModelError
from photostyle.models.known import by_preference, model_file
from photostyle.models.record import ModelFile, Role

ASSETS = Path(__file__).resolve().parents[1] / "assets"


def model_folder() -> Path:
    """Where `fetch` keeps weights: `$PHOTOSTYLE_HOME/models`, or `models` in the user's cache folder."""
    home = environment.value("PHOTOSTYLE_HOME")
    if home is not None:
        return Path(home).expanduser() / "models"
    from platformdirs import user_cache_path

    return user_cache_path("photostyle") / "models"


def folders(model: ModelFile) -> Iterator[Path]:
    """The folders a model is looked for in: the package, photostyle's own, torch hub's cache."""
    if model.shipped:
        yield ASSETS
    yield model_folder()
    yield _torch_home() / "hub" / "checkpoints"


def _torch_home() -> Path:
    home = environment.value("TORCH_HOME")
    if home is not None:
        return Path(home).expanduser()
    cache = environment.value("XDG_CACHE_HOME") or "~/.cache"
    return Path(cache).expanduser() / "torch"


def locate(name: str) -> Path | None:
    """The file of a model if it is on this machine, else None; nothing is downloaded.

    Raises:
        ModelError: if photostyle knows no model of that name.
    """
    model = model_file(name)
    for folder in folders(model):
        path = folder / model.file
        if path.is_file():
            return path
    return None


def best_present(role: Role) -> str | None:
    """The network of a role that "auto" takes: the best whose weights are on this machine; None if there is none."""
    for name in by_preference(role):
        if locate(name) is not None:
            return name
    return None


def find(name: str, path: str | os.PathLike[str] | None = None) -> Path:
    """The file of a model: `path` if given, else wherever it is kept.

    Raises:
        ModelError: if it is not there; the text says how to get it.
    """
    if path is not None:
        given = Path(path).expanduser()
        if not given.is_file():
            raise ModelError(f"expected the weights of {name} at {given}, found no file there; check the path")
        return given
    found = locate(name)
    if found is not None:
        return found
    if model_file(name).url is None:
        raise ModelError(f"the weights of {name} ship with photostyle but are missing; install photostyle again")
    raise ModelError(f"the weights of {name} are not on this machine; get them with: photostyle models pull {name}")
