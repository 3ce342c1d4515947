"""Laws of the field: slicing, rendering, strength."""

import pytest
import torch

from photostyle.colour import luminance
from photostyle.transforms.field import BilateralField, GridSize, Guide, Slicer, render
from photostyle.transforms.field.bilateral import homogeneous
from photostyle.transforms.field.rolloff import rolled_off

GRID = GridSize(3, 4, 5)


def scene(height, width, regions=2, seed=0):
    random = torch.Generator().manual_seed(seed)
    pixels = torch.rand(3, height, width, generator=random)
    masks = torch.rand(regions, height, width, generator=random) + 1e-3
    return pixels, masks / masks.sum(0)


def table(regions=2, seed=1):
    return torch.randn(regions, GRID.depth, GRID.rows, GRID.cols, 3, 4, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("size", [(7, 11), (1, 5), (16, 16), (31, 2)])
def test_rendering_by_strips_equals_the_sparse_product(size, monkeypatch):
    monkeypatch.setattr("photostyle.transforms.field.rendering.STRIP_PIXELS", 20)
    pixels, masks = scene(*size)
    slicer = Slicer(homogeneous(pixels), Guide.of(pixels)(luminance(pixels)), masks, GRID)
    product = rolled_off(pixels.flatten(1), pixels.flatten(1) + slicer(table().mT).T)
    rendered = render(pixels, masks, BilateralField(table(), ("a", "b")))
    torch.testing.assert_close(rendered.flatten(1), product, atol=2e-3, rtol=1e-3)  # the product drops weights under 1e-4


def test_the_slicers_gradient_is_the_transpose():
    pixels, masks = scene(6, 5)
    slicer = Slicer(homogeneous(pixels), luminance(pixels), masks, GRID)
    torch.testing.assert_close(slicer.matrix.to_dense().T, slicer.transpose.to_dense())
    t = table().mT.contiguous().requires_grad_()
    (slicer(t) * torch.arange(3.0)).sum().backward()
    per_pixel = homogeneous(pixels).flatten(1).T[:, :, None] * torch.arange(3.0)
    expected = slicer.matrix.to_dense().T @ per_pixel.flatten(1)
    torch.testing.assert_close(t.grad.reshape(-1, 12), expected)


def test_strength_zero_is_the_identity_bit_for_bit():
    pixels, masks = scene(9, 13)
    field = BilateralField(table(), ("a", "b"))
    assert torch.equal(render(pixels, masks, field.scaled(0)), pixels)
    assert torch.equal(field.scaled(1).table, field.table)


def test_strength_may_differ_by_region():
    pixels, _ = scene(8, 8)
    masks = torch.zeros(2, 8, 8)
    masks[0, :, :4] = masks[1, :, 4:] = 1
    out = render(pixels, masks, BilateralField(table(), ("a", "b")).scaled(torch.tensor([0.0, 1.0])))
    assert torch.equal(out[..., :4], pixels[..., :4])
    assert not torch.equal(out[..., 4:], pixels[..., 4:])


def test_a_constant_field_is_one_affine_map_at_any_size():
    affine = torch.randn(3, 4, generator=torch.Generator().manual_seed(2))
    field = BilateralField(affine.expand(1, GRID.depth, GRID.rows, GRID.cols, 3, 4).contiguous(), ("all",))
    pixels, _ = scene(10, 7)
    expected = rolled_off(pixels, pixels + (affine[:, :3] @ pixels.flatten(1) + affine[:, 3:]).view_as(pixels))
    torch.testing.assert_close(render(pixels, torch.ones(1, 10, 7), field), expected)
