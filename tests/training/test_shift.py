"""The term against a weave: nothing for marks that go with the picture, what they add for marks that stay."""

import pytest
import torch

from photostyle.training.shift import draw_place, shift_term

GIVEN = torch.rand(2, 3, 40, 36, generator=torch.Generator().manual_seed(0))


def weave(pictures):
    """Adds to every fourth column."""
    made = pictures.clone()
    made[..., ::4] += 0.1
    return made


def darker(pictures):
    return pictures.pow(2)


def test_a_weave_costs_what_it_adds_and_marks_that_go_along_cost_nothing():
    place = draw_place(torch.Generator().manual_seed(1))
    assert float(shift_term(weave, GIVEN, weave(GIVEN), place)) == pytest.approx(10 * 0.1 / 2, rel=0.05)
    assert float(shift_term(darker, GIVEN, darker(GIVEN), place)) == 0


def test_places_are_never_the_corner_itself():
    random = torch.Generator().manual_seed(0)
    places = torch.stack([draw_place(random) for _ in range(60)])
    assert places.min() == 1 and places.max() == 3


def test_a_network_learns_to_let_its_marks_go_along():
    torch.manual_seed(0)
    network = torch.nn.ConvTranspose2d(3, 3, 4, 4)  # draws a pattern of four pixels, and nothing else
    halved = torch.nn.AvgPool2d(4)

    def make(pictures):
        return network(halved(pictures))

    adam = torch.optim.Adam(network.parameters(), 0.02)
    random = torch.Generator().manual_seed(0)
    costs = []
    for _ in range(40):
        cost = shift_term(make, GIVEN, make(GIVEN), draw_place(random))
        adam.zero_grad()
        cost.backward()
        adam.step()
        costs.append(float(cost.detach()))
    assert sum(costs[-5:]) < 0.3 * sum(costs[:5])
