"""Things find their colours by what they look like, wherever they are."""

from dataclasses import replace

import pytest
import torch

from photostyle.colour import lab_to_srgb, srgb_to_lab
from photostyle.encoders import load_encoder
from photostyle.look import measure_look
from photostyle.look.exemplars import MOST, cell_layer, measure_exemplars
from photostyle.methods.field.correspondence import found_colours
from photostyle.methods.field.objective import ColourGoal, FieldWeights
from photostyle.methods.field.solver import solve_field, wanted_colours
from photostyle.regions import Pair, Regions
from photostyle.transforms.field import GridSize
from photostyle.transforms.field.rendering import render

SIZE = 96
WHOLE = torch.ones(1, SIZE, SIZE)
STRIPED = torch.arange(SIZE)[None] // 3 % 2 * 0.3 - 0.15 + torch.zeros(SIZE, 1)


def two_things(striped, plain, striped_left=True):
    """A photo (3, SIZE, SIZE): one half has stripes, the other is plain but for a slow wave; colours are given."""
    wave = 0.02 * torch.sin(torch.arange(SIZE) / 9)[:, None] + torch.zeros(1, SIZE)
    first = torch.tensor(striped)[:, None, None] + STRIPED
    second = torch.tensor(plain)[:, None, None] + wave
    left = torch.arange(SIZE) < SIZE // 2
    return torch.where(left == striped_left, first, second).clamp(0, 1)


def found(content, style):
    encoder = load_encoder("compact")
    look = measure_look(style, Regions(("all",), WHOLE, ((0, 0, 0),)), encoder)
    return found_colours(content, WHOLE, WHOLE, look.exemplars[:1], look.quantiles[:1], torch.ones(1), encoder)


def halves(planes):
    """Mean colours (3,) well inside the left and the right half."""
    width = planes.shape[2]
    return planes[:, :, width // 8 : 3 * width // 8].mean((1, 2)), planes[:, :, 5 * width // 8 : 7 * width // 8].mean((1, 2))


def test_stripes_find_the_colour_of_stripes_wherever_they_are():
    style = two_things((0.7, 0.3, 0.2), (0.2, 0.3, 0.7))
    grey = (0.5, 0.5, 0.5)
    for striped_left in (True, False):
        lab = found(two_things(grey, grey, striped_left), style)
        striped, plain = halves(lab) if striped_left else halves(lab)[::-1]
        assert striped[2] > 0.1 and plain[2] < -0.1  # b*: red and blue


def test_found_colours_are_distributed_as_the_partners():
    style = two_things((0.7, 0.3, 0.2), (0.2, 0.3, 0.7))
    lab = found(two_things((0.4, 0.4, 0.4), (0.6, 0.6, 0.6)), style).flatten(1)
    goal = srgb_to_lab(style.flatten(1))
    torch.testing.assert_close(lab.mean(1), goal.mean(1), atol=0.02, rtol=0)
    torch.testing.assert_close(lab.std(1), goal.std(1), atol=0.03, rtol=0.15)


def test_bright_things_look_for_bright_ones():
    ramp = torch.linspace(0.2, 0.8, SIZE).expand(3, SIZE, SIZE)
    lab = found(ramp, 1 - ramp.flip(2) * torch.tensor([1.0, 0.8, 0.6])[:, None, None])
    light = lab[0].mean(0)
    assert light[-4:].mean() > light[:4].mean() + 0.2


def test_where_no_region_is_the_contents_own_colours_are_found():
    content = two_things((0.5, 0.5, 0.5), (0.4, 0.5, 0.6))
    encoder = load_encoder("compact")
    look = measure_look(content, Regions(("all",), WHOLE, ((0, 0, 0),)), encoder)
    lab = found_colours(content, 0 * WHOLE, 0 * WHOLE, look.exemplars[:1], look.quantiles[:1], torch.ones(1), encoder)
    means = torch.nn.functional.interpolate(content[None], lab.shape[1:], mode="area")[0]
    torch.testing.assert_close(lab, srgb_to_lab(means.flatten(1)).view_as(lab))


def test_a_goal_is_nearest_where_its_colours_are():
    lab = torch.tensor([0.5, 0.1, -0.1])[:, None, None].expand(3, 4, 4)
    there = lab_to_srgb(lab.flatten(1)).view(3, 4, 4)
    goal = ColourGoal(lab, torch.ones(1, 4, 4), torch.ones(1), there)
    assert float(goal(there)) == pytest.approx(0.005, abs=1e-3) and goal(there + 0.1) > 0.05


@pytest.mark.parametrize("striped_left", [True, False])
def test_a_solve_puts_the_light_on_the_things_that_have_it_in_the_style(striped_left):
    encoder = load_encoder("compact")
    style = two_things((0.75, 0.65, 0.4), (0.2, 0.25, 0.4))
    content = two_things((0.5, 0.5, 0.5), (0.5, 0.5, 0.5), striped_left)
    look = measure_look(style, Regions(("all",), WHOLE, ((0, 0, 0),)), encoder)
    weights = FieldWeights(steps=30, grids=(GridSize(2, 2, 4), GridSize(6, 6, 4)))
    pair = Pair("all", "all", "test", content_share=1.0)

    def difference(weights):
        field = solve_field(content, WHOLE, [pair], look, encoder, weights).field
        striped, plain = halves(render(content, WHOLE, field))[:: 1 if striped_left else -1]
        return float(striped.mean() - plain.mean())

    assert difference(weights) > 0.05 > difference(replace(weights, correspondence=0))


def test_a_look_without_exemplars_asks_for_no_colours():
    encoder = load_encoder("compact")
    content = two_things((0.5, 0.5, 0.5), (0.4, 0.5, 0.6))
    look = measure_look(content, Regions(("all",), WHOLE, ((0, 0, 0),)), encoder)
    pairs = [Pair("all", "all", "test")]
    assert wanted_colours(content, WHOLE, WHOLE, pairs, look, encoder, FieldWeights()) is not None
    assert wanted_colours(content, WHOLE, WHOLE, pairs, replace(look, exemplars=None), encoder, FieldWeights()) is None


def test_exemplars_are_few_and_a_tiny_region_takes_those_of_the_whole_photo():
    photo = torch.rand(3, 200, 240, generator=torch.Generator().manual_seed(1))
    masks = torch.zeros(2, 200, 240)
    masks[0, :4, :4] = 1
    masks[1] = 1
    encoder = load_encoder("compact")
    layer = cell_layer(encoder)
    tiny, whole = measure_exemplars(photo, masks, encoder(photo[None], (layer,))[layer][0].detach())
    assert len(whole.tones) == MOST and whole.colours.shape == (MOST, 3)
    assert tiny.features.equal(whole.features) and 0 < whole.tones.min() and whole.tones.max() < 1
