"""The tables of a ledger, and its rows as Python values."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

VERSION = 1
SCHEMA = """
CREATE TABLE IF NOT EXISTS photos (
    output TEXT PRIMARY KEY, content TEXT, style TEXT, options TEXT, inputs TEXT, status TEXT NOT NULL, error TEXT,
    seconds REAL, stages TEXT, notes TEXT, output_bytes INTEGER, output_version TEXT, output_hash TEXT, part TEXT,
    attempts INTEGER NOT NULL DEFAULT 0, run TEXT, started REAL, finished REAL
);
CREATE TABLE IF NOT EXISTS runs (
    id TEXT PRIMARY KEY, host TEXT, pid INTEGER, born TEXT, heartbeat REAL, command TEXT
);
"""
# Names in other encodings than Unicode reach Python as surrogates, which SQLite refuses: in the ledger their bytes stand
# in a plane for private use.
_SURROGATES_OUT = {0xDC00 + byte: 0x10DC00 + byte for byte in range(128, 256)}
_SURROGATES_BACK = {private: surrogate for surrogate, private in _SURROGATES_OUT.items()}
_EMPTY = {"inputs": "{}", "stages": "{}", "notes": "[]"}  # columns that hold JSON, and what an empty one means


@dataclass(frozen=True)
class LedgerRow:
    """What the ledger knows of an output.

    Args:
        options: the fingerprint of the job.
        inputs: name -> [bytes, version, hash] of each input, as it was read.
        status: "claimed", "made" (whole under its temporary name, `part`), "done" or "failed".
        run: the run that claimed it last.
        started, finished: seconds since 1970.
    """

    output: str
    content: str
    style: str
    options: str
    inputs: dict[str, list[Any]]
    status: str
    error: str | None
    seconds: float | None
    stages: dict[str, float]
    notes: list[str]
    output_bytes: int | None
    output_version: str | None
    output_hash: str | None
    part: str | None
    attempts: int
    run: str | None
    started: float | None
    finished: float | None


COLUMNS = tuple(column.name for column in fields(LedgerRow))


def to_row(found: sqlite3.Row) -> LedgerRow:
    """A row of the table of photos."""
    values = dict(found)
    for name, empty in _EMPTY.items():
        values[name] = json.loads(values[name] or empty)
    return LedgerRow(**values)


def to_cells(values: Iterable[Any]) -> list[Any]:
    """Values as SQLite takes them: collections as JSON, texts without surrogates."""
    cells = []
    for value in values:
        if isinstance(value, dict | list | tuple):
            value = json.dumps(value)
        if isinstance(value, str):
            value = value.translate(_SURROGATES_OUT)
        cells.append(value)
    return cells


def to_text(cell: bytes) -> str:
    """A text as it was before `to_cells`."""
    return cell.decode().translate(_SURROGATES_BACK)
