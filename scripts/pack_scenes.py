"""Pack the training photos of ../shared/scenes and ../shared/photos into one file for another machine, with a bound on its size.

    python scripts/pack_scenes.py scenes.zip
    python scripts/train_segmenter.py --shared scenes.zip --teacher ../shared/teachers/scene --device cuda --batch 64 --minutes 6

Held-out photos stay out. The quality of the photos is the highest of a few under which the file fits; the same photos give the
same file.
"""

import argparse
from pathlib import Path

from scene_data import training_photos, write_packed

QUALITIES = (80, 62, 50, 40, 30)


def main() -> None:
    arguments = parse()
    scenes = training_photos(arguments.shared)
    for quality in QUALITIES if arguments.quality is None else (arguments.quality,):
        write_packed(arguments.out, scenes, quality)
        megabytes = arguments.out.stat().st_size / 1e6
        if megabytes <= arguments.megabytes:
            break
        print(f"{megabytes:.1f} MB at quality {quality}")
    else:
        arguments.out.unlink()
        raise SystemExit(f"the photos need more than {arguments.megabytes:g} MB; allow more, or give a lower --quality")
    labelled = sum(scene.labelled for scene in scenes)
    print(f"{arguments.out}: {len(scenes)} photos, {labelled} of them with labels, {megabytes:.1f} MB at quality {quality}")


def parse() -> argparse.Namespace:
    root = Path(__file__).resolve().parents[1]
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", type=Path, help="the file to write")
    parser.add_argument("--shared", type=Path, default=root.parent / "shared", help="has scenes/ and photos/")
    parser.add_argument("--megabytes", type=float, default=60, help="what the file may have")
    parser.add_argument("--quality", type=int, help="of WebP, 0 to 100; without it the highest that fits")
    return parser.parse_args()


if __name__ == "__main__":
    main()
