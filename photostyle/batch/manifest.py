"""CSV files that say row by row what is wanted: content, style, masks, output, and any option by its name."""

import csv
import io
import os
from collections.abc import Mapping
from typing import Any

from photostyle.batch import remote
from photostyle.clip_options import TEXTS, ClipOptions
from photostyle.errors import FileError, OptionError
from photostyle.option_text import Writing, parse_option, parse_writing
from photostyle.options import Options, option_names, option_types
from photostyle.registry import method_names, nearest
from photostyle.text_file import read_text

FILE_COLUMNS = ("content", "style", "content_mask", "style_mask", "output")
PATH_OPTIONS = ("weights",)
_ALIASES = {"pair": "pairs"}
WRITING_COLUMNS = ("depth", "quality", "metadata")
CLIP_COLUMNS = TEXTS


def option_columns() -> tuple[str, ...]:
    """The columns that set an option of the transfer: those of all methods, and `solver`, which method was called once."""
    names: dict[str, None] = {"method": None, "solver": None}
    for method in method_names():
        names.update(dict.fromkeys(option_names(method)))
    return tuple(names)


def read_rows(path: str, known: tuple[str, ...], required: tuple[str, ...]) -> list[dict[str, str]]:
    """The rows of a CSV file, empty cells left out, file names relative to the CSV's own folder.

    Args:
        path: of the CSV file.
        known: the columns that it may have.
        required: the columns that it must have, and that must be filled in each row.

    Raises:
        FileError: no such file, no header, an unknown or missing column, a row without a required cell.
    """
    header, lines = _read_csv(path)
    _check_header(path, header, known, required)
    rows = []
    for number, line in enumerate(lines, 2):
        if any(line.values()):
            rows.append(_checked_row(path, number, line, required))
    return rows


def _read_csv(path: str) -> tuple[list[str], list[dict[str | None, Any]]]:
    try:
        text = read_text(path)
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
        header = [_column(name) for name in reader.fieldnames or []]
        reader.fieldnames = header
        lines: list[dict[str | None, Any]] = list(reader)
        return header, lines
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FileError(f"{path}: cannot be read as CSV ({getattr(error, 'strerror', None) or error})") from error


def _delimiter(text: str) -> str:
    """What divides the columns: a comma, or what spreadsheets of other countries write in its place."""
    header = text.partition("\n")[0]
    for delimiter in (";", "\t"):
        if delimiter in header and "," not in header:
            return delimiter
    return ","


def _column(name: str) -> str:
    """A column under its Python name, however it is written: `Hard-Masks`, and `pair` as on the command line."""
    name = name.strip().lower().replace("-", "_").replace(" ", "_")
    return _ALIASES.get(name, name)


def _check_header(path: str, header: list[str], known: tuple[str, ...], required: tuple[str, ...]) -> None:
    columns = f"; the columns are {', '.join(known)}"
    for name in header:
        if name not in known:
            raise FileError(f"{path}: unknown column {name!r}{nearest(name, known) or columns}")
        if header.count(name) > 1:
            raise FileError(f"{path}: two columns {name!r}; keep one")
    for name in required:
        if name not in header:
            raise FileError(f"{path}: no column {name!r}{columns}")


def _checked_row(path: str, number: int, line: Mapping[str | None, Any], required: tuple[str, ...]) -> dict[str, str]:
    folder = os.path.dirname(path)
    cells = {}
    for name, cell in line.items():
        if name is None:
            raise FileError(f"{path}, line {number}: more cells than columns; quote names that hold commas")
        if not cell or not cell.strip():
            continue
        cells[name] = cell.strip()
        if name in FILE_COLUMNS or name in PATH_OPTIONS:
            cells[name] = _relative_to(folder, cells[name])
    for name in required:
        if name not in cells:
            raise FileError(f"{path}, line {number}: {name} is empty")
    return cells


def _relative_to(folder: str, name: str) -> str:
    if remote.is_url(name):
        return name
    return os.path.join(folder, name)


def with_options(options: Options, cells: Mapping[str, str], where: str) -> Options:
    """The options, changed by the cells that name one.

    Raises:
        OptionError: a cell is no value of its option; the error says in which row.
    """
    texts = {name: text for name, text in cells.items() if name in option_columns()}
    if not texts:
        return options
    method = texts.pop("method", None) or texts.pop("solver", None) or options.method
    try:
        changed = options.changed(method=method)
        types = option_types(changed.method)
        changes: dict[str, Any] = {}
        for name, text in texts.items():
            changes[name] = text  # refused below if the method has no such option
            if name in types:
                changes[name] = parse_option(types[name], text, name)
        return changed.changed(**changes)
    except OptionError as error:
        raise OptionError(f"{where}: {error}") from None


def with_writing(writing: Writing, cells: Mapping[str, str], where: str) -> Writing:
    """How a result is written, changed by the cells for depth, quality and metadata.

    Raises:
        OptionError: a cell is none of the choices; the error says in which row.
    """
    texts = {name: cells[name] for name in WRITING_COLUMNS if name in cells}
    if not texts:
        return writing
    try:
        parsed = parse_writing(**texts)
    except OptionError as error:
        raise OptionError(f"{where}: {error}") from None
    changed = writing.copy()
    if "depth" in texts:
        changed["depth"] = parsed["depth"]
    if "quality" in texts:
        changed["quality"] = parsed["quality"]
    if "metadata" in texts:
        changed["metadata"] = parsed["metadata"]
    return changed


def with_clip_options(clips: ClipOptions, cells: Mapping[str, str], where: str) -> ClipOptions:
    """How a clip is made, changed by the cells that say so.

    Raises:
        OptionError: a cell is no value of its option; the error says in which row.
    """
    try:
        return clips.with_texts({name: cells[name] for name in CLIP_COLUMNS if name in cells})
    except OptionError as error:
        raise OptionError(f"{where}: {error}") from None
