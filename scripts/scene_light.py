"""Simulated light for training and judging the scene segmenter: night, sunset, haze, tints, noise.

Everything works on a batch of photos `(B, 3, H, W)`, sRGB-encoded in [0, 1], with its label maps `(B, H, W)` (255 = unknown),
on any device, so that a graphics card lights what it learns from; sky, water and ground are lit apart as real light does.
sRGB is taken as a power of 2.2 here: the aim is variety, not exactness.
"""

import math
import random

import torch
from torch import Tensor
from torch.nn import functional as F

from photostyle.regions.labels import CLASSES

SKY, WATER, BUILDING = (CLASSES.index(name) for name in ("sky", "water", "building"))
LIGHTS = ("day", "sunset", "night", "regions")
LAMPS = 12


class Dice:
    """Random draws from one seed, with the few shapes of draw that light needs: (B, 1, 1, 1), one value a photo.

    Args:
        seed: of the draws.
        size: B.
        device: where the draws are made; another device draws others.
    """

    def __init__(self, seed: int, size: int = 1, device: torch.device | str = "cpu") -> None:
        self.size = size
        self.shared = random.Random(seed)
        self.generator = torch.Generator(device).manual_seed(seed)

    def of(self, size: int) -> "Dice":
        """The same dice for another number of photos."""
        dice = object.__new__(Dice)
        dice.size, dice.shared, dice.generator = size, self.shared, self.generator
        return dice

    def uniform(self, low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand((self.size, 1, 1, 1), generator=self.generator, device=self.generator.device)

    def normal(self, deviation: float) -> Tensor:
        return deviation * self.noise((1, 1, 1))

    def chance(self, probability: float) -> Tensor:
        return self.uniform(0, 1) < probability

    def stops(self, low: float, high: float) -> Tensor:
        """A gain of `low` to `high` photographic stops."""
        return 2.0 ** self.uniform(low, high)

    def colour(self, *ranges: tuple[float, float]) -> Tensor:
        """(B, 3, 1, 1)."""
        return torch.cat([self.uniform(*each) for each in ranges], 1)

    def tint(self, deviation: float) -> Tensor:
        """(B, 3, 1, 1) with mean 1."""
        tint = (deviation * self.noise((3, 1, 1))).exp()
        return tint / tint.mean(1, keepdim=True)

    def noise(self, shape: tuple[int, ...]) -> Tensor:
        """(B, *shape) of normal deviates."""
        return torch.randn((self.size, *shape), generator=self.generator, device=self.generator.device)


def relight(photos: Tensor, labels: Tensor, lights: list[str], dice: Dice) -> Tensor:
    """The photos under other lights.

    Args:
        photos: (B, 3, H, W) float32, sRGB-encoded, [0, 1].
        labels: (B, H, W) integer classes, 255 unknown.
        lights: B of `LIGHTS`; "day" changes nothing.
        dice: the source of randomness.

    Returns:
        (B, 3, H, W), sRGB-encoded, [0, 1].
    """
    lit = photos.clone()
    for light, change in (("sunset", _sunset), ("night", _night), ("regions", _regions)):
        places = [number for number, each in enumerate(lights) if each == light]
        if places:
            linear = photos[places].clamp(0, 1) ** 2.2
            lit[places] = change(linear, labels[places], dice.of(len(places))).clamp(0, 1) ** (1 / 2.2)
    return lit


def jitter(photos: Tensor, dice: Dice) -> Tensor:
    """Camera and weather on top of any light: exposure, gamma, tint, saturation, contrast, haze, blur, noise."""
    one = torch.ones_like(photos[:, :1, :1, :1])
    linear = photos.clamp(0, 1) ** 2.2
    linear = linear * torch.where(dice.chance(0.7), dice.stops(-1.2, 0.8), one)
    linear = linear * torch.where(dice.chance(0.6), dice.tint(0.18), one)
    linear = torch.where(dice.chance(0.2), _haze(linear, dice), linear)
    photos = linear.clamp(0, 1) ** (dice.uniform(0.65, 1.5) / 2.2)
    saturation = torch.where(dice.chance(0.15), 0 * one, dice.uniform(0.3, 1.7))
    saturation = torch.where(dice.chance(0.6), saturation, one)
    photos = photos.mean(1, keepdim=True).lerp(photos, saturation.expand_as(photos))
    contrast = torch.where(dice.chance(0.5), dice.uniform(0.5, 1.4), one)
    photos = photos.mean((1, 2, 3), keepdim=True).lerp(photos, contrast.expand_as(photos))
    photos = torch.where(dice.chance(0.2), _blurred(photos, dice.uniform(0.4, 1.6)), photos)
    photos = photos + dice.noise(tuple(photos.shape[1:])) * torch.where(dice.chance(0.4), dice.uniform(0.005, 0.06), 0 * one)
    return photos.clamp(0, 1)


def _night(linear: Tensor, labels: Tensor, dice: Dice) -> Tensor:
    size = labels.shape[1:]
    dark = linear * dice.stops(-5, -2.5) * dice.colour((0.5, 1.1), (0.6, 1.0), (0.9, 1.6))
    sky = _soft(labels == SKY, dice)
    flat = dice.colour((0.0, 0.6), (0.0, 0.5), (0.1, 1.0)) * dice.stops(-7, -3)
    flat = flat * _gradient(size, dice, dice.uniform(0.3, 1.0), dice.uniform(0.7, 3.0))
    hidden = sky * dice.uniform(0.2, 1.0)
    dark = dark * (1 - hidden) + flat * hidden
    lit = _lamps(size, dice) * (1 - sky)
    lit = lit + _soft(labels == BUILDING, dice) * dice.stops(-4, 0) * dice.chance(0.5)
    coloured = dice.colour((0.8, 1.2), (0.5, 0.9), (0.15, 0.6))
    lamp = torch.where(dice.chance(0.8), coloured, dice.colour(*[(0.5, 1.0)] * 3))
    dark = dark + lit * lamp * (linear + dice.uniform(0.0, 0.15) * dice.chance(0.5))
    # Night is exposed for longer than day: bring the bright end to where a camera would.
    values = dark[:, :, ::2, ::2].flatten(1)
    bright = values.kthvalue(int(0.97 * values.shape[1]), 1).values.clamp_min(1e-4).view(-1, 1, 1, 1)
    dark = dark * (dice.uniform(0.08, 0.7) / bright).clamp_max(30.0)
    return dark + dark.clamp_min(0).sqrt() * dice.noise(tuple(dark.shape[1:])) * dice.uniform(0, 0.05)


def _sunset(linear: Tensor, labels: Tensor, dice: Dice) -> Tensor:
    height, width = labels.shape[1:]
    sky = _soft(labels == SKY, dice)
    rows = torch.linspace(0, 1, height, device=linear.device).view(1, 1, -1, 1)
    columns = torch.linspace(0, 1, width, device=linear.device).view(1, 1, 1, -1)
    seen = (sky > 0.5).float().amax(3, keepdim=True).mean(2, keepdim=True)
    horizon = torch.where(dice.chance(0.8), seen, dice.uniform(0.3, 1.0)).clamp_min(0.15)
    down = (rows / horizon + dice.normal(0.15) * (columns - 0.5)).clamp(0, 1) ** dice.uniform(0.6, 2.0)
    low = dice.colour((0.6, 1.0), (0.15, 0.6), (0.02, 0.4))
    high = dice.colour((0.05, 0.7), (0.05, 0.4), (0.1, 0.7))
    glow = torch.exp(-((columns - dice.uniform(0, 1)) ** 2 + (rows - horizon) ** 2) / dice.uniform(0.005, 0.15))
    painted = (high + (low - high) * down) * dice.stops(-1.5, 0.3) + glow * dice.stops(-2, 0.5) * low
    lightness = linear.mean(1, keepdim=True)
    of_sky = (lightness * sky).sum((2, 3), keepdim=True) / (sky.sum((2, 3), keepdim=True) + 1)
    relief = (lightness / of_sky.clamp_min(0.02)).clamp(0.2, 2.5)
    strength = dice.uniform(0.3, 1.0)
    ground = linear * dice.stops(-4, -0.3) * dice.colour((0.9, 1.4), (0.6, 0.95), (0.35, 0.9))
    ground = ground + glow * low * dice.stops(-6, -2)
    out = ground * (1 - sky) + sky * (linear * (1 - strength) + painted * relief ** dice.uniform(0.3, 1.2) * strength)
    water = _soft(labels == WATER, dice) * dice.uniform(0, 1)
    return out * (1 - water) + water * painted.flip(2) * relief.clamp(0.3, 2) * dice.stops(-2, 0)


def _regions(linear: Tensor, labels: Tensor, dice: Dice) -> Tensor:
    """Each class under a light of its own: no colour is a safe sign of a class."""
    classes = len(CLASSES)
    gains = (0.6 * dice.noise((1, classes, 1)) + 0.3 * dice.noise((3, classes, 1))).squeeze(3)
    gains = gains * (dice.noise((1, classes, 1)).squeeze(3) < 0.25)  # six in ten
    gains = torch.cat([gains, torch.zeros_like(gains[:, :, :1])], 2)  # what is unknown keeps its light
    of_pixel = labels.long().clamp_max(classes).flatten(1)[:, None].expand(-1, 3, -1)
    return linear * _mean_around(gains.gather(2, of_pixel).view_as(linear), dice).exp()


def _haze(linear: Tensor, dice: Dice) -> Tensor:
    thickness = dice.uniform(0.1, 0.75) * _gradient(linear.shape[2:], dice, dice.uniform(0.5, 1), dice.uniform(0, 1))
    thickness = thickness.clamp_max(1)
    return linear * (1 - thickness) + thickness * dice.colour((0.3, 0.9), (0.35, 0.9), (0.4, 0.95))


def _lamps(size: torch.Size, dice: Dice) -> Tensor:
    """(B, 1, H, W): up to a dozen pools of light."""
    height, width = size
    rows = torch.arange(height, device=dice.generator.device).view(1, 1, -1, 1)
    columns = torch.arange(width, device=dice.generator.device).view(1, 1, 1, -1)
    count = dice.uniform(0, LAMPS).floor()
    light = torch.zeros(())
    for number in range(LAMPS - 1):
        spread = dice.uniform(0, math.log(60.0)).exp()
        down = torch.exp(-((rows - dice.uniform(0.1, 1) * height) ** 2) / (2 * spread**2))
        across = torch.exp(-((columns - dice.uniform(0, 1) * width) ** 2) / (2 * spread**2))
        light = light + down * across * dice.stops(-2, 1.5) * (number < count)
    return light


def _gradient(size: torch.Size, dice: Dice, top: Tensor, bottom: Tensor) -> Tensor:
    """(B, 1, H, W): from `top` to `bottom`, somewhat aslant."""
    rows = torch.linspace(0, 1, size[0], device=top.device).view(1, 1, -1, 1)
    columns = torch.linspace(-1, 1, size[1], device=top.device).view(1, 1, 1, -1)
    return (top + (bottom - top) * rows + dice.normal(0.15) * columns).clamp(0, 4)


def _soft(mask: Tensor, dice: Dice) -> Tensor:
    """(B, 1, H, W): blurred masks (B, H, W), for light must not draw the labels' outlines into the photo."""
    return _mean_around(mask.float()[:, None], dice)


def _mean_around(planes: Tensor, dice: Dice) -> Tensor:
    radius = dice.shared.randint(1, 5)
    return F.avg_pool2d(F.pad(planes, [radius] * 4, mode="replicate"), 2 * radius + 1, stride=1)


def _blurred(photos: Tensor, deviation: Tensor, radius: int = 3) -> Tensor:
    """A Gaussian blur, each photo by its own deviation (B, 1, 1, 1) in pixels."""
    offsets = torch.arange(-radius, radius + 1, device=photos.device)
    kernel = torch.exp(-0.5 * (offsets / deviation.flatten()[:, None]) ** 2)
    kernel = (kernel / kernel.sum(1, keepdim=True)).repeat_interleave(3, 0)[:, None]  # (3 B, 1, taps)
    planes = F.pad(photos.reshape(1, -1, *photos.shape[2:]), [radius] * 4, mode="replicate")
    planes = F.conv2d(planes, kernel[:, :, None, :], groups=len(kernel))
    planes = F.conv2d(planes, kernel[:, :, :, None], groups=len(kernel))
    return planes.view_as(photos)
