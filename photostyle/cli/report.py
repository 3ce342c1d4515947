"""What `photostyle run` shows: progress on stderr, a table of regions, a line of facts, a before-after picture."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from photostyle.cli.stages import Seconds
from photostyle.events import Progress, ProgressCallback, ignore
from photostyle.pages import side_by_side
from photostyle.photo import Photo, write_photo
from photostyle.regions import Pair
from photostyle.story import Result

COMPARISON_SIDE = 1600  # pixels, the longest side of each half of a before-after picture
_LINES = 4  # of losses that a stage writes where stderr is no terminal


@contextmanager
def progress(quiet: bool, verbose: bool = False) -> Iterator[ProgressCallback]:
    """A callback that draws a bar on a terminal's stderr, writes plain lines elsewhere, or is silent; verbose, it tells the
    seconds of each stage.
    """
    if quiet:
        yield ignore
    elif verbose:
        yield Seconds()
    elif sys.stderr.isatty():
        with _bar() as callback:
            yield callback
    else:
        yield _Lines()


@contextmanager
def _bar() -> Iterator[ProgressCallback]:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description:>8}"), BarColumn(), TextColumn("{task.fields[facts]}"), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1, facts="")

        def callback(event: Progress) -> None:
            facts = ""
            if "total" in event.values:
                facts = f"loss {event.values['total']:.4f}"
            elif "left" in event.values:
                facts = _rate_and_left(event)
            bar.update(task, description=event.stage, completed=event.step, total=event.total, facts=facts)

        yield callback


class _Lines:
    """A line when a stage begins, and one for each quarter of a stage with losses or frames."""

    def __init__(self) -> None:
        self.stage = ""
        self.step = 0
        self.quarters = 0  # of the stage that have had their line

    def __call__(self, event: Progress) -> None:
        if event.stage != self.stage or event.step < self.step:
            self.stage = event.stage
            self.quarters = 0
            sys.stderr.write(f"{event.stage}...\n")
        self.step = event.step
        quarters = _LINES * event.step // max(1, event.total)
        if "total" in event.values and quarters > self.quarters:
            self.quarters = quarters
            sys.stderr.write(f"{event.stage} {event.step}/{event.total} loss {event.values['total']:.4f}\n")
        elif "left" in event.values and quarters > self.quarters:
            self.quarters = quarters
            sys.stderr.write(f"{event.stage} {event.step}/{event.total} {_rate_and_left(event)}\n")
        sys.stderr.flush()


def _rate_and_left(event: Progress) -> str:
    """Frames a second, and the time that is left, of a stage that goes over frames."""
    minutes, seconds = divmod(round(event.values["left"]), 60)
    return f"{event.values['rate']:.1f} frames/s, {minutes}:{seconds:02} left"


def record(result: Result, output: Path, compare: Path | None, notes: tuple[str, ...], seconds: float) -> dict[str, Any]:
    """Everything about a run as plain data.

    Args:
        result: of the transfer.
        output: where the photo was written.
        compare: where before and after were written, if they were.
        notes: of writing.
        seconds: wall time of the whole run.
    """
    width, height = result.photo.size
    stages = {stage: round(spent, 3) for stage, spent in result.seconds.items()}
    losses = {}
    if result.history:
        losses = {term: round(value, 6) for term, value in result.history[-1].items()}
    return {
        "output": str(output),
        "compare": _text(compare),
        "width": width,
        "height": height,
        "device": result.device,
        "encoder": result.encoder,
        "seconds": {**stages, "total": round(seconds, 3)},
        "regions": _region_records(result),
        "steps": len(result.history),
        "losses": losses,
        "clipped": {"white": round(result.clipped.highlights, 5), "black": round(result.clipped.shadows, 5)},
        "notes": [*result.notes, *notes],
    }


def _text(path: Path | None) -> str | None:
    if path is None:
        return None
    return str(path)


def _region_records(result: Result) -> list[dict[str, Any]]:
    """One record for each region of the content: what it took from, how they were paired, and its colour."""
    colours = dict(zip(result.content_regions.names, result.content_regions.colours, strict=True))
    records = []
    for pair in result.pairs:
        records.append(_region_record(pair, colours[pair.content]))
    return records


def _region_record(pair: Pair, colour: tuple[int, int, int]) -> dict[str, Any]:
    return {
        "content": pair.content,
        "style": pair.style,
        "how": pair.how,
        "content_share": round(pair.content_share, 4),
        "style_share": round(pair.style_share, 4),
        "colour": list(colour),
    }


def say(facts: Mapping[str, Any]) -> None:
    """The table of regions, notes, and a closing line, on stderr.

    Args:
        facts: of the run, as `record` gives them.
    """
    from rich.console import Console

    console = Console(stderr=True, highlight=False)
    if facts["regions"]:
        console.print(_table(facts["regions"]))
    for note in facts["notes"]:
        console.print(f"note: {note}", markup=False, soft_wrap=True)
    console.print(_closing_line(facts), markup=False, soft_wrap=True)


def _table(regions: list[dict[str, Any]]) -> Any:
    """A table of rich's."""
    from rich.table import Table
    from rich.text import Text

    table = Table("", "region", "of content", "takes from", "of style", "how", box=None, pad_edge=False)
    for row in regions:
        red, green, blue = row["colour"]
        swatch = Text("██", style=f"rgb({red},{green},{blue})")
        partner = "-"
        share = ""
        if row["style"]:
            partner = row["style"]
            share = f"{row['style_share']:.1%}"
        table.add_row(swatch, Text(row["content"]), f"{row['content_share']:.1%}", Text(partner), share, row["how"])
    return table


def _closing_line(facts: Mapping[str, Any]) -> str:
    seconds = facts["seconds"]
    spent = [f"{stage} {seconds[stage]:.1f}" for stage in ("solve", "render") if stage in seconds]
    means = f"on {facts['device']}"
    if facts["encoder"]:
        means += f" with {facts['encoder']}"
    return f"{facts['width']} x {facts['height']} {means}: {seconds['total']:.1f} s in all ({', '.join(spent)})"


def write_comparison(before: Photo, after: Photo, path: Path) -> tuple[str, ...]:
    """Write before and after side by side, each at most `COMPARISON_SIDE` pixels long, in sRGB; returns notes of writing."""
    return write_photo(Photo.from_array(side_by_side(before, after, COMPARISON_SIDE)), path, depth=8)
