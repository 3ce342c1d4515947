"""All photos in the memory of one device, and batches of random crops of them with what is known of each: no workers, no waiting.

Each photo lies in the corner of a square canvas, mirrored beyond its borders, so that a batch of crops is one `grid_sample`.
"""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from scene_data import UNKNOWN, Scene
from scene_embedding import embedded
from scene_light import Dice, jitter, relight
from scene_studio import before_a_backdrop, under_a_plain_sky
from scene_teacher import STRIDE, cached, classes_of
from torch import Tensor
from torch.nn import functional as F

from photostyle.networks.fpn import OUTPUT_STRIDE
from photostyle.regions.labels import CLASSES

CANVAS = 384  # pixels, at least the longer side of every photo
SURE = 0.8  # a teacher's probability from which it decides what light an unlabelled pixel gets
STUDIO, PLAIN_SKY = 0.3, 0.3  # of the crops, where they show things or sky
EXTENT = (0.45, 1.15)  # of a crop, in shorter sides of the photo: small things are seen large, as at run time
LIGHT_CHANCES = {"day": 0.4, "sunset": 0.2, "night": 0.22, "regions": 0.18}


@dataclass(frozen=True)
class Album:
    """The photos on one device.

    Args:
        photos: (N, 3, S, S) uint8.
        labels: (N, S, S) uint8, 255 where unknown.
        said: (N, 14 + E, S/8, S/8) float16, of the teacher: probabilities of the classes, then the embedding, of length up to 1.
        taught: (N,) whether the teacher has seen the photo.
        sizes: (N, 2) height and width.
        weights: (N,) how often each is drawn.
    """

    photos: Tensor
    labels: Tensor
    said: Tensor
    taught: Tensor
    sizes: Tensor
    weights: Tensor


@dataclass(frozen=True)
class Batch:
    """Crops as the network sees them, and what is known of them at the network's output stride.

    Args:
        photos: (B, 3, H, W) in [0, 1], relit.
        labels: (B, H/4, W/4) integer classes by people, 255 unknown.
        classes: (B, 14, H/4, W/4), the teacher's probabilities.
        embedding: (B, E, H/4, W/4), the teacher's.
        taught: (B, H/4, W/4) whether the teacher has seen what is there.
    """

    photos: Tensor
    labels: Tensor
    classes: Tensor
    embedding: Tensor
    taught: Tensor


def album_of(scenes: list[Scene], cache: Path, axes: Tensor, device: str) -> Album:
    """The album of photos, with what the cache of `scene_teacher` knows of them.

    Args:
        axes: as for `scene_embedding.embedded`.
    """
    count, cells = len(scenes), CANVAS // STRIDE
    photos = torch.zeros(count, 3, CANVAS, CANVAS, dtype=torch.uint8)
    labels = torch.full((count, CANVAS, CANVAS), UNKNOWN, dtype=torch.uint8)
    said = torch.zeros(count, len(CLASSES) + len(axes), cells, cells, dtype=torch.float16)
    taught = torch.zeros(count, dtype=torch.bool)
    for number, scene in enumerate(scenes):
        height, width = scene.labels.shape
        photos[number] = _on_canvas(scene.photo.transpose(2, 0, 1), CANVAS, "symmetric")
        labels[number, :height, :width] = torch.from_numpy(scene.labels.copy())
        kinds = cached(cache, scene.photo)
        if kinds is not None:
            taught[number] = True
            both = torch.cat([classes_of(kinds), embedded(kinds, axes)])
            said[number] = _on_canvas(both.half().numpy(), cells, "edge")
    sizes = torch.tensor([scene.labels.shape for scene in scenes])
    weights = torch.tensor([scene.weight for scene in scenes], dtype=torch.float64)
    on_device = [tensor.to(device) for tensor in (photos, labels, said, taught)]
    return Album(*on_device, sizes, weights)


