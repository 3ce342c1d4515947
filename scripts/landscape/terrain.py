"""Land seen in perspective: heights, forests and their light."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .atmosphere import Air
from .noise import Noise, mix, smoothstep
from .view import Camera, Kind, View

_TILE, _TEXEL = 256.0, 0.25  # metres: over which the forest repeats, and its grain


@dataclass(frozen=True)
class Forest:
    """Crowns seen as a height over the ground, and a tone for each tree."""

    height: np.ndarray
    tone: np.ndarray

    @classmethod
    def from_seed(cls, seed: int, trees: int = 5200, conifers: float = 0.6) -> "Forest":
        generator, side = np.random.default_rng(seed), int(_TILE / _TEXEL)
        height, tone = np.zeros((side, side), np.float32), np.zeros((side, side), np.float32)
        for _ in range(trees):
            pointed = generator.random() < conifers
            tall = generator.uniform(7, 17) * (1.0 if pointed else 0.75)
            reach = tall * (generator.uniform(0.15, 0.2) if pointed else generator.uniform(0.28, 0.4))
            n = int(reach / _TEXEL) + 1
            dy, dx = np.mgrid[-n : n + 1, -n : n + 1] * _TEXEL
            away = np.hypot(dx, dy) / reach * generator.uniform(0.9, 1.12, dx.shape)
            crown = tall * (1 - away) if pointed else tall * (0.35 + 0.65 * np.sqrt(np.maximum(1 - away**2, 0)))
            crown = np.where(away < 1, crown, 0)
            rows = (generator.integers(side) + np.arange(-n, n + 1)) % side
            columns = (generator.integers(side) + np.arange(-n, n + 1)) % side
            at = np.ix_(rows, columns)
            tone[at] = np.where(crown > height[at], generator.uniform(0, 0.5) + 0.5 * (not pointed), tone[at])
            height[at] = np.maximum(height[at], crown)
        return cls(height, tone)

    def crown(self, x: np.ndarray, z: np.ndarray) -> np.ndarray:
        return self._look(self.height, x, z, 1)

    def tones(self, x: np.ndarray, z: np.ndarray) -> np.ndarray:
        return self._look(self.tone, x, z, 0)

    @staticmethod
    def _look(texture: np.ndarray, x, z, order: int) -> np.ndarray:
        x, z = np.broadcast_arrays(x, z)
        at = np.stack([z.ravel(), x.ravel()]) / np.float32(_TEXEL)
        return ndimage.map_coordinates(texture, at, order=order, mode="grid-wrap", prefilter=False).reshape(x.shape)


@dataclass(frozen=True)
class Land:
    """One landscape.

    Args:
        ground: height in metres over the water at (x, z), both (n,); under water below 0.
        wooded: 0 to 1 at (x, z, height): how much of a tree's height stands there.
        forest, noise: textures.
        meadow, leaf, needle, rock: albedos.
        snow: metres above which snow lies.
        wet: metres above the water to which the shore is stones.
        far: metres of z beyond which land is mountain.
    """

    ground: Callable[[np.ndarray, np.ndarray], np.ndarray]
    wooded: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
    forest: Forest
    noise: Noise
    meadow: tuple[float, float, float] = (0.10, 0.12, 0.042)
    leaf: tuple[float, float, float] = (0.062, 0.095, 0.022)
    needle: tuple[float, float, float] = (0.022, 0.042, 0.018)
    rock: tuple[float, float, float] = (0.17, 0.16, 0.15)
    snow: float = 1e9
    wet: float = 0.35
    far: float = 1800.0

    def surface(self, x: np.ndarray, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """-> (ground, crown), both (n,) metres; what is seen is the ground, not below 0, and the crown on it."""
        ground = self.ground(x, z)
        crown = np.zeros_like(ground)
        dry = np.flatnonzero((ground > self.wet) & (ground < 900))
        share = self.wooded(x[dry], z[dry], ground[dry])
        dry, share = dry[share > 0.02], share[share > 0.02]
        crown[dry] = self.forest.crown(x[dry], z[dry]) * share
        return ground, crown

    def top(self, x: np.ndarray, z: np.ndarray) -> np.ndarray:
        ground, crown = self.surface(x, z)
        return np.maximum(ground, 0) + crown


def distances(nearest: float, farthest: float = 32e3) -> np.ndarray:
    """Steps along z: fine where single trees are seen."""
    return np.concatenate([
        np.geomspace(nearest, 60, 260, endpoint=False), np.arange(60, 1100, 0.9), np.geomspace(1100, farthest, 760),
    ]).astype(np.float32)  # fmt: skip


def seen(land: Land, camera: Camera, steps: np.ndarray) -> np.ndarray:
    """(height, width) distance along z to the land or the water, inf where the sky is seen."""
    slopes = np.empty((len(steps), camera.width), np.float32)
    for first in range(0, len(steps), 64):
        z = np.broadcast_to(steps[first : first + 64, None], slopes[first : first + 64].shape)
        height = land.top((camera.across * z).ravel(), z.ravel()).reshape(z.shape)
        slope = (height - camera.eye) / z
        slopes[first : first + 64] = slope if camera.eye > 0 else np.where(height > 0, slope, -1)
    climbed = np.maximum.accumulate(slopes, 0)
    rising, depth = camera.up[::-1], np.full((camera.height, camera.width), np.inf, np.float32)
    for column in range(camera.width):
        step = np.searchsorted(climbed[:, column], rising)
        rows = np.flatnonzero((step < len(steps)) & (step > 0))
        k = step[rows]
        before, after = slopes[k - 1, column], slopes[k, column]
        part = np.clip((rising[rows] - before) / np.maximum(after - before, 1e-9), 0, 1)
        depth[camera.height - 1 - rows, column] = steps[k - 1] + part * (steps[k] - steps[k - 1])
    return depth


def paint_land(view: View, land: Land, air: Air, nearest: float) -> None:
    """Paint land where it is seen; water is left with its kind and depth, to be painted when all else is."""
    camera = view.camera
    depth = seen(land, camera, distances(nearest))
    where = np.flatnonzero(np.isfinite(depth))
    for part in np.array_split(where, max(1, len(where) // 400_000)):
        z = depth.ravel()[part]
        x = camera.across[part % camera.width] * z
        y = camera.eye + camera.up[part // camera.width] * z
        dry = (land.ground(x, z) >= 0) | (camera.eye < 0)
        wet = part[~dry]
        view.paint(wet, np.zeros((len(wet), 3), np.float32), z[~dry], Kind.WATER)
        x, y, z = x[dry], y[dry], z[dry]
        radiance = _lit(land, air, x, y, z, z / camera.focal)
        view.paint(part[dry], radiance, z, np.where(z > land.far, Kind.MOUNTAIN, Kind.LAND).astype(np.uint8))


def _lit(land: Land, air: Air, x, y, z, footprint) -> np.ndarray:
    """Radiance (n, 3) of points on the land."""
    ground, crown = land.surface(x, z)
    tree = crown > np.maximum(0.4, 0.04 * footprint)
    reach = np.maximum(0.25, 1.2 * footprint)
    top = np.maximum(ground, 0) + crown
    normal = np.stack([top - land.top(x + reach, z), reach, top - land.top(x, z + reach)], -1)
    normal[tree] = normal[tree] * (1, 1.5, 1) + (0, 0.2, 0) * reach[tree, None]
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    albedo = _albedo(land, x, z, ground, normal[:, 1], footprint)
    tone = land.forest.tones(x, z)
    foliage = mix(np.array(land.needle), np.array(land.leaf), smoothstep(0.3, 0.75, tone)) * (0.7 + 0.7 * (tone % 0.5))[:, None]
    albedo = np.where(tree[:, None], foliage, albedo)
    facing = np.maximum(normal @ air.sun, 0)
    facing[tree] = 0.75 * facing[tree] + 0.25 * np.maximum((normal[tree] * (1, 0.6, 1)) @ air.sun + 0.35, 0)
    lit = facing * _sunlit(land, air, x, top + 0.3, z)
    open_sky = np.where(tree, 0.25 + 0.75 * np.clip(crown / 11, 0, 1), 0.75 + 0.25 * normal[:, 1])
    light = lit[:, None] * air.sunlight(300.0)
    light = light + open_sky[:, None] * air.ambient(normal)
    return air.veil(albedo / np.pi * light, x, y, z)


def _albedo(land: Land, x, z, ground, upright, footprint) -> np.ndarray:
    noise = land.noise
    patches = noise.fbm(x, z, 23.0, 6, 0.7, footprint)
    grain = noise.fbm(x, z, 0.7, 6, 0.8, footprint)
    meadow = np.array(land.meadow) * np.exp(0.22 * patches + 0.2 * grain)[:, None]
    meadow = mix(meadow, meadow * (1.25, 1.06, 0.85), smoothstep(-0.2, 1.4, noise.fbm(x, z, 41, 3)))
    rock = np.array(land.rock) * np.exp(0.22 * noise.fbm(x, z, 130, 6, 0.75, footprint))[:, None]
    bare = smoothstep(0.72, 0.58, upright + 0.06 * patches) + smoothstep(600, 1100, ground + 120 * patches)
    colour = mix(meadow, rock, np.clip(bare, 0, 1))
    high = smoothstep(land.snow - 150, land.snow + 250, ground + 110 * patches)
    snowy = high * smoothstep(0.45, 0.72, upright + 0.06 * patches)
    colour = mix(colour, np.array([0.82, 0.84, 0.87]), snowy)
    stones = np.array([0.12, 0.11, 0.095]) * np.exp(0.25 * grain)[:, None] * mix(0.4, 1.0, smoothstep(0, 0.3, ground))
    colour = mix(stones, colour, smoothstep(0.6 * land.wet, 1.3 * land.wet, ground + 0.06 * grain))
    return colour


def _sunlit(land: Land, air: Air, x, y, z) -> np.ndarray:
    """1 where the sun is seen, 0 where land or trees stand before it."""
    lit = np.ones(len(x), np.float32)
    flat = np.hypot(air.sun[0], air.sun[2])
    for reach in (1.5, 4, 9, 20, 60, 200, 700, 2000):
        over = y + reach * air.sun[1] / flat - land.top(x + reach * air.sun[0] / flat, z + reach * air.sun[2] / flat)
        lit = np.minimum(lit, smoothstep(-0.06 * reach - 0.2, 0.02 * reach, over))
    return lit
