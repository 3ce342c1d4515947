"""The way from the colours of one set of photos to those of another."""

import numpy as np
import pytest
import torch

from photostyle.networks.translation.field import FieldShape, after_levels, levels_of, sliced
from photostyle.training.adversarial.rivals import guides_of
from photostyle.training.pooled_colours import table_between


def photos(seed: int, count: int = 12) -> list[np.ndarray]:
    """Smooth pictures (40, 48, 3) of colours that cluster as those of photos do, in [0.1, 0.9]."""
    random = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        coarse = random.uniform(0.1, 0.9, (5, 6, 1)) + random.normal(0, 0.05, (5, 6, 3))
        made.append(np.kron(coarse, np.ones((8, 8, 1))).clip(0.1, 0.9))
    return made


def codes(pictures: list[np.ndarray]) -> list[np.ndarray]:
    return [(255 * picture + 0.5).astype(np.uint8) for picture in pictures]


def through(table: torch.Tensor, picture: np.ndarray, levels: bool = False) -> np.ndarray:
    """What a table, the same at all places, makes of a picture."""
    seen = torch.from_numpy(picture).movedim(-1, 0)[None].float()
    nodes = table[None, :, None, None]
    if levels:
        nodes = after_levels(nodes, *levels_of(seen))
    return sliced(nodes, seen, guides_of(seen))[0].movedim(0, -1).numpy()


def warmer(picture: np.ndarray) -> np.ndarray:
    """Darker, warmer, and with a curve."""
    return (picture * (1, 0.8, 0.5)) ** 1.3


@pytest.mark.parametrize("levels", [False, True])
def test_a_look_is_found_from_other_photos(levels):
    table = table_between(codes(photos(1)), codes([warmer(each) for each in photos(2)]), FieldShape(depth=6, levels=levels))
    assert table.shape == (6, 3, 4)
    for picture in photos(3, 3):
        apart = np.abs(through(table, picture, levels) - warmer(picture)).mean()
        assert apart < 0.05 < np.abs(picture - warmer(picture)).mean() / 3


def test_a_set_and_itself_change_nothing():
    pictures = codes(photos(4))
    assert float(table_between(pictures, pictures, FieldShape(depth=4)).abs().max()) < 0.02


def test_photos_of_one_grey_are_no_trouble():
    flat = [np.full((20, 20, 3), 128, np.uint8)] * 8
    table = table_between(flat, codes(photos(5)), FieldShape(depth=4))
    assert bool(table.isfinite().all())
    assert 0.3 < float(through(table, np.full((20, 20, 3), 128 / 255)).mean()) < 0.7
