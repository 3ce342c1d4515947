"""The two sample landscapes: a lake on a clear day, and a fjord at sunset."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from .atmosphere import Air, Clouds
from .film import Film
from .house import House, paint_house
from .noise import Noise, smoothstep
from .plants import Cloud, conifer, grass, leafy_tree, pebbles
from .terrain import Forest, Land, paint_land
from .view import Camera, Kind, View
from .water import Waves, paint_water


@dataclass(frozen=True)
class Scene:
    """Everything that is rendered.

    Args:
        frame: focal length and horizon as shares of the width and height; eye in metres.
        plants: from air and pixels a metre to clouds of points, those that the water mirrors first.
        mirrored: how many of the plants the water mirrors.
    """

    name: str
    seed: int
    frame: tuple[float, float, float]
    air: Air
    clouds: tuple[Clouds, ...]
    land: Land
    houses: tuple[House, ...]
    plants: Callable[[Air, float], list[Cloud]]
    mirrored: int
    waves: Waves
    film: Film
    sun_disc: float = 0.0

    def render(self, width: int, height: int, scale: int = 2) -> tuple[np.ndarray, np.ndarray]:
        """-> the photograph (height, width, 3) uint8 and what its pixels show (height, width), as `Kind`s."""
        focal, horizon, eye = self.frame
        w, h = width * scale, height * scale
        camera = Camera(w, h, focal * w, horizon * h, eye)
        below = camera.mirrored(w // 12)
        sky = self._sky(below)
        mirror, view = View(below, sky), View(camera, _cropped(sky, below, camera))
        paint_land(mirror, self.land, self.air, 60.0)
        paint_land(view, self.land, self.air, 2.0)
        plants = self.plants(self.air, camera.focal)
        for house in self.houses:
            paint_house(view, house, self.air)
            paint_house(mirror, house, self.air)
        for number, cloud in enumerate(plants):
            view.splat(*cloud, Kind.LAND)
            if number < self.mirrored:
                mirror.splat(*cloud, Kind.LAND)
        paint_water(view, mirror, self.waves, self.air, self.land.noise, self.seed)
        kinds = view.kind.reshape(height, scale, width, scale).transpose(0, 2, 1, 3).reshape(height, width, -1)
        shares = np.stack([(kinds == kind).sum(-1) for kind in Kind], -1)
        return self.film.develop(view.radiance, self.seed, scale), shares.argmax(-1).astype(np.uint8)

    def _sky(self, camera: Camera) -> np.ndarray:
        """Rendered at a quarter of the size, for clouds have no edges finer than that; (height, width, 3)."""
        small = Camera(camera.width // 4, camera.height // 4, camera.focal / 4, camera.height / 4, camera.eye)
        direction = small.directions().astype(np.float32)
        sky = self.air.sky(direction)
        for layer in self.clouds:
            sky = layer.over(sky, direction, self.air)
        sky = ndimage.gaussian_filter(sky, (0.8, 0.8, 0))  # the clouds' steps are jittered, which leaves noise
        sky = np.stack([_enlarged(sky[..., c], (camera.height, camera.width)) for c in range(3)], -1)
        if self.sun_disc:
            edge, away = np.cos(np.radians(0.45)), camera.directions() @ self.air.sun
            sky += smoothstep(edge - 4e-6, edge + 4e-6, away)[..., None] * self.air.sunlight() * self.sun_disc
        return sky.astype(np.float32)


def _enlarged(plane: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    rows, columns = ((np.arange(n) + 0.5) * have / n - 0.5 for n, have in zip(shape, plane.shape, strict=True))
    at = np.stack(np.meshgrid(rows, columns, indexing="ij"))
    return ndimage.map_coordinates(plane, at, order=1, mode="nearest")


def _cropped(sky: np.ndarray, mirrored: Camera, camera: Camera) -> np.ndarray:
    """The part of the mirrored camera's sky that the camera sees, black below the horizon."""
    above, left = int(camera.horizon), (mirrored.width - camera.width) // 2
    seen = np.zeros((camera.height, camera.width, 3), np.float32)
    seen[:above] = sky[mirrored.height - above :, left : left + camera.width]
    return seen


def _sun(elevation: float, azimuth: float) -> np.ndarray:
    """Unit vector; degrees, azimuth from straight ahead to the right."""
    e, a = np.radians([elevation, azimuth])
    return np.array([np.sin(a) * np.cos(e), np.sin(e), np.cos(a) * np.cos(e)])


def _standing(ground, x: float, z: float) -> tuple[float, float, float]:
    return x, float(ground(np.array([x], np.float32), np.array([z], np.float32))[0]), z


