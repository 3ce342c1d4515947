"""The files where outputs go: results that are still right, files of others in the way, and what dead runs have left."""

import hashlib
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from photostyle.batch import remote
from photostyle.batch.fingerprint import stamp, unchanged
from photostyle.batch.job import Job
from photostyle.batch.ledger import Ledger
from photostyle.batch.ledger_rows import LedgerRow
from photostyle.errors import OptionError, PhotostyleError

PART = ".photostyle-"  # what temporary names begin with


def part_name(output: str, run: str, number: int) -> str:
    """The temporary name that a run writes an output under, beside it; a URL is put whole and has none."""
    if remote.is_url(output):
        return output
    path = Path(output)
    return str(path.with_name(f"{PART}{run}-{number}{path.suffix}"))


def publish(part: str, output: str) -> str | None:
    """Give a whole result its name, on the disk too.

    Returns:
        Its version; None if the file is gone again, or the store does not answer.
    """
    if not remote.is_url(output):
        _rename(part, output)
    with suppress(PhotostyleError):
        return stamp(output).version
    return None


def _rename(part: str, output: str) -> None:
    os.replace(part, output)
    if os.name != "nt":
        folder = os.open(os.path.dirname(output) or ".", os.O_RDONLY)
        with suppress(OSError):  # some network disks know no fsync of a folder
            os.fsync(folder)
        os.close(folder)


def is_up_to_date(job: Job, row: LedgerRow, fingerprint: str, ledger: Ledger) -> bool:
    """Whether a result is what the job would make: same options, same inputs, and the file as it was written.

    Times of files that have changed though their contents have not are noted in the ledger.
    """
    if row.options != fingerprint or set(row.inputs) != set(job.inputs):
        return False
    inputs = {}
    try:
        for name in job.inputs:
            known = row.inputs[name]
            now = stamp(name)
            if not unchanged(name, known):
                return False
            inputs[name] = [now.bytes, now.version, known[2]]
        version = _version_if_as_written(row, job.output)
    except PhotostyleError:
        return False
    if version is None:
        return False
    if inputs != row.inputs or version != row.output_version:
        ledger.confirm(job.output, inputs, version)
    return True


def _version_if_as_written(row: LedgerRow, output: str) -> str | None:
    """The version of an output that has the content that was written; None if it has another."""
    now = stamp(output)
    if now.bytes != row.output_bytes:
        return None
    if now.version == row.output_version:
        return now.version
    if not remote.is_url(output) and _hash(output) == row.output_hash:
        return now.version
    return None


def refuse_files_of_others(jobs: Sequence[Job], ledger: Ledger) -> None:
    """Refuse to replace files that no run has made.

    Raises:
        OptionError: it names the first of them.
    """
    known = ledger.outputs()
    unknown = [job.output for job in jobs if job.output not in known]
    existing = remote.existing(output for output in unknown if remote.is_url(output))
    for output in unknown:
        if not remote.is_url(output) and os.path.lexists(output):
            existing.add(output)
    if not existing:
        return
    existing -= ledger.outputs()  # what another run has published meanwhile
    in_the_way = [output for output in unknown if output in existing]
    if in_the_way:
        others = ""
        if len(in_the_way) > 1:
            others = f" and {len(in_the_way) - 1} more"
        text = (
            f"{in_the_way[0]}{others}: exists already and is not in {ledger.path}; "
            "give another output, or allow that it is replaced"
        )
        raise OptionError(text, option="overwrite")


def finish_dead_runs(ledger: Ledger) -> None:
    """Finish what dead runs had written whole, and remove what they had not."""
    dead = set(ledger.dead_runs())
    if not dead:
        return
    left = [row for row in ledger.rows() if row.run in dead and row.status in ("claimed", "made")]
    for row in left:
        if row.status == "made" and ledger.take_over(row):
            _finish(row, ledger)
    for folder in _folders(left):
        for run in dead:
            remove_parts(folder, f"{PART}{run}-")


def finish_this_run(ledger: Ledger) -> None:
    """Finish what this run had written whole, and remove the temporary files of what it had not."""
    left = ledger.unfinished()
    for row in left:
        if row.status == "made":
            _finish(row, ledger)
    for folder in _folders(left):
        remove_parts(folder, f"{PART}{ledger.run}-")


def _folders(rows: Iterable[LedgerRow]) -> set[Path]:
    return {Path(row.output).parent for row in rows if not remote.is_url(row.output)}


def _finish(row: LedgerRow, ledger: Ledger) -> None:
    """Give a result that was whole its name, if it has not got it yet."""
    for name in dict.fromkeys((row.part, row.output)):
        if name is None:
            continue
        with suppress(OSError, PhotostyleError):
            same = remote.is_url(name) or _hash(name) == row.output_hash
            if same and stamp(name).bytes == row.output_bytes:
                ledger.mark_done(row.output, publish(name, row.output))
                return
    ledger.mark_failed(row.output, f"{row.content}: its result was lost when a run was ended; run again")


def remove_parts(folder: Path, beginning: str) -> None:
    """Remove temporary files whose names begin so, those of `write_photo` among them (a dot and that name)."""
    with suppress(FileNotFoundError):
        for entry in os.scandir(folder):
            if entry.name.lstrip(".").startswith(beginning.lstrip(".")):
                with suppress(OSError):
                    os.unlink(entry.path)


def _hash(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
