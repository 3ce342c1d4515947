"""Adam on a pyramid: one level is plain Adam, and more of them move broad things in fewer steps than fine ones."""

import torch

from photostyle.methods.adam import Adam
from photostyle.methods.paint.pyramid import BETAS, PyramidAdam


def test_one_level_is_adam():
    ours, theirs = torch.zeros(3, 8, 8), torch.zeros(3, 8, 8)
    pyramid, adam = PyramidAdam(ours, 1), Adam([theirs], BETAS)
    for seed in range(3):
        gradient = torch.randn(3, 8, 8, generator=torch.Generator().manual_seed(seed))
        pyramid.step([gradient], 0.1)
        adam.step([gradient], 0.1)
    assert torch.allclose(ours, theirs, atol=1e-6)


def test_broad_changes_come_sooner_than_fine_ones():
    checks = (torch.arange(32) % 2 * 2.0 - 1).expand(3, 32, 32)
    moved = {}
    for name, gradient in (("fine", checks), ("broad", torch.ones(3, 32, 32))):
        picture = torch.zeros(3, 32, 32)
        PyramidAdam(picture).step([gradient.contiguous()], 0.01)
        moved[name] = float(picture.abs().mean())
    assert moved["broad"] > 4 * moved["fine"] > 0


def test_moments_are_carried_to_another_size():
    small = PyramidAdam(torch.zeros(3, 17, 20))
    small.step([torch.ones(3, 17, 20)], 0.1)
    large = PyramidAdam(torch.zeros(3, 24, 28))
    large.restore(small.moments)
    assert [tuple(each.shape) for each in large.adam.means] == [tuple(level.shape) for level in large.levels]
    assert torch.allclose(large.adam.means[0], torch.full((3, 24, 28), 0.1))
