"""Still water with ripples: it shows the mirrored view, broken by waves, and some of its own depth."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .atmosphere import Air
from .noise import Noise, smoothstep
from .view import Kind, View

_FRESNEL = 0.02  # reflectance of water seen from straight above


@dataclass(frozen=True)
class Waves:
    """Ripples.

    Args:
        steepness: mean slope of the waves of each octave.
        longest: metres of the longest wavelength.
        depth: the albedo of the water itself.
    """

    steepness: float
    longest: float = 7.0
    octaves: int = 6
    depth: tuple[float, float, float] = (0.010, 0.026, 0.026)

    def slopes(self, noise: Noise, x, z, footprint) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """-> slopes along x and z, and the deviation of the slopes of the waves too small to be seen one by one."""
        gusts = 0.35 + 1.1 * smoothstep(-0.9, 1.3, noise.fbm(x / 3.2, z, 95, 3) + 0.5 * noise.fbm(x / 4, z, 19, 2))
        sx, sz, hidden = 0.0, 0.0, (0.25 * self.steepness) ** 2
        for octave in range(self.octaves):
            wave = self.longest / 2.2**octave
            steep = self.steepness * (0.75 if octave == 0 else 1.0) * gusts
            shown = np.clip(wave / (2 * footprint) - 0.5, 0, 1)
            turn = np.float32(0.35 * (octave % 3 - 1))
            u, v = x + turn * z + 57 * octave, z - turn * x
            sx = sx + 0.6 * steep * shown * noise(u / 1.7, v, wave)
            sz = sz + steep * shown * noise(u / 1.7 + 31, v + 83, wave)
            hidden = hidden + steep**2 * (1 - shown**2)
        return sx, sz, np.sqrt(hidden)


def paint_water(view: View, mirror: View, waves: Waves, air: Air, noise: Noise, seed: int, looks: int = 6) -> None:
    """Colour the pixels of kind WATER by what `mirror` sees from under the water."""
    camera, generator = view.camera, np.random.default_rng(seed)
    where = np.flatnonzero(view.kind == Kind.WATER)
    z = view.depth.ravel()[where]
    x, slope = camera.across[where % camera.width] * z, camera.up[where // camera.width]
    sx, sz, hidden = waves.slopes(noise, x, z, z * z / (camera.focal * camera.eye) * 0.5)
    ray = np.stack([x / z, slope, np.ones_like(z)], -1)
    ray /= np.linalg.norm(ray, axis=-1, keepdims=True)
    reflected, share = np.zeros((len(z), 3), np.float32), np.zeros(len(z), np.float32)
    for _ in range(looks):
        jitter = generator.standard_normal((2, len(z))).astype(np.float32) * hidden
        normal = np.stack([-sx - 0.6 * jitter[0], np.ones_like(z), -sz - jitter[1]], -1)
        normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
        facing = np.maximum(-(ray * normal).sum(-1), 0.02)
        out = ray + 2 * facing[:, None] * normal
        fresnel = _FRESNEL + (1 - _FRESNEL) * (1 - facing) ** 5
        reflected += fresnel[:, None] * _mirrored(mirror, out)
        share += fresnel
    up = np.broadcast_to(np.array([0.0, 1.0, 0.0], np.float32), ray.shape)
    body = np.array(waves.depth, np.float32) / np.pi * (air.ambient(up) + 0.5 * air.sunlight() * max(air.sun[1], 0))
    radiance = reflected / looks + (1 - share / looks)[:, None] * body
    view.radiance.reshape(-1, 3)[where] = air.veil(radiance, x, np.zeros_like(z), z)


def _mirrored(mirror: View, direction: np.ndarray) -> np.ndarray:
    camera = mirror.camera
    forward = np.maximum(direction[:, 2], 0.05)
    columns = direction[:, 0] / forward * camera.focal + camera.width / 2 - 0.5
    rows = camera.horizon - np.abs(direction[:, 1]) / forward * camera.focal - 0.5
    at = np.stack([rows, columns])
    return np.stack([ndimage.map_coordinates(mirror.radiance[..., c], at, order=1, mode="nearest") for c in range(3)], -1)
