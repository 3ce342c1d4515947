"""Simulated light for training and judging the scene segmenter: night, sunset, haze, tints, noise.

Everything works on one photo `(3, H, W)`, sRGB-encoded in [0, 1], with its label map `(H, W)` (255 = unknown), so
that sky, water and ground are lit apart as real light does. sRGB is taken as a power of 2.2 here: the aim is
variety, not exactness.
"""

import math

import torch
from torch.nn import functional as F

SKY, WATER, BUILDING = 0, 3, 7
LIGHTS = ("day", "sunset", "night", "regions")


class Dice:
    """Random draws from one seed, with the few shapes of draw that light needs."""

    def __init__(self, seed: int):
        self.generator = torch.Generator().manual_seed(seed)

    def uniform(self, low: float, high: float) -> float:
        return low + (high - low) * torch.rand((), generator=self.generator).item()

    def normal(self, deviation: float) -> float:
        return deviation * torch.randn((), generator=self.generator).item()

    def chance(self, probability: float) -> bool:
        return self.uniform(0, 1) < probability

    def stops(self, low: float, high: float) -> float:
        """A gain of `low` to `high` photographic stops."""
        return 2.0 ** self.uniform(low, high)

    def colour(self, *ranges: tuple[float, float]) -> torch.Tensor:
        return torch.tensor([self.uniform(*r) for r in ranges]).view(3, 1, 1)

    def tint(self, deviation: float) -> torch.Tensor:
        tint = torch.tensor([math.exp(self.normal(deviation)) for _ in range(3)])
        return (tint / tint.mean()).view(3, 1, 1)

    def noise(self, shape: tuple[int, ...]) -> torch.Tensor:
        return torch.randn(shape, generator=self.generator)


def relight(photo: torch.Tensor, labels: torch.Tensor, light: str, dice: Dice) -> torch.Tensor:
    """The photo under another light.

    Args:
        photo: `(3, H, W)` float32, sRGB-encoded, [0, 1].
        labels: `(H, W)` integer classes, 255 unknown.
        light: one of `LIGHTS`; "day" changes nothing.
        dice: the source of randomness.

    Returns:
        `(3, H, W)`, sRGB-encoded, [0, 1].
    """
    if light == "day":
        return photo
    linear = photo.clamp(0, 1) ** 2.2
    linear = {"sunset": _sunset, "night": _night, "regions": _regions}[light](linear, labels, dice)
    return linear.clamp(0, 1) ** (1 / 2.2)


def jitter(photo: torch.Tensor, dice: Dice) -> torch.Tensor:
    """Camera and weather on top of any light: exposure, gamma, tint, saturation, contrast, haze, blur, noise."""
    linear = photo.clamp(0, 1) ** 2.2
    if dice.chance(0.7):
        linear = linear * dice.stops(-1.2, 0.8)
    if dice.chance(0.6):
        linear = linear * dice.tint(0.18)
    if dice.chance(0.2):
        linear = _haze(linear, dice)
    photo = linear.clamp(0, 1) ** (dice.uniform(0.65, 1.5) / 2.2)
    if dice.chance(0.6):
        grey = photo.mean(0, keepdim=True)
        photo = grey + (photo - grey) * (0.0 if dice.chance(0.15) else dice.uniform(0.3, 1.7))
    if dice.chance(0.5):
        photo = photo.mean() + (photo - photo.mean()) * dice.uniform(0.5, 1.4)
    if dice.chance(0.2):
        photo = _blurred(photo, dice.uniform(0.4, 1.6))
    if dice.chance(0.4):
        photo = photo + dice.noise(photo.shape) * dice.uniform(0.005, 0.06)
    return photo.clamp(0, 1)


def _night(linear: torch.Tensor, labels: torch.Tensor, dice: Dice) -> torch.Tensor:
    _, height, width = linear.shape
    dark = linear * dice.stops(-5, -2.5) * dice.colour((0.5, 1.1), (0.6, 1.0), (0.9, 1.6))
    sky = _soft(labels == SKY, dice)
    flat = dice.colour((0.0, 0.6), (0.0, 0.5), (0.1, 1.0)) * dice.stops(-7, -3)
    flat = flat * _gradient(height, width, dice, dice.uniform(0.3, 1.0), dice.uniform(0.7, 3.0))
    hidden = dice.uniform(0.2, 1.0)
    dark = dark * (1 - sky * hidden) + flat * sky * hidden
    lit = _lamps(height, width, dice) * (1 - sky)
    lit = lit + _soft(labels == BUILDING, dice) * (dice.stops(-4, 0) if dice.chance(0.5) else 0.0)
    lamp = dice.colour((0.8, 1.2), (0.5, 0.9), (0.15, 0.6)) if dice.chance(0.8) else dice.colour(*[(0.5, 1.0)] * 3)
    dark = dark + linear * lit * lamp + lit * lamp * (dice.uniform(0.0, 0.15) if dice.chance(0.5) else 0.0)
    # Night is exposed for longer than day: bring the bright end to where a camera would.
    bright = dark.flatten().kthvalue(int(0.97 * dark.numel())).values.clamp_min(1e-4)
    dark = dark * min(30.0, dice.uniform(0.08, 0.7) / bright.item())
    return dark + dark.clamp_min(0).sqrt() * dice.noise(dark.shape) * dice.uniform(0, 0.05)


