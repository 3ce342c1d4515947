"""A contact sheet: a row a pair, a column a method."""

from collections.abc import Sequence
from pathlib import Path

from benchmark_pairs import BenchmarkPair
from PIL import Image, ImageDraw

WIDTH, HEIGHT, HEADER = 300, 220, 18


def write_sheet(pairs: Sequence[BenchmarkPair], methods: Sequence[str], folder: Path) -> Path:
    """Write folder/sheet.jpg: content, style, then the methods' results, published ones beside ours.

    Args:
        pairs: the rows.
        methods: names in the order wanted; results are at folder/METHOD/N.png, or among the pair's published ones.
        folder: where the results are.
    """
    published = [name for name in methods if any(name in pair.published for pair in pairs)]
    ordered = [*methods[:1], *published, *(name for name in methods[1:] if name not in published)]
    columns = ["content", "style", *(name for name in ordered if not name.startswith("content"))]
    sheet = Image.new("RGB", (WIDTH * len(columns), HEADER + HEIGHT * len(pairs)), "white")
    pen = ImageDraw.Draw(sheet)
    for x, name in enumerate(columns):
        pen.text((x * WIDTH + 4, 3), name, fill="black")
        for y, pair in enumerate(pairs):
            path = _path(pair, name, folder)
            if path.exists():
                with Image.open(path) as picture:
                    small = picture.convert("RGB")
                small.thumbnail((WIDTH - 4, HEIGHT - 4))
                sheet.paste(small, (x * WIDTH + 2, HEADER + y * HEIGHT + 2))
    for y, pair in enumerate(pairs):
        pen.text((6, HEADER + y * HEIGHT + 4), pair.name, fill="white", stroke_width=2, stroke_fill="black")
    target = folder / "sheet.jpg"
    sheet.save(target, quality=88)
    return target


def _path(pair: BenchmarkPair, name: str, folder: Path) -> Path:
    fixed = {"content": pair.content_path, "style": pair.style_path, **pair.published}
    return fixed.get(name, folder / name.replace(" ", "-") / f"{pair.name}.png")