def crops(album: Album, side: int, dice: Dice) -> Batch:
    """`dice.size` random crops of side x side pixels, drawn by weight, each under a random light."""
    drawn = dice.shared.choices(range(len(album.weights)), album.weights.tolist(), k=dice.size)
    theta = torch.stack([_window(*album.sizes[number].tolist(), dice) for number in drawn]).to(album.photos.device)
    index = torch.tensor(drawn, device=album.photos.device)
    photos = _sampled(album.photos[index].float() / 255, theta, side)
    labels = _labels(album.labels[index], theta, side)
    said = album.said[index].float()
    sureness, likeliest = _sampled(said[:, : len(CLASSES)], theta, side).max(1)
    lit_as = torch.where((labels == UNKNOWN) & (sureness > SURE), likeliest, labels)

    photos, labels, lit_as, kept = _staged(photos, labels, lit_as, dice)
    lights = dice.shared.choices(list(LIGHT_CHANCES), list(LIGHT_CHANCES.values()), k=dice.size)
    photos = jitter(relight(photos, lit_as, lights, dice), dice)

    cells = -(-side // OUTPUT_STRIDE)
    grid = torch.linspace(0, side - 1, cells, device=labels.device).round().long()
    classes, embedding = _sampled(said, theta, cells, corners=True).split([len(CLASSES), said.shape[1] - len(CLASSES)], 1)
    taught = album.taught[index].view(-1, 1, 1) & (F.adaptive_avg_pool2d(kept[:, None].float(), cells)[:, 0] > 0.9)
    return Batch(photos, labels[:, grid][:, :, grid], classes, embedding, taught)


def _staged(photos: Tensor, labels: Tensor, lit_as: Tensor, dice: Dice) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Some crops before a backdrop, some under a plain sky; and a mask of what is left as it was."""
    kept = torch.ones_like(labels, dtype=torch.bool)
    fates = [dice.shared.random() for _ in range(dice.size)]
    studio = [number for number, fate in enumerate(fates) if fate < STUDIO]
    plain = [number for number, fate in enumerate(fates) if STUDIO <= fate < STUDIO + (1 - STUDIO) * PLAIN_SKY]
    if studio:
        photos[studio], staged, kept[studio] = before_a_backdrop(photos[studio], lit_as[studio], dice.of(len(studio)))
        labels[studio] = torch.where(kept[studio], labels[studio], staged)
        lit_as[studio] = staged
    if plain:
        photos[plain], kept[plain] = under_a_plain_sky(photos[plain], lit_as[plain], dice.of(len(plain)))
        labels[plain] = torch.where(kept[plain], labels[plain], lit_as[plain])
    return photos, labels, lit_as, kept


def _window(height: int, width: int, dice: Dice) -> Tensor:
    """(2, 3): a crop of random size, shape, tilt and hand, from its own [-1, 1] to that of the canvas."""
    draw = dice.shared
    extent = min(height, width) * math.exp(draw.uniform(math.log(EXTENT[0]), math.log(EXTENT[1])))
    shape = math.exp(draw.uniform(-0.3, 0.3))
    half_h, half_w = min(extent * shape, height) / 2, min(extent / shape, width) / 2
    angle = math.radians(draw.gauss(0, 4.0)) if draw.random() < 0.5 else 0.0
    flip = -1.0 if draw.random() < 0.5 else 1.0
    c, s = math.cos(angle), math.sin(angle)
    x = draw.uniform(half_w, width - half_w)
    y = draw.uniform(half_h, height - half_h)
    pixels = torch.tensor([[flip * half_w * c, -half_h * s, x], [flip * half_w * s, half_h * c, y]])
    theta = 2 / CANVAS * pixels
    theta[:, 2] -= 1
    return theta


def _sampled(planes: Tensor, theta: Tensor, side: int, corners: bool = False) -> Tensor:
    """The crops of (B, C, h, w) at side x side places: pixels' centres, or from corner to corner as the network's output."""
    grid = F.affine_grid(theta, [len(theta), 1, side, side], align_corners=corners)
    return F.grid_sample(planes, grid, mode="bilinear", padding_mode="border", align_corners=False)


def _labels(labels: Tensor, theta: Tensor, side: int) -> Tensor:
    grid = F.affine_grid(theta, [len(theta), 1, side, side], align_corners=False)
    known = labels[:, None].float() - UNKNOWN  # beyond the canvas reads 0, that is unknown
    said = F.grid_sample(known, grid, mode="nearest", padding_mode="zeros", align_corners=False)[:, 0]
    return (said + UNKNOWN).round().long()


def _on_canvas(planes: np.ndarray, side: int, mode: str) -> Tensor:
    """(C, side, side): planes (C, h, w) in its corner, and their continuation."""
    _, height, width = planes.shape
    return torch.from_numpy(np.pad(planes, ((0, 0), (0, side - height), (0, side - width)), mode=mode))
