"""Grass, leafy trees and conifers near the camera, as many small points."""

from collections.abc import Callable

import numpy as np

from .atmosphere import Air

Cloud = tuple[np.ndarray, np.ndarray, np.ndarray]  # points (n, 3), radiance (n, 3), radius (n,) in metres
Ground = Callable[[np.ndarray, np.ndarray], np.ndarray]


def grass(seed: int, blades: int, across: tuple[float, float], along: tuple[float, float], ground: Ground, air: Air,
          tall: float = 0.45, colour=(0.095, 0.125, 0.04), focal: float = 1000.0) -> Cloud:  # fmt: skip
    """Blades on a strip of ground that is wider with distance; `across` is x per metre of z."""
    r = np.random.default_rng(seed)
    z = along[0] * (along[1] / along[0]) ** r.random(blades)
    x = r.uniform(*across, blades) * z
    tuft = np.sin(1.7 * x + 0.8 * np.sin(1.3 * z)) * np.sin(1.1 * z + x) + 0.6 * np.sin(0.31 * x - 0.43 * z)
    keep = (ground(x, z) > 0.12) & (tuft + r.normal(0, 0.8, blades) > -0.7)
    x, z, tuft = x[keep], z[keep], tuft[keep]
    length = tall * np.exp(r.normal(0, 0.35, len(x)) + 0.22 * tuft)
    bend = r.normal(0, 0.33, (len(x), 2)) + (0.18, 0.0)
    tone = np.exp(r.normal(0, 0.22, len(x)) + 0.12 * tuft)
    dry = np.clip(r.normal(0.12, 0.25, len(x)), 0, 1)
    count = np.clip(1.3 * length * focal / z, 3, 260).astype(int)
    blade = np.repeat(np.arange(len(x)), count)
    part = (np.arange(len(blade)) - np.repeat(np.cumsum(count) - count, count)) / count[blade]
    sway = length[blade] * part**2
    points = np.stack([x[blade] + bend[blade, 0] * sway, ground(x, z)[blade] + length[blade] * part * (1 - 0.25 * part),
                       z[blade] + bend[blade, 1] * sway], -1)  # fmt: skip
    albedo = np.array(colour) * (1 - dry[:, None]) + np.array([0.26, 0.2, 0.085]) * dry[:, None]
    albedo = (albedo * tone[:, None])[blade]
    depth = 0.1 + 0.9 * part**1.2  # light reaches the tips more than the roots
    through = 0.35 + 0.65 * np.clip(0.6 + bend[blade] @ air.sun[[0, 2]], 0, 1.4)
    light = (depth * through)[:, None] * air.sunlight() * max(air.sun[1], 0.12) ** 0.7
    light = light + depth[:, None] * air.ambient(np.broadcast_to([[0, 1.0, 0]], (1, 3)))
    return points, albedo / np.pi * light, (0.0035 * (1 - 0.7 * part)).astype(np.float32)


def pebbles(seed: int, count: int, across: tuple[float, float], along: tuple[float, float], ground: Ground, air: Air) -> Cloud:
    """Stones on the shore: each a dark disc with a lit one on it."""
    r = np.random.default_rng(seed)
    z = along[0] * (along[1] / along[0]) ** r.random(count)
    x = r.uniform(*across, count) * z
    y = ground(x, z)
    shore = (y > -0.12) & (y < 0.5)
    x, y, z = x[shore], y[shore], z[shore]
    radius = 0.012 * np.exp(np.abs(r.normal(0, 0.6, len(x))))
    grey = (0.09 * np.exp(r.normal(0, 0.4, len(x))))[:, None] * (1.05, 1.0, 0.92)
    up = air.ambient(np.array([[0, 1.0, 0]]))
    dark, lit = grey / np.pi * 0.4 * up, grey / np.pi * (up + 0.8 * air.sunlight() * max(air.sun[1], 0.1))
    points = np.stack([x, y + 0.3 * radius, z], -1)
    raised = points + radius[:, None] * (0.35 * air.sun[0], 0.4, -0.02)
    return np.concatenate([points, raised]), np.concatenate([dark, lit]), np.concatenate([radius, 0.72 * radius])


