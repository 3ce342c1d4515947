"""`benchmark.py paint`: paintings in the hand of paintings: ours at several weights, the classics, and a plain loop of Gatys'."""

import csv
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from benchmark_record import RECORDS, ROOT, SCRATCH, print_table, provenance, summary, write_record
from paint_judge import Features, judged, teacher_vgg
from PIL import Image, ImageDraw
from rich.progress import Progress

import photostyle
from photostyle import models
from photostyle.encoders import Encoder, load_encoder
from photostyle.losses import content_distance, masked_gram
from photostyle.methods.paint import FAST_SIZE, FAST_STEPS
from photostyle.methods.paint.presets import PRESETS

SHARED = ROOT.parent / "shared"
COUNT = 20  # of photos, and of paintings
COLUMNS = ("patches", "vgg", "vgg1", "vgg2", "vgg3", "ssim", "edges", "cpu_seconds", "cpu_of_plain")
CELL = 200  # pixels, of the sheet
MOST_ROWS = 40  # of it, evenly from all; a JPEG ends at 65,500 pixels
GATYS_RATE, GATYS_STYLE = 0.02, 100.0
PLAIN = "plain gatys"

Paint = Callable[[np.ndarray, np.ndarray], np.ndarray]


def paint(
    paintings: Annotated[Path, typer.Option(help="A folder with index.csv and images/.")] = SHARED / "paintings",
    photos: Annotated[Path, typer.Option(help="The same for photos.")] = SHARED / "photos",
    teachers: Annotated[Path | None, typer.Option(help="A folder with features.py and VGG-19's first levels.")] = None,
    few: Annotated[int, typer.Option(help="How many photos and paintings to take of the twenty.")] = COUNT,
    pairs: Annotated[str, typer.Option(help="all: each photo with each painting; diagonal: each with one.")] = "all",
    minutes: Annotated[float, typer.Option(help="Begin no further pair after so many; the record is of those done.")] = math.inf,
    size: Annotated[int, typer.Option(help="Long side in pixels.")] = 512,
    steps: Annotated[int, typer.Option(help="Steps of ours, of stand-ins and of the plain loop.")] = 300,
    encoder: Annotated[str, typer.Option(help="Of ours and of the plain loop.")] = "compact5",
    weights: Annotated[str, typer.Option(help="Content weights of ours, for the curve.")] = "0.3,1,3",
    stand_in: Annotated[bool, typer.Option(help="Presets whose network is not here run on ours, by its own layers.")] = False,
    only: Annotated[str, typer.Option(help="Methods to run, such as 'ours 1,plain gatys'; the photo is always judged.")] = "",
    label: Annotated[str, typer.Option(help="Name of the record, the kept pictures and the sheet.")] = "paint",
    out: Annotated[Path, typer.Option(help="Folder of the JSON.")] = RECORDS,
    again: Annotated[bool, typer.Option(help="Paint again what is there already.")] = False,
) -> None:
    """Paint photos in the hands of paintings, and judge. Stopped and started again, it goes on where it was."""
    begin = time.monotonic()
    every = chosen_pairs(chosen(photos, few), chosen(paintings, few), pairs)
    methods = _methods(size, steps, encoder, [float(each) for each in weights.split(",")], stand_in)
    if only:
        methods = {name: method for name, method in methods.items() if name in (*only.split(","), "photo")}
    vgg = None if teachers is None else teacher_vgg(teachers)
    bench = Bench(SCRATCH / label, size, vgg, again)
    scores: dict[str, list[dict[str, float]]] = {name: [] for name in methods}
    done: list[Pair] = []
    with Progress() as progress:
        task = progress.add_task("paintings", total=len(every) * len(methods))
        for photo, style in every:
            if time.monotonic() - begin > 60 * minutes:
                break
            for name, method in methods.items():
                scores[name].append(bench.score(name, method, photo, style))
                progress.advance(task)
            done.append((photo, style))
    _add_ratio(scores)
    record = {
        **provenance(),
        "pairs": [[photo.name, style.name] for photo, style in done],
        "pairs_asked_for": len(every),
        "size": size,
        "steps": steps,
        "encoder": encoder,
        "judges": "patches and vgg (levels 1 to 3, and their mean): how near to the style, lower is nearer; ssim and edges: how "
        "much of the photo is kept; cpu_of_plain: processor time over that of the plain loop",
        "left_out": [] if stand_in else _left_out(),
        "methods": {name: _summed(each) for name, each in scores.items()},
    }
    path = write_record(record, label, out)
    header = ("method", *COLUMNS)
    rows = [
        (name, *(means.get(column, {}).get("mean", math.nan) for column in COLUMNS)) for name, means in record["methods"].items()
    ]
    print_table(f"{len(done)} pairs at {size} px, {steps} steps", header, rows)
    bench.write_sheet(done, list(methods))
    write_curve(record["methods"], bench.folder / "curve.svg")
    print(f"wrote {path.name} and, for the eye, sheet.jpg and curve.svg in {bench.folder}")


