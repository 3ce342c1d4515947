"""Options from files: photostyle.toml in the working folder or above it, the user's own, and presets in both."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from photostyle.errors import FileError, OptionError
from photostyle.methods.paint.presets import PRESETS as PAINT_PRESETS
from photostyle.option_text import amount_text
from photostyle.registry import nearest

NAME = "photostyle.toml"
WRITING = ("depth", "quality", "metadata")
MOST = 1 << 20  # bytes of a file of settings or a recipe
PRESETS: dict[str, dict[str, Any]] = {
    "draft": {"fast": True},
    "gentle": {"strength": 0.5},
    "light-only": {"chroma": 0.0},
    "colour-only": {"luma": 0.0},
    **{name: {"method": "paint", **values} for name, values in PAINT_PRESETS.items()},
}


@dataclass(frozen=True)
class Layer:
    """Options from one place; those of an earlier layer come before those of a later one.

    Args:
        origin: the place, for people.
        values: option -> value, as plain data.
        folder: that relative paths in the values start from; None for the working folder.
        trusted: whether it may name code to run.
    """

    origin: str
    values: Mapping[str, Any]
    folder: Path | None = None
    trusted: bool = False


@dataclass(frozen=True)
class _SettingsFile:
    """What one photostyle.toml says."""

    layer: Layer
    presets: Mapping[str, Any] = field(default_factory=dict)


def layers(preset: str | None, known: Iterable[str]) -> list[Layer]:
    """The options that a preset and the files of settings give, the first come first.

    Args:
        preset: the name of one, or None.
        known: the names of all options.

    Raises:
        FileError: a file cannot be read.
        OptionError: there is no such preset, or an option that there is not.
    """
    names = tuple(known)
    found = [_read(path, trusted) for path, trusted in _files()]
    chosen = []
    if preset is not None:
        chosen.append(_preset(preset, found))
    chosen += [each.layer for each in found]
    for layer in chosen:
        for name in layer.values:
            if name not in names:
                meant = nearest(name, names) or f"; the options are {', '.join(names)}"
                raise OptionError(f"{layer.origin}: there is no option {name}{meant}")
    return [layer for layer in chosen if layer.values]


def user_file() -> Path:
    """The user's own file of settings."""
    from platformdirs import user_config_path

    return user_config_path("photostyle") / NAME


def folder_file() -> Path | None:
    """The nearest photostyle.toml of the working folder and those above it, as far as the user's home.

    Outside of it only the working folder counts: what lies above may be anybody's.
    """
    here = Path.cwd()
    folders = [here]
    home = Path.home()
    if home in here.parents:
        folders += here.parents[: here.parents.index(home) + 1]
    for folder in folders:
        if (folder / NAME).is_file():
            return folder / NAME
    return None


def read_text(path: Path, kind: str) -> str:
    """The text of a small file, in UTF-8 or, where its first bytes say so, UTF-16.

    Raises:
        FileError: it cannot be read, or is no text.
    """
    try:
        with open(path, "rb") as file:
            data = file.read(MOST + 1)
    except FileNotFoundError:
        raise FileError(f"{path}: no such file; name a {kind}") from None
    except (OSError, ValueError) as error:
        raise FileError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or error}); name a {kind}") from error
    if len(data) > MOST:
        raise FileError(f"{path}: is too large for a {kind}; name another file")
    encoding = "utf-8-sig"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"  # as some shells write what a command prints
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise FileError(f"{path}: is no text, and so no {kind}; name another file") from error


def _files() -> list[tuple[Path, bool]]:
    """The files of settings that there are, the nearest first, and whether each is the user's own."""
    found = []
    nearest_one = folder_file()
    if nearest_one is not None:
        found.append((nearest_one, False))
    own = user_file()
    if own.is_file():
        found.append((own, True))
    return found


def _read(path: Path, trusted: bool) -> _SettingsFile:
    try:
        values = tomllib.loads(read_text(path, "file of settings"))
    except tomllib.TOMLDecodeError as error:
        raise FileError(f"{path}: is no TOML ({error}); mend it, or rename the file") from error
    presets = values.pop("presets", {})
    if not isinstance(presets, dict) or not all(isinstance(each, dict) for each in presets.values()):
        raise FileError(f"{path}: presets must be tables, such as [presets.evening]")
    return _SettingsFile(Layer(_short(path), values, path.parent, trusted), presets)


def _short(path: Path) -> str:
    """A path as people would say it: from the working folder where it lies in it."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _preset(name: str, found: Iterable[_SettingsFile]) -> Layer:
    """The preset of a name: the nearest file's, else a built-in one."""
    names = []
    for each in found:
        if name in each.presets:
            return Layer(f"preset {name} in {each.layer.origin}", each.presets[name], each.layer.folder, each.layer.trusted)
        names += list(each.presets)
    if name in PRESETS:
        return Layer(f"preset {name}", PRESETS[name], None, True)
    known = tuple(dict.fromkeys([*names, *PRESETS]))
    meant = nearest(name, known) or f"; the presets are {', '.join(known)}"
    raise OptionError(f"there is no preset {name}{meant}", option="preset")


def value_text(value: Any) -> str:
    """A value of an option, for people.

    >>> value_text({"sky": "clouds"}), value_text(["person", "car"]), value_text({"*": 0.8, "sky": 0.5}), value_text(True)
    ('sky=clouds', 'person,car', '0.8,sky=0.5', 'yes')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        if all(isinstance(each, int | float) for each in value.values()):
            return amount_text(value)
        return ",".join(f"{name}={each}" for name, each in value.items())
    if isinstance(value, list | tuple):
        return ",".join(map(str, value))
    return str(value)
