"""A recipe: the JSON record of an earlier run, by which it is repeated on its own or on other photos."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from photostyle.cli.settings import WRITING, Layer, read_text
from photostyle.errors import FileError
from photostyle.options import Options

ROLES = ("content", "style", "content_mask", "style_mask")


@dataclass(frozen=True)
class Recipe:
    """What a record says of a run.

    Args:
        path: of the record.
        inputs: role -> what was typed.
        layer: the options.
        version: of the photostyle that made it.
    """

    path: Path
    inputs: Mapping[str, str] = field(default_factory=dict)
    layer: Layer = field(default_factory=lambda: Layer("", {}))
    version: str = ""

    def notes(self) -> tuple[str, ...]:
        """What a user should know of it."""
        from photostyle import __version__

        if self.version == __version__:
            return ()
        return (f"the recipe was made by photostyle {self.version}, this is {__version__}: the result may differ",)


def load_recipe(path: Path) -> Recipe:
    """Read the record of a run.

    Raises:
        FileError: it cannot be read, or is no such record.
    """
    try:
        record = json.loads(read_text(path, "recipe"))
    except (ValueError, RecursionError) as error:
        if isinstance(error, FileError):
            raise
        raise FileError(f"{path}: is no JSON ({error}); give what photostyle run --json printed") from error
    inputs = _part(record, "inputs")
    options = _part(record, "options")
    if inputs is None or options is None:
        raise FileError(f"{path}: is no record of a run; give what photostyle run --json printed")
    values = {name: value for name, value in options.items() if value is not None}
    values |= {name: value for name, value in (_part(record, "writing") or {}).items() if name in WRITING}
    files = {}
    for role in ROLES:
        if isinstance(inputs.get(role), str):
            files[role] = _from_here(inputs[role], path)
    return Recipe(path, files, Layer(str(path), values), str(record.get("version", "of another time")))


def record_of(inputs: Mapping[str, str | None], options: Options, writing: Mapping[str, Any]) -> dict[str, Any]:
    """What a record needs for `load_recipe`, as plain data."""
    from photostyle import __version__

    facts = {"version": __version__, "inputs": dict(inputs), "options": options.as_dict(), "writing": dict(writing)}
    plain: dict[str, Any] = json.loads(json.dumps(facts, default=str))
    return plain


def _part(record: Any, name: str) -> dict[str, Any] | None:
    """A table of the record; None where there is no such table."""
    if not isinstance(record, dict) or not isinstance(record.get(name), dict):
        return None
    return dict(record[name])


def _from_here(name: str, recipe: Path) -> str:
    """An input's name as it is, or from the recipe's folder where it lies there and not here."""
    beside = recipe.parent / name
    if not os.path.lexists(name) and beside.exists():
        return str(beside)
    return name
