"""From radiance to a photograph: lens, exposure, film curve, grain."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .noise import mix, smoothstep


@dataclass(frozen=True)
class Film:
    """How the light is recorded.

    Args:
        exposure: multiplies radiance.
        balance: multiplies each channel, as a camera's white balance does.
        saturation: 1 leaves it.
        glow: share of the light that the lens scatters.
        grain: deviation in sRGB levels of 1.
    """

    exposure: float
    balance: tuple[float, float, float] = (1.0, 1.0, 1.0)
    saturation: float = 1.05
    glow: float = 0.03
    grain: float = 0.009

    def develop(self, radiance: np.ndarray, seed: int, scale: int) -> np.ndarray:
        """sRGB (H, W, 3) uint8 from linear radiance rendered `scale` times larger."""
        light = np.minimum(radiance, 60.0 / self.exposure) * self.exposure * np.array(self.balance)
        light = light.reshape(light.shape[0] // scale, scale, light.shape[1] // scale, scale, 3).mean((1, 3))
        light = ndimage.gaussian_filter(light, (0.4, 0.4, 0))
        width = light.shape[1]
        wide = sum(ndimage.gaussian_filter(light, (width * s, width * s, 0)) for s in (0.006, 0.03))
        light = (1 - self.glow) * light + self.glow / 2 * wide
        y, x = np.mgrid[-1 : 1 : light.shape[0] * 1j, -1 : 1 : width * 1j]
        light *= (1 - 0.13 * (x**2 + 0.5 * y**2))[..., None]
        grey = light @ (0.2126, 0.7152, 0.0722)
        light = np.maximum(grey[..., None] + self.saturation * (light - grey[..., None]), 0)
        light = mix(light, grey[..., None], 0.7 * smoothstep(0.8, 6.0, grey))  # the brightest lights lose their colour
        toned = light * (2.51 * light + 0.03) / (light * (2.43 * light + 0.59) + 0.14)
        picture = _encoded(np.clip(toned, 0, 1))
        return np.uint8(np.clip(picture + self._grained(picture, seed), 0, 1) * 255 + 0.5)

    def _grained(self, picture: np.ndarray, seed: int) -> np.ndarray:
        generator = np.random.default_rng(seed)
        grey = ndimage.gaussian_filter(generator.standard_normal(picture.shape[:2]), 0.6)[..., None] * 2
        colour = ndimage.gaussian_filter(generator.standard_normal(picture.shape), (0.8, 0.8, 0)) * 0.8
        return self.grain * (grey + colour) * (0.4 + 2.4 * picture * (1 - picture))


def _encoded(linear: np.ndarray) -> np.ndarray:
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055)
