"""The way from the colours of one set of photos to those of another."""

import numpy as np
import pytest
import torch

from photostyle.networks.translation.field import FieldGenerator, FieldShape
from photostyle.training.adversarial.rivals import guides_of
from photostyle.training.pooled_colours import begin_with_colours


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


def begun(given: list[np.ndarray], wanted: list[np.ndarray], **shape) -> FieldGenerator:
    """A field at its beginning."""
    generator = FieldGenerator(FieldShape(width=4, rows=3, cols=3, depth=6, **shape))
    generator.initialise(0)
    begin_with_colours(generator, codes(given), codes(wanted))
    return generator.eval()


def through(generator: FieldGenerator, picture: np.ndarray) -> np.ndarray:
    """What a field makes of a picture."""
    seen = torch.from_numpy(picture).movedim(-1, 0)[None].float()
    return generator(seen, guides_of(seen))[0].detach().movedim(0, -1).numpy()


def warmer(picture: np.ndarray) -> np.ndarray:
    """Darker, warmer, and with a curve."""
    return (picture * (1, 0.8, 0.5)) ** 1.3


@pytest.mark.parametrize("shape", [{}, {"levels": True}, {"own": True}])
def test_a_look_is_found_from_other_photos(shape):
    field = begun(photos(1, 20), [warmer(each) for each in photos(2, 20)], **shape)
    for picture in photos(3, 3):
        apart = np.abs(through(field, picture) - warmer(picture)).mean()
        assert apart < 0.05 < np.abs(picture - warmer(picture)).mean() / 3


def test_photos_that_differ_are_each_moved_by_their_own():
    random = np.random.default_rng(6)
    clean = photos(7, 60)
    faded = [each * random.uniform(0.4, 0.9, 3) + random.uniform(0, 0.1, 3) for each in clean[:30]]
    apart = {
        own: np.mean([np.abs(through(field, each) - wanted).mean() for each, wanted in zip(faded, clean, strict=False)])
        for own, field in ((own, begun(faded, clean[30:], own=own)) for own in (False, True))
    }
    assert apart[True] < 0.85 * apart[False]


def test_a_set_and_itself_change_nothing():
    for own in (False, True):
        field = begun(photos(4), photos(4), own=own)
        for picture in photos(4):
            assert np.abs(through(field, picture) - picture).mean() < 0.01


def test_photos_of_one_grey_are_no_trouble():
    flat = [np.full((20, 20, 3), 0.5)] * 8
    for own in (False, True):
        assert 0.3 < float(through(begun(flat, photos(5), own=own), flat[0]).mean()) < 0.7
