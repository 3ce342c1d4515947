"""The transform of a set as a safetensors file: its table, and the names of its regions."""

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from photostyle.errors import FileError
from photostyle.whole_file import write_whole


def write_field(path: Path, names: Sequence[str], table: Tensor) -> None:
    """Write a field whole: table (R + 1, D, 1, 1, 3, 4) for R names; the last row is the whole set's."""
    write_whole(path, save({"table": table.contiguous()}, {"names": json.dumps(list(names))}))


def read_field(path: str) -> tuple[list[str], Tensor]:
    """The names and the table of a set's field.

    Raises:
        FileError: it is no such file.
    """
    with suppress(SafetensorError, OSError, KeyError), safe_open(path, "pt") as file:
        names: list[str] = json.loads(file.metadata()["names"])
        table: Tensor = file.get_tensor("table")
        return names, table
    raise FileError(f"{path}: is no field of a set; remove it and run again")