Pair = tuple[Path, Path]


def chosen_pairs(photos: Sequence[Path], paintings: Sequence[Path], which: str) -> list[Pair]:
    """Each photo with each painting; or the first with the first, the second with the second...: the most for little time."""
    if which == "diagonal":
        return list(zip(photos, paintings, strict=False))
    if which != "all":
        raise typer.BadParameter(f"--pairs must be all or diagonal, got {which!r}")
    return [(photo, painting) for photo in photos for painting in paintings]


def chosen(folder: Path, count: int) -> list[Path]:
    """The first of twenty pictures that lie at even distances in the index of a folder."""
    with open(folder / "index.csv", encoding="utf-8") as file:
        names = [row["file"] for row in csv.DictReader(file)]
    step = max(1, len(names) // COUNT)
    return [folder / "images" / name for name in names[step // 2 :: step][:COUNT][:count]]


def gatys(content: np.ndarray, style: np.ndarray, encoder: Any, steps: int) -> np.ndarray:
    """The loop of the tutorials, at one scale: mean squared differences of features and of Gram matrices, Adam, clipped."""
    planes = [torch.from_numpy(np.ascontiguousarray(each, np.float32)).permute(2, 0, 1)[None] for each in (content, style)]
    everywhere = {}
    with torch.no_grad():
        goal = encoder(planes[0])[encoder.content_layer][0]
        features = encoder(planes[1], encoder.style_layers)
        for layer, each in features.items():
            everywhere[layer] = masked_gram(each[0], torch.ones(1, *each.shape[2:]))
    picture = planes[0].clone().requires_grad_()
    optimiser = torch.optim.Adam([picture], GATYS_RATE)
    for _ in range(steps):
        optimiser.zero_grad()
        found = encoder(picture)
        loss = content_distance(found[encoder.content_layer][0], goal)
        for layer, grams in everywhere.items():
            own = masked_gram(found[layer][0], torch.ones(1, *found[layer].shape[2:]))
            loss = loss + GATYS_STYLE / len(everywhere) * (own - grams).pow(2).mean()
        loss.backward()
        optimiser.step()
        with torch.no_grad():
            picture.clamp_(0, 1)
    return picture.detach()[0].permute(1, 2, 0).numpy()


def write_curve(methods: Mapping[str, Mapping[str, Any]], path: Path, side: int = 480) -> None:
    """Style against content as an SVG: each method a named point, those of ours joined; left below is nearer and keeps more."""
    points = {name: (1 - means["ssim"]["mean"], means["patches"]["mean"]) for name, means in methods.items() if means}
    if not points:
        return
    most_x, most_y = (max(point[k] for point in points.values()) * 1.15 + 1e-9 for k in (0, 1))
    place = {name: (40 + x / most_x * (side - 60), side - 40 - y / most_y * (side - 60)) for name, (x, y) in points.items()}
    ours = " ".join(f"{x:.0f},{y:.0f}" for name, (x, y) in place.items() if name.startswith("ours") and name != "ours fast")
    parts = [f'<polyline points="{ours}" fill="none" stroke="#4477cc"/>']
    for name, (x, y) in place.items():
        parts.append(f'<circle cx="{x:.0f}" cy="{y:.0f}" r="3"/><text x="{x + 5:.0f}" y="{y - 4:.0f}">{name}</text>')
    parts.append(f'<text x="40" y="{side - 12}">of the photo lost (1 - ssim) &#8594;</text>')
    parts.append('<text x="8" y="16">far from the hand (patches) &#8593;</text>')
    frame = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" font-family="sans-serif" font-size="11">'
    path.write_text(frame + "".join(parts) + "</svg>\n", "utf-8")


def _methods(size: int, steps: int, encoder: str, weights: Sequence[float], stand_in: bool) -> dict[str, Paint]:
    """Ours at each weight and fast, the classics whose network is on this machine, the plain loop, and the photo itself.

    Args:
        stand_in: the other classics run too, on our encoder.
    """
    network = load_encoder(encoder)

    def ours(**options: Any) -> Paint:
        settings = {"method": "paint", "size": size, **options}
        return lambda content, style: photostyle.transfer(content, style, **settings).photo.pixels

    found: dict[str, Paint] = {f"ours {w:g}": ours(steps=steps, encoder=encoder, content_weight=w) for w in weights}
    found["ours fast"] = ours(fast=True, encoder=encoder, size=min(size, FAST_SIZE), steps=min(steps, FAST_STEPS))
    for name, preset in PRESETS.items():
        if _is_here(preset["encoder"]):
            found[name] = ours(**preset)
        elif stand_in:
            found[f"{name} on {encoder}"] = ours(**on_another(preset, network), steps=steps)
    found[PLAIN] = lambda content, style: gatys(content, style, network, steps)
    found["photo"] = lambda content, style: content
    return found


def on_another(preset: Mapping[str, Any], network: Encoder) -> dict[str, Any]:
    """A preset on a network that has only the first layer of each level: those that there are; its steps are left out.

    >>> on_another({"content_layers": ("relu4_2",), "style_layers": ("relu1_2",), "steps": 9}, load_encoder("compact"))
    {'content_layers': ('relu4_1',), 'style_layers': ('relu1_1',), 'encoder': 'compact'}
    """
    options = {name: value for name, value in preset.items() if name != "steps"}
    for name in ("content_layers", "style_layers"):
        firsts = [f"{layer.partition('_')[0]}_1" for layer in preset[name]]
        options[name] = tuple(layer for layer in firsts if layer in network.layers) or (network.layers[-1],)
    return {**options, "encoder": network.name}


def _add_ratio(scores: Mapping[str, list[dict[str, float]]]) -> None:
    """Beside the processor time of each picture: over that of the plain loop, of the same photo and painting."""
    if PLAIN in scores:
        for each in scores.values():
            for own, plain in zip(each, scores[PLAIN], strict=True):
                own["cpu_of_plain"] = own["cpu_seconds"] / plain["cpu_seconds"]


def _left_out() -> list[str]:
    return [name for name, preset in PRESETS.items() if not _is_here(preset["encoder"])]


def _is_here(encoder: str) -> bool:
    return models.standing(encoder).is_usable


@dataclass
class Bench:
    """Paints, keeps and judges: folder/METHOD/PHOTO-PAINTING.png."""

    folder: Path
    size: int
    vgg: Features | None
    again: bool

    def score(self, name: str, method: Paint, photo: Path, style: Path) -> dict[str, float]:
        content, painting = read(photo, self.size), read(style, self.size)
        path = self.path(name, photo, style)
        seconds = path.with_suffix(".seconds")
        if self.again or not path.exists():
            begin = time.process_time()
            made = method(content, painting)
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray((np.clip(made, 0, 1) * 255).round().astype(np.uint8)).save(path)
            seconds.write_text(f"{time.process_time() - begin:.2f}")
        picture = np.asarray(Image.open(path), np.float32) / 255
        return {**judged(content, painting, picture, self.vgg), "cpu_seconds": float(seconds.read_text())}

    def path(self, name: str, photo: Path, style: Path) -> Path:
        return self.folder / name.replace(" ", "-") / f"{photo.stem}-{style.stem}.png"

    def write_sheet(self, rows: Sequence[Pair], methods: Sequence[str]) -> None:
        """A row for each photo with its painting, of forty at most; photo, painting, and each method's picture."""
        rows = [rows[round(k)] for k in np.linspace(0, len(rows) - 1, min(MOST_ROWS, len(rows)))]
        names = ["photo", "painting", *(name for name in methods if name != "photo")]
        sheet = Image.new("RGB", (CELL * len(names), 18 + CELL * len(rows)), "white")
        pen = ImageDraw.Draw(sheet)
        for x, name in enumerate(names):
            pen.text((x * CELL + 4, 3), name, fill="black")
            for y, (photo, style) in enumerate(rows):
                path = {"photo": photo, "painting": style}.get(name) or self.path(name, photo, style)
                with Image.open(path) as picture:
                    small = picture.convert("RGB")
                small.thumbnail((CELL - 4, CELL - 4))
                sheet.paste(small, (x * CELL + 2, 18 + y * CELL + 2))
        sheet.save(self.folder / "sheet.jpg", quality=88)


def read(path: Path, size: int) -> np.ndarray:
    """(H, W, 3) float32 in [0, 1], its long side as asked for."""
    with Image.open(path) as picture:
        rgb = picture.convert("RGB")
    scale = size / max(rgb.size)
    width, height = (max(16, round(side * scale)) for side in rgb.size)
    return np.asarray(rgb.resize((width, height), Image.Resampling.LANCZOS), np.float32) / 255


def _summed(scores: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    return {name: summary(each[name] for each in scores) for name in scores[0]} if scores else {}
