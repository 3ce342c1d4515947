"""Files of ledgers: where one lies, the outputs of all in a folder, those of shards gathered in one."""

import re
import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote

from photostyle.batch import remote
from photostyle.batch.ledger import Ledger
from photostyle.batch.ledger_rows import to_text
from photostyle.batch.shards import Shard
from photostyle.errors import FileError

FOLDER = ".photostyle"


def default_ledger(root: str, shard: Shard | None = None) -> Path:
    """Where the ledger of outputs in some folder lies: in a folder beside them; of URLs, in the current one."""
    name = "ledger"
    folder = Path(root)
    if remote.is_url(root):
        name = re.sub(r"[\W_]", "-", root)
        folder = Path(".")
    if shard:
        name = f"{name}-{shard}"
    return folder / FOLDER / f"{name}.sqlite"


def outputs_in_folder(folder: Path) -> frozenset[str]:
    """The outputs of all ledgers in a folder, such as those of a plan's shards."""
    outputs: set[str] = set()
    for path in folder.glob("*.sqlite"):
        with suppress(sqlite3.Error), closing(read_only(path)) as database:
            database.text_factory = to_text
            for (output,) in database.execute("SELECT output FROM photos"):
                outputs.add(output)
    return frozenset(outputs)


def read_only(path: Path) -> sqlite3.Connection:
    """A connection to a ledger that leaves no file behind, and sees what runs in progress have written.

    Raises:
        sqlite3.Error: it cannot be opened.
    """
    address = f"file:{quote(str(path))}?mode=ro"
    if not path.with_name(f"{path.name}-wal").exists():
        address += "&immutable=1"  # else SQLite would make files for readers beside it
    return sqlite3.connect(address, uri=True)


def merge_ledgers(target: str | Path, sources: Iterable[str | Path]) -> int:
    """Gather the ledgers of shards in one; of two rows for an output a done one wins, then the later one.

    Args:
        target: the ledger to gather them in; it may exist.
        sources: the ledgers of the shards.

    Returns:
        How many rows it has.

    Raises:
        FileError: one of them is no ledger, or is not there.
    """
    paths = list(map(Path, sources))
    for path in paths:
        if not path.is_file():
            raise FileError(f"{path}: no such ledger; name the .sqlite files of the shards")
    ledger = Ledger(target, "merge")
    try:
        for path in paths:
            if path.resolve() != Path(target).resolve():
                ledger.add_rows_of(path)
        return len(ledger.outputs())
    finally:
        ledger.close()
