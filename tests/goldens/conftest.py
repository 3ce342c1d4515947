"""The pairs of the goldens: the sample, and two pairs of small scenes that arithmetic draws, the same on every machine."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

SAMPLE = Path(__file__).resolve().parents[2] / "docs" / "sample"

RED, GREEN, BLUE, YELLOW = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)


def grain(height: int, width: int, seed: int) -> np.ndarray:
    """(H, W, 1) white noise in [-1, 1], from an integer hash of each pixel's place."""
    y, x = np.mgrid[0:height, 0:width].astype(np.int64)
    value = (x * 374761393 + y * 668265263 + seed * 362437) % 2**32
    value = ((value ^ (value >> 13)) * 1274126177) % 2**32
    value = value ^ (value >> 16)
    return (value / 2**31 - 1)[..., None]


def clouds(x: np.ndarray, y: np.ndarray, seed: int) -> np.ndarray:
    """(H, W, 1) smooth noise in about [-1, 1]: four octaves of a lattice of `grain`; x and y of 0 or more."""
    total = np.zeros((*x.shape, 1))
    for octave in range(4):
        lattice = grain(64, 64, seed + octave)
        column, row = (x * 2**octave) % 63, (y * 2**octave) % 63
        left, top = column.astype(int), row.astype(int)
        across, down = (column - left)[..., None], (row - top)[..., None]
        upper = lattice[top, left] * (1 - across) + lattice[top, left + 1] * across
        lower = lattice[top + 1, left] * (1 - across) + lattice[top + 1, left + 1] * across
        total += (upper * (1 - down) + lower * down) / 2**octave
    return total / 2


def hills(width: int, height: int, sky: tuple, low: tuple, slope: tuple, meadow: tuple, seed: int):
    """A sky that fades to the horizon over a ridge and a meadow.

    Returns:
        photo (H, W, 3) float in [0, 1], and mask (H, W, 3) uint8: blue sky, red ridge, green meadow.
    """
    y, x = np.mgrid[0:height, 0:width] / max(width, height)
    ridge = 0.30 + 0.05 * np.sin(9 * x + seed) + 0.02 * np.sin(31 * x)
    bank = 0.47 + 0.04 * np.sin(5 * x + 2 * seed)
    photo = np.array(sky) + (np.array(low) - np.array(sky)) * np.clip(y / 0.35, 0, 1)[..., None] ** 1.5
    photo = photo + 0.6 * np.clip(clouds(4 * x, 12 * y, seed), 0, 1) * (1 - photo)
    folds = 1 + 0.7 * clouds(9 * x + 5 * y, 9 * y, seed + 10)
    blades = 1 + 0.6 * clouds(20 * x, 14 * y, seed + 20) + 0.8 * (y[..., None] - 0.5)
    on_ridge, on_meadow = y > ridge, y > bank
    photo = np.where(on_ridge[..., None], np.array(slope) * folds, photo)
    photo = np.where(on_meadow[..., None], np.array(meadow) * blades, photo)
    mask = np.where(on_ridge[..., None], RED, BLUE)
    mask = np.where(on_meadow[..., None], GREEN, mask)
    return (photo + 0.015 * grain(height, width, seed)).clip(0, 1), mask.astype(np.uint8)


def table(width: int, height: int, wall: tuple, cloth: tuple, ball: tuple | None, lamp: tuple, seed: int):
    """A ball on a table before a wall, in the light of a lamp that stands on one side and clips beside it.

    Returns:
        photo (H, W, 3) float in [0, 1], and mask (H, W, 3) uint8: yellow wall, green table, red ball if there is one.
    """
    y, x = np.mgrid[0:height, 0:width] / height
    edge = 0.62
    light = np.array(lamp) * (0.35 + 1.1 * np.exp(-4 * ((x - 0.1) ** 2 + (y - 0.2) ** 2)))[..., None]
    paper = 1 + 0.25 * clouds(8 * x, 5 * y, seed)
    weave = 1 + 0.5 * clouds(6 * x, 25 * y, seed + 10)
    on_table = y > edge
    photo = np.where(on_table[..., None], np.array(cloth) * weave, np.array(wall) * paper)
    mask = np.where(on_table[..., None], GREEN, YELLOW)
    if ball is not None:
        across, down = (x - 0.4) / 0.17, (y - 0.55) / 0.17
        away = across**2 + down**2
        towards = np.clip(np.sqrt(np.clip(1 - away, 0, 1)) - 0.6 * across - 0.5 * down, 0, 2)[..., None]
        photo = np.where(away[..., None] < 1, np.array(ball) * (0.2 + 0.7 * towards), photo)
        mask = np.where(away[..., None] < 1, RED, mask)
    return (photo * light + 0.01 * grain(height, width, seed)).clip(0, 1), mask.astype(np.uint8)


def hills_pair():
    """A blue noon and a red dusk of another shape: (photo, mask) of each."""
    noon = hills(132, 96, (0.30, 0.50, 0.85), (0.75, 0.85, 0.95), (0.30, 0.36, 0.34), (0.35, 0.48, 0.18), 1)
    dusk = hills(90, 110, (0.22, 0.16, 0.38), (0.98, 0.55, 0.25), (0.14, 0.10, 0.16), (0.20, 0.14, 0.10), 4)
    return noon, dusk


def table_pair():
    """Odd sizes; grey daylight on 16 bits, and a style in neon light that clips and has no ball."""
    grey = table(97, 131, (0.62, 0.61, 0.58), (0.45, 0.40, 0.36), (0.70, 0.30, 0.22), (1.0, 1.0, 1.0), 2)
    neon = table(83, 61, (0.75, 0.45, 0.85), (0.35, 0.40, 0.60), None, (1.0, 0.55, 0.9), 3)
    return ((grey[0] * 65535).round().astype(np.uint16), grey[1]), neon


@pytest.fixture(scope="session")
def pairs(tmp_path_factory) -> dict[str, dict]:
    """For each pair the arguments of `transfer`: content, style, and the files of their masks."""
    folder = tmp_path_factory.mktemp("goldens")
    found = {
        "sample": {
            "content": SAMPLE / "day.jpg",
            "style": SAMPLE / "sunset.jpg",
            "content_mask": SAMPLE / "day-mask.png",
            "style_mask": SAMPLE / "sunset-mask.png",
        }
    }
    for name, scenes in (("hills", hills_pair()), ("table", table_pair())):
        found[name] = {}
        for role, (photo, mask) in zip(("content", "style"), scenes, strict=True):
            path = folder / f"{name}-{role}-mask.png"
            Image.fromarray(mask).save(path)
            found[name] |= {role: photo, f"{role}_mask": path}
    return found
