"""Files of tensors and facts: what looks and transforms are kept in.

A safetensors file whose metadata has one entry, "photostyle": JSON with "kind", "version" and the facts of that kind.
"""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from photostyle.errors import FileError
from photostyle.whole_file import write_whole

if TYPE_CHECKING:
    from torch import Tensor

KEY = "photostyle"  # one entry of the metadata, since safetensors keeps no order of several
MOST_BYTES = 1 << 32  # a larger file is none of ours
# What reading a broken file may raise, beside safetensors' own error.
BROKEN = (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError, OSError)

Facts = dict[str, Any]
REMEDIES = {  # by the kind of a file
    "transform": "save one from a run",
    "look": "measure it from its photo",
    "network": "train one",
}


def check_header(path: Path | str, name: str) -> None:
    """Refuse a file that is none of a kind by its header alone, before the work; no torch is loaded.

    Args:
        path: the file.
        name: of the kind, such as "look".

    Raises:
        FileError: it is no file of tensors, or says that it is of another kind.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "numpy") as file:
            facts = json.loads((file.metadata() or {}).get(KEY, "null"))
        if facts is not None and facts["kind"] != name:  # files of older forms have no such facts
            raise ValueError(f"its kind is {facts['kind']!r}")
    except (SafetensorError, *BROKEN) as error:
        raise FileKind(name, 0, REMEDIES[name]).broken(path, error) from error


def header_facts(path: Path | str) -> Facts | None:
    """The facts in a file's header; None where it is no file of tensors, or none of ours. No torch is loaded."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "numpy") as file:
            return dict(json.loads((file.metadata() or {})[KEY]))
    except (SafetensorError, *BROKEN):
        return None


def kind_of(path: Path | str) -> str | None:
    """The kind that a file's header says it is of; None where it is none of ours."""
    facts = header_facts(path) or {}
    return str(facts["kind"]) if "kind" in facts else None


@dataclass(frozen=True)
class FileKind:
    """One kind of file.

    Args:
        name: as it stands in the file, and as messages call it.
        version: of what is written; newer files are refused.
        remedy: what to do where a file is missing or none of this kind, such as "save one from a run".
        facts_of: the facts in the metadata of a file of an older form; None where it is no such file.
        most_bytes: a larger file is none of this kind.
    """

    name: str
    version: int
    remedy: str
    facts_of: Callable[[Mapping[str, str]], Facts | None] = lambda metadata: None
    most_bytes: int = MOST_BYTES

    def write(self, path: Path | str, tensors: Mapping[str, "Tensor"], facts: Mapping[str, Any]) -> None:
        """Write a file; an older one stays whole until the new one is complete. Equal contents make equal files.

        Raises:
            FileError: the file cannot be written.
        """
        from safetensors.torch import save

        text = json.dumps({"kind": self.name, "version": self.version, **facts})
        try:
            write_whole(Path(path), save(dict(tensors), {KEY: text}))
        except OSError as error:
            reason = error.strerror or error
            raise FileError(f"{path}: the {self.name} cannot be written ({reason}); choose another place") from error

    def read(self, path: Path | str) -> tuple[Facts, dict[str, "Tensor"]]:
        """The facts, with "version" among them, and the tensors of a file.

        Raises:
            FileError: there is no such file, it is of another kind or broken, or it is of a newer version.
        """
        from safetensors import SafetensorError, safe_open

        if not Path(path).is_file():
            raise FileError(f"{path}: no such {self.name}; {self.remedy} first")
        tensors = {}
        try:
            if os.path.getsize(path) > self.most_bytes:
                raise ValueError("it is too large")
            with safe_open(path, "pt") as file:
                facts = self._facts(file.metadata() or {})
                version = int(facts["version"])
                if version <= self.version:
                    for name in file.keys():  # noqa: SIM118 (no mapping)
                        tensors[name] = file.get_tensor(name)
        except (SafetensorError, *BROKEN) as error:
            raise self.broken(path, error) from error
        if version > self.version:
            raise FileError(f"{path}: is a {self.name} of version {version}, newer than {self.version}; update photostyle")
        return facts, tensors

    def broken(self, path: Path | str, error: Exception) -> FileError:
        """The error for a file that is none of this kind, or broken."""
        reason = " ".join(str(error).split())[:160]
        return FileError(f"{path}: is no {self.name} of photostyle ({reason}); {self.remedy}")

    def _facts(self, metadata: Mapping[str, str]) -> Facts:
        older = self.facts_of(metadata)
        if older is not None:
            return older
        facts = json.loads(metadata.get(KEY, "{}"))
        if facts.get("kind") != self.name:
            raise ValueError(f"its kind is {facts.get('kind')!r}")
        return dict(facts)
