"""`benchmark.py tables`: the README's tables, made from the records in docs/benchmark."""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from benchmark_record import RECORDS, ROOT

NAMES = {
    "photostyle": "**photostyle**",
    "luan2017": "published results (Luan et al. 2017)",
    "luan2017 stage 1": "their first stage, no photorealism",
}
GROWING = {"processor_seconds": "processor time, s", "seconds": "wall time, s", "peak_mb": "peak memory, MB"}
COLUMNS = {"gram": "{:.3f}", "swd": "{:.2f}", "gstruct": "{:.3f}", "order": "{:.3f}", "inverted": "{:.1%}", "aff": "{:.1e}"}
ASKED = (
    "ours, warm: solve", "ours, warm: render", "ours, warm: whole", "Monge", "color-matcher mkl", "color-matcher hm-mkl-hm",
    "Laplacian 700", "Laplacian 1400", "cold: photostyle run", "24 Mpixel",
)  # fmt: skip
MARKED = re.compile(r"(<!-- benchmark:(\w+) -->\n).*?(<!-- /benchmark -->)", re.S)


def tables(
    readme: Annotated[Path, typer.Option(help="The file whose tables are renewed.")] = ROOT / "README.md",
    records: Annotated[Path, typer.Option(help="Folder of the JSON.")] = RECORDS,
) -> None:
    """Renew what stands between `<!-- benchmark:NAME -->` and `<!-- /benchmark -->`; NAME is that of a record with a table."""
    before = readme.read_text("utf-8")
    after = renewed(before, records)
    readme.write_text(after, "utf-8")
    print(f"{readme.name}: {'as it was' if after == before else 'renewed'}; {len(MARKED.findall(before))} tables")


def renewed(text: str, records: Path = RECORDS) -> str:
    """The text with each marked table made anew from its record.

    Raises:
        typer.BadParameter: for a mark that names no table, or a record that is missing.
    """

    def table(mark: re.Match) -> str:
        name, record = mark[2], records / f"{mark[2]}.json"
        if name not in TABLES:
            raise typer.BadParameter(f"no table is called {name!r}; there are {', '.join(TABLES)}")
        if not record.exists():
            raise typer.BadParameter(f"{record.name} is missing; run `python scripts/benchmark.py {name}`")
        return f"{mark[1]}{TABLES[name](json.loads(record.read_text('utf-8')))}\n{mark[3]}"

    return MARKED.sub(table, text)


def quality_table(record: Mapping[str, Any]) -> str:
    """Means over the pairs: by the scorer given, where all methods have its numbers, else by our own metrics."""
    methods = {name: m for name, m in record["methods"].items() if not name.startswith("content")}
    kind = "official" if all("official" in m for m in methods.values()) else "values"
    means = {name: {c: m[kind][c]["mean"] for c in COLUMNS} for name, m in methods.items()}
    rows = [[NAMES.get(name, name), *(f.format(row[c]) for c, f in COLUMNS.items())] for name, row in means.items()]
    return _table(["", *COLUMNS], rows)


def speed_table(record: Mapping[str, Any]) -> str:
    """Median wall times of what a reader asks first; the record has more."""
    asked = {name: t for name, t in record["seconds"].items() if name.startswith(ASKED)}
    rows = [[name, f"{t['median']:.3g} s", f"{t['least']:.3g} to {t['most']:.3g}"] for name, t in asked.items()]
    return _table(["", "median", "spread"], rows)


def memory_table(record: Mapping[str, Any]) -> str:
    """Peak memory and time by size."""
    rows = [
        [f"{r['megapixels']:g} Mpixel", f"{r['peak_mb'] / 1000:.1f} GB", f"{r['peak_over_photo']:.1f}",
         f"{r['seconds']:.0f} s", f"{r['copy_seconds']:.0f} s"]
        for r in record["runs"]
    ]  # fmt: skip
    return _table(["", "peak memory", "times the photo as floats", "whole run", "reading and writing alone"], rows)


def invariance_table(record: Mapping[str, Any]) -> str:
    """Delta E by what was changed."""
    rows = [[case, *(f"{v[c]['mean']:.2f}" for c in ("median", "95 %"))] for case, v in record["delta E"].items()]
    return _table(["changed", "median delta E", "95th percentile"], rows)


def growth_table(record: Mapping[str, Any]) -> str:
    """Time and memory by size, regions and photos, and how they grow."""
    rows = []
    for curve, one, many in (("sizes", "Mpixel", "Mpixel"), ("regions", "region", "regions"), ("photos", "photo", "photos")):
        for prefix, more in (("", ""), ("again_", ", all done already")):
            points = [point for point in record[curve]["points"] if f"{prefix}peak_mb" in point]
            for point in points:
                name = f"{point['n']:,g} {one if point['n'] == 1 else many}{more}"
                rows.append([name, *(f"{point[prefix + measure]:,.0f}" for measure in GROWING)])
            if points:
                fits = [record[curve]["fits"][prefix + measure] for measure in GROWING]
                rows.append(["*grows as n to the*", *(f"*{_exponent(fit)}*" for fit in fits)])
    return _table(["", *GROWING.values()], rows)


def _exponent(fit: Mapping[str, Any]) -> str:
    if fit["exponent"] is None:
        return "constant"
    return f"{fit['exponent']:.2f}, at the end {fit['last_slope']:.2f}"


TABLES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "quality": quality_table,
    "speed": speed_table,
    "memory": memory_table,
    "invariance": invariance_table,
    "growth": growth_table,
}


def _table(header: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in (header, *rows)]
    return "\n".join([lines[0].replace("|  |", "| |", 1), "|" + "---|" * len(header), *lines[1:]])
