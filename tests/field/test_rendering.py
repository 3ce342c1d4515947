"""Laws of rendering at full size: the compiled loops, the roll-off at the limits, what counts as clipped."""

import numpy as np
import pytest
import torch

from photostyle.field import BilateralField, render, render_into
from photostyle.field.rolloff import EDGE, newly_clipped, rolled_off
from photostyle.regions import MaskUpsampler, Regions


def scene(height=40, width=56, regions=3, seed=0):
    random = torch.Generator().manual_seed(seed)
    pixels = 1.2 * torch.rand(3, height, width, generator=random) - 0.1
    masks = torch.rand(regions, height, width, generator=random)
    table = 0.3 * torch.randn(regions, 4, 3, 5, 3, 4, generator=random)
    return pixels, masks / masks.sum(0), BilateralField(table, tuple("abc"[:regions]))


@pytest.fixture
def compiled(monkeypatch):
    pytest.importorskip("numba")
    monkeypatch.setattr("photostyle.field.compiled.WORTH", 0)


def test_the_compiled_loops_equal_torch(monkeypatch, compiled):
    pixels, masks, field = scene()
    fast = torch.empty_like(pixels)
    counted = render_into(fast, pixels, masks, field)
    monkeypatch.setattr("photostyle.field.compiled.worth", lambda size: False)
    slow = torch.empty_like(pixels)
    assert render_into(slow, pixels, masks, field) == counted
    torch.testing.assert_close(fast, slow, atol=1e-5, rtol=0)


def test_the_compiled_masks_equal_torch(monkeypatch, compiled):
    pixels, masks, _ = scene()
    regions = Regions(("a", "b", "c"), masks[:, ::2, ::2].contiguous(), ((0, 0, 0),) * 3)
    tile = lambda: MaskUpsampler(regions, pixels).tile(pixels[:, 5:33], (5, 0), (40, 56))
    fast = tile()
    monkeypatch.setattr("photostyle.field.compiled.worth", lambda size: False)
    torch.testing.assert_close(fast, tile(), atol=1e-5, rtol=0)


def test_a_photo_may_be_rendered_over_itself(compiled):
    pixels, masks, field = scene()
    apart = render(pixels, masks, field)
    render_into(pixels, pixels, masks, field)
    assert torch.equal(pixels, apart)


def test_colours_roll_off_and_stay_in_order():
    grey = torch.linspace(0, 1, 101).expand(3, -1)
    bright = rolled_off(grey, 1.6 * grey)
    assert bright.max() <= 1
    assert (bright.diff() >= 0).all() and (bright[:, grey[0] < 0.59].diff() > 0).all()
    torch.testing.assert_close(bright[:, :50], 1.6 * grey[:, :50])  # nothing changes below the knee
    dark = rolled_off(grey, 1.5 * grey - 0.4)
    assert dark.min() >= 0 and (dark.diff() >= 0).all()


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
