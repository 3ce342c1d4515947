"""The ledger: one row a photo, in SQLite, so that a run may be killed at any time and several may share the work.

A photo is *claimed* by a run before it is worked on. The run's heartbeat keeps its claims; those of a run that is dead
(its process is gone, or its heart has stopped for `LEASE` seconds) are free. A result is written under a temporary name
first; the row says so (`made`, with size and hash); then the file gets its name, and the row says `done`. Whatever
moment the plug is pulled at, the next run can tell from the row and the files what is left to do.
"""

import json
import os
import socket
import sqlite3
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import quote

from photostyle.errors import OptionError

LEASE = 60.0  # seconds without a heartbeat after which a run on another machine counts as dead
PATIENCE = 60.0  # seconds to wait for a ledger that another run has locked
VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS photos (
    output TEXT PRIMARY KEY, content TEXT, style TEXT, options TEXT, inputs TEXT, status TEXT NOT NULL, error TEXT,
    seconds REAL, stages TEXT, notes TEXT, output_bytes INTEGER, output_version TEXT, output_hash TEXT, part TEXT,
    attempts INTEGER NOT NULL DEFAULT 0, run TEXT, started REAL, finished REAL
);
CREATE TABLE IF NOT EXISTS runs (
    id TEXT PRIMARY KEY, host TEXT, pid INTEGER, born TEXT, heartbeat REAL, command TEXT
);
"""
# SQLite keeps Unicode alone; the bytes that Python has as surrogates in names of other encodings go in a plane for private use.
_SAFE = {0xDC00 + byte: 0x10DC00 + byte for byte in range(128, 256)}
_BACK = {safe: surrogate for surrogate, safe in _SAFE.items()}
COLUMNS = (
    "output content style options inputs status error seconds stages notes output_bytes output_version output_hash part"
    " attempts run started finished"
).split()


@dataclass(frozen=True)
class Row:
    """What the ledger knows of an output; `status` is claimed, made, done or failed."""

    output: str
    content: str
    style: str
    options: str
    inputs: dict[str, list]
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


class Ledger:
    """A ledger on disk, open for one run.

    Args:
        path: of the SQLite file; its folder is made.
        command: what the run was told, for whoever reads the ledger.

    Raises:
        OptionError: the file cannot be opened, or is no ledger.
    """

    def __init__(self, path: str | Path, command: str = ""):
        self.path, self.run = Path(path), uuid.uuid4().hex[:12]
        self.began = time.time()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
            self._db.row_factory, self._db.text_factory = sqlite3.Row, _restored
            self._log_ahead()
            self._db.execute("PRAGMA synchronous=FULL")  # a row that says done is on the disk
            self._check_version()
            self._db.executescript(_SCHEMA)
            values = self.run, _machine(), os.getpid(), _born(os.getpid()), time.time(), command
            self._execute("INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?)", values)
        except (sqlite3.Error, OSError) as error:
            raise OptionError(f"{path}: cannot be used as a ledger ({error}); name another with --ledger") from error

    def _log_ahead(self) -> None:
        """Turn write-ahead logging on; of runs that begin at once, SQLite refuses all but one instead of letting them wait."""
        while True:
            try:
                self._db.execute("PRAGMA journal_mode=WAL")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.time() - self.began > PATIENCE:
                    raise
                time.sleep(0.01)

    def _check_version(self) -> None:
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, VERSION):
            raise OptionError(f"{self.path}: a ledger of version {version}, this photostyle writes {VERSION}; name another")
        self._db.execute(f"PRAGMA user_version={VERSION}")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def _execute(self, statement: str, values: Iterable) -> sqlite3.Cursor:
        return self._db.execute(statement, [_as_cell(value) for value in values])

    def row(self, output: str) -> Row | None:
        """What is known of an output."""
        found = self._execute("SELECT * FROM photos WHERE output = ?", (output,)).fetchone()
        return _as_row(found) if found else None

    def rows(self) -> list[Row]:
        """Everything, by output."""
        return [_as_row(found) for found in self._db.execute("SELECT * FROM photos ORDER BY output")]

    def outputs(self) -> frozenset[str]:
        """Every output that was ever written or begun."""
        return frozenset(row[0] for row in self._db.execute("SELECT output FROM photos"))

    def is_alone(self) -> bool:
        """Whether no other run has ever opened the ledger."""
        return self._db.execute("SELECT COUNT(*) FROM runs").fetchone()[0] == 1

    def beat(self) -> None:
        """Tell the other runs that this one is alive."""
        self._db.execute("UPDATE runs SET heartbeat = ? WHERE id = ?", (time.time(), self.run))

    def claim(self, output: str, content: str, style: str, options: str, known: Row | None) -> bool:
        """Take a photo for this run; False where another run has taken or settled it since `known` was read."""
        with self._alone():
            now = self.row(output)
            changed = (now and (now.run, now.status)) != (known and (known.run, known.status))
            if changed or (now and now.status in ("claimed", "made") and now.run != self.run and self.alive(now.run)):
                return False
            attempts = (now.attempts if now else 0) + 1
            self._execute(
                "INSERT OR REPLACE INTO photos (output, content, style, options, inputs, status, attempts, run, started)"
                " VALUES (?, ?, ?, ?, '{}', 'claimed', ?, ?, ?)",
                (output, content, style, options, attempts, self.run, time.time()),
            )
        return True

    def _settle(self, output: str, **values) -> bool:
        names = ", ".join(f"{name} = ?" for name in values)
        where = "WHERE output = ? AND run = ?"
        return self._execute(f"UPDATE photos SET {names} {where}", (*values.values(), output, self.run)).rowcount == 1

    def made(self, output: str, part: str, **facts) -> bool:
        """The result lies whole under the name `part`; `facts` are inputs, seconds, stages, notes and output_*.

        False where another run has taken the photo meanwhile, because this one seemed dead.
        """
        return self._settle(output, status="made", part=part, finished=time.time(), **facts)

    def done(self, output: str, version: str | None) -> None:
        """The result has its name; `version` is its modification time."""
        self._settle(output, status="done", part=None, error=None, output_version=version)

    def failed(self, output: str, error: str, **facts) -> None:
        """It cannot be made, for a reason."""
        self._settle(output, status="failed", error=error, part=None, finished=time.time(), **facts)

    def adopt(self, row: Row) -> bool:
        """Take over a row that a dead run has left as it is; False where another was quicker."""
        with self._alone():
            done = self._execute(
                "UPDATE photos SET run = ? WHERE output = ? AND run = ? AND status = ?",
                (self.run, row.output, row.run, row.status),
            )
            return done.rowcount == 1

    def keep(self, output: str, inputs: dict[str, list], version: str | None) -> None:
        """Note that an output is still right although its inputs' or its own modification times have changed."""
        self._execute(
            "UPDATE photos SET inputs = ?, output_version = ? WHERE output = ? AND status = 'done'",
            (inputs, version, output),
        )

    def alive(self, run: str | None) -> bool:
        """Whether another run is still at work."""
        found = self._db.execute("SELECT * FROM runs WHERE id = ?", (run,)).fetchone()
        if found is None or time.time() - found["heartbeat"] > LEASE:
            return False
        return found["host"] != _machine() or _born(found["pid"]) == found["born"]

    def dead(self) -> list[str]:
        """Runs that have ended, in whatever way, and left photos unfinished."""
        left = self._db.execute("SELECT DISTINCT run FROM photos WHERE status IN ('claimed', 'made')")
        return [row[0] for row in left.fetchall() if row[0] != self.run and not self.alive(row[0])]

    def mine(self) -> list[Row]:
        """What this run has claimed and not finished."""
        found = self._db.execute("SELECT * FROM photos WHERE run = ? AND status IN ('claimed', 'made')", (self.run,))
        return [_as_row(row) for row in found.fetchall()]

    def close(self) -> None:
        """End the run: its heart stops, and its claims are free."""
        self._db.execute("UPDATE runs SET heartbeat = 0 WHERE id = ?", (self.run,))
        self._db.close()


