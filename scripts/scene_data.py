"""The labelled and unlabelled photos that the scene segmenter learns from, held in memory, and random crops of them."""

import csv
import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from scene_light import Dice, jitter, relight
from scene_studio import before_a_backdrop, under_a_plain_sky
from torch.nn import functional as F

from photostyle.encoders import load_encoder

# Buildings and roads dominate the set; these weights, per photo, bring general scenes forward (the set's README).
SOURCE_WEIGHTS = {
    "bsds": 4.0, "msrc2": 2.0, "cocostuff": 4.0, "ade20k": 4.0, "camvid": 0.5, "coco128seg": 0.5, "labelmefacade": 0.5,
}  # fmt: skip
UNKNOWN = 255
STUDIO, PLAIN_SKY = 0.3, 0.3  # of the crops, where they show things or sky


@dataclass(frozen=True)
class Scene:
    """One photo `(H, W, 3)` uint8 with its label map `(H, W)` uint8, 255 where unknown."""

    name: str
    source: str
    photo: np.ndarray
    labels: np.ndarray
    features: np.ndarray | None = None
    """What `describe` adds: (27, h, w) float16, about an eighth of the photo's size."""


def read_scenes(folder: Path, split: str) -> list[Scene]:
    """The scenes of a split ("train" or "val") of a folder laid out as `../shared/scenes`."""
    with open(folder / "index.csv", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == split]
    return [
        Scene(
            row["name"],
            row["source"],
            np.asarray(Image.open(folder / "images" / f"{row['name']}.jpg").convert("RGB")),
            np.asarray(Image.open(folder / "labels" / f"{row['name']}.png")),
        )
        for row in rows
    ]


def read_unlabelled(folder: Path, sources: tuple[str, ...]) -> list[Scene]:
    """The photos of a folder laid out as `../shared/photos` whose source starts with one of `sources`; all unknown."""
    with open(folder / "index.csv", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["source"].startswith(sources)]
    photos = [np.asarray(Image.open(folder / "images" / row["file"]).convert("RGB")) for row in rows]
    return [
        Scene(row["file"], row["source"], photo, np.full(photo.shape[:2], UNKNOWN, np.uint8))
        for row, photo in zip(rows, photos, strict=True)
    ]


def describe(scenes: list[Scene]) -> list[Scene]:
    """The scenes with the features of relu4_1 of `compact`, each channel with mean 0 and deviation 1 over all photos."""
    encoder = load_encoder("compact")
    raw = []
    for scene in scenes:
        photo = torch.from_numpy(scene.photo.copy()).permute(2, 0, 1)[None].float() / 255
        with torch.inference_mode():
            raw.append(encoder(photo)["relu4_1"][0])
    if not raw:
        return []
    mean = torch.stack([map_.mean((1, 2)) for map_ in raw]).mean(0).view(-1, 1, 1)
    deviation = torch.stack([((map_ - mean) ** 2).mean((1, 2)) for map_ in raw]).mean(0).sqrt().view(-1, 1, 1)
    return [replace(scene, features=((map_ - mean) / deviation).half().numpy()) for scene, map_ in zip(scenes, raw, strict=True)]


class Crops(torch.utils.data.IterableDataset):
    """Endless random crops, drawn by source, each under a random light.

    Args:
        scenes: the photos.
        weights: one weight a scene.
        side: side of the square crops, in pixels.
        lights: chance of each light of `scene_light.LIGHTS`.
        seed: of the first worker; each worker adds its number.
    """

    def __init__(self, scenes: list[Scene], weights: list[float], side: int, lights: dict[str, float], seed: int):
        self.scenes, self.side, self.lights, self.seed = scenes, side, lights, seed
        self.weights = torch.tensor(weights, dtype=torch.float64)

    def __iter__(self):
        torch.set_num_threads(1)
        worker = torch.utils.data.get_worker_info()
        dice = Dice(self.seed + (worker.id if worker else 0))
        names, chances = list(self.lights), torch.tensor(list(self.lights.values()))
        while True:
            for index in torch.multinomial(self.weights, 256, True, generator=dice.generator).tolist():
                photo, labels, features = random_crop(self.scenes[index], self.side, dice)
                if dice.chance(STUDIO):
                    photo, labels, kept = before_a_backdrop(photo, labels, dice)
                    features = forgotten(features, kept)
                elif dice.chance(PLAIN_SKY):
                    photo, kept = under_a_plain_sky(photo, labels, dice)
                    features = forgotten(features, kept)
                light = names[torch.multinomial(chances, 1, generator=dice.generator).item()]
                photo = jitter(relight(photo, labels, light, dice), dice)
                yield (photo * 255).round().to(torch.uint8), labels.to(torch.uint8), features


def forgotten(features: torch.Tensor, kept: torch.Tensor) -> torch.Tensor:
    """Features (C, h, w), not a number where less than nine tenths of what they describe is `kept` (H, W)."""
    share = F.adaptive_avg_pool2d(kept[None].float(), features.shape[1:])[0]
    return features.masked_fill(share < 0.9, math.nan)


def random_crop(scene: Scene, side: int, dice: Dice) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """A crop of random size, shape, tilt and hand, resampled to `side` x `side`.

    Returns:
        photo in [0, 1], labels, and the features at an eighth of the side (zeros for a scene without).
    """
    height, width = scene.labels.shape
    extent = min(height, width) * math.exp(dice.uniform(math.log(0.45), math.log(1.25)))
    shape = math.exp(dice.uniform(-0.3, 0.3))
    half_h, half_w = min(extent * shape, height) / height, min(extent / shape, width) / width  # in units of [-1, 1]
    angle = math.radians(dice.normal(4.0)) if dice.chance(0.5) else 0.0
    flip = -1.0 if dice.chance(0.5) else 1.0
    c, s = math.cos(angle), math.sin(angle) * height / width
    x0, y0 = dice.uniform(-1, 1) * (1 - half_w), dice.uniform(-1, 1) * (1 - half_h)
    theta = torch.tensor([[[flip * half_w * c, -half_h * s, x0], [flip * half_w * s, half_h * c, y0]]])
    grid = F.affine_grid(theta.float(), (1, 1, side, side), align_corners=False)
    photo = torch.from_numpy(scene.photo.copy()).permute(2, 0, 1)[None].float() / 255
    photo = F.grid_sample(photo, grid, mode="bilinear", padding_mode="reflection", align_corners=False)[0]
    labels = torch.from_numpy(scene.labels.copy())[None, None].float() - UNKNOWN  # outside reads 0, that is unknown
    labels = F.grid_sample(labels, grid, mode="nearest", padding_mode="zeros", align_corners=False)[0, 0] + UNKNOWN
    features = torch.zeros(0)
    if scene.features is not None:
        grid = F.affine_grid(theta.float(), (1, 1, side // 8, side // 8), align_corners=False)
        features = torch.from_numpy(scene.features).float()[None]
        features = F.grid_sample(features, grid, mode="bilinear", padding_mode="reflection", align_corners=False)[0].half()
    return photo, labels.round().long(), features
