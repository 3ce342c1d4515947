"""The page of a run: what failed and why, and a contact sheet of before and after. One file that holds all it shows."""

import base64
import html
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from photostyle.batch import remote
from photostyle.batch.job import Job
from photostyle.batch.progress import Summary
from photostyle.errors import PhotoError, PhotostyleError
from photostyle.photo import read_photo, resample
from photostyle.whole_file import write_whole

SHOWN = 120  # photos on the contact sheet, taken evenly from more
SIDE = 220  # pixels of a thumbnail's long side
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; color: #222; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; } code { font-size: .9em; }
.sheet { display: grid; grid-template-columns: repeat(auto-fill, minmax(23rem, 1fr)); gap: 1rem; }
figure { margin: 0; } .pair { display: flex; gap: 2px; } .pair img { width: calc(50% - 1px); object-fit: contain; }
figcaption { font-size: .8rem; color: #666; overflow-wrap: anywhere; }
table { border-collapse: collapse; } td { padding: .2rem .8rem .2rem 0; vertical-align: top; overflow-wrap: anywhere; }
@media (prefers-color-scheme: dark) { body { background: #1b1b1b; color: #ddd; } figcaption { color: #999; } }
"""


@dataclass(frozen=True)
class _Shown:
    job: Job
    before: str
    after: str


def write_page(path: Path, plan: Sequence[Job], summary: Summary) -> None:
    """Write the page of a run.

    Args:
        path: of the HTML file.
        plan: all jobs; those whose output is there are on the contact sheet, `SHOWN` of them at most.
        summary: how the run ended.

    Raises:
        PhotoError: it cannot be written.
    """
    failed = {output for _, output, _ in summary.failures}
    there = [job for job in plan if job.output not in failed and (remote.is_url(job.output) or os.path.exists(job.output))]
    chosen = there if len(there) <= SHOWN else [there[i * len(there) // SHOWN] for i in range(SHOWN)]
    shown = [pair for pair in map(_pair, chosen) if pair]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, _page(shown, len(there), summary).encode("utf-8", "surrogateescape"))
    except OSError as error:
        raise PhotoError(f"{path}: cannot be written ({error.strerror}); give another --report") from error


def _pair(job: Job) -> _Shown | None:
    if remote.is_url(job.content) or remote.is_url(job.output):
        return None  # the page is no reason for a journey
    try:
        return _Shown(job, _thumbnail(job.content), _thumbnail(job.output))
    except PhotostyleError:
        return None  # it has gone since: the page shows what is there


def _thumbnail(name: str) -> str:
    """A data URL of a small JPEG in sRGB."""
    from PIL import Image

    photo = read_photo(name)
    scale = min(1.0, SIDE / max(photo.size))
    small = resample(photo.pixels, tuple(max(1, round(side * scale)) for side in photo.size))
    file = io.BytesIO()
    Image.fromarray((small.clip(0, 1) * 255 + 0.5).astype("uint8")).save(file, "JPEG", quality=82)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()


def _page(shown: Sequence[_Shown], there: int, summary: Summary) -> str:
    counts = {
        "photos": summary.total, "done": summary.done, "done before": summary.done_before,
        "done by another run": summary.done_by_others, "failed": summary.failed, "not come to": summary.left,
    }  # fmt: skip
    facts = ", ".join(f"{count} {name}" for name, count in counts.items() if count or name == "photos")
    rows = "".join(
        f"<tr><td><code>{_text(content)}</code></td><td>{_text(error)}</td></tr>" for content, _, error in summary.failures
    )
    failures = f"<h2>Could not be made</h2><table>{rows}</table>" if rows else ""
    of = f" ({len(shown)} of {there})" if len(shown) < there else ""
    sheet = f'<h2>Before and after{of}</h2><div class="sheet">{"".join(map(_figure, shown))}</div>' if shown else ""
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Photos relit</title><style>{_STYLE}</style><h1>Photos relit</h1>"
        f"<p>{facts}; {summary.seconds:.0f} s.</p>{failures}{sheet}</html>\n"
    )


def _figure(pair: _Shown) -> str:
    name = _text(pair.job.content)
    return (
        f'<figure><div class="pair"><img loading="lazy" alt="{name} before" src="{pair.before}">'
        f'<img loading="lazy" alt="{name} after" src="{pair.after}"></div>'
        f"<figcaption>{name}<br>in the light of {_text(pair.job.style)}</figcaption></figure>"
    )


def _text(text: str) -> str:
    return html.escape(text)