def _sunset(linear: torch.Tensor, labels: torch.Tensor, dice: Dice) -> torch.Tensor:
    _, height, width = linear.shape
    sky = _soft(labels == SKY, dice)
    rows = torch.linspace(0, 1, height).view(1, -1, 1)
    columns = torch.linspace(0, 1, width).view(1, 1, -1)
    horizon = (sky > 0.5).float().amax(2).mean().item() if dice.chance(0.8) else dice.uniform(0.3, 1.0)
    horizon = max(horizon, 0.15)
    down = (rows / horizon + dice.normal(0.15) * (columns - 0.5)).clamp(0, 1) ** dice.uniform(0.6, 2.0)
    low = dice.colour((0.6, 1.0), (0.15, 0.6), (0.02, 0.4))
    high = dice.colour((0.05, 0.7), (0.05, 0.4), (0.1, 0.7))
    glow = torch.exp(-((columns - dice.uniform(0, 1)) ** 2 + (rows - horizon) ** 2) / dice.uniform(0.005, 0.15))
    painted = (high + (low - high) * down) * dice.stops(-1.5, 0.3) + glow * dice.stops(-2, 0.5) * low
    lightness = linear.mean(0, keepdim=True)
    relief = (lightness / (lightness * sky).sum().div(sky.sum() + 1).clamp_min(0.02)).clamp(0.2, 2.5)
    strength = dice.uniform(0.3, 1.0)
    ground = linear * dice.stops(-4, -0.3) * dice.colour((0.9, 1.4), (0.6, 0.95), (0.35, 0.9))
    ground = ground + glow * low * dice.stops(-6, -2)
    out = ground * (1 - sky) + sky * (linear * (1 - strength) + painted * relief ** dice.uniform(0.3, 1.2) * strength)
    water = _soft(labels == WATER, dice) * dice.uniform(0, 1)
    return out * (1 - water) + water * painted.flip(1) * relief.clamp(0.3, 2) * dice.stops(-2, 0)


def _regions(linear: torch.Tensor, labels: torch.Tensor, dice: Dice) -> torch.Tensor:
    """Each class under a light of its own: no colour is a safe sign of a class."""
    gain = torch.ones_like(linear)
    for label in labels.unique().tolist():
        if label != 255 and dice.chance(0.6):
            mask = _soft(labels == label, dice)
            gain = gain * (1 - mask) + mask * math.exp(dice.normal(0.6)) * dice.tint(0.3)
    return linear * gain


def _haze(linear: torch.Tensor, dice: Dice) -> torch.Tensor:
    _, height, width = linear.shape
    thickness = dice.uniform(0.1, 0.75) * _gradient(height, width, dice, dice.uniform(0.5, 1), dice.uniform(0, 1))
    return linear * (1 - thickness) + thickness * dice.colour((0.3, 0.9), (0.35, 0.9), (0.4, 0.95))


def _lamps(height: int, width: int, dice: Dice) -> torch.Tensor:
    rows, columns = torch.arange(height).view(-1, 1), torch.arange(width).view(1, -1)
    light = torch.zeros(height, width)
    for _ in range(int(dice.uniform(0, 12))):
        spread = math.exp(dice.uniform(math.log(1.0), math.log(60.0)))
        away = (rows - dice.uniform(0.1, 1) * height) ** 2 + (columns - dice.uniform(0, 1) * width) ** 2
        light = light + torch.exp(-away / (2 * spread**2)) * dice.stops(-2, 1.5)
    return light.unsqueeze(0)


def _gradient(height: int, width: int, dice: Dice, top: float, bottom: float) -> torch.Tensor:
    rows = torch.linspace(top, bottom, height).view(1, -1, 1)
    return (rows + dice.normal(0.15) * torch.linspace(-1, 1, width).view(1, 1, -1)).clamp(0, 4)


def _soft(mask: torch.Tensor, dice: Dice) -> torch.Tensor:
    """A blurred mask `(1, H, W)`: light must not draw the labels' outlines into the photo."""
    radius = int(dice.uniform(1, 6))
    mask = F.pad(mask.float()[None, None], [radius] * 4, mode="replicate")
    return F.avg_pool2d(mask, 2 * radius + 1, stride=1)[0]


def _blurred(photo: torch.Tensor, deviation: float) -> torch.Tensor:
    radius = max(1, round(2 * deviation))
    kernel = torch.exp(-0.5 * (torch.arange(-radius, radius + 1) / deviation) ** 2)
    kernel = kernel / kernel.sum()
    photo = F.pad(photo[:, None], [radius] * 4, mode="replicate")
    return F.conv2d(F.conv2d(photo, kernel.view(1, 1, 1, -1)), kernel.view(1, 1, -1, 1))[:, 0]
