"""What stands where outputs go: results that are still right, strangers in the way, and what dead runs left."""

import hashlib
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from photostyle.batch import remote
from photostyle.batch.fingerprint import stamp, unchanged
from photostyle.batch.ledger import Ledger, Row
from photostyle.batch.plan import Job
from photostyle.errors import OptionError, PhotostyleError

PART = ".photostyle-"  # what temporary names begin with


def part_of(output: str, run: str, number: int) -> str:
    """The temporary name that a run writes an output under, beside it; a URL is put whole and has none."""
    if remote.is_url(output):
        return output
    path = Path(output)
    return str(path.with_name(f"{PART}{run}-{number}{path.suffix}"))


def publish(part: str, output: str) -> str | None:
    """Give a whole result its name, on the disk too; returns its version, None if it is gone again or the store is silent."""
    if not remote.is_url(output):
        _rename(part, output)
    with suppress(PhotostyleError):
        return stamp(output)[1]
    return None


def _rename(part: str, output: str) -> None:
    os.replace(part, output)
    if os.name != "nt":
        folder = os.open(os.path.dirname(output) or ".", os.O_RDONLY)
        with suppress(OSError):  # some network disks know no fsync of a folder
            os.fsync(folder)
        os.close(folder)


def still_right(job: Job, row: Row, options: str, ledger: Ledger) -> bool:
    """Whether a result is what the job would make: same options, same inputs, and the file as it was written."""
    if row.options != options or set(row.inputs) != set(job.inputs):
        return False
    try:
        now = {name: [*stamp(name), row.inputs[name][2]] for name in job.inputs}
        if not all(unchanged(name, row.inputs[name]) for name in job.inputs):
            return False
        version = _version_if_right(row, job.output)
    except PhotostyleError:
        return False
    if version is not None and (now != row.inputs or version != row.output_version):
        ledger.keep(job.output, now, version)
    return version is not None


def _version_if_right(row: Row, output: str) -> str | None:
    size, version = stamp(output)
    if size != row.output_bytes:
        return None
    if version == row.output_version:
        return version
    return version if not remote.is_url(output) and _hash(output) == row.output_hash else None


def refuse_strangers(jobs: Sequence[Job], ledger: Ledger) -> None:
    """Refuse to replace files that no run has made.

    Raises:
        OptionError: it names the first of them.
    """
    known = ledger.outputs()
    unknown = [job.output for job in jobs if job.output not in known]
    there = remote.existing(output for output in unknown if remote.is_url(output))
    there |= {output for output in unknown if not remote.is_url(output) and os.path.lexists(output)}
    if there:
        there -= ledger.outputs()  # what another run has published meanwhile
    strangers = [output for output in unknown if output in there]
    if strangers:
        more = f" and {len(strangers) - 1} more" if len(strangers) > 1 else ""
        raise OptionError(
            f"{strangers[0]}{more}: exists already and is not in {ledger.path}; "
            "choose another --output, or --overwrite to replace"
        )


def clean_up(ledger: Ledger) -> None:
    """Finish what dead runs had written whole, and remove what they had not."""
    dead = set(ledger.dead())
    if not dead:
        return
    left = [row for row in ledger.rows() if row.run in dead and row.status in ("claimed", "made")]
    for row in left:
        if row.status == "made" and ledger.adopt(row):
            _finish(row, ledger)
    for folder in {str(Path(row.output).parent) for row in left if not remote.is_url(row.output)}:
        for run in dead:
            remove_parts(Path(folder), f"{PART}{run}-")


def _finish(row: Row, ledger: Ledger) -> None:
    """Of a result that was whole: give it its name, if it has not got it yet."""
    for place in dict.fromkeys((row.part, row.output)):
        with suppress(OSError, PhotostyleError):
            same = remote.is_url(place) or _hash(place) == row.output_hash
            if stamp(place)[0] == row.output_bytes and same:
                ledger.done(row.output, publish(place, row.output))
                return
    ledger.failed(row.output, f"{row.content}: its result was lost when a run was ended; run again")


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


def clear_own(ledger: Ledger) -> None:
    """Finish what this run had written whole, and remove the temporary files of what it had not."""
    mine = ledger.mine()
    for row in mine:
        if row.status == "made":
            _finish(row, ledger)
    for folder in {str(Path(row.output).parent) for row in mine if not remote.is_url(row.output)}:
        remove_parts(Path(folder), f"{PART}{ledger.run}-")
