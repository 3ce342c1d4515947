"""CSV files that say row by row what is wanted: content, style, masks, output, and any option by its name."""

import csv
import os
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

from photostyle.batch import remote
from photostyle.config import Options
from photostyle.errors import OptionError

FILES = ("content", "style", "content_mask", "style_mask", "output")


def read_rows(path: str, known: tuple[str, ...], required: tuple[str, ...]) -> list[dict[str, str]]:
    """The rows of a CSV file, empty cells left out, file names relative to the CSV's own folder.

    Raises:
        OptionError: no such file, no header, an unknown or missing column, a row without a required cell.
    """
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            header, rows = reader.fieldnames or [], list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise OptionError(f"{path}: cannot be read as CSV ({getattr(error, 'strerror', None) or error})") from error
    unknown = [name for name in header if name not in known]
    missing = [name for name in required if name not in header]
    if unknown or missing:
        wrong = f"unknown column {unknown[0]!r}" if unknown else f"no column {missing[0]!r}"
        raise OptionError(f"{path}: {wrong}; the columns are {', '.join(known)}")
    return [_row(path, number, row, required) for number, row in enumerate(rows, 2) if any(row.values())]


def _row(path: str, number: int, row: Mapping[str | None, Any], required: tuple[str, ...]) -> dict[str, str]:
    if None in row:
        raise OptionError(f"{path}, line {number}: more cells than columns; quote names that hold commas")
    cells = {name: cell.strip() for name, cell in row.items() if cell and cell.strip()}
    for name in required:
        if name not in cells:
            raise OptionError(f"{path}, line {number}: {name} is empty")
    folder = os.path.dirname(path)
    return {n: _beside(folder, cell) if n in FILES else cell for n, cell in cells.items()}


def _beside(folder: str, name: str) -> str:
    return name if remote.is_url(name) else os.path.join(folder, name)


def option_names() -> tuple[str, ...]:
    """The columns that set an option."""
    return tuple(option.name for option in fields(Options))


def with_options(options: Options, cells: Mapping[str, str], where: str) -> Options:
    """The options, changed by the cells that name one.

    Raises:
        OptionError: a cell that is no value of its option; it says in which line.
    """
    kinds = get_type_hints(Options)
    changes = {name: parse_option(kinds[name], text, f"{where}: {name}") for name, text in cells.items() if name in kinds}
    try:
        return replace(options, **changes) if changes else options
    except OptionError as error:
        raise OptionError(f"{where}: {error}") from None


def parse_option(kind: Any, text: str, where: str) -> Any:
    """A text as a value of an option's type; names are separated by commas, pairs are a=b.

    >>> parse_option(float | None, "0.5", "feather"), parse_option(bool, "yes", "cache")
    (0.5, True)
    """
    from photostyle.regions import parse_names, parse_pairs

    kinds = [k for k in get_args(kind) if k is not type(None)] if type(None) in get_args(kind) else [kind]
    origin = get_origin(kinds[0]) or kinds[0]
    if origin is Union or len(kinds) > 1:
        origin = str
    if isinstance(origin, type) and issubclass(origin, Mapping):
        pairs = parse_pairs([text])
        numbers = get_args(kinds[0])[1:] == (float,)
        return {name: _number(float, value, where) for name, value in pairs.items()} if numbers else pairs
    if origin is tuple:
        return parse_names([text])
    if origin is bool:
        return _truth(text, where)
    if origin in (int, float):
        return _number(origin, text, where)
    return Path(text) if origin is Path else text


def _number(kind: type, text: str, where: str) -> float:
    try:
        return kind(text)
    except ValueError:
        raise OptionError(f"{where} must be {'a whole number' if kind is int else 'a number'}, got {text!r}") from None


def _truth(text: str, where: str) -> bool:
    for value, words in ((True, ("1", "true", "yes", "on")), (False, ("0", "false", "no", "off"))):
        if text.lower() in words:
            return value
    raise OptionError(f"{where} must be yes or no, got {text!r}")
