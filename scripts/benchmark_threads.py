"""`benchmark.py threads`: the sample pair's run with the machine idle and with each core busy, threads asleep or spinning."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from benchmark_record import RECORDS, ROOT, print_table, provenance, summary, write_record

from photostyle.machine import available_cores
from photostyle.threads import PASSIVE_WAITING, THREAD_COUNTS

SAMPLE = ROOT / "docs" / "sample"
# Threads of GNU OpenMP spin this often where nothing is set; OMP_WAIT_POLICY=ACTIVE would let them spin without end.
WAYS: dict[str, dict[str, str]] = {"photostyle's default": {}, "OpenMP's default": {"GOMP_SPINCOUNT": "300000"}}
BUSY = "while True: pass"


def threads(
    repeats: Annotated[int, typer.Option(help="Of each, after one idle run to warm up; in turns.")] = 3,
    limit: Annotated[float, typer.Option(help="Seconds after which a run is given up and counts as this long.")] = 300,
    counts: Annotated[str, typer.Option(help="Numbers of threads to run with on the idle machine, as far as it has cores.")] = (
        "1,2,4,8,16"
    ),
    out: Annotated[Path, typer.Option(help="Folder of the JSON.")] = RECORDS,
) -> None:
    """Whole commands by how threads wait and how many there are. Needs a machine that does nothing else."""
    about = provenance()
    numbers = [int(text) for text in counts.split(",")]
    runs: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        timed_run(Path(folder), {}, limit)
        for turn in range(repeats):
            for run in one_turn(Path(folder), limit, numbers):
                runs.append(run)
                typer.echo(f"{turn + 1}: {run['machine']}, {run['way']}: {run['seconds']:.1f} s (load {run['load_before']})")
            rows = _rows(runs)  # after each turn, so that an interruption loses one turn at most
            same_picture = len({run["picture"] for run in runs if run["picture"] and run["way"] in WAYS}) == 1
            found = {"runs": rows, "ratios": _ratios(rows), "same_picture": same_picture}
            write_record({**about, "busy_processes": available_cores(), "limit": limit, **found}, "threads", out)
    cells = [[name, r["wall"]["median"], r["processor"]["median"], str(r["load_before"])] for name, r in rows.items()]
    print_table("seconds", ["", "wall", "processor", "load before"], cells)
    print_table("how many times", ["", "ratio"], list(_ratios(rows).items()))
    typer.echo(f"all runs of one count made the same picture: {same_picture}")


def _rows(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Machine and way -> what its runs took, one by one and summed up."""
    rows: dict[str, Any] = {}
    for run in runs:
        name = f"{run['machine']}, {run['way']}"
        row = rows.setdefault(name, {"seconds": [], "processor_seconds": [], "load_before": [], "given_up": 0})
        row["given_up"] += run["given_up"]
        for key in ("seconds", "processor_seconds", "load_before"):
            row[key].append(run[key])
    for row in rows.values():
        row["wall"] = summary(row["seconds"])
        row["processor"] = summary(row["processor_seconds"])
    return rows


def one_turn(folder: Path, limit: float, counts: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Each count of threads once on the idle machine; each way once on it, then once on the busy one."""
    for count in counts:
        if count <= available_cores():
            way = f"{count} thread{'s' if count > 1 else ''}"
            yield {"machine": "idle", "way": way, **timed_run(folder, {"OMP_NUM_THREADS": str(count)}, limit)}
    for machine in ("idle", "busy"):
        for way, environment in WAYS.items():
            with busy_cores(available_cores() if machine == "busy" else 0):
                yield {"machine": machine, "way": way, **timed_run(folder, environment, limit)}


def timed_run(folder: Path, environment: dict[str, str], limit: float) -> dict[str, Any]:
    """One `photostyle run` of the sample pair in a process of its own."""
    output = folder / "threads.png"
    output.unlink(missing_ok=True)
    given = {name: value for name, value in os.environ.items() if name not in (*PASSIVE_WAITING, *THREAD_COUNTS)}
    masks = ["--content-mask", str(SAMPLE / "day-mask.png"), "--style-mask", str(SAMPLE / "sunset-mask.png")]
    command = [sys.executable, "-m", "photostyle", "run", "-c", str(SAMPLE / "day.jpg"), "-s", str(SAMPLE / "sunset.jpg")]
    load, spent, begin = round(os.getloadavg()[0], 2), _children_seconds(), time.perf_counter()
    try:
        whole = [*command, "-o", str(output), "--quiet", "--overwrite", *masks]
        subprocess.run(whole, cwd=ROOT, env=given | environment, check=True, timeout=limit)
        given_up = False
    except subprocess.TimeoutExpired:
        given_up = True
    seconds = time.perf_counter() - begin
    return {
        "seconds": seconds,
        "processor_seconds": _children_seconds() - spent,
        "load_before": load,
        "given_up": given_up,
        "picture": hash(output.read_bytes()) if output.exists() else None,
    }


@contextmanager
def busy_cores(count: int) -> Iterator[None]:
    """So many processes that compute without a pause."""
    processes = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(count)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def _children_seconds() -> float:
    """Processor time of the processes that have ended and been waited for."""
    times = os.times()
    return times.children_user + times.children_system


def _ratios(rows: dict[str, Any]) -> dict[str, float]:
    """What the aims are about: what sleeping costs on the idle machine, and what a busy one costs."""
    wall = {name: row["wall"]["median"] for name, row in rows.items()}
    ours = wall["idle, photostyle's default"]
    ratios = {f"idle: ours / {way}": ours / wall[f"idle, {way}"] for way in list(WAYS)[1:]}
    return ratios | {f"busy / idle: {way}": wall[f"busy, {way}"] / wall[f"idle, {way}"] for way in WAYS}
