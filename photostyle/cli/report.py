"""What `photostyle run` shows: progress on stderr, a table of regions, a line of facts, a before-after picture."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from photostyle.events import Progress, ProgressCallback, ignore
from photostyle.photo import Photo, resample, write_photo
from photostyle.story import Result

COMPARISON_SIDE = 1600  # pixels, the longest side of each half of a before-after picture


@contextmanager
def progress(quiet: bool) -> Iterator[ProgressCallback]:
    """A callback that draws a bar on a terminal's stderr, writes plain lines elsewhere, or is silent."""
    if quiet:
        yield ignore
    elif sys.stderr.isatty():
        with _bar() as callback:
            yield callback
    else:
        yield _line


@contextmanager
def _bar() -> Iterator[ProgressCallback]:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description:>8}"), BarColumn(), TextColumn("{task.fields[facts]}"), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1, facts="")

        def callback(event: Progress) -> None:
            facts = f"loss {event.values['total']:.4f}" if "total" in event.values else ""
            bar.update(task, description=event.stage, completed=event.step, total=event.total, facts=facts)

        yield callback


def _line(event: Progress) -> None:
    """One line a stage, and some for a long one."""
    if event.values and (event.step % max(1, event.total // 4) == 0):
        sys.stderr.write(f"{event.stage} {event.step}/{event.total} loss {event.values.get('total', 0):.4f}\n")
    elif not event.values and event.step == 0:
        sys.stderr.write(f"{event.stage}...\n")
    sys.stderr.flush()


def record(result: Result, output: Path, compare: Path | None, notes: tuple[str, ...], seconds: float) -> dict:
    """Everything about a run as plain data."""
    swatches = dict(zip(result.content_regions.names, result.content_regions.colours, strict=True))
    width, height = result.photo.size
    return {
        "output": str(output),
        "compare": str(compare) if compare else None,
        "width": width,
        "height": height,
        "device": result.device,
        "encoder": result.encoder,
        "seconds": {**{k: round(v, 3) for k, v in result.seconds.items()}, "total": round(seconds, 3)},
        "regions": [
            {
                "content": p.content,
                "style": p.style,
                "how": p.how,
                "content_share": round(p.content_share, 4),
                "style_share": round(p.style_share, 4),
                "colour": list(swatches[p.content]),
            }
            for p in result.pairs
        ],
        "steps": len(result.history),
        "losses": {k: round(v, 6) for k, v in result.history[-1].items()} if result.history else {},
        "clipped": {"white": round(result.clipped.highlights, 5), "black": round(result.clipped.shadows, 5)},
        "notes": [*result.notes, *notes],
    }


def say(facts: dict) -> None:
    """The table of regions, notes, and a closing line, on stderr; the output's path on stdout."""
    from rich.console import Console
    from rich.table import Table

    console = Console(stderr=True, highlight=False)
    table = Table("", "region", "of content", "takes from", "of style", "how", box=None, pad_edge=False)
    for row in facts["regions"]:
        red, green, blue = row["colour"]
        share = f"{row['style_share']:.1%}" if row["style"] else ""
        swatch = f"[rgb({red},{green},{blue})]██[/]"
        table.add_row(swatch, row["content"], f"{row['content_share']:.1%}", row["style"] or "-", share, row["how"])
    console.print(table)
    for note in facts["notes"]:
        console.print(f"note: {note}", markup=False)
    seconds = facts["seconds"]
    spent = ", ".join(f"{name} {seconds[name]:.1f}" for name in ("solve", "render") if name in seconds)
    console.print(
        f"{facts['width']} x {facts['height']} on {facts['device']} with {facts['encoder']}: "
        f"{seconds['total']:.1f} s in all ({spent})",
        markup=False,
    )
    for path in (facts["output"], facts["compare"]):
        if path:
            sys.stdout.write(f"{path}\n")


def write_comparison(before: Photo, after: Photo, path: Path) -> tuple[str, ...]:
    """Before and after side by side, each at most `COMPARISON_SIDE` pixels long, in sRGB."""
    scale = min(1.0, COMPARISON_SIDE / max(before.size))
    size = tuple(max(1, round(side * scale)) for side in before.size)
    halves = [resample(photo.pixels, size) if scale < 1 else photo.pixels for photo in (before, after)]
    gap = np.ones((size[1], max(2, size[0] // 100), 3), np.float32)
    sheet = np.concatenate([halves[0], gap, halves[1]], 1)
    return write_photo(Photo.from_array(sheet.clip(0, 1)), path, depth=8)
