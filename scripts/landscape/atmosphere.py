"""Sky light: single scattering in clear air with some haze (Nishita et al. 1993), and clouds lit through themselves."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .noise import Noise, Volume, smoothstep

SUN = 20.0  # irradiance of the sun above the air, the same in each channel
_EARTH, _TOP = 6.36e6, 7.0e4
_RAYLEIGH = np.array([5.8e-6, 13.5e-6, 33.1e-6])
_OZONE = np.array([0.65e-6, 1.881e-6, 0.085e-6])
_SCALE_RAYLEIGH, _SCALE_MIE = 8000.0, 1200.0


@dataclass(frozen=True)
class Air:
    """The air of one moment.

    Args:
        sun: unit vector to the sun.
        haze: Mie scattering at sea level, 1/m.
        bounced: how strongly light scattered more than once lights the air.
        mist: extinction near the ground, 1/m.
        overcast: how much more light than the clear sky's clouds send into the shade.
        tint: multiplies the sky's light, for a mood that plain air does not have.
    """

    sun: np.ndarray
    haze: float = 5e-6
    bounced: float = 0.06
    mist: float = 4e-5
    overcast: float = 1.3
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)

    def sunlight(self, height: float = 0.0) -> np.ndarray:
        """Irradiance of the sun (3,) at a height."""
        return SUN * np.exp(-self._depth(np.array([height]), self.sun[1]))[0]

    def sky(self, direction: np.ndarray) -> np.ndarray:
        """Radiance of the clear sky along unit `direction` (..., 3), looked up in a table of elevation and azimuth."""
        table, elevations = self._table()
        up = np.clip(direction[..., 1], 0.0, 1.0)
        across = direction[..., [0, 2]] / np.maximum(np.hypot(direction[..., 0], direction[..., 2]), 1e-6)[..., None]
        toward = self.sun[[0, 2]] / np.hypot(self.sun[0], self.sun[2])
        azimuth = np.arccos(np.clip(across @ toward, -1, 1)) / np.pi * (table.shape[1] - 1)
        row = np.interp(np.arcsin(up), elevations, np.arange(len(elevations)))
        at = np.stack([row.ravel(), azimuth.ravel()])
        planes = [ndimage.map_coordinates(table[..., c], at, order=1, mode="nearest") for c in range(3)]
        return np.stack(planes, -1).reshape(direction.shape).astype(np.float32)

    def ambient(self, normal: np.ndarray) -> np.ndarray:
        """Irradiance (n, 3) of the sky, and of what the ground gives back, on faces with unit `normal` (n, 3)."""
        table, elevations = self._table()
        weight = np.cos(elevations) * np.sin(elevations) * np.gradient(elevations)
        above = 2 * np.pi * (table.mean(1) * weight[:, None]).sum(0)
        below = 0.12 * (above + self.sunlight() * max(self.sun[1], 0))
        share = (0.5 + 0.5 * normal[:, 1])[:, None]
        return (above * self.overcast * share + below * (1 - share)).astype(np.float32)

    def veil(self, radiance: np.ndarray, x, y, z) -> np.ndarray:
        """Radiance (n, 3) of points at (x, y, z), dimmed by the air before them, with the air's own light added."""
        away = np.sqrt(x * x + z * z)
        up = np.maximum(0.03, np.minimum(y / away, 0.2))
        across = np.sqrt(1 - up * up)
        glow = self.sky(np.stack([x / away * across, up, z / away * across], -1))
        through = np.exp(-away[:, None] * (0.8 * _RAYLEIGH + self.mist) * np.exp(-np.maximum(y, 0) / 3000)[:, None])
        return (radiance * through + glow * (1 - through)).astype(np.float32)

    def _table(self) -> tuple[np.ndarray, np.ndarray]:
        if not hasattr(self, "_sky_table"):
            object.__setattr__(self, "_sky_table", self._scattered())
        return self._sky_table

    def _scattered(self, elevations: int = 64, azimuths: int = 48, steps: int = 40) -> tuple[np.ndarray, np.ndarray]:
        """(elevations, azimuths, 3): light scattered once toward the ground, and a share scattered again."""
        elevation = (np.linspace(0.0, 1.0, elevations) ** 2) * np.pi / 2
        azimuth = np.linspace(0, np.pi, azimuths)
        sine, cosine = np.sin(elevation), np.cos(elevation)
        sun_across = np.hypot(self.sun[0], self.sun[2])
        mu = sine[:, None] * self.sun[1] + cosine[:, None] * np.cos(azimuth) * sun_across
        length = np.sqrt((_EARTH * sine) ** 2 + 2 * _EARTH * _TOP + _TOP**2) - _EARTH * sine
        edges = (np.linspace(0, 1, steps + 1) ** 2) * length[:, None]
        t, dt = (edges[:, 1:] + edges[:, :-1]) / 2, np.diff(edges)
        height = np.sqrt(_EARTH**2 + t**2 + 2 * _EARTH * t * sine[:, None]) - _EARTH
        rayleigh, mie, extinction = self._densities(height)
        through = np.exp(-(np.cumsum(extinction * dt[..., None], 1) - 0.5 * extinction * dt[..., None]))
        sun = SUN * np.exp(-self._depth(height.ravel(), self.sun[1])).reshape(*height.shape, 3)
        phase_r = 3 / (16 * np.pi) * (1 + mu**2)
        g = 0.76
        phase_m = 3 / (8 * np.pi) * (1 - g**2) * (1 + mu**2) / ((2 + g**2) * (1 + g**2 - 2 * g * mu) ** 1.5)
        r = (rayleigh * through * sun * dt[..., None]).sum(1)
        m = (mie * through * sun * dt[..., None]).sum(1)
        again = self.bounced * ((rayleigh + mie) * through * (0.15 * SUN + 0.85 * sun) * dt[..., None]).sum(1)
        light = phase_r[..., None] * r[:, None] + phase_m[..., None] * m[:, None]
        return (light + again[:, None] * max(self.sun[1], 0.0) ** 0.5) * self.tint, elevation

    def _densities(self, height: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        rayleigh = np.exp(-height / _SCALE_RAYLEIGH)[..., None] * _RAYLEIGH
        mie = np.exp(-height / _SCALE_MIE)[..., None] * np.full(3, self.haze)
        ozone = np.maximum(1 - np.abs(height - 25e3) / 15e3, 0)[..., None] * _OZONE
        return rayleigh, mie, rayleigh + 1.1 * mie + ozone

    def _depth(self, height: np.ndarray, up: float, steps: int = 32) -> np.ndarray:
        """Optical depth (n, 3) from each height toward a direction of sine `up`."""
        radius = _EARTH + height
        length = np.sqrt((radius * up) ** 2 + (_EARTH + _TOP) ** 2 - radius**2) - radius * up
        edges = (np.linspace(0, 1, steps + 1) ** 2) * length[:, None]
        t, dt = (edges[:, 1:] + edges[:, :-1]) / 2, np.diff(edges)
        above = np.sqrt(radius[:, None] ** 2 + t**2 + 2 * radius[:, None] * t * up) - _EARTH
        return (self._densities(np.maximum(above, 0))[2] * dt[..., None]).sum(1)


@dataclass(frozen=True)
class Clouds:
    """A layer of clouds between two heights.

    Args:
        cover: 0 clear to 1 overcast.
        base, top: metres.
        density: extinction inside, 1/m.
        billow: metres over which the shapes repeat.
        stretch: how much longer the clouds are across the view than along it.
    """

    seed: int
    cover: float
    base: float
    top: float
    density: float
    billow: float
    stretch: float = 1.0

    def over(self, sky: np.ndarray, direction: np.ndarray, air: Air, steps: int = 30) -> np.ndarray:
        """The sky (H, W, 3) with these clouds before it."""
        up = np.maximum(direction[..., 1], 0.012)
        near, far = self.base / up, self.top / up
        sunlight, ambient = air.sunlight(self.base), air.sky(np.array([[0.0, 1.0, 0.0]]))[0]
        ambient = 0.5 * ambient + 0.5 * sky.mean((0, 1))
        mu = direction @ air.sun
        phase = 0.7 * _henyey(mu, 0.55) + 0.3 * _henyey(mu, -0.2)
        through, light = np.ones(up.shape, np.float32), np.zeros(sky.shape, np.float32)
        jitter = np.random.default_rng(self.seed).random(up.shape, np.float32)
        for step in range(steps):
            t = near + (far - near) * (step + jitter) / steps
            point = [direction[..., i] * t for i in range(3)]
            thick = self._thickness(*point)
            shade = sum(self._thickness(*(p + s * reach for p, s in zip(point, air.sun, strict=True))) * span
                        for reach, span in ((40, 80), (140, 140), (330, 260)))  # fmt: skip
            lit = np.exp(-0.6 * self.density * shade) + 0.55 * np.exp(-0.1 * self.density * shade)
            low = smoothstep(self.base, self.top, point[1])
            source = sunlight * (phase * lit)[..., None] + ambient * (0.4 + 0.4 * low)[..., None]
            opaque = 1 - np.exp(-self.density * thick * np.minimum((far - near) / steps, 400))
            light += (through * opaque)[..., None] * source
            through *= 1 - opaque
        haze = np.exp(-near * (0.6e-5 + 2.0 * air.haze))
        through, light = 1 - (1 - through) * haze, light * haze[..., None]
        return sky * through[..., None] + light

    def _thickness(self, x, y, z) -> np.ndarray:
        volume, cover = self._noises()
        rise = (y - self.base) / (self.top - self.base)
        column = smoothstep(0, 0.12, rise) * smoothstep(1.0, 0.35, rise)
        place = 0.5 + 0.32 * cover.fbm(x / self.stretch, z, 5.2 * self.billow, 2)
        shape = 0.62 * volume(x / self.stretch, y, z) + 0.38 * place
        fine = volume(4.1 * x / self.stretch, 4.1 * y, 4.1 * z) - 0.5
        return np.clip((shape + 0.2 * fine - 1 + self.cover - 0.25 * (1 - column)) * 5, 0, 1) * column

    def _noises(self) -> tuple[Volume, Noise]:
        if not hasattr(self, "_made"):
            object.__setattr__(self, "_made", (Volume.from_seed(self.seed, self.billow * 3), Noise.from_seed(self.seed + 1)))
        return self._made


def _henyey(mu: np.ndarray, g: float) -> np.ndarray:
    return (1 - g * g) / (4 * np.pi * (1 + g * g - 2 * g * mu) ** 1.5)
