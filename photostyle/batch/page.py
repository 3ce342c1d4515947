"""The page of a batch: what failed and why, notes, and a contact sheet of before and after; one file that holds all it shows."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from photostyle.batch import remote
from photostyle.batch.job import Job
from photostyle.batch.notes import counted
from photostyle.batch.progress import Summary
from photostyle.clip_files import is_clip
from photostyle.errors import FileError, PhotostyleError
from photostyle.pages import Embedded, Markup, document, element, embedded, image, items, joined, table, thumbnail, write_document
from photostyle.photo import open_photo, read_photo

SHOWN = 120  # photos on the contact sheet, taken evenly from more
SIDE = 220  # pixels of a thumbnail's long side
TITLE = "Photos relit"
_HEAD = 2000  # bytes of a page in which it says what it is
_STYLE = """.sheet { display: grid; grid-template-columns: repeat(auto-fill, minmax(23rem, 1fr)); gap: 1rem; }
.pair { display: flex; gap: 2px; }
.pair img { width: calc(50% - 1px); object-fit: contain; }
"""


@dataclass(frozen=True)
class _Shown:
    """A job whose photo and output are on the contact sheet."""

    job: Job
    before: Embedded
    after: Embedded


def write_page(path: Path, plan: Sequence[Job], summary: Summary) -> None:
    """Write the page of a batch.

    Args:
        path: of the HTML file; its folder is made where it is missing.
        plan: all jobs; those whose output is there are on the contact sheet, `SHOWN` of them at most.
        summary: how the batch ended.

    Raises:
        FileError: it cannot be written.
    """
    finished = _finished(plan, summary)
    shown = []
    for job in _evenly(finished, SHOWN):
        pair = _pair(job)
        if pair is not None:
            shown.append(pair)
    header = element("header", element("h1", TITLE), element("p", _counts(summary)))
    main = element("main", _failures(summary), _notes(summary), _sheet(shown, len(finished)))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"{path}: cannot be written ({error.strerror or error}); choose another place") from error
    write_document(path, document(TITLE, header, main, style=_STYLE))


def is_page(path: Path) -> bool:
    """Whether a file is the page of a batch, which the next run may replace."""
    try:
        with open(path, "rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return False
    return b'content="photostyle"' in head and f"<title>{TITLE}</title>".encode() in head


def _finished(plan: Sequence[Job], summary: Summary) -> list[Job]:
    """The jobs that did not fail and whose output is there, as far as can be said without asking a network."""
    failed = {output for _, output, _ in summary.failures}
    finished = []
    for job in plan:
        if job.output in failed:
            continue
        if remote.is_url(job.output) or os.path.exists(job.output):
            finished.append(job)
    return finished


def _evenly(jobs: Sequence[Job], most: int) -> list[Job]:
    """At most so many of the jobs, taken at even distances."""
    if len(jobs) <= most:
        return list(jobs)
    return [jobs[number * len(jobs) // most] for number in range(most)]


def _pair(job: Job) -> _Shown | None:
    """Before and after; None where they are not on this machine, or have gone since."""
    if remote.is_url(job.content) or remote.is_url(job.output):
        return None  # they are not downloaded for the page
    try:
        return _Shown(job, _thumbnail(job.content), _thumbnail(job.output))
    except PhotostyleError:
        return None  # the page shows what is there


def _thumbnail(name: str) -> Embedded:
    if is_clip(name):
        from photostyle.video.reading import middle_frame

        return embedded(thumbnail(open_photo(middle_frame(Path(name), SIDE)), SIDE))
    return embedded(thumbnail(read_photo(name), SIDE))


def _counts(summary: Summary) -> str:
    """How many photos came to which end, and how long it took."""
    parts = [f"{summary.total} {summary.kinds}", *summary.ends()]
    return f"{', '.join(parts)}; {summary.seconds:.0f} s."


def _failures(summary: Summary) -> Markup:
    if not summary.failures:
        return Markup("")
    rows = []
    for content, _, error in summary.failures:
        rows.append((element("code", content), error))
    return element("section", element("h2", "Could not be made"), table(("Photo", "why"), rows, "Photos that could not be made"))


def _notes(summary: Summary) -> Markup:
    """What is to be said of the photos: counted, and photo by photo."""
    if not summary.notes:
        return Markup("")
    noted = [(content, notes) for content, _, notes in summary.notes]
    rows = [(element("code", content), items(notes)) for content, notes in noted]
    details = element("details", element("summary", "Photo by photo"), table(("Photo", "notes"), rows, "Notes on each photo"))
    heading = f"Notes on {len(noted)} of {summary.total} photos"
    return element("section", element("h2", heading), items(str(note) for note in counted(noted)), details)


def _sheet(shown: Sequence[_Shown], finished: int) -> Markup:
    """The contact sheet, and of how many photos it shows how many where it does not show all."""
    if not shown:
        return Markup("")
    heading = "Before and after"
    if len(shown) < finished:
        heading += f" ({len(shown)} of {finished})"
    figures = joined(_figure(pair) for pair in shown)
    return element("section", element("h2", heading), element("div", figures, class_="sheet"))


def _figure(pair: _Shown) -> Markup:
    name = pair.job.content
    before = image(pair.before, f"{name} before", loading="lazy")
    after = image(pair.after, f"{name} after", loading="lazy")
    caption = element("figcaption", name, element("br"), f"in the light of {pair.job.style}")
    return element("figure", element("div", before, after, class_="pair"), caption)