def day() -> Scene:
    """A lake below snowy mountains, around noon: a red house on the right bank, a tree on the left."""
    noise, rough = Noise.from_seed(11), Noise.from_seed(12)

    def ground(x: np.ndarray, z: np.ndarray) -> np.ndarray:
        shore = 520 + 60 * noise(x, z * 0, 420)
        beyond = np.maximum(z - shore, 0)
        hills = beyond * 0.10 * (1 + 0.5 * noise.fbm(x, z, 700, 4)) * smoothstep(0, 500, beyond)
        height = np.where(z > shore, 0.2 + 0.05 * np.minimum(beyond, 60) + np.minimum(hills, 240 + 0.06 * hills), -4.0)
        far = z > 2200
        if far.any():
            xf, zf = x[far], z[far]
            rise = smoothstep(2300, 6500, zf) * (0.62 + 0.3 * smoothstep(0, 3000, np.abs(xf - 500)))
            height[far] += rise * (2300 * noise.ridged(xf + 900, zf, 5600, 9) - 800) + 30 * rough.fbm(xf, zf, 400, 6) * rise
        cape = 1 - ((x - 60) / 46) ** 2 - ((z - 112) / 24) ** 2 + 0.10 * rough.fbm(x, z, 22, 4)
        bank = (9.5 - z + 0.06 * x * x * (x < 0) - 0.95 * np.minimum(x, 4) + 1.0 * rough.fbm(x, z, 6, 4)) * 0.12
        height = np.maximum(height, np.where(z < 300, 2.6 * cape, -4))
        return np.where(z < 60, np.maximum(height, np.minimum(bank, 1.2)), height).astype(np.float32)

    def wooded(x: np.ndarray, z: np.ndarray, height: np.ndarray) -> np.ndarray:
        woods = smoothstep(-0.35, 0.25, noise.fbm(x, z, 320, 4) + 0.25)
        cape = smoothstep(74, 80, x) * 0.6 * (z < 300)
        return np.where(z > 300, woods * smoothstep(0.6, 2.5, height) * smoothstep(620, 380, height), cape)

    def plants(air: Air, focal: float) -> list[Cloud]:
        tree = leafy_tree(5, _standing(ground, -10.0, 25.0), 9.2, air)
        lawn = grass(7, 42_000, (-0.75, 0.6), (3.2, 16.0), ground, air, focal=focal)
        stones = pebbles(8, 60_000, (-0.55, 0.5), (3.2, 22.0), ground, air)
        return [tree, lawn, stones]

    return Scene(
        name="day", seed=21, frame=(0.95, 0.50, 2.6), air=Air(_sun(43, -115), haze=4e-6, mist=5.5e-5),
        clouds=(Clouds(3, 0.40, 1300, 2300, 0.006, 1900),),
        land=Land(ground, wooded, Forest.from_seed(31), rough, snow=750, wet=0.6),
        houses=(
            House((42.0, 2.0, 106.0), -0.35),
            House((33.0, 1.4, 119.0), 0.3, 6.0, 5.0, 2.7, 4.9, walls=(0.42, 0.30, 0.12), roof=(0.16, 0.07, 0.05)),
        ), plants=plants, mirrored=1,
        waves=Waves(0.012), film=Film(0.39, saturation=1.08, grain=0.004),
    )  # fmt: skip


def sunset() -> Scene:
    """A fjord between dark hills with the sun on the horizon: a house with lit windows on the left, spruces on the right."""
    noise, rough = Noise.from_seed(41), Noise.from_seed(42)

    def ground(x: np.ndarray, z: np.ndarray) -> np.ndarray:
        middle = 0.14 * z + 160 * noise(x * 0, z, 2600)
        half = 150 + 0.10 * z
        beyond = np.abs(x - middle) - half * (1 + 0.25 * noise.fbm(x, z, 900, 3))
        beyond = np.where(z > 6500, np.maximum(beyond, z - 7500 + 800 * noise(x, z, 2500)), beyond)
        inland = np.minimum(beyond, 0.7 * (z - 260) - 10)
        hills = 420 * (1 - np.exp(-np.maximum(inland, 0) / 900)) * (0.3 + 1.1 * noise.ridged(x, z, 2600, 7))
        height = np.where(inland > 0, 0.3 + hills * smoothstep(0, 300, inland) + 0.06 * np.minimum(inland, 100), -4.0)
        height = height * (1 - 0.62 * smoothstep(1500, 6500, z))
        point = 1 - ((x + 46) / 34) ** 2 - ((z - 92) / 17) ** 2 + 0.12 * rough.fbm(x, z, 18, 4)
        bank = (7.5 - z + 1.75 * np.maximum(x, -1.2) + 0.9 * rough.fbm(x, z, 5, 4)) * 0.14
        height = np.maximum(height, np.where(z < 250, 2.2 * point, -4))
        return np.where(z < 60, np.maximum(height, np.minimum(bank, 1.6)), height).astype(np.float32)

    def wooded(x: np.ndarray, z: np.ndarray, height: np.ndarray) -> np.ndarray:
        woods = smoothstep(-0.5, 0.2, noise.fbm(x, z, 260, 4) + 0.3)
        point = 0.55 * smoothstep(-56, -62, x)
        return np.where(z > 250, woods * smoothstep(0.6, 3, height) * smoothstep(560, 300, height), point)

    def plants(air: Air, focal: float) -> list[Cloud]:
        places = ((8.6, 20.5, 9.0), (10.6, 21.5, 12.5), (13.2, 25.0, 10.0))
        trees = [conifer(n, _standing(ground, x, z), tall, air) for n, (x, z, tall) in enumerate(places)]
        lawn = grass(9, 40_000, (-0.6, 0.8), (3.0, 17.0), ground, air, tall=0.5, focal=focal)
        stones = pebbles(10, 40_000, (-0.1, 0.55), (3.0, 20.0), ground, air)
        return [*trees, lawn, stones]

    return Scene(
        name="sunset", seed=51, frame=(0.9, 0.56, 2.9), air=Air(_sun(3.0, 3.4), haze=6e-6, bounced=0.16, mist=5e-5, overcast=2.0),
        clouds=(Clouds(8, 0.46, 3400, 3900, 0.004, 2600, 2.0),),
        land=Land(ground, wooded, Forest.from_seed(61, conifers=0.9), rough),
        houses=(House((-36.0, 1.7, 90.0), 0.5, walls=(0.42, 0.40, 0.36), lit=(2.2, 1.3, 0.45)),), plants=plants, mirrored=3,
        waves=Waves(0.02), film=Film(0.52, balance=(1.12, 0.73, 1.12), saturation=0.98, grain=0.005), sun_disc=60.0,
    )  # fmt: skip


SCENES: dict[str, Callable[[], Scene]] = {"day": day, "sunset": sunset}
