"""The bounds on a field's gain cut what is too steep, keep the rest, and keep greys or mean colours where they go."""

import torch

from photostyle.transforms.field import BilateralField
from photostyle.transforms.field.gain import MOST_GAIN, bounded, bounded_by_noise


def a_field(scale):
    table = scale * torch.randn(2, 3, 2, 2, 3, 4, generator=torch.Generator().manual_seed(0))
    table[1] *= 0.01
    return BilateralField(table, ("a", "b"))


def test_gentle_fields_are_left_alone():
    field = a_field(0.1)
    assert bounded(field) == (field, ())


def test_steep_cells_are_cut_and_greys_stay():
    field = a_field(6.0)
    flat, names = bounded(field, 3.0)
    eye = torch.eye(3)
    assert names == ("a",)
    torch.testing.assert_close(flat.table[1], field.table[1])
    assert torch.linalg.matrix_norm(flat.table[..., :3] + eye, 2).max() < 3.001
    for d, grey in enumerate((0.0, 0.5, 1.0)):
        at = torch.tensor([grey, grey, grey, 1.0])
        torch.testing.assert_close(flat.table[:, d] @ at, field.table[:, d] @ at, atol=1e-4, rtol=1e-4)


def test_noise_bounds_its_region_and_tone_alone_and_mean_colours_stay():
    field = a_field(1.0)
    bearable = torch.full((2, 3), MOST_GAIN)
    bearable[0, 1] = 1.5
    centres = torch.rand(2, 3, 2, 2, 3, generator=torch.Generator().manual_seed(1))
    held, names = bounded_by_noise(field, bearable, centres)
    assert names == ("a",)
    torch.testing.assert_close(held.table[0, 0::2], field.table[0, 0::2])
    torch.testing.assert_close(held.table[1], field.table[1])
    assert torch.linalg.matrix_norm(held.table[0, 1, ..., :3] + torch.eye(3), 2).max() < 1.501
    own = torch.cat([centres, torch.ones(2, 3, 2, 2, 1)], -1)[..., None]
    torch.testing.assert_close(held.table @ own, field.table @ own, atol=1e-5, rtol=1e-5)


def test_what_has_no_noise_is_left_as_it_is_however_steep():
    field = a_field(6.0)
    held, names = bounded_by_noise(field, torch.full((2, 3), MOST_GAIN), torch.zeros(2, 3, 2, 2, 3))
    assert held is field and names == ()
