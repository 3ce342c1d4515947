"""Laws of strength, luma and chroma."""

import torch

from photostyle.colour import LUMA
from photostyle.options import RegionAmounts
from photostyle.transforms.field import BilateralField, controlled, render

NAMES = ("sky", "sea")


def scene():
    random = torch.Generator().manual_seed(0)
    masks = torch.rand(2, 12, 9, generator=random)
    table = 0.05 * torch.randn(2, 4, 3, 2, 3, 4, generator=random)
    return 0.4 + 0.2 * torch.rand(3, 12, 9, generator=random), masks / masks.sum(0), BilateralField(table, NAMES)


def luma(pixels):
    return torch.einsum("c,chw->hw", torch.tensor(LUMA), pixels)


def test_luma_and_chroma_part_the_change():
    pixels, masks, field = scene()
    change = lambda s, l, c: render(pixels, masks, controlled(field, RegionAmounts((s, s), (l, l), (c, c)))) - pixels
    assert luma(change(1, 0, 1)).abs().max() < 1e-5  # colour only
    light = change(1, 1, 0)
    assert (light - light[:1]).abs().max() < 1e-5  # light only: the same for red, green and blue
    torch.testing.assert_close(change(1, 0, 1) + light, change(1, 1, 1), atol=1e-5, rtol=0)
    torch.testing.assert_close(change(0.5, 1, 1), 0.5 * change(1, 1, 1), atol=1e-5, rtol=0)
    assert controlled(field, RegionAmounts((1, 1), (1, 1), (1, 1))) is field


def test_a_region_at_zero_keeps_its_very_pixels():
    pixels, masks, field = scene()
    masks = torch.stack([torch.ones(12, 9), torch.zeros(12, 9)])
    assert torch.equal(render(pixels, masks, controlled(field, RegionAmounts((0, 1), (1, 1), (1, 1)))), pixels)
