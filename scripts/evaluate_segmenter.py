"""Judge a segmenter: held-out IoU by day, night, sunset and in a studio, and agreement with masks that people painted.

python scripts/evaluate_segmenter.py [--segmenter scene] [--weights FILE | --teacher FOLDER] [--overlays FOLDER]
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from pair_agreement import BenchmarkPair, agreement, by_clusters, by_nothing, by_segmenter, found_regions, read_pairs
from PIL import Image, ImageDraw
from scene_data import read_scenes
from scene_scores import LIGHTS, confusion, in_a_studio, intersection_over_union, pixel_accuracy
from scene_teacher import TeacherSegmenter

from photostyle.regions.segment import load_segmenter
from photostyle.regions.segment.scene import load_scene


def main() -> None:
    arguments = parse()
    torch.set_num_threads(arguments.threads)
    segmenter = segmenter_to_judge(arguments)
    if not arguments.pairs_only:
        held_out_scores(segmenter, arguments.shared / "scenes")
    pairs = read_pairs(arguments.shared / "benchmark" / "pairs")
    pair_scores(segmenter, pairs)
    if arguments.overlays:
        arguments.overlays.mkdir(parents=True, exist_ok=True)
        for pair in pairs:
            overlay(segmenter, pair).save(arguments.overlays / f"{pair.name}.png")


def segmenter_to_judge(arguments: argparse.Namespace):
    """The teacher, weights in training, or a segmenter by its name."""
    if arguments.teacher:
        return TeacherSegmenter(arguments.teacher)
    if arguments.weights:
        return load_scene(weights=arguments.weights)
    return load_segmenter(arguments.segmenter, cache=False)


def held_out_scores(segmenter, folder: Path) -> None:
    """A table for the general scenes (bsds), all held-out photos, and things in a studio: IoU of each class under each light."""
    scenes = read_scenes(folder, "val")
    general = [scene for scene in scenes if scene.source == "bsds"]
    for title, part in (("bsds", general), ("all sources", scenes), ("in a simulated studio", in_a_studio(scenes))):
        counts = {light: confusion(segmenter, part, light) for light in LIGHTS}
        union = {light: intersection_over_union(counts[light]) for light in LIGHTS}
        print(f"\nheld out, {title}: {len(part)} photos\n")
        print(f"| class | share | {' | '.join(LIGHTS)} |\n|---|---|{'---|' * len(LIGHTS)}")
        shares = counts["day"].sum(1) / counts["day"].sum()
        for index, name in enumerate(segmenter.classes):
            row = " | ".join(f"{union[light][index]:.3f}" for light in LIGHTS)
            print(f"| {name} | {shares[index]:.3f} | {row} |")
        common = shares > 2e-3
        print(f"| mean (share over 0.2 %) | | {' | '.join(f'{union[light][common].mean():.3f}' for light in LIGHTS)} |")
        print(f"| pixel accuracy | | {' | '.join(f'{pixel_accuracy(counts[light]):.3f}' for light in LIGHTS)} |")


def pair_scores(segmenter, pairs: list[BenchmarkPair]) -> None:
    """Agreement with the painted masks, pair by pair, beside no segmentation and k-means."""
    ways = {segmenter.name: by_segmenter(segmenter), "nothing": by_nothing}
    ways |= {f"k-means {count}": by_clusters(count) for count in (4, 8)}
    print("\nsent to the painted style region, majority (overlap)\n")
    print(f"| pair | {' | '.join(ways)} |\n|---|{'---|' * len(ways)}")
    scores = {way: [] for way in ways}
    for pair in pairs:
        for way, assign in ways.items():
            scores[way].append(agreement(pair, assign))
        print(f"| {pair.name} | {' | '.join(f'{s[-1].majority:.2f} ({s[-1].overlap:.2f})' for s in scores.values())} |")
    means = [(np.mean([s.majority for s in each]), np.mean([s.overlap for s in each])) for each in scores.values()]
    print(f"| mean | {' | '.join(f'{majority:.3f} ({overlap:.3f})' for majority, overlap in means)} |")


def overlay(segmenter, pair: BenchmarkPair) -> Image.Image:
    """Content and style, each beside its regions in swatch colours with their names."""
    tiles = []
    for photo in (pair.content, pair.style):
        regions = found_regions(segmenter, photo)
        labels = regions.labels().numpy()
        swatches = np.array(regions.colours, dtype=np.float32) / 255
        painted = Image.fromarray((255 * (0.35 * photo + 0.65 * swatches[labels])).astype(np.uint8))
        draw = ImageDraw.Draw(painted)
        for label in np.unique(labels):
            rows, columns = np.nonzero(labels == label)
            middle = len(rows) // 2
            place = (int(np.median(columns)), int(rows[middle]))
            text = f"{regions.names[label]} {len(rows) / labels.size:.0%}"
            draw.text(place, text, fill="white", stroke_width=2, stroke_fill="black")
        tiles += [Image.fromarray((255 * photo).astype(np.uint8)), painted]
    height = max(tile.height for tile in tiles)
    sheet = Image.new("RGB", (sum(tile.width for tile in tiles), height))
    left = 0
    for tile in tiles:
        sheet.paste(tile, (left, 0))
        left += tile.width
    return sheet


def parse() -> argparse.Namespace:
    root = Path(__file__).resolve().parents[1]
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--shared", type=Path, default=root.parent / "shared", help="has scenes/ and benchmark/")
    parser.add_argument("--segmenter", default="scene", help="auto, scene, ade20k-b0 ... or module:function")
    parser.add_argument("--weights", type=Path, help="of scene, other than those that ship")
    parser.add_argument("--teacher", type=Path, help="judge a teacher: a folder such as ../shared/teachers/scene")
    parser.add_argument("--overlays", type=Path, help="folder for pictures of the pairs with their regions")
    parser.add_argument("--pairs-only", action="store_true", help="leave the held-out photos out")
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
