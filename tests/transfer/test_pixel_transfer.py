"""The paper's solver through the same door."""

import numpy as np

from photostyle import transfer


def test_the_pixel_solver_relights_at_the_contents_size():
    random = np.random.default_rng(0)
    day = (0.5 + 0.1 * random.random((70, 90, 3))).astype(np.float32)
    dusk = day[:64, :64] * np.array([1, 0.5, 0.3], np.float32)
    result = transfer(day, dusk, solver="pixel", size=64, steps=15, segmenter="none", device="cpu", encoder="compact")
    assert result.photo.pixels.shape == day.shape and result.field is None and len(result.history) == 30
    apart = lambda a, b: np.abs(a.mean((0, 1)) - b.mean((0, 1))).max()
    assert apart(result.photo.pixels, dusk) < apart(day, dusk)
