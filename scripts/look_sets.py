"""Two sets of photos that differ in a known look, to see whether a network finds it: a test of the trainer, and no product.

    python scripts/look_sets.py ../shared/photos/images looks
    photostyle train look.yml             # network: field, a: looks/plain, b: looks/graded
    python scripts/benchmark.py translate look --network look.safetensors --given looks/held --wanted looks/truth

The look is one of ours: a transfer of light between two photos, those of docs/sample or others, as a table of colours. Writes
looks/plain (a part of the photos, as they are), looks/graded (another part, in the look), looks/held and looks/truth (a third
part, both ways).
"""

import argparse
from pathlib import Path

import numpy as np
from age_prints import PARTS, part_of, photos_in

from photostyle import transfer
from photostyle.photo import Photo, read_photo, write_photo
from photostyle.transforms.lut import Lut, fit_lut

SAMPLE = Path(__file__).resolve().parents[1] / "docs" / "sample"
FOLDERS = dict(zip(PARTS, ("plain", "graded", "held"), strict=True))
SIZE = 17  # points of the table along an axis


def look_of(content: Path, style: Path, strength: float) -> Lut:
    """The change of colours that a transfer between two photos makes, wherever in the photo they are."""
    before = read_photo(content)
    after = transfer(before, str(style), segmenter="none", strength=strength).photo
    return fit_lut(before, after, size=SIZE)[0]


def main() -> None:
    arguments = parse()
    look = look_of(arguments.content, arguments.style, arguments.strength)
    counts = dict.fromkeys(PARTS, 0)
    for folder in (*FOLDERS.values(), "truth"):
        (arguments.out / folder).mkdir(parents=True, exist_ok=True)
    paths = photos_in(arguments.photos)
    for path in np.random.default_rng(arguments.seed).permutation(np.array(paths, object)):
        part = part_of(path.name, arguments.seed)
        if counts[part] >= (arguments.held if part == "held" else arguments.most):
            continue
        counts[part] += 1
        photo = read_photo(path)
        graded = Photo(look(photo.pixels).clip(0, 1).astype(np.float32))
        name = f"{path.stem}.jpg"
        write_photo(graded if part == "clean" else Photo(photo.pixels), arguments.out / FOLDERS[part] / name, quality=95)
        if part == "held":
            write_photo(graded, arguments.out / "truth" / name, quality=95)
    print(f"{arguments.out}: " + ", ".join(f"{counts[part]} {folder}" for part, folder in FOLDERS.items()))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("photos", type=Path, help="a folder of photos")
    parser.add_argument("out", type=Path, help="the folder to write to")
    parser.add_argument("--content", type=Path, default=SAMPLE / "day.jpg", help="the photo that the look is found on")
    parser.add_argument("--style", type=Path, default=SAMPLE / "sunset.jpg", help="the photo whose light it takes")
    parser.add_argument("--seed", type=int, default=23)
    parser.add_argument("--strength", type=float, default=1.0, help="of the transfer, 0 to 1")
    parser.add_argument("--most", type=int, default=400, help="photos of each set")
    parser.add_argument("--held", type=int, default=60, help="photos that are held out")
    return parser.parse_args()


if __name__ == "__main__":
    main()