def outputs_beside(path: Path) -> set[str]:
    """The outputs of a ledger and of those in the same folder, such as the other shards'."""
    outputs = set()
    for beside in path.parent.glob("*.sqlite"):
        with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{quote(str(beside))}?mode=ro", uri=True)) as db:
            db.text_factory = _restored
            outputs |= {row[0] for row in db.execute("SELECT output FROM photos")}
    return outputs


def merge(into: str | Path, sources: Iterable[str | Path]) -> int:
    """Gather the ledgers of shards in one; of two rows for an output a done one wins, then the later one.

    Returns:
        How many rows it has.
    """
    rank = "(status = 'done'), COALESCE(finished, started, 0)"
    for source in sources:
        if not Path(source).is_file():
            raise OptionError(f"{source}: no such ledger; name the .sqlite files of the shards")
    ledger = Ledger(into, "merge")
    try:
        for source in sources:
            if Path(source).resolve() == Path(into).resolve():
                continue
            ledger._db.execute("ATTACH DATABASE ? AS other", (str(source),))
            ledger._db.execute(
                f"INSERT OR REPLACE INTO photos SELECT {', '.join(COLUMNS)} FROM other.photos AS o WHERE NOT EXISTS"
                f" (SELECT 1 FROM main.photos AS m WHERE m.output = o.output AND"
                f" ({rank.replace('status', 'm.status').replace('finished, started', 'm.finished, m.started')}) >="
                f" ({rank.replace('status', 'o.status').replace('finished, started', 'o.finished, o.started')}))"
            )
            ledger._db.execute("DETACH DATABASE other")
        return len(ledger.outputs())
    except sqlite3.Error as error:
        raise OptionError(f"{source}: is no ledger of photostyle ({error})") from error
    finally:
        ledger.close()


def _as_cell(value):
    value = json.dumps(value) if isinstance(value, dict | list | tuple) else value
    return value.translate(_SAFE) if isinstance(value, str) else value


def _restored(text: bytes) -> str:
    return text.decode().translate(_BACK)


def _as_row(found: sqlite3.Row) -> Row:
    values = dict(found)
    for name, empty in (("inputs", "{}"), ("stages", "{}"), ("notes", "[]")):
        values[name] = json.loads(values[name] or empty)
    return Row(**values)


@cache
def _machine() -> str:
    """Where the numbers of processes mean the same: a host since its start, and a container of its own there."""
    name = socket.gethostname()
    with suppress(OSError):
        name += " " + Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        name += " " + os.readlink("/proc/self/ns/pid")
    return name


def _born(pid: int) -> str:
    """When a process of this machine began, so that its number used again is not taken for it; "" if there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        pass
    if Path("/proc/self/stat").exists():
        return ""
    if os.name == "nt":  # os.kill would end it; the lease alone tells
        return "alive"
    try:
        os.kill(pid, 0)
        return "alive"
    except PermissionError:
        return "alive"
    except (OSError, ValueError):
        return ""
