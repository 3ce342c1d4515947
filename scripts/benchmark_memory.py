"""`benchmark.py memory`: the most memory that a whole run holds, and its time, beside reading and writing the file alone."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from benchmark_photos import large_photo
from benchmark_record import RECORDS, ROOT, print_table, provenance, write_record

SAMPLE = ROOT / "docs" / "sample"
COPY = "import sys; from photostyle.photo import *; write_photo(read_photo(sys.argv[1]), sys.argv[2])"
# A process inherits the peak of the one that starts it, so a small one stands between.
WATCH = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_maxrss, used.ru_utime + used.ru_stime)
sys.exit(code)
"""


def memory(
    megapixels: Annotated[str, typer.Option(help="Sizes of the photos; 400 needs about 20 GB.")] = "24,50,100,400",
    photo: Annotated[Path, typer.Option(help="What the large photos are tiled from.")] = SAMPLE / "day.jpg",
    style: Annotated[Path, typer.Option(help="The style.")] = SAMPLE / "sunset.jpg",
    out: Annotated[Path, typer.Option(help="Folder of the JSON.")] = RECORDS,
) -> None:
    """Peak memory and wall time of `photostyle run` on large JPEGs, each in a process of its own."""
    runs = []
    with tempfile.TemporaryDirectory() as folder:
        for size in map(float, megapixels.split(",")):
            large, made = large_photo(photo, size, Path(folder) / "large.jpg"), Path(folder) / "made.jpg"
            copy = watched(["-c", COPY, large, made])
            run = watched(["-m", "photostyle", "run", "-c", large, "-s", style, "-o", made, "--quiet", "--overwrite"])
            floats = size * 12  # MB, of 3 floats a pixel
            runs.append({
                "megapixels": size, "photo_mb": floats, "peak_mb": run["peak_mb"], "peak_over_photo": run["peak_mb"] / floats,
                "seconds": run["seconds"], "copy_peak_mb": copy["peak_mb"], "copy_seconds": copy["seconds"],
                "seconds_over_copy": run["seconds"] / copy["seconds"],
            })  # fmt: skip
            write_record({**provenance(), "runs": runs}, "memory", out)
    header = ["Mpixel", "peak MB", "/ photo as floats", "seconds", "read + write MB", "seconds ", "times as long"]
    keys = ("peak_mb", "peak_over_photo", "seconds", "copy_peak_mb", "copy_seconds", "seconds_over_copy")
    print_table(
        "photostyle run, and reading + writing alone", header, [[f"{r['megapixels']:g}", *(r[k] for k in keys)] for r in runs]
    )


def watched(arguments: list[Any], environment: Mapping[str, str] | None = None) -> dict[str, float]:
    """Run python with arguments; its peak resident memory in MB, and its wall and processor time in seconds.

    The memory is that of the largest of its processes, the processor time that of all together.

    Raises:
        RuntimeError: when it fails, with the last line that it said.
    """
    begin = time.perf_counter()
    command = [sys.executable, "-c", WATCH, sys.executable, *map(str, arguments)]
    given = {**os.environ, **(environment or {})}
    done = subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - begin
    if done.returncode:
        raise RuntimeError(f"python {arguments[0]} {arguments[1]} failed: {done.stderr.strip().splitlines()[-1:]}")
    unit = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss, in bytes
    peak, processor = done.stdout.split()[-2:]
    return {"peak_mb": int(peak) * unit / 1e6, "seconds": seconds, "processor_seconds": float(processor)}
