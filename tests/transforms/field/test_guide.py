"""Laws of the guide: texture goes, edges stay, and every size of a photo is indexed alike."""

import pytest
import torch

from photostyle.colour import luminance
from photostyle.transforms.field import Guide
from photostyle.transforms.field.guide import AreaMeans, shrunk


def grey(light):
    return light.expand(3, *light.shape)


def test_texture_goes_and_an_edge_stays():
    light = torch.full((64, 96), 0.2)
    light[:, 48:] = 0.8
    noisy = light + 0.05 * torch.randn(64, 96, generator=torch.Generator().manual_seed(0))
    guide = Guide.of(grey(noisy))(noisy)
    inside = (guide - light)[:, 4:40]
    assert inside.std() < 0.5 * (noisy - light)[:, 4:40].std()
    assert guide[:, 51].mean() - guide[:, 44].mean() > 0.45


def test_a_strip_has_the_guide_of_the_whole():
    pixels = torch.rand(3, 30, 20, generator=torch.Generator().manual_seed(1))
    guide, light = Guide.of(pixels), luminance(pixels)
    assert torch.equal(guide(light[7:13], 7, 30), guide(light)[7:13])


def test_a_photo_of_another_size_is_indexed_alike():
    wave = lambda count: torch.sin(torch.linspace(0, 9, count)) / 3 + 0.5
    light = wave(900)[:, None] * wave(600)
    small = torch.nn.functional.interpolate(light[None, None], (225, 150), mode="area")[0, 0]
    of_copy = Guide.of(grey(small))
    torch.testing.assert_close(of_copy(light), Guide.of(grey(light))(light), atol=0.02, rtol=0)
    assert of_copy(light).shape == light.shape


def test_colours_outside_the_range_and_photos_of_one_pixel_have_a_guide_within_it():
    wild = 3 * torch.randn(3, 9, 11, generator=torch.Generator().manual_seed(2))
    assert 0 <= Guide.of(wild)(luminance(wild)).min() and Guide.of(wild)(luminance(wild)).max() <= 1
    one = torch.full((3, 1, 1), 0.7)
    torch.testing.assert_close(Guide.of(one)(luminance(one)), torch.full((1, 1), 0.7))


@pytest.mark.parametrize("size", [(5, 7), (12, 20), (37, 53)])
def test_area_means_are_what_shrinking_gives(size):
    planes = torch.rand(3, 37, 53, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(AreaMeans(planes, size)(planes), shrunk(planes, size), atol=1e-6)
