"""Render the sample pair of docs/sample: photo-like pictures and their masks, wholly our own, always the same."""

import argparse
import json
from pathlib import Path

import numpy as np
from landscape.scenes import SCENES
from landscape.view import Kind
from PIL import Image

SIZE = (1200, 800)
HERE = Path(__file__).resolve().parent.parent / "docs" / "sample"
COLOURS = {Kind.SKY: (0, 0, 255), Kind.WATER: (0, 255, 255), Kind.MOUNTAIN: (128, 128, 128), Kind.LAND: (0, 255, 0),
           Kind.HOUSE: (255, 0, 0)}  # fmt: skip


def write_photo(picture: np.ndarray, path: Path, quality: int) -> None:
    Image.fromarray(picture).save(path, quality=quality, optimize=True, progressive=True)


def write_mask(kinds: np.ndarray, path: Path) -> None:
    """An indexed PNG in the paper's colours, and the names of the colours as JSON beside it."""
    image = Image.fromarray(kinds, "P")
    image.putpalette([value for kind in Kind for value in COLOURS[kind]])
    image.save(path, optimize=True)
    names = {kind.name.lower(): COLOURS[kind] for kind in Kind}
    path.with_suffix(".json").write_text(json.dumps(names) + "\n", "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write to")
    parser.add_argument("--only", choices=tuple(SCENES), help="one of the two")
    parser.add_argument("--width", type=int, default=SIZE[0], help="pixels; the height is two thirds of it")
    parser.add_argument("--quality", type=int, default=90, help="of the JPEG")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for name in [options.only] if options.only else SCENES:
        picture, kinds = SCENES[name]().render(options.width, options.width * 2 // 3)
        write_photo(picture, options.out / f"{name}.jpg", options.quality)
        write_mask(kinds, options.out / f"{name}-mask.png")


if __name__ == "__main__":
    main()
