"""`photostyle batch --dry-run`: what a run would do; nothing is written, the ledger least of all."""

import json
import sqlite3
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from photostyle.batch import Job, Ledger, remote
from photostyle.batch.fingerprint import job_fingerprint
from photostyle.batch.ledger_files import read_only
from photostyle.batch.outputs import is_up_to_date
from photostyle.batch.sets.sample import SetMode
from photostyle.cli.dry_run import regions_from
from photostyle.errors import FileError, PhotostyleError


@contextmanager
def open_copy(path: Path) -> Iterator[Ledger]:
    """A copy of a ledger, or a new one where there is none, that goes by the name of the ledger itself.

    Raises:
        FileError: the ledger cannot be read.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "ledger.sqlite")
        if path.exists():
            _copy(path, copy)
        ledger = Ledger(copy, "dry run")
        ledger.path = path
        try:
            yield ledger
        finally:
            ledger.close()


def _copy(path: Path, copy: Path) -> None:
    try:
        with closing(read_only(path)) as ledger, closing(sqlite3.connect(copy)) as target:
            ledger.backup(target)
    except sqlite3.Error as error:
        raise FileError(f"{path}: cannot be used as a ledger ({error}); name another", option="ledger") from error


def say(plan: Sequence[Job], ledger: Ledger, mode: SetMode, notes: Sequence[str], *, as_json: bool) -> None:
    """Print what would become of each photo of a plan, and a line that sums it up; as JSON lines where they are asked for."""
    counts = {"make": 0, "keep": 0, "fail": 0}
    for job in plan:
        fate, error = _fate(job, ledger)
        counts[fate] += 1
        if as_json:
            record = {"content": job.content, "style": job.style, "output": job.output, "would": fate, "error": error}
            sys.stdout.write(json.dumps(record) + "\n")
        else:
            sys.stdout.write(_line(job, fate, error))
    if as_json:
        sys.stdout.write(json.dumps({"dry_run": True, **counts, "notes": list(notes)}) + "\n")
        return
    for note in notes:
        sys.stdout.write(f"note: {note}\n")
    if mode != "each":
        sys.stdout.write(f"note: set-mode {mode}: one transform is found first, for all photos of a style\n")
    sys.stdout.write(
        f"{counts['make']} to make, {counts['keep']} to keep, {counts['fail']} that would fail; nothing was written\n"
    )


def _line(job: Job, fate: str, error: str | None) -> str:
    if error is not None:
        return f"fail  {error}\n"
    regions = regions_from(job.content_mask, job.options)
    return f"{fate}  {job.content} -> {job.output}  in the light of {job.style}; regions: {regions}\n"


def _fate(job: Job, ledger: Ledger) -> tuple[str, str | None]:
    """Whether a photo or clip would be made or kept, or fail for what its first bytes are; and the error."""
    from photostyle.photo.photo_file import PhotoFile
    from photostyle.photo.reading import format_of
    from photostyle.video.scanning import check_video

    try:
        if job.is_clip:
            check_video(Path(job.content))
        elif not remote.is_url(job.content):
            format_of(PhotoFile.of(job.content))
    except PhotostyleError as error:
        return "fail", str(error)
    row = ledger.row(job.output)
    if row is not None and row.status == "done" and is_up_to_date(job, row, job_fingerprint(job), ledger):
        return "keep", None
    return "make", None
