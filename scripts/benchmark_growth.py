"""`benchmark.py growth`: how time and memory grow with the photo's size, the number of regions and the number of photos."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from benchmark_memory import watched
from benchmark_photos import large_photo
from benchmark_plot import Curve, log_plot
from benchmark_record import RECORDS, ROOT, print_table, provenance, write_record
from PIL import Image
from scipy.optimize import nnls

SAMPLE = ROOT / "docs" / "sample"
STYLE = SAMPLE / "sunset.jpg"
UNCHANGED = ["--method", "unchanged", "--strength", "0", "--segmenter", "none"]  # benchmark_unchanged.py
EXPONENTS = np.linspace(0.1, 2.5, 241)
CONSTANT = 0.1  # share of the largest measurement under which what grows is taken for noise

Point = dict[str, float]


def growth(
    what: Annotated[list[str] | None, typer.Argument(help="sizes, regions, photos; all if none is named.")] = None,
    megapixels: Annotated[str, typer.Option(help="Sizes of the photos; 400 needs about 8 GB.")] = "1,4,16,64,100,200,400",
    regions: Annotated[str, typer.Option(help="Numbers of regions, in masks by hand.")] = "1,2,4,8,12,16,20",
    photos: Annotated[str, typer.Option(help="Numbers of photos in a batch.")] = "1,10,100,1000,10000",
    out: Annotated[Path, typer.Option(help="Folder of the JSON and the plots.")] = RECORDS,
) -> None:
    """Processor and wall time and peak memory of whole commands, each in a process of its own, with fitted exponents."""
    ways: dict[str, Callable[[Path], Iterator[Point]]] = {
        "sizes": lambda folder: sizes(_numbers(megapixels), folder),
        "regions": lambda folder: region_counts([int(n) for n in _numbers(regions)], folder),
        "photos": lambda folder: photo_counts([int(n) for n in _numbers(photos)], folder),
    }
    for name in what or ways:
        if name not in ways:
            raise typer.BadParameter(f"what must be of {', '.join(ways)}, got {name!r}")
    for name in what or ways:
        about, points = provenance(), []
        with tempfile.TemporaryDirectory() as folder:
            for point in ways[name](Path(folder)):
                points.append(point)
                typer.echo(f"{name}: {'  '.join(f'{key} {value:.4g}' for key, value in point.items())}")
                _write(name, {**about, "points": points, "fits": fits(points)}, out)
        print_table(name, ["", "grows as n to the", "last slope"], _fit_rows(fits(points)))


def sizes(megapixels: Sequence[float], folder: Path) -> Iterator[Point]:
    """`photostyle run` on JPEGs of so many megapixels, with the regions that are found; solved in one step."""
    _run(SAMPLE / "day.jpg", folder / "made.jpg", "--steps", "1")  # loops are compiled once
    for size in megapixels:
        photo = large_photo(SAMPLE / "day.jpg", size, folder / "large.jpg")
        yield {"n": size, **_run(photo, folder / "made.jpg", "--steps", "1")}


def region_counts(counts: Sequence[int], folder: Path) -> Iterator[Point]:
    """`photostyle run` on the sample, with masks by hand: upright stripes of the content and of the style."""
    for count in counts:
        given = []
        for role, photo in (("content", SAMPLE / "day.jpg"), ("style", STYLE)):
            with Image.open(photo) as picture:
                masks = stripes(count, picture.size, folder / f"{role}-{count}")
            given += [f"--{role}-mask", masks]
        yield {"n": count, **_run(SAMPLE / "day.jpg", folder / "made.png", *given)}


def photo_counts(counts: Sequence[int], folder: Path) -> Iterator[Point]:
    """`photostyle batch` on photos of 0.02 Mpixel by a method that changes nothing; then again, when all is done already."""
    environment = {"PHOTOSTYLE_METHODS": "benchmark_unchanged", "PYTHONPATH": f"{ROOT / 'scripts'}{os.pathsep}{ROOT}"}
    photo = large_photo(SAMPLE / "day.jpg", 0.02, folder / "photo.jpg")
    style = large_photo(STYLE, 0.02, folder / "style.jpg")
    for count in counts:
        photos, made = folder / f"in-{count}", folder / f"out-{count}"
        photos.mkdir()
        for number in range(count):
            shutil.copyfile(photo, photos / f"{number:05}.jpg")
        places = [photos, "-s", style, "-o", made / "{stem}.{ext}"]
        command = ["-m", "photostyle", "batch", *places, "--jobs", "1", "--quiet", *UNCHANGED]
        first, second = watched(command, environment), watched(command, environment)
        yield {"n": count, **first, **{f"again_{name}": value for name, value in second.items()}}
        shutil.rmtree(photos)
        shutil.rmtree(made, ignore_errors=True)


def _run(photo: Path, made: Path, *more: Any) -> Point:
    return watched(
        ["-m", "photostyle", "run", "-c", photo, "-s", STYLE, "-o", made, "--quiet", "--overwrite", "--no-cache", *more]
    )


def stripes(count: int, size: tuple[int, int], folder: Path) -> Path:
    """A folder of so many masks of a photo (width, height), upright stripes that together cover it."""
    folder.mkdir()
    width, height = size
    owner = np.arange(width) * count // width
    for number in range(count):
        stripe = np.where(owner == number, 255, 0).astype(np.uint8)
        Image.fromarray(np.broadcast_to(stripe, (height, width)).copy()).save(folder / f"part{number:02}.png")
    return folder


def fits(points: Sequence[Point]) -> dict[str, Any]:
    """The fit of each measurement, by its name; none of fewer than three points."""
    if len(points) < 3:
        return {}
    n = [point["n"] for point in points]
    return {name: fit(n, [point[name] for point in points]) for name in points[0] if name != "n"}


def fit(n: Sequence[float], values: Sequence[float]) -> dict[str, float | None]:
    """a + b n^p that is nearest to positive values, by relative errors; p is None where what grows is no more than noise.

    A command has costs that do not grow, so a line through logarithms would be too flat. `last_slope` is that of the last two
    points alone, on logarithmic axes.
    """
    x, y = np.asarray(n, np.float64), np.asarray(values, np.float64)
    found = (np.inf, 0.0, 0.0, 0.0)
    for exponent in EXPONENTS:
        columns = np.stack([1 / y, (x / x[-1]) ** exponent / y], 1)
        (fixed, growing), error = nnls(columns, np.ones(len(y)))
        found = min(found, (error, exponent, fixed, growing))
    error, exponent, fixed, growing = found
    slope = np.log(y[-1] / y[-2]) / np.log(x[-1] / x[-2])
    return {
        "fixed": fixed,
        "growing_at_the_largest": growing,
        "exponent": None if growing < CONSTANT * y[-1] else float(exponent),
        "last_slope": float(slope),
        "relative_error": float(error / len(y) ** 0.5),
    }


def _write(name: str, record: Mapping[str, Any], out: Path) -> None:
    """Put one curve into the record of all, and draw its plots."""
    path = out / "growth.json"
    all_curves = json.loads(path.read_text("utf-8")) if path.exists() else {}
    write_record({**all_curves, name: record}, "growth", out)
    points, labels = record["points"], {"sizes": "Mpixel", "regions": "regions", "photos": "photos"}
    for measure, label in (("processor_seconds", "processor time, s"), ("peak_mb", "peak memory, MB")):
        curves = [Curve(name, points, measure, record["fits"].get(measure))]
        if name == "photos":
            again = f"again_{measure}"
            curves.append(Curve("again, all done already", points, again, record["fits"].get(again)))
        (out / f"growth-{name}-{measure.partition('_')[0]}.svg").write_text(log_plot(labels[name], label, curves), "utf-8")


def _fit_rows(found: Mapping[str, Any]) -> Iterable[list[Any]]:
    for name, f in found.items():
        yield [name, "constant" if f["exponent"] is None else f["exponent"], f["last_slope"]]


def _numbers(text: str) -> list[float]:
    return [float(part) for part in text.split(",")]
