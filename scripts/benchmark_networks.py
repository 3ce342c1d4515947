"""`benchmark.py networks`: a trained network beside the method `paint`, at equal content.

A network that keeps more of a photo is further from the style; so the two are not compared picture by picture. `paint` paints
each pair at several content weights, which gives a curve: distance from the style against what is kept of the photo. The
network's picture lies beside the curve, and is compared with the point on it that keeps as much (`at_equal_content`).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from benchmark_paint import SHARED, Bench, Paint, read
from benchmark_record import RECORDS, SCRATCH, print_table, provenance, summary, write_record
from paint_judge import teacher_vgg, texture
from rich.progress import Progress

import photostyle
from photostyle.batch.inputs import find_photos
from photostyle.networks import PHOTO, load_stylizer
from photostyle.training.job import HELD_OUT
from photostyle.training.photos import places_held_out

WEIGHTS = (0.3, 1.0, 3.0, 10.0)  # of content, along the curve of `paint`


def networks(
    file: Annotated[Path, typer.Argument(help="A trained network.")],
    paintings: Annotated[Path, typer.Option(help="A folder with index.csv and images/, among them the styles.")] = SHARED
    / "paintings",
    photos: Annotated[
        Path, typer.Option(help="The folder of photos that it was trained on; those held out are painted.")
    ] = SHARED / "photos" / "images",
    teachers: Annotated[Path | None, typer.Option(help="A folder with features.py and VGG-19's first levels.")] = None,
    few: Annotated[int, typer.Option(help="How many photos, 8 at most.")] = 4,
    styles: Annotated[int, typer.Option(help="How many styles.")] = 4,
    size: Annotated[int, typer.Option(help="Long side in pixels.")] = 224,
    steps: Annotated[int, typer.Option(help="Steps of `paint`.")] = 100,
    label: Annotated[str, typer.Option(help="Name of the record.")] = "",
    out: Annotated[Path, typer.Option(help="Folder of the JSON.")] = RECORDS,
    again: Annotated[bool, typer.Option(help="Paint again what is there already.")] = False,
) -> None:
    """Paint photos by a trained network and by `paint` in the same styles, and compare at equal content."""
    label = label or f"network-{file.stem}"
    vgg = None if teachers is None else teacher_vgg(teachers)
    column = "patches" if vgg is None else "vgg"
    bench = Bench(SCRATCH / label, size, vgg, again)
    rows: list[dict[str, float]] = []
    of_styles = styles_of(file, paintings, styles)
    pictures = held_out(photos)[:few]
    with Progress() as progress:
        task = progress.add_task("pairs", total=len(of_styles) * len(pictures))
        for name, painting in of_styles.items():
            for photo in pictures:
                by_network = _by_network(file, name)
                ours = bench.score(f"network {name}", by_network, photo, painting)
                curve = [bench.score(f"paint {weight:g}", _by_paint(weight, size, steps), photo, painting) for weight in WEIGHTS]
                curve.append(bench.score("photo", lambda content, style: content, photo, painting))
                point = at_equal_content([(each["ssim"], each[column]) for each in curve], ours["ssim"])
                row = {"network": ours[column], "paint": point, "ratio": ours[column] / point, "ssim": ours["ssim"]}
                rows.append(row | _texture(by_network, read(photo, size), read(painting, size)))
                progress.advance(task)
    record = {
        **provenance(),
        "network": file.name,
        "photos": [photo.name for photo in pictures],
        "styles": list(of_styles),
        "size": size,
        "steps_of_paint": steps,
        "judge": f"{column}: how far from the style; ssim: how much of the photo is kept; ratio: of the network's distance to "
        "that of paint where it keeps as much; texture: deviation of what is fine in plain places, and how much of it stays "
        "where it is when the photo moves (0 to 1)",
        "pairs": rows,
        "summary": {name: summary(row[name] for row in rows) for name in rows[0]},
    }
    path = write_record(record, label, out)
    print_table(
        f"{file.name} beside paint, {len(rows)} pairs, {column}",
        ("", "mean", "median", "least", "most"),
        [(name, *(each[k] for k in ("mean", "median", "least", "most"))) for name, each in record["summary"].items()],
    )
    print(f"wrote {path.name}; pictures in {bench.folder}")


def styles_of(file: Path, paintings: Path, count: int) -> dict[str, Path]:
    """Styles of a network, evenly from its list: name -> painting; of one for any style, paintings held out of its training.

    Raises:
        typer.BadParameter: its card names no picture, or one that is not in the folder.
    """
    card = load_stylizer(file).card
    named = card.get("pictures") or {name: name for name in card.get("held out", ())}
    names = [name for name in named if name != PHOTO]
    if not names:
        raise typer.BadParameter(f"{file.name}: its card names no pictures of styles")
    taken = [names[round(k)] for k in np.linspace(0, len(names) - 1, min(count, len(names)))]
    found = {name: paintings / "images" / named[name] for name in taken}
    for path in found.values():
        if not path.exists():
            raise typer.BadParameter(f"{path.name}, a style of {file.name}, is not in {paintings.name}")
    return found


def held_out(photos: Path) -> list[Path]:
    """The photos of a folder that `photostyle train` holds out, of which all can be read."""
    found = [Path(photo.path) for photo in find_photos([str(photos)])]
    return [found[k] for k in places_held_out(len(found), min(HELD_OUT, len(found) // 4))]


def at_equal_content(curve: Sequence[tuple[float, float]], kept: float) -> float:
    """The style distance on a curve of (what is kept, style distance) where as much is kept; beyond its ends, that of the end.

    >>> at_equal_content([(0.2, 0.1), (1.0, 0.9), (0.6, 0.4)], 0.4)
    0.25
    >>> at_equal_content([(0.2, 0.1), (1.0, 0.9)], 0.1)
    0.1
    """
    along = sorted(curve)
    return float(np.interp(kept, [each for each, _ in along], [distance for _, distance in along]))


def _texture(paint: Paint, content: np.ndarray, style: np.ndarray) -> dict[str, float]:
    """What `texture` says of a network, by a photo painted whole and without its first row and two columns."""
    down, right = slice(1, -3), slice(2, -2)
    return texture(content[down, right], paint(content, style)[down, right], paint(content[down, right].copy(), style))


def _by_network(file: Path, name: str) -> Paint:
    if load_stylizer(file).reading is None:
        return lambda content, style: photostyle.transfer(content, method=str(file), style_name=(name,)).photo.pixels
    return lambda content, style: photostyle.transfer(content, style, method=str(file)).photo.pixels


def _by_paint(weight: float, size: int, steps: int) -> Paint:
    return lambda content, style: (
        photostyle.transfer(content, style, method="paint", size=size, steps=steps, content_weight=weight).photo.pixels
    )
