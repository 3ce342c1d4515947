"""The field solver on tiny photos: it comes closer to the style, alike each time, and minds photos of any shape."""

import pytest
import torch

from photostyle.colour import luminance
from photostyle.encoders import load_encoder
from photostyle.look import measure_look
from photostyle.methods.field import FieldOptions
from photostyle.methods.field.groups import joined
from photostyle.methods.field.objective import FieldWeights, reach, stiffness
from photostyle.methods.field.solver import solve_field
from photostyle.methods.field.table import FieldTable, Unknown, _at_fine_nodes, _stretching, excess_gain, patchiness, roughness
from photostyle.regions import Pair, Regions
from photostyle.transforms.field import GridSize, Slicer
from photostyle.transforms.field.bilateral import homogeneous

QUICK = FieldWeights(steps=6, grids=(GridSize(2, 3, 4), GridSize(3, 4, 5)))


def photo(height=48, width=64, seed=0, gains=(1.0, 1.0, 1.0)):
    shade = torch.rand(3, height // 8, width // 8, generator=torch.Generator().manual_seed(seed)) * 0.6 + 0.2
    smooth = torch.nn.functional.interpolate(shade[None], (height, width), mode="bicubic", align_corners=False)[0]
    return (smooth * torch.tensor(gains)[:, None, None]).clamp(0, 1)


def halves(planes):
    left = torch.zeros(planes.shape[1:])
    left[:, : planes.shape[2] // 2] = 1
    return torch.stack([left, 1 - left])


def solved(content, style, weights=QUICK, kinds=("matched", "matched"), partners=("left", "right"), trust=1.0):
    encoder = load_encoder("compact")
    regions = Regions(("left", "right"), halves(style), ((0, 0, 0), (255, 255, 255)))
    rows = zip(regions.names, partners, kinds, strict=True)
    pairs = tuple(Pair(name, partner, "test", kind=kind, trust=trust) for name, partner, kind in rows)
    return solve_field(content, halves(content), pairs, measure_look(style, regions, encoder), encoder, weights)


def test_a_solve_comes_closer_to_the_style_and_is_alike_each_time():
    longer = FieldWeights(steps=24, grids=QUICK.grids)
    first, second = (solved(photo(), photo(seed=1, gains=(1.0, 0.7, 0.5)), longer) for _ in range(2))
    assert first.history[-1]["total"] < 0.8 * first.history[0]["total"]
    assert first.field.table.equal(second.field.table)


@pytest.mark.parametrize("size", [(16, 200), (200, 16), (16, 16)])
def test_narrow_photos_and_grids_of_one_row_are_solved(size):
    weights = FieldWeights(steps=4, grids=(GridSize(1, 1, 4), GridSize(1, 4, 4)))
    field = solved(photo(*size), photo(seed=1), weights).field
    assert field.table.isfinite().all()


def test_a_photo_in_the_styles_light_is_left_alone():
    content = photo()
    assert solved(content, content).field.table.abs().max() < 1e-3


def test_protected_regions_keep_their_colours():
    field = solved(photo(), photo(seed=1), kinds=("matched", "protected")).field
    assert field.table[1].abs().max() == 0
    assert field.table[0].abs().max() > 0.01


def test_a_partner_that_was_only_found_likely_changes_a_region_alike_everywhere():
    across = lambda field: field.table.diff(dim=3).pow(2).sum()
    weights = FieldWeights(steps=24, grids=QUICK.grids)
    trusted, doubted = (solved(photo(), photo(seed=1), weights, trust=trust).field for trust in (1.0, 0.25))
    assert across(doubted) < 0.3 * across(trusted) and doubted.table.abs().max() > 0.01
    assert stiffness([Pair("a", "a", "same name"), Pair("b", "b", "alike", trust=0.5)]).tolist() == pytest.approx([1, 0.5**-2.3])


def test_regions_that_take_from_one_are_solved_as_one():
    field = solved(photo(), photo(seed=1), partners=("right", "right")).field
    assert field.names == ("left", "right") and field.table[0].equal(field.table[1])
    apart = solved(photo(), photo(seed=1)).field
    assert not apart.table[0].equal(apart.table[1])


def test_regions_without_a_partner_stay_apart():
    field = solved(photo(), photo(seed=1), kinds=("protected", "matched"), partners=("right", "right")).field
    assert field.table[0].abs().max() == 0 and field.table[1].abs().max() > 0.01


def table(content, grid):
    slicer = Slicer(homogeneous(content), luminance(content), halves(content), grid)
    return FieldTable(torch.zeros(2, 3, 4), [Pair(name, name, "test") for name in ("left", "right")], (grid,), slicer)


def test_shade_moves_a_nodes_own_colour_and_linear_does_not():
    made = table(photo(), GridSize(2, 2, 4))
    with torch.no_grad():
        unknown = made()
        unknown = Unknown(torch.randn(unknown.linear.shape), torch.randn(unknown.shade.shape))
    cells = made.cells(unknown)
    own = torch.cat([made.centres, torch.ones_like(made.centres[..., :1])], -1)
    moved = (own[..., None, :] @ cells)[..., 0, :]
    torch.testing.assert_close(moved, unknown.shade, atol=1e-5, rtol=1e-5)


def test_nodes_are_centred_where_the_pixels_are():
    content = torch.tensor([0.2, 0.4, 0.9])[:, None, None].expand(3, 32, 32).contiguous()
    made = table(content, GridSize(1, 1, 2))
    mass = made.centres[0, 0, 0, 0]
    assert (mass - torch.tensor([0.2, 0.4, 0.9])).abs().max() < 0.2
    assert made.whitening.isfinite().all()


def test_roughness_and_gain_are_zero_where_nothing_is_rough_or_steep():
    flat = Unknown(torch.ones(1, 3, 1, 4, 3, 3), torch.ones(1, 3, 1, 4, 3))
    assert not any(part.any() for part in roughness(flat))
    tones, places = roughness(Unknown(flat.linear, flat.shade * torch.arange(4.0)[:, None]))
    assert tones == 0 and places > 0
    cells = torch.zeros(1, 2, 2, 2, 4, 3)
    assert excess_gain(cells, 2.0) == 0
    cells[..., 0, 0] = 5.0
    assert excess_gain(cells, 2.0) > 0
    cells[..., 0, 0] = 1.0
    assert excess_gain(cells, 4.0) == excess_gain(cells, 4.0, torch.full((1, 2), 4.0)) == 0
    assert excess_gain(cells, 4.0, torch.tensor([[1.5, 4.0]])) > 0


def test_one_affine_map_is_not_patchy_and_only_tints_that_change_across_the_photo_are():
    cells, centres = torch.randn(1, 1, 1, 1, 4, 3).expand(1, 3, 4, 5, 4, 3).clone(), torch.rand(1, 3, 4, 5, 3)
    assert patchiness(cells, centres) < 1e-12
    brighter, bluer, deeper = cells.clone(), cells.clone(), cells.clone()
    brighter[:, :, :, 2:, 3] += 0.1
    bluer[:, :, :, 2:, 3, 2] += 0.1
    deeper[:, 1:, :, :, 3, 2] += 0.1
    assert patchiness(brighter, centres) < 1e-12 and patchiness(deeper, centres) < 1e-12
    assert patchiness(bluer, centres) > 1e-4
    assert patchiness(cells[:, :, :1, :1], centres[:, :, :1, :1]) == 0


def test_a_flat_region_is_pulled_less_to_what_it_cannot_have():
    content = torch.full((3, 8, 8), 0.5)
    content[:, :, 4:] += 0.4 * (torch.rand(8, 4, generator=torch.Generator().manual_seed(0)) - 0.5)
    masks = torch.zeros(2, 8, 8)
    masks[0, :, :4] = masks[1, :, 4:] = 1
    wide, none = 0.04 * torch.ones(2, 3, 3), torch.zeros(2, 3, 3)
    flat, varied = reach(content, masks, wide, 4.0).tolist()
    assert flat == pytest.approx(0.1) and varied == 1
    assert reach(content, masks, none, 4.0)[1] == 1


def test_a_fast_solve_is_smaller_and_shorter_but_what_is_asked_for_counts():
    usual, fast = FieldWeights.of(FieldOptions()), FieldWeights.of(FieldOptions(fast=True))
    assert (fast.size, fast.steps) < (usual.size, usual.steps)
    assert FieldWeights.of(FieldOptions(fast=True, size=300, steps=7)).size == 300


def test_regions_solved_as_one_are_trusted_as_they_are_on_average():
    sure, unsure = Pair("sky", "sky", "", 0.3, trust=0.5), Pair("sea", "sky", "", 0.1, trust=0.1)
    assert joined([sure, unsure]).trust == pytest.approx(0.4)
    assert joined([sure]) == sure and joined([Pair("all", None, "", 0.0, kind="whole")]).trust == 1


def test_coarse_nodes_reach_fine_ones_by_linear_interpolation():
    level = torch.rand(2, 12, 2, 3, 4, generator=torch.Generator().manual_seed(0))
    matrices = [_stretching(few, many) for few, many in zip((2, 3, 4), (5, 3, 7), strict=True)]
    wanted = torch.nn.functional.interpolate(level, (5, 3, 7), mode="trilinear", align_corners=True)
    assert torch.allclose(_at_fine_nodes(level, matrices), wanted, atol=1e-6)
    assert _stretching(1, 4).tolist() == [[1.0]] * 4
