"""The levels of the shipped compact5: every channel is alive and of one size, on the photos of docs/sample."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional as F

from photostyle.encoders import load_encoder

SAMPLE = Path(__file__).parents[2] / "docs" / "sample"


@pytest.fixture(scope="module")
def features():
    """Layer -> (C, pixels) of two photos."""
    encoder = load_encoder("compact5")
    found = []
    with torch.no_grad():
        for name in ("day.jpg", "sunset.jpg"):
            with Image.open(SAMPLE / name) as image:
                pixels = np.asarray(image.convert("RGB").resize((240, 160))).copy()
            found.append(encoder(torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255))
    return {name: torch.cat([f[name][0].flatten(1) for f in found], 1) for name in encoder.layers}


def test_no_channel_is_dead(features):
    for name, f in features.items():
        variance = f.var(1)
        assert (variance > 0.02 * variance.mean()).all(), name


def test_the_mean_activation_is_about_one(features):
    for name, f in features.items():
        assert 0.3 < f.mean() < 2, name


def test_a_flat_photo_gives_flat_maps_up_to_their_frame():
    # Maps are continued by their own frame: a border must not look like an edge.
    encoder = load_encoder("compact5")
    with torch.no_grad():
        for name, f in encoder(torch.full((1, 3, 64, 64), 0.4)).items():
            torch.testing.assert_close(f, F.adaptive_avg_pool2d(f, 1).expand_as(f), rtol=1e-3, atol=1e-3, msg=name)
