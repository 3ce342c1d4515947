"""Noise that repeats only far away: band-limited textures, made once, looked up at many scales."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

_TEXELS = 512  # a side of a 2D texture
_WAVE = 16.0  # texels of one wavelength


def _band_limited(shape: tuple[int, ...], wave: float, width: float, generator: np.random.Generator) -> np.ndarray:
    """Periodic noise of unit deviation whose wavelengths lie around `wave` texels."""
    frequency = np.sqrt(sum(f**2 for f in np.meshgrid(*(np.fft.fftfreq(n) for n in shape), indexing="ij")))
    octaves = np.log2(np.maximum(frequency, 1e-9) * wave)
    spectrum = np.fft.fftn(generator.standard_normal(shape)) * np.exp(-0.5 * (octaves / width) ** 2)
    noise = np.fft.ifftn(spectrum).real
    return (noise / noise.std()).astype(np.float32)


@dataclass(frozen=True)
class Noise:
    """Noise over the plane; `seed` makes another."""

    texture: np.ndarray

    @classmethod
    def from_seed(cls, seed: int) -> "Noise":
        return cls(_band_limited((_TEXELS, _TEXELS), _WAVE, 0.45, np.random.default_rng(seed)))

    def __call__(self, x: np.ndarray, z: np.ndarray, wavelength: float) -> np.ndarray:
        """Unit deviation at points (x, z)."""
        x, z = np.broadcast_arrays(x, z)
        scale = _WAVE / wavelength
        at = np.stack([z.ravel() * scale, x.ravel() * scale]).astype(np.float32)
        return ndimage.map_coordinates(self.texture, at, order=1, mode="grid-wrap", prefilter=False).reshape(x.shape)

    def fbm(self, x, z, wavelength: float, octaves: int, gain: float = 0.5, footprint=None) -> np.ndarray:
        """Fractional Brownian motion; octaves finer than `footprint` metres are left out softly."""
        total, amplitude = np.zeros(np.broadcast(x, z).shape, np.float32), 1.0
        for octave in range(octaves):
            value = amplitude * self(*_turned(x, z, octave), wavelength)
            if footprint is not None:
                value *= np.clip(wavelength / (2 * footprint) - 0.5, 0, 1)
            total += value
            amplitude *= gain
            wavelength /= 2.07
        return total

    def ridged(self, x, z, wavelength: float, octaves: int, gain: float = 0.40) -> np.ndarray:
        """Ridged multifractal (Musgrave 1994), about 0 in valleys to 1 on crests."""
        total, weight, amplitude, reach = np.zeros(np.broadcast(x, z).shape, np.float32), 1.0, 1.0, 0.0
        for octave in range(octaves):
            crest = np.maximum(1 - 0.6 * np.abs(self(*_turned(x, z, octave), wavelength)), 0) ** 1.2
            total += amplitude * weight * crest
            weight = np.clip(1.5 * crest, 0, 1)
            reach += amplitude
            amplitude *= gain
            wavelength /= 2.13
        return total / reach


def _turned(x, z, octave: int):
    """Each octave looks along another direction and elsewhere, so that the texture's repeats do not line up."""
    angle, shift = 0.7 + 1.9 * octave, 137.3 * octave
    c, s = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    return c * x - s * z + shift, s * x + c * z - 1.7 * shift


@dataclass(frozen=True)
class Volume:
    """Billowing noise in space, periodic over `period` metres; about 0 to 1."""

    texture: np.ndarray
    period: float

    @classmethod
    def from_seed(cls, seed: int, period: float, texels: int = 96) -> "Volume":
        generator = np.random.default_rng(seed)
        total = sum(
            0.5**i * _band_limited((texels,) * 3, texels / (3 * 2**i), 0.4, generator) for i in range(4)
        )  # four octaves, from three billows a period
        return cls((0.5 + total / (4 * total.std())).astype(np.float32), period)

    def __call__(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        x, y, z = np.broadcast_arrays(x, y, z)
        at = np.stack([x.ravel(), y.ravel(), z.ravel()]) * np.float32(len(self.texture) / self.period)
        return ndimage.map_coordinates(self.texture, at, order=1, mode="grid-wrap", prefilter=False).reshape(x.shape)


def smoothstep(low: float, high: float, value):
    """0 below `low`, 1 above `high`, smooth between; `low` may be the greater."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def mix(a, b, t):
    """a where t is 0, b where t is 1; t gets a colour axis."""
    t = np.asarray(t, np.float32)[..., None]
    return a * (1 - t) + b * t