def leafy_tree(seed: int, base, height: float, air: Air, leaves: int = 170_000, colour=(0.135, 0.165, 0.048)) -> Cloud:
    """A broad-leaved tree: branches fork, leaves gather round the twigs, and shade one another."""
    r = np.random.default_rng(seed)
    starts, ends, thick = _branches(r, np.array(base, float), height)
    wood = [a + (b - a) * np.linspace(0, 1, 60)[:, None] for a, b in zip(starts, ends, strict=True)]
    wood_radius = np.repeat(thick, 60)
    wood = np.concatenate(wood)
    twigs = ends[thick < np.quantile(thick, 0.75)]
    twig = twigs[r.integers(len(twigs), size=leaves)]
    points = twig + r.normal(0, 0.019 * height, twig.shape) * (1, 0.6, 1)
    shade = _own_shade(points, air.sun, 0.022 * height)
    middle = np.array(base) + (0, 0.62 * height, 0)
    outward = (points - middle) / (0.45 * height)
    facing = np.clip(0.6 + 0.55 * (outward @ air.sun), 0.15, 1.3)
    sky = np.clip(0.3 + 0.45 * np.linalg.norm(outward, axis=1) + 0.25 * outward[:, 1], 0.15, 1.1)
    tone = np.array(colour) * np.exp(r.normal(0, 0.22, leaves))[:, None] * (1 + r.normal(0, 0.08, (leaves, 3)))
    light = (shade * facing)[:, None] * air.sunlight() + sky[:, None] * air.ambient(np.array([[0, 1.0, 0]]))
    bark = np.array([0.045, 0.037, 0.03]) * np.exp(r.normal(0, 0.3, len(wood)))[:, None]
    bark_light = 0.25 * air.sunlight() + 0.5 * air.ambient(np.array([[0, 0.2, 0]]))
    radius = np.concatenate([r.uniform(0.011, 0.025, leaves), wood_radius])
    return np.concatenate([points, wood]), np.concatenate([tone / np.pi * light, bark / np.pi * bark_light]), radius


def _branches(r: np.random.Generator, base: np.ndarray, height: float):
    """-> starts, ends (n, 3) and radii (n,) of the straight pieces of a forking tree."""
    pieces, grow = [], [(base, np.array([r.normal(0, 0.04), 1.0, 0.0]), 0.2 * height, 0.02 * height, 0)]
    while grow:
        start, direction, length, thick, level = grow.pop()
        end = start + direction * length
        pieces.append((start, end, thick))
        if level == 7:
            continue
        for _ in range(3 if level in (0, 2) else 2):
            turn = direction + r.normal(0, 0.6, 3) + (0, 0.1, 0)
            grow.append((end, turn / np.linalg.norm(turn), length * r.uniform(0.6, 0.95), 0.62 * thick, level + 1))
    return (np.array(part) for part in zip(*pieces, strict=True))


def conifer(seed: int, base, height: float, air: Air, needles: int = 100_000, colour=(0.03, 0.055, 0.022)) -> Cloud:
    """A spruce: whorls of drooping branches, shorter toward the top."""
    r = np.random.default_rng(seed)
    count = int(height * 16)
    up = np.sort(r.random(count)) ** 0.85
    angle, reach = r.uniform(0, 2 * np.pi, count), 0.21 * height * (1 - up) ** 0.85 * r.uniform(0.65, 1.1, count) + 0.12
    weight = reach / reach.sum()
    branch = r.choice(count, needles, p=weight)
    out = np.sqrt(r.random(needles))
    side = r.normal(0, 0.09, needles) * reach[branch] * (1.2 - out)
    a, away = angle[branch], out * reach[branch]
    droop = -0.32 * away + 0.2 * reach[branch] * out**3 - np.abs(r.normal(0, 0.05, needles)) * reach[branch]
    x, z = away * np.cos(a) - side * np.sin(a), away * np.sin(a) + side * np.cos(a)
    points = np.array(base) + np.stack([x, (0.06 + 0.94 * up[branch]) * height + droop, z], -1)
    shade = _own_shade(points, air.sun, 0.02 * height)
    sky = np.clip(0.2 + 0.8 * out, 0, 1)
    tone = np.array(colour) * np.exp(r.normal(0, 0.3, needles))[:, None]
    light = (0.7 * shade)[:, None] * air.sunlight() + sky[:, None] * air.ambient(np.array([[0, 1.0, 0]]))
    trunk = np.array(base) + np.linspace(0, 1, 400)[:, None] * (0, 0.98 * height, 0)
    trunk_light = np.broadcast_to(np.array([0.02, 0.016, 0.012]) * air.ambient(np.array([[0, 1.0, 0]])), trunk.shape)
    radius = np.concatenate([np.full(needles, 0.013), np.linspace(0.013, 0.001, 400) * height])
    return np.concatenate([points, trunk]), np.concatenate([tone / np.pi * light, trunk_light]), radius


def _own_shade(points: np.ndarray, sun: np.ndarray, cell: float) -> np.ndarray:
    """How much sun reaches each leaf (n,), by how many leaves of its cell are nearer to the sun."""
    side = np.cross(sun, (0, 1, 0.1))
    side /= np.linalg.norm(side)
    over = np.cross(side, sun)
    keys = np.floor(np.stack([points @ side, points @ over], -1) / cell).astype(np.int64)
    key = keys[:, 0] * 100_003 + keys[:, 1]
    order = np.lexsort((-(points @ sun), key))
    ordered = key[order]
    first = np.r_[0, np.flatnonzero(np.diff(ordered)) + 1]
    lengths = np.diff(np.r_[first, len(key)])
    rank = np.empty(len(key))
    rank[order] = np.arange(len(key)) - np.repeat(first, lengths)
    return np.exp(-rank * 0.0013 / cell**2)
