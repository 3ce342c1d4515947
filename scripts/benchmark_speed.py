"""`benchmark.py speed`: how fast, warm and cold, beside the rivals in the same run."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from benchmark_card import card
from benchmark_pairs import BenchmarkPair
from benchmark_photos import large_photo
from benchmark_record import RECORDS, ROOT, print_table, provenance, summary, write_record
from benchmark_rivals import rivals

import photostyle
from matting.laplacian import matting_laplacian
from photostyle.photo import Photo, read_photo, resample, write_photo

SAMPLE = ROOT / "docs" / "sample"
SOLVING = ("look", "solve", "render")


def speed(
    photo: Annotated[Path, typer.Option(help="The content.")] = SAMPLE / "day.jpg",
    style: Annotated[Path, typer.Option(help="The style.")] = SAMPLE / "sunset.jpg",
    masks: Annotated[bool, typer.Option(help="Give the sample's masks; not for other photos.")] = True,
    size: Annotated[int, typer.Option(help="Long side of the content for the warm times, in pixels.")] = 700,
    sizes: Annotated[str, typer.Option(help="Long sides for the matting Laplacian's build.")] = "350,700,1400",
    megapixels: Annotated[float, typer.Option(help="Of the large photo for the render; 0 leaves it out.")] = 24,
    repeats: Annotated[int, typer.Option(help="Of each measurement, after one to warm up.")] = 5,
    cold: Annotated[bool, typer.Option(help="Time whole commands in processes of their own.")] = True,
    threads: Annotated[int | None, typer.Option(help="Threads of torch; default: as it chooses.")] = None,
    device: Annotated[str | None, typer.Option(help="Measure on this device too, such as cuda; a JSON of its own.")] = None,
    out: Annotated[Path, typer.Option(help="Folder of the JSON.")] = RECORDS,
) -> None:
    """Speed on this machine. All times are wall times in seconds; the median is what counts."""
    if threads:
        os.environ["OMP_NUM_THREADS"] = str(threads)  # a count that is chosen stands, in the steps of a solve too
        torch.set_num_threads(threads)
    times: dict[str, Any] = {}
    facts: dict[str, Any] = {}
    by_hand = (SAMPLE / "day-mask.png", SAMPLE / "sunset-mask.png") if masks and photo.parent == SAMPLE else (None, None)
    with tempfile.TemporaryDirectory() as folder:
        small = [shrunk(path, size, Path(folder) / f"{role}.png") for role, path in (("content", photo), ("style", style))]
        pair = BenchmarkPair("sample", *small, *by_hand)
        if device:
            times, facts = card(pair, device, megapixels, repeats, Path(folder))
        times |= warm_times(pair, repeats)
        times |= laplacian_times(photo, [int(s) for s in sizes.split(",")], repeats)
        if cold:
            times |= cold_times(pair, Path(folder), min(repeats, 3))
        if megapixels:
            times |= large_times(photo, pair, megapixels, Path(folder))
    record = {
        **provenance(),
        "size": size,
        "repeats": repeats,
        "seconds": times,
        "ratios": _ratios(times),
        "on_the_device": facts,
    }
    write_record(record, f"speed-{device.replace(':', '')}" if device else "speed", out)
    rows = [[name, t["median"], f"{t['least']:.3g} .. {t['most']:.3g}", str(t["n"])] for name, t in times.items()]
    print_table("wall time in seconds", ["", "median", "spread", "n"], rows)
    print_table("how many times", ["", "ratio"], list(record["ratios"].items()))
    if facts:
        print_table("on the device", ["", ""], [[name, str(value)] for name, value in facts.items()])


def warm_times(pair: BenchmarkPair, repeats: int) -> dict[str, Any]:
    """Ours with the network loaded, stage by stage, and the rivals on the same arrays, in turns."""
    content, style = read_photo(pair.content_path), read_photo(pair.style_path)
    stages: dict[str, list[float]] = {}

    def ours() -> None:
        given = {"content_mask": pair.content_mask, "style_mask": pair.style_mask}
        seconds = photostyle.transfer(content, style, **given).seconds
        seconds = {**seconds, "look + solve + render": sum(seconds[s] for s in SOLVING)}
        for stage, t in seconds.items():
            stages.setdefault(f"ours, warm: {stage}", []).append(t)

    methods = {name: lambda method=method: method(pair) for name, method in rivals().items() if "nothing" not in name}
    times = timed({"ours, warm: whole call": ours, **methods}, repeats)
    return {name: summary(values[1:]) for name, values in stages.items()} | times


def laplacian_times(photo: Path, sizes: list[int], repeats: int) -> dict[str, Any]:
    """The matting Laplacian, assembled by ours and by pymatting's compiled kernel."""
    try:
        from pymatting import cf_laplacian
    except ImportError:
        cf_laplacian = None
    times = {}
    for size in sizes:
        pixels = _resized(read_photo(photo).pixels, size).clip(0, 1).astype(np.float64)
        planes = torch.from_numpy(pixels.transpose(2, 0, 1).copy())
        ways = {f"Laplacian {size} px: ours": lambda planes=planes: matting_laplacian(planes)}
        if cf_laplacian:
            ways[f"Laplacian {size} px: pymatting"] = lambda pixels=pixels: cf_laplacian(pixels, epsilon=1e-7, radius=1)
        times |= timed(ways, repeats)
    return times


