"""Intersection over union of a segmenter on held-out scenes, as they are and under simulated light."""

from dataclasses import replace

import numpy as np
import torch
from scene_data import UNKNOWN, Scene
from scene_light import Dice, relight
from scene_studio import before_a_backdrop

LIGHTS = ("day", "night", "sunset")


def lit(scene: Scene, light: str, seed: int) -> np.ndarray:
    """The scene's photo under a light, the same at every call: (H, W, 3) float32."""
    photos = relight(_photos(scene), torch.from_numpy(scene.labels.copy())[None], [light], Dice(1000 + seed))
    return photos[0].permute(1, 2, 0).contiguous().numpy()


def in_a_studio(scenes: list[Scene]) -> list[Scene]:
    """Those of the scenes that show things, before a simulated backdrop; the same at every call."""
    staged = []
    for seed, scene in enumerate(scenes):
        known = torch.from_numpy(scene.labels.copy()).long()[None]
        photos, labels, kept = before_a_backdrop(_photos(scene), known, Dice(2000 + seed))
        if not kept.all():
            pixels = (255 * photos[0]).round().byte().permute(1, 2, 0).contiguous().numpy()
            staged.append(replace(scene, photo=pixels, labels=labels[0].byte().numpy()))
    return staged


def _photos(scene: Scene) -> torch.Tensor:
    """(1, 3, H, W) in [0, 1]."""
    return torch.from_numpy(scene.photo.copy()).permute(2, 0, 1)[None].float() / 255


def predicted(segmenter, pixels: np.ndarray) -> np.ndarray:
    """The likeliest class at each pixel of the photo: (H, W) integers."""
    probabilities = segmenter.probabilities(pixels)[None]
    full = torch.nn.functional.interpolate(probabilities, pixels.shape[:2], mode="bilinear", align_corners=False)
    return full[0].argmax(0).numpy()


def confusion(segmenter, scenes: list[Scene], light: str) -> np.ndarray:
    """Counts of (true class, said class) over all known pixels of the scenes."""
    classes = len(segmenter.classes)
    counts = np.zeros((classes, classes), dtype=np.int64)
    for seed, scene in enumerate(scenes):
        said = predicted(segmenter, lit(scene, light, seed))
        known = scene.labels != UNKNOWN
        pairs = scene.labels[known].astype(np.int64) * classes + said[known]
        counts += np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)
    return counts


def intersection_over_union(counts: np.ndarray) -> np.ndarray:
    """One value a class; NaN for a class with no true pixel."""
    true = counts.sum(1).astype(float)
    hit = np.diag(counts).astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(true > 0, hit / (true + counts.sum(0) - hit), np.nan)


def pixel_accuracy(counts: np.ndarray) -> float:
    return float(np.diag(counts).sum() / max(counts.sum(), 1))
