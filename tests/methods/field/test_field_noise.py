"""Noise is not lifted into sight by a field, and photos without any come out as if nobody had looked for it."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from photostyle import transfer

QUICK = {"encoder": "compact", "segmenter": "none", "device": "cpu", "cache": False, "fast": True, "size": 160, "steps": 24}
HEIGHT, WIDTH = 160, 224


def scene(low, high, seed):
    """(H, W, 3) soft shapes between two brightnesses; the upper third is nearly flat."""
    rough = torch.rand(1, 3, 5, 7, generator=torch.Generator().manual_seed(seed))
    soft = torch.nn.functional.interpolate(rough, (HEIGHT, WIDTH), mode="bicubic", align_corners=False)[0].clamp(0, 1)
    soft[:, : HEIGHT // 3] = 0.3 + 0.1 * soft[:, : HEIGHT // 3]
    return (low + (high - low) * soft).permute(1, 2, 0).numpy()


def codes(pixels):
    return (pixels.clip(0, 1) * 255).round().astype(np.uint8)


def relit(content, style, monkeypatch=None):
    if monkeypatch is not None:
        unknown = lambda content, depth: torch.zeros(len(content.regions.names), depth)
        monkeypatch.setattr("photostyle.transforms.field.noise.noise_of", unknown)
    return transfer(content, style, **QUICK)


def grain(pixels):
    """Standard deviation of what Immerkaer's mask leaves, in levels of 255."""
    across = np.diff(np.asarray(pixels, np.float64), 2, axis=1)
    return 255 * np.sqrt(np.pi / 2) / 6 * np.abs(np.diff(across, 2, axis=0)).mean()


STYLE = codes(scene(0.1, 1.0, 1))


def test_the_noise_of_a_dark_photo_is_not_lifted_with_its_light(monkeypatch):
    dark = scene(0.08, 0.22, 0) + 4 / 255 * np.random.default_rng(0).normal(size=(HEIGHT, WIDTH, 3))
    held = relit(codes(dark), STYLE)
    lifted = relit(codes(dark), STYLE, monkeypatch)
    before = grain(codes(dark) / 255)
    assert grain(held.photo.pixels) < 1.3 * before
    assert grain(lifted.photo.pixels) > 1.6 * grain(held.photo.pixels)
    assert held.photo.pixels.mean() == pytest.approx(lifted.photo.pixels.mean(), abs=0.05)
    assert any("noise" in note for note in held.notes) and not any("noise" in note for note in lifted.notes)


def test_the_squares_of_a_jpeg_are_not_lifted(monkeypatch):
    def squares(pixels):
        steps = np.diff(np.asarray(pixels, np.float64)[: HEIGHT // 4], axis=1)
        return 255 * (np.abs(steps[:, 7::8]).mean() - np.abs(steps[:, 3::8]).mean())

    file = io.BytesIO()
    Image.fromarray(codes(scene(0.1, 0.5, 0))).save(file, "jpeg", quality=15)
    blocky = np.asarray(Image.open(file))
    held = relit(blocky, STYLE)
    lifted = relit(blocky, STYLE, monkeypatch)
    assert squares(held.photo.pixels) < 0.8 * squares(lifted.photo.pixels)


def test_a_clean_photo_comes_out_as_if_nobody_had_looked(monkeypatch):
    clean = codes(scene(0.08, 0.22, 0))
    held = relit(clean, STYLE)
    assert np.array_equal(held.photo.pixels, relit(clean, STYLE, monkeypatch).photo.pixels)
