"""`benchmark.py sets`: photos a minute, memory, the cost of a batch over a bare transfer, and how alike a set comes out."""

import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from benchmark_record import ROOT, provenance, write_record

from photostyle import Options, Session, load_transform, transfer
from photostyle.batch import Ledger, PhotoDone, make_plan, run_batch
from photostyle.batch.consistency import colour_spread
from photostyle.batch.local_engine import LocalEngine
from photostyle.batch.sets.rendering import apply_to_member
from photostyle.batch.sets.sample import with_shared_transforms
from photostyle.photo import Photo, read_photo, resample, write_photo

TEMPLATE = "out/{stem}.{ext}"


def sets(
    what: Annotated[list[str] | None, typer.Argument(help="throughput, scaling, consistency; all if none is named.")] = None,
    shared: Annotated[Path, typer.Option(help="Where photos/images lies.")] = ROOT.parent / "shared",
    steps: Annotated[int, typer.Option(help="Steps of the solver.")] = 90,
    megapixels: Annotated[str, typer.Option(help="Sizes of the photos of throughput.")] = "2,24",
    count: Annotated[int, typer.Option(help="Photos in each run of throughput.")] = 8,
    largest: Annotated[int, typer.Option(help="Photos in the largest set of scaling.")] = 1000,
    nice: Annotated[int, typer.Option(help="How far to stand back for other programs.")] = 0,
) -> None:
    """Sets of photos: throughput, scaling, consistency."""
    os.nice(nice)
    photos = sorted((shared / "photos" / "images").glob("*.jpg"))
    runs = {
        "throughput": lambda: throughput(photos, steps, count, [float(m) for m in megapixels.split(",")]),
        "scaling": lambda: scaling(photos, largest),
        "consistency": lambda: consistency(photos, steps),
    }
    for name in what or runs:
        found = {"what": name, "steps": steps, **provenance(), "rows": []}
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            for row in runs[name]():
                print("  ".join(f"{key} {value}" for key, value in row.items()), flush=True)
                found["rows"].append(row)
            os.chdir(ROOT)
        print(write_record(found, f"sets-{name}"))


