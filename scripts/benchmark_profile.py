"""`benchmark.py profile`: where the processor's time goes in one transfer, and in the imports before it."""

import cProfile
import pstats
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import torch
import typer
from benchmark_record import ROOT, print_table
from benchmark_speed import SAMPLE, shrunk

import photostyle
from photostyle.photo import read_photo


def profile(
    photo: Annotated[Path, typer.Option(help="The content.")] = SAMPLE / "day.jpg",
    style: Annotated[Path, typer.Option(help="The style.")] = SAMPLE / "sunset.jpg",
    masks: Annotated[bool, typer.Option(help="Give the sample's masks; not for other photos.")] = True,
    size: Annotated[int, typer.Option(help="Long side of the photos, in pixels.")] = 700,
    rows: Annotated[int, typer.Option(help="Functions and modules to show.")] = 25,
) -> None:
    """Seconds of processor time by function, on one thread, so that what else the machine does counts little."""
    torch.set_num_threads(1)
    by_hand = {"content_mask": SAMPLE / "day-mask.png", "style_mask": SAMPLE / "sunset-mask.png"} if masks else {}
    with tempfile.TemporaryDirectory() as folder:
        photos = [read_photo(shrunk(p, size, Path(folder) / f"{k}.png")) for k, p in enumerate((photo, style))]
    given = dict(by_hand)
    photostyle.transfer(*photos, **given)
    profiler = cProfile.Profile(time.process_time)
    with profiler:
        photostyle.transfer(*photos, **given)
    found = pstats.Stats(profiler).stats
    ranked = sorted(found.items(), key=lambda item: -item[1][3])[:rows]
    print_table(f"one transfer at {size} px", ["", "seconds with what it calls", "itself", "calls"],
                [[_place(where), total, own, str(calls)] for where, (_, calls, own, total, _) in ranked])  # fmt: skip
    lines = sorted(import_times("photostyle.story"), reverse=True)[:rows]
    print_table("imports", ["", "seconds with what it imports"], [[name, seconds] for seconds, name in lines])


def import_times(module: str) -> list[tuple[float, str]]:
    """(seconds, module) of each module that an import brings, with what that imports itself, by python -X importtime."""
    command = [sys.executable, "-X", "importtime", "-c", f"import {module}"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stderr
    parts = [line.removeprefix("import time:").split("|") for line in said.splitlines() if line.startswith("import time:")]
    return [(int(part[1]) / 1e6, part[2].strip()) for part in parts if part[1].strip().isdigit()]


def _place(where: tuple[str, int, str]) -> str:
    file, line, name = where
    return name if file == "~" else f"{Path(file).parent.name}/{Path(file).name}:{line} {name}"
