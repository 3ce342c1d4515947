"""Noise is measured where it would be seen, and clean light, gradients and texture have none."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from photostyle.regions import Regions, whole
from photostyle.transforms.field.noise import noise_in

HEIGHT, WIDTH = 192, 256
TONES = slice(1, 6)  # those that the sky has


def sky(height=HEIGHT, width=WIDTH):
    """(3, H, W) a gradient from dark to light blue."""
    light = torch.linspace(0.1, 0.8, height)[:, None].expand(height, width)
    return torch.stack([0.7 * light, 0.85 * light, light])


def noisy(planes, deviation, seed=0):
    return planes + deviation / 255 * torch.randn(planes.shape, generator=torch.Generator().manual_seed(seed))


def as_jpeg(planes, quality):
    codes = (planes.clamp(0, 1).permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(codes).save(file, "jpeg", quality=quality)
    return torch.from_numpy(np.asarray(Image.open(file), np.float32) / 255).permute(2, 0, 1)


def levels(planes, regions=None, visible=None):
    return 255 * noise_in(planes, regions or whole(planes.shape[1:]), 8, visible)


@pytest.mark.parametrize("deviation", [1.0, 4.0])
def test_grain_is_measured_at_each_tone(deviation):
    found = levels(noisy(sky(), deviation))
    torch.testing.assert_close(found[0, TONES], torch.full((5,), deviation), rtol=0.1, atol=0)


def test_clean_light_has_no_noise_rounded_or_not():
    assert levels(sky()).max() < 0.01
    assert levels((255 * sky()).round() / 255).max() < 0.3
    assert levels(as_jpeg(sky(), 95)).max() < 0.3


def test_texture_is_no_noise():
    y, x = torch.meshgrid(torch.arange(HEIGHT), torch.arange(WIDTH), indexing="ij")
    waves = 0.1 * torch.sin(0.9 * x + 0.3 * y) + 0.1 * torch.sin(0.2 * x - 0.35 * y)
    assert levels(0.5 + waves.expand(3, HEIGHT, WIDTH)).max() < 0.3


def test_squares_of_jpeg_count_wherever_they_begin():
    blocky = as_jpeg(0.2 + 0.4 * sky(), 30)
    cropped = blocky[:, 3:, 5:]
    of_noise = as_jpeg(0.2 + 0.4 * noisy(sky(), 2.0), 30)
    for planes in (blocky, cropped, of_noise):
        assert levels(planes)[0, 2:4].min() > 1.2


def test_a_straight_edge_makes_no_squares():
    edge = sky()
    edge[:, HEIGHT // 2 :] += 0.03
    edge[:, :, WIDTH // 2 :] += 0.03
    assert levels(edge).max() < 0.3


def test_each_region_and_tone_has_its_own():
    left = torch.zeros(HEIGHT, WIDTH)
    left[:, : WIDTH // 2] = 1
    regions = Regions(("left", "right"), torch.stack([left, 1 - left]), ((0, 0, 0), (255, 255, 255)))
    both = noisy(torch.where(left > 0, 0.2, 0.5).expand(3, HEIGHT, WIDTH), 3.0)
    found = levels(both, regions)
    assert found[0, 1] > 2.5 and found[1, 3] > 2.5 and found[0, 4:].max() == 0 and found[1, :2].max() == 0


def test_what_one_thing_alone_has_of_a_tone_is_its_texture():
    sand = sky()
    sand[:, :, : WIDTH // 3] = noisy(sand, 6.0)[:, :, : WIDTH // 3]
    assert levels(sand).max() < 0.3


def test_hidden_pixels_and_tiny_photos_tell_nothing():
    seen = torch.ones(HEIGHT, WIDTH, dtype=torch.bool)
    seen[:, : WIDTH // 2] = False
    half = sky()
    half[:, :, WIDTH // 2 :] = noisy(half, 4.0)[:, :, WIDTH // 2 :]
    assert levels(half, visible=seen)[0, TONES].min() > 3.5
    assert levels(half, visible=~seen).max() < 0.01
    assert not levels(torch.rand(3, 20, 400)).any()


def test_a_large_photo_is_measured_by_a_sample_and_alike_each_time():
    large = noisy(sky(1600, 2000), 2.0)
    first, second = levels(large), levels(large)
    assert first.equal(second)
    torch.testing.assert_close(first[0, TONES], torch.full((5,), 2.0), rtol=0.1, atol=0)
