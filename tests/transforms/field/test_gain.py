"""The bound on a field's gain cuts what is too steep, keeps the rest, and keeps greys where they go."""

import torch

from photostyle.transforms.field import BilateralField
from photostyle.transforms.field.gain import bounded


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