def cold_times(pair: BenchmarkPair, folder: Path, repeats: int) -> dict[str, Any]:
    """Whole commands, each in a process of its own."""
    masks = [f"--content-mask={pair.content_mask}", f"--style-mask={pair.style_mask}"] if pair.content_mask else []
    run = ["run", "-c", pair.content_path, "-s", pair.style_path, "-o", folder / "cold.png", "--quiet", "--overwrite", *masks]
    commands = {
        "cold: photostyle run": ["-m", "photostyle", *run],
        "cold: photostyle --help": ["-m", "photostyle", "--help"],
        "cold: import photostyle": ["-c", "import photostyle"],
        "cold: import torch": ["-c", "import torch"],
        "cold: python": ["-c", ""],
    }

    def call(command: list[Any]) -> Callable[[], None]:
        return lambda: subprocess.run([sys.executable, *map(str, command)], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)

    return timed({name: call(command) for name, command in commands.items()}, repeats)


def large_times(photo: Path, pair: BenchmarkPair, megapixels: float, folder: Path) -> dict[str, Any]:
    """Decoding, encoding and relighting one large photo: once each."""
    path = large_photo(photo, megapixels, folder / "large.jpg")
    name, times = f"{megapixels:g} Mpixel", {}
    begin = time.perf_counter()
    large = read_photo(path)
    times[f"{name}: decode"] = summary([time.perf_counter() - begin])
    result = photostyle.transfer(large, pair.style_path, segmenter="none")
    times |= {f"{name}: {stage}": summary([result.seconds[stage]]) for stage in SOLVING}
    begin = time.perf_counter()
    write_photo(result.photo, folder / "large-relit.jpg")
    return times | {f"{name}: encode": summary([time.perf_counter() - begin])}


def timed(ways: Mapping[str, Callable[[], Any]], repeats: int) -> dict[str, Any]:
    """Each way once to warm up, then all in turns, so that what else the machine does falls on all alike."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(repeats + 1):
        for name, way in ways.items():
            begin = time.perf_counter()
            way()
            seconds[name].append(time.perf_counter() - begin)
    return {name: summary(values[1:]) for name, values in seconds.items()}


def _ratios(times: Mapping[str, Any]) -> dict[str, float]:
    """What the issue asks for: pymatting's build over ours, and a large render over its file's decoding and encoding."""
    at = {name: t["median"] for name, t in times.items()}
    found = {}
    for name in at:
        rival = name.replace(": ours", ": pymatting")
        if name.startswith("Laplacian") and rival != name and rival in at:
            found[name.replace(": ours", ", pymatting / ours")] = at[rival] / at[name]
        if name.endswith("pixel: render"):
            size = name.removesuffix(": render")
            found[f"{size}, render / (decode + encode)"] = at[name] / (at[f"{size}: decode"] + at[f"{size}: encode"])
    return found


def shrunk(path: Path, long_side: int, target: Path) -> Path:
    pixels = _resized(read_photo(path).pixels, long_side)
    write_photo(Photo.from_array(pixels.clip(0, 1)), target)
    return target


def _resized(pixels: np.ndarray, long_side: int) -> np.ndarray:
    scale = long_side / max(pixels.shape[:2])
    return resample(pixels, (round(pixels.shape[1] * scale), round(pixels.shape[0] * scale)))