def throughput(photos: Sequence[Path], steps: int, count: int, sizes: Sequence[float]) -> Iterator[dict[str, Any]]:
    """Photos a minute of each size in Mpixel: a bare loop of one thread, then batches of 1 and 2 workers."""
    options = Options(segmenter="none", steps=steps, encoder="compact", device="cpu")
    for megapixels in sizes:
        made = max(3, count if megapixels < 10 else count // 2)
        _enlarged(photos, megapixels, made)
        yield {"Mpixel": megapixels, "run": "bare, 1 thread", **_bare(options)}
        for jobs in (1, 2):
            threads = max(1, (os.cpu_count() or 2) // jobs)
            row = _batch(options, LocalEngine(jobs, threads))
            yield {"Mpixel": megapixels, "run": f"{jobs} x {threads} threads", **row}


def _enlarged(photos: Sequence[Path], megapixels: float, count: int) -> None:
    """Fill the folder "in" with photos of so many megapixels."""
    Path("in").mkdir(exist_ok=True)
    for old in Path("in").iterdir():
        old.unlink()
    height = round((megapixels * 1e6 / 1.5) ** 0.5)
    for number in range(count):
        pixels = resample(read_photo(photos[number * 17]).pixels, (round(height * 1.5), height))
        write_photo(Photo.from_array((pixels.clip(0, 1) * 255).astype(np.uint8)), f"in/{number:04}.jpg")
    write_photo(read_photo(photos[-1]), "style.jpg")


def _bare(options: Options) -> dict[str, float]:
    """Reading, transferring and writing in one process of one thread, its models loaded, after a first photo."""
    code = (
        "import sys, torch; torch.set_num_threads(1); sys.path.insert(0, sys.argv[1]); import benchmark_sets as b; b.bare_loop()"
    )
    Path("options.txt").write_text(repr({"steps": options.steps}))
    run = subprocess.run(
        [sys.executable, "-c", code, str(ROOT / "scripts")], capture_output=True, text=True, check=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    wall, cpu, peak, count = map(float, run.stdout.split())
    return _row(wall, cpu, peak, int(count))


def bare_loop() -> None:
    """What `_bare` runs apart: prints wall and processor seconds, peak bytes, and photos."""
    changes = eval(Path("options.txt").read_text())  # written by `_bare`
    options = Options(segmenter="none", encoder="compact", device="cpu", **changes)
    style = read_photo("style.jpg")
    Path("bare").mkdir(exist_ok=True)
    names, begin, busy = sorted(Path("in").iterdir()), 0.0, 0.0
    for number, name in enumerate([names[0], *names]):
        if number == 1:  # the first warms up
            begin, busy = time.perf_counter(), time.process_time()
        write_photo(transfer(read_photo(name), style, options=options).photo, Path("bare") / name.name)
    usage = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(time.perf_counter() - begin, time.process_time() - busy, usage, len(names))


def _batch(options: Options, engine: LocalEngine) -> dict[str, float]:
    """A batch over "in", timed from its first finished photo to its last."""
    for old in [*Path("out").rglob("*")][::-1] if Path("out").exists() else []:
        old.unlink() if old.is_file() else old.rmdir()
    times, memory = [], _Memory()
    ledger = Ledger("out/.photostyle/ledger.sqlite")
    plan = make_plan(["in"], TEMPLATE, ["style.jpg"], options=options)

    def told(event) -> None:
        if isinstance(event, PhotoDone):
            times.append((time.perf_counter(), memory.busy()))

    begin = time.perf_counter()
    with memory:
        summary = run_batch(plan, ledger, engine, callback=told)
        engine.close()
    ledger.close()
    assert summary.done == len(plan), summary
    (first, busy_first), (last, busy_last) = times[0], times[-1]
    row = _row(last - first, busy_last - busy_first, memory.peak, len(plan) - 1)
    return {**row, "whole_s": round(times[-1][0] - begin, 1)}


def _row(wall: float, cpu: float, peak: float, count: int) -> dict[str, float]:
    return {
        "photos_per_minute": round(60 * count / wall, 2),
        "cpu_s_per_photo": round(cpu / count, 3),
        "peak_MB": round(peak / 1e6),
    }


class _Memory:
    """Peak resident bytes of this process's children together, and the processor seconds that they have taken."""

    def __init__(self):
        self.peak, self._stop = 0, threading.Event()

    def __enter__(self) -> "_Memory":
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *error) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.05):
            self.peak = max(self.peak, sum(rss for rss, _ in _children()))

    def busy(self) -> float:
        return sum(seconds for _, seconds in _children())


def _children() -> list[tuple[int, float]]:
    """(resident bytes, processor seconds) of each child, from /proc."""
    found, page, tick = [], os.sysconf("SC_PAGE_SIZE"), os.sysconf("SC_CLK_TCK")
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            facts = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if facts[1] == str(os.getpid()):
            found.append((int(facts[21]) * page, (int(facts[11]) + int(facts[12])) / tick))
    return found


def scaling(photos: Sequence[Path], largest: int) -> Iterator[dict[str, Any]]:
    """Memory and time a photo of sets of 10 up to `largest` small photos, in one worker."""
    options = Options(segmenter="none", size=64, steps=1, encoder="compact", device="cpu")
    for count in [n for n in (10, 100, 1000) if n < largest] + [largest]:
        _enlarged(photos[:1] * (17 * count) + photos[-1:], 0.02, count)
        yield {"photos": count, **_batch(options, LocalEngine(1, 1))}


def consistency(photos: Sequence[Path], steps: int) -> Iterator[dict[str, Any]]:
    """The spread of colours (see `colour_spread`) in each mode, of views of one scene and of different photos."""
    options = Options(segmenter="none", steps=steps, encoder="compact", device="cpu")
    style = read_photo(photos[-1])
    write_photo(style, "style.jpg")
    for name, views in (
        ("views of one scene", _views(read_photo(photos[3]).pixels)),
        ("photos", [read_photo(p).pixels for p in photos[3:400:66]]),
    ):
        Path(name).mkdir()
        for number, pixels in enumerate(views):
            write_photo(Photo.from_array((pixels.clip(0, 1) * 255).astype(np.uint8)), f"{name}/{number}.png")
        plan = make_plan([name], "x/{stem}.png", ["style.jpg"], options=options)
        for mode in ("each", "shared", "anchor"):
            made = [_relit(job, style) for job in with_shared_transforms(plan, mode, Path("fields"))]
            spread = colour_spread((before, after, np.zeros(before.shape[:2])) for before, after in made)
            yield {"set": name, "mode": mode, "spread_dE2000": round(spread, 3)}


def _views(scene: np.ndarray) -> list[np.ndarray]:
    """Six crops of a scene, at three exposures."""
    height, width = (side * 2 // 3 for side in scene.shape[:2])
    corners = product((0, scene.shape[0] - height), (0, (scene.shape[1] - width) // 2, scene.shape[1] - width))
    return [scene[y : y + height, x : x + width] * (0.8, 1.0, 1.15)[i % 3] for i, (y, x) in enumerate(corners)]


def _relit(job, style) -> tuple[np.ndarray, np.ndarray]:
    before = read_photo(job.content)
    if job.transform_file is not None:
        transform = load_transform(job.transform_file)
        return before.pixels, apply_to_member(before, None, transform, job.options, Session.shared(job.options))[0].pixels
    return before.pixels, transfer(before, style, options=job.options).photo.pixels
