"""Laws of rendering: the roll-off at the limits, what counts as clipped, texture and noise."""

import numpy as np
import torch

from photostyle.transforms.field import BilateralField, render
from photostyle.transforms.field.rolloff import EDGE, KNEE, Shoulder, newly_clipped, rolled_off


def test_colours_roll_off_and_stay_in_order():
    grey = torch.linspace(0, 1, 101).expand(3, -1)
    bright = rolled_off(grey, 1.6 * grey)
    assert bright.max() <= 1
    assert (bright.diff() >= 0).all() and (bright[:, grey[0] < 0.59].diff() > 0).all()
    torch.testing.assert_close(bright[:, :50], 1.6 * grey[:, :50])  # nothing changes below the knee
    dark = rolled_off(grey, 1.5 * grey - 0.4)
    assert dark.min() >= 0 and (dark.diff() >= 0).all()


def test_the_shoulders_gradient_is_its_slope():
    random = torch.Generator().manual_seed(0)
    before = 1.4 * torch.rand(3, 40, generator=random, dtype=torch.float64) - 0.2
    after = (before + torch.randn(3, 40, generator=random, dtype=torch.float64) / 2).requires_grad_()
    assert (after > KNEE).any() and (after < 1 - KNEE).any()
    assert torch.autograd.gradcheck(Shoulder(before, 0.05), after, eps=1e-7)


def test_what_the_field_leaves_alone_stays_even_outside_srgb():
    wide = torch.tensor([[-0.2, 0.99, 1.3], [0.5, 0.5, 1.0], [1.1, 0.0, 0.2]])
    assert torch.equal(rolled_off(wide, wide), wide)
    assert rolled_off(wide, wide + 0.3).amax() <= 1.3


def test_a_bent_colour_keeps_more_of_its_hue_than_a_cut_one():
    before = torch.tensor([0.8, 0.5, 0.3])[:, None]
    after = 1.6 * before
    hue = lambda v: (v - v.mean(0))[:2, 0] / (v - v.mean(0)).norm()
    bent, cut = rolled_off(before, after), after.clamp(0, 1)
    assert (hue(bent) - hue(after)).norm() < (hue(cut) - hue(after)).norm() + 0.05


def test_only_what_is_new_counts_as_clipped():
    before = torch.tensor([[0.5, 1.0, 0.5, 0.0]]).expand(3, -1)
    after = torch.tensor([[EDGE, 1.0, 0.0, 0.0]]).expand(3, -1)
    assert newly_clipped(before, after) == (1, 1)


def test_texture_stays_and_shadows_noise_does_not_grow():
    random = np.random.default_rng(0)
    pixels = torch.from_numpy((0.05 + 0.004 * random.normal(size=(3, 64, 64))).astype(np.float32))
    table = torch.zeros(1, 4, 2, 2, 3, 4)
    table[..., range(3), range(3)] = 1.5
    fine = lambda v: (v - torch.nn.functional.avg_pool2d(v, 3, 1, 1)).std()
    made = render(pixels, torch.ones(1, 64, 64), BilateralField(table, ("all",)))
    assert 0.9 < fine(made) / fine(pixels) < 2.6
