"""What every benchmark writes beside its numbers: the code, the machine, the versions; and how repeats are summed up."""

import hashlib
import json
import os
import platform
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent
RECORDS = ROOT / "docs" / "benchmark"
SCRATCH = ROOT / "out" / "benchmark"
PACKAGES = ("torch", "numpy", "scipy", "scikit-image", "pillow", "color-matcher", "pymatting", "numba")


def provenance() -> dict[str, Any]:
    """Commit, machine, load and versions, as JSON."""
    import torch

    changed = _git("status", "--porcelain", "--untracked-files=no", "--", "photostyle", "matting", "scripts")
    return {
        "commit": _git("rev-parse", "--short", "HEAD"),
        "uncommitted_changes": bool(changed),
        "machine": {"cpu": _cpu(), "cores": os.cpu_count(), "system": platform.system(), "python": platform.python_version()},
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "threads": torch.get_num_threads(),
        "load_average_at_start": round(os.getloadavg()[0], 1),
        "versions": {name: found for name in PACKAGES if (found := _version(name))},
    }


def digest(*folders: Path) -> str:
    """A short name for the present state of the code and weights in folders."""
    found = hashlib.sha256()
    for file in sorted(f for folder in folders for f in folder.rglob("*") if f.suffix in (".py", ".safetensors")):
        found.update(file.read_bytes())
    return found.hexdigest()[:12]


def summary(values: Iterable[float]) -> dict[str, float]:
    """Mean, median and the spread (quartiles, least and most) of numbers."""
    v = np.array([x for x in values if x is not None], np.float64)
    low, middle, high = np.percentile(v, (25, 50, 75))
    found = {"mean": v.mean(), "median": middle, "quartiles": (low, high), "least": v.min(), "most": v.max()}
    return {k: [_rounded(x) for x in n] if isinstance(n, tuple) else _rounded(n) for k, n in found.items()} | {"n": len(v)}


def write_record(record: Mapping[str, Any], name: str, folder: Path = RECORDS) -> Path:
    """Write a benchmark's JSON; numbers to five digits."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    path.write_text(json.dumps(_tidy(record), indent=1) + "\n", "utf-8")
    return path


def print_table(title: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """One table on the terminal; the first column is names."""
    table = Table(title=title, title_justify="left")
    for k, name in enumerate(header):
        table.add_column(name, justify="left" if k == 0 else "right", no_wrap=True)
    for row in rows:
        table.add_row(*(cell if isinstance(cell, str) else f"{cell:.3g}" for cell in row))
    console = Console()
    console.width = max(console.width, 140)
    console.print(table)


def _tidy(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _tidy(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_tidy(v) for v in value]
    return _rounded(value) if isinstance(value, float | np.floating) else value


def _rounded(number: float) -> float:
    return float(f"{number:.5g}")


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
