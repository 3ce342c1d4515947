"""The ledger: one row a photo, in SQLite, so that a run may be killed at any time and several may share the work.

A photo is *claimed* by a run before it is worked on. The run's heartbeat keeps its claims; those of a run that is dead
(its process is gone, or it has shown no heartbeat for `LEASE` seconds) are free. A result is written under a temporary
name first; the row says so ("made", with size and hash); then the file gets its name, and the row says "done". Whatever
moment the plug is pulled at, the next run can tell from the row and the files what is left to do.
"""

import os
import sqlite3
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from photostyle.batch.ledger_rows import COLUMNS, SCHEMA, VERSION, LedgerRow, to_cells, to_row, to_text
from photostyle.batch.process_identity import machine_name, process_start
from photostyle.errors import FileError

LEASE = 60.0  # seconds without a heartbeat after which a run on another machine counts as dead
PATIENCE = 60.0  # seconds to wait for a ledger that another run has locked


class Ledger:
    """A ledger on disk, open for one run.

    Args:
        path: of the SQLite file; its folder is made.
        command: what started the run, for whoever reads the ledger.

    Raises:
        FileError: the file cannot be opened, or is no ledger.
    """

    def __init__(self, path: str | Path, command: str = ""):
        self.path = Path(path)
        self.run = uuid.uuid4().hex[:12]
        self.opened = time.time()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
            self._db.row_factory = sqlite3.Row
            self._db.text_factory = to_text
            self._turn_on_write_ahead_log()
            self._db.execute("PRAGMA synchronous=FULL")  # a row that says done is on the disk
            self._check_version()
            self._db.executescript(SCHEMA)
            pid = os.getpid()
            run = (self.run, machine_name(), pid, process_start(pid), time.time(), command)
            self._execute("INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?)", run)
        except (sqlite3.Error, OSError) as error:
            raise FileError(f"{path}: cannot be used as a ledger ({error}); name another", option="ledger") from error

    def _turn_on_write_ahead_log(self) -> None:
        """Of runs that begin at once, SQLite refuses this to all but one instead of letting them wait."""
        while True:
            try:
                self._db.execute("PRAGMA journal_mode=WAL")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.time() - self.opened > PATIENCE:
                    raise
                time.sleep(0.01)

    def _check_version(self) -> None:
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, VERSION):
            text = f"{self.path}: a ledger of version {version}, this photostyle writes {VERSION}; name another"
            raise FileError(text, option="ledger")
        self._db.execute(f"PRAGMA user_version={VERSION}")

    @contextmanager
    def _exclusively(self) -> Iterator[None]:
        """While no other run may write; undone if it ends with an error."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def _execute(self, statement: str, values: Iterable[Any] = ()) -> sqlite3.Cursor:
        return self._db.execute(statement, to_cells(values))

    def row(self, output: str) -> LedgerRow | None:
        """What is known of an output."""
        found = self._execute("SELECT * FROM photos WHERE output = ?", (output,)).fetchone()
        if found is None:
            return None
        return to_row(found)

    def rows(self) -> list[LedgerRow]:
        """Everything, by output."""
        return list(map(to_row, self._execute("SELECT * FROM photos ORDER BY output")))

    def outputs(self) -> frozenset[str]:
        """Every output that was ever written or begun."""
        return frozenset(found["output"] for found in self._execute("SELECT output FROM photos"))

    def is_only_run(self) -> bool:
        """Whether no other run has ever opened the ledger."""
        count: int = self._execute("SELECT COUNT(*) FROM runs").fetchone()[0]
        return count == 1

    def heartbeat(self) -> None:
        """Tell the other runs that this one is alive."""
        self._execute("UPDATE runs SET heartbeat = ? WHERE id = ?", (time.time(), self.run))

    def claim(self, output: str, content: str, style: str, options: str, known: LedgerRow | None) -> bool:
        """Take a photo for this run; False where another run has taken or finished it since `known` was read."""
        with self._exclusively():
            now = self.row(output)
            if _state(now) != _state(known):
                return False
            attempts = 1
            if now is not None:
                if now.status in ("claimed", "made") and now.run != self.run and self.is_alive(now.run):
                    return False
                attempts = now.attempts + 1
            self._execute(
                "INSERT OR REPLACE INTO photos (output, content, style, options, inputs, status, attempts, run, started)"
                " VALUES (?, ?, ?, ?, '{}', 'claimed', ?, ?, ?)",
                (output, content, style, options, attempts, self.run, time.time()),
            )
        return True

    def _update(self, output: str, **values: Any) -> bool:
        """Change the row of an output, unless another run has taken it; returns whether it was changed."""
        columns = " = ?, ".join(values) + " = ?"
        statement = f"UPDATE photos SET {columns} WHERE output = ? AND run = ?"
        return self._execute(statement, (*values.values(), output, self.run)).rowcount == 1

    def mark_made(self, output: str, part: str, **facts: Any) -> bool:
        """Note that the result lies whole under the name `part`; False where another run has taken the photo meanwhile,
        because this one seemed dead.

        Args:
            facts: inputs, seconds, stages, notes and output_*, as in `LedgerRow`.
        """
        return self._update(output, status="made", part=part, finished=time.time(), **facts)

    def mark_done(self, output: str, version: str | None) -> None:
        """Note that the result has its name; `version` is its modification time."""
        self._update(output, status="done", part=None, error=None, output_version=version)

    def mark_failed(self, output: str, error: str, **facts: Any) -> None:
        """Note that a photo cannot be made, and why."""
        self._update(output, status="failed", error=error, part=None, finished=time.time(), **facts)

    def take_over(self, row: LedgerRow) -> bool:
        """Take a row that a dead run has left, as it is; False where another run was quicker."""
        with self._exclusively():
            changed = self._execute(
                "UPDATE photos SET run = ? WHERE output = ? AND run = ? AND status = ?",
                (self.run, row.output, row.run, row.status),
            )
            return changed.rowcount == 1

    def confirm(self, output: str, inputs: dict[str, list[Any]], version: str | None) -> None:
        """Note that an output is still right although its inputs' or its own modification times have changed."""
        self._execute(
            "UPDATE photos SET inputs = ?, output_version = ? WHERE output = ? AND status = 'done'",
            (inputs, version, output),
        )

    def is_alive(self, run: str | None) -> bool:
        """Whether another run is still at work."""
        found = self._execute("SELECT * FROM runs WHERE id = ?", (run,)).fetchone()
        if found is None or time.time() - found["heartbeat"] > LEASE:
            return False
        if found["host"] != machine_name():
            return True
        return process_start(found["pid"]) == str(found["born"])

    def dead_runs(self) -> list[str]:
        """Runs that have ended, in whatever way, and left photos unfinished."""
        statement = "SELECT DISTINCT run FROM photos WHERE status IN ('claimed', 'made') AND run != ?"
        dead = []
        for (run,) in self._execute(statement, (self.run,)).fetchall():
            if not self.is_alive(run):
                dead.append(run)
        return dead

    def unfinished(self) -> list[LedgerRow]:
        """What this run has claimed and not finished."""
        statement = "SELECT * FROM photos WHERE run = ? AND status IN ('claimed', 'made')"
        return list(map(to_row, self._execute(statement, (self.run,))))

    def add_rows_of(self, other: Path) -> None:
        """Take the rows of another ledger; of two rows for an output a done one wins, then the later one.

        Raises:
            FileError: the other file is no ledger.
        """
        columns = ", ".join(COLUMNS)
        try:
            self._execute("ATTACH DATABASE ? AS other", (str(other),))
            self._execute(
                f"INSERT OR REPLACE INTO photos SELECT {columns} FROM other.photos AS theirs WHERE NOT EXISTS"
                " (SELECT 1 FROM main.photos AS ours WHERE ours.output = theirs.output AND"
                " (ours.status = 'done', COALESCE(ours.finished, ours.started, 0)) >="
                " (theirs.status = 'done', COALESCE(theirs.finished, theirs.started, 0)))"
            )
            self._execute("DETACH DATABASE other")
        except sqlite3.Error as error:
            raise FileError(f"{other}: is no ledger of photostyle ({error})") from error

    def close(self) -> None:
        """End the run: it has no heartbeat any more, and its claims are free."""
        self._execute("UPDATE runs SET heartbeat = 0 WHERE id = ?", (self.run,))
        self._db.close()


def _state(row: LedgerRow | None) -> tuple[str | None, str] | None:
    """What changes when a run takes or finishes a photo."""
    if row is None:
        return None
    return row.run, row.status
