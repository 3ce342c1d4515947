"""Laws of the pixel solver."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from matting.laplacian import matting_laplacian
from photostyle.encoders import Encoder, Step, Vgg19, Window
from photostyle.errors import MaskError, OptionError
from photostyle.methods.pixels import descent, objective
from photostyle.methods.pixels.objective import PixelObjective, PixelWeights
from photostyle.methods.pixels.solver import solve_pixels

QUICK = PixelWeights(steps=12, history=10, smooth_radius=3)


class Tiny(Encoder):
    """Two layers of random convolutions."""

    name = "tiny"
    style_layers = ("relu1", "relu2")
    content_layer = "relu2"

    def __init__(self):
        super().__init__()
        self.channels = {"relu1": 6, "relu2": 8}
        first, second = nn.Conv2d(3, 6, 3, padding=1), nn.Conv2d(6, 8, 3, padding=1)
        random = torch.Generator().manual_seed(5)
        for layer in (first, second):
            layer.weight.data = torch.randn(layer.weight.shape, generator=random) / layer.weight[0].numel() ** 0.5
            layer.bias.data.zero_()
        box = [Window(3, 1, 1)]
        steps = [Step(first, box), Step(nn.ReLU(), name="relu1"), Step(nn.AvgPool2d(2), [Window(2, 2)])]
        self.steps = nn.ModuleList([*steps, Step(second, box), Step(nn.ReLU(), name="relu2")])
        self.eval().requires_grad_(False)


def scene(height=20, width=24, seed=0, tint=(1.0, 1.0, 1.0)):
    """A photo and masks of its left and right halves."""
    random = torch.Generator().manual_seed(seed)
    photo = 0.4 + 0.3 * torch.rand(1, height, width, generator=random) + 0.05 * torch.randn(3, 1, 1, generator=random)
    masks = torch.zeros(2, height, width)
    masks[0, :, : width // 2], masks[1, :, width // 2 :] = 1, 1
    return (photo * torch.tensor(tint)[:, None, None]).clamp(0, 1), masks


DAY, DUSK = scene(), scene(22, 18, 1, (1.0, 0.5, 0.3))


@pytest.fixture(scope="module")
def solution():
    return solve_pixels(*DAY, *DUSK, Tiny(), QUICK)


def test_both_stages_descend_and_are_told(solution):
    told = []
    solve_pixels(*DAY, *DUSK, Tiny(), replace(QUICK, steps=3), callback=lambda p: told.append((p.stage, p.step, p.total)))
    assert told == [(f"stage {s}", k, 3) for s in (1, 2) for k in (1, 2, 3)]
    assert solution.converged and solution.iterations == len(solution.history) == 24
    assert "photorealism" not in solution.history[11] and "photorealism" in solution.history[12]
    totals = [terms["total"] for terms in solution.history]
    assert min(totals[:12]) < 0.2 * totals[0] and min(totals[12:]) < totals[12]


def test_colours_move_to_the_style_and_stay_in_range(solution):
    mean = lambda v: v.mean((1, 2))
    before, after = (mean(v) - mean(DUSK[0]) for v in (DAY[0], solution.picture))
    assert after.norm() < 0.4 * before.norm()
    assert solution.picture.min() >= 0 and solution.picture.max() <= 1


def test_the_same_seed_gives_the_same_picture_and_another_does_not():
    quick = replace(QUICK, steps=3)
    first, same, other = (solve_pixels(*DAY, *DUSK, Tiny(), quick, seed=s).picture for s in (4, 4, 5))
    assert torch.equal(first, same) and not torch.equal(first, other)


def test_what_has_no_partner_keeps_its_very_pixels():
    masks = DUSK[1].clone()
    masks[1] = 0
    picture = solve_pixels(*DAY, DUSK[0], masks, Tiny(), QUICK).picture
    assert torch.equal(picture[:, :, 12:], DAY[0][:, :, 12:])
    assert (picture - DAY[0])[:, :, :12].abs().mean() > 0.05


def test_regions_take_from_their_own_partner():
    style, masks = DUSK[0].clone(), DUSK[1]
    style[:, :, 9:] = style[:, :, 9:].flip(0)  # left red, right blue
    picture = solve_pixels(*DAY, style, masks, Tiny(), replace(QUICK, steps=40)).picture
    redness = (picture[0] - picture[2]).mean(0)
    assert redness[:9].mean() > 0.1 and redness[-9:].mean() < -0.1


def test_gradient_of_the_objective():
    terms_of = PixelObjective(*DAY, *DUSK, Tiny().double(), QUICK)
    laplacian = matting_laplacian(DAY[0])
    picture = (DAY[0].double() + 0.01 * torch.randn(DAY[0].shape, generator=torch.Generator().manual_seed(2))).requires_grad_()
    total = lambda v: sum(terms_of(v, laplacian).values())
    (gradient,) = torch.autograd.grad(total(picture), picture)
    along = torch.randn(picture.shape, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    with torch.no_grad():
        difference = (total(picture + 1e-2 * along) - total(picture - 1e-2 * along)) / 2e-2
    torch.testing.assert_close(difference, (gradient * along).sum(), rtol=0.05, atol=0)


def test_vgg_terms_are_the_released_codes():
    torch.manual_seed(0)
    vgg = Vgg19().eval().requires_grad_(False)
    content, masks = scene(32, 48)
    style, theirs = scene(40, 32, 1, (1.0, 0.6, 0.4))
    w = PixelWeights()
    terms = PixelObjective(content, masks, style, theirs, vgg, w)(style[:, :32].repeat(1, 1, 2)[:, :, :48])
    picture = style[:, :32].repeat(1, 1, 2)[:, :, :48]
    s, expected = 256 * 0.226, 0.0
    ours, goals = vgg(picture[None]), vgg(style[None])
    spread, spread_style = vgg.spread(masks[None]), vgg.spread(theirs[None])
    for layer in vgg.style_layers:
        for r in range(2):
            m = spread[layer][0, r].flatten()
            grams = []
            for features, mask in ((ours, m), (goals, spread_style[layer][0, r].flatten())):
                f = s * features[layer][0].flatten(1)
                grams.append((f * mask) @ f.T / (len(f) * mask.sum()))
            expected += w.style * masks[r].mean() * (grams[0] - grams[1]).pow(2).mean()
    torch.testing.assert_close(terms["style"], expected, rtol=1e-3, atol=0)
    distance = (s * (ours["relu4_2"] - vgg(content[None], ["relu4_2"])["relu4_2"])).pow(2).mean()
    torch.testing.assert_close(terms["content"], 5 * distance, rtol=1e-4, atol=0)


def test_photorealism_and_variation_are_sums_over_pixels():
    terms_of = PixelObjective(*DAY, *DUSK, Tiny(), PixelWeights())
    picture = torch.rand(3, 20, 24, generator=torch.Generator().manual_seed(1))
    laplacian = matting_laplacian(DAY[0], dtype=torch.float32)
    terms = terms_of(picture, laplacian)
    energy = sum(v @ (laplacian @ v) for v in picture.flatten(1))
    torch.testing.assert_close(terms["photorealism"], 1e4 * energy, rtol=1e-4, atol=0)
    squares = sum((256 * picture).diff(dim=d).pow(2).sum() for d in (1, 2))
    torch.testing.assert_close(terms["variation"], 1e-3 / 2 * squares, rtol=0.1, atol=0)  # the mean counts a line more


def test_a_diverging_solve_stops_with_the_best_picture(monkeypatch):
    def broken(self, picture, laplacian=None):
        return {"style": ((picture - 0.5).pow(2).sum() if picture.min() > 0.3 else picture.sum() * float("nan"))}

    monkeypatch.setattr(objective.PixelObjective, "__call__", broken)
    monkeypatch.setattr(descent, "CODES", 1e-3)  # a first step far too long
    solution = solve_pixels(*DAY, *DUSK, Tiny(), QUICK)
    assert not solution.converged and solution.picture.isfinite().all() and solution.iterations < 24


def test_a_solve_that_fails_once_goes_on_from_its_best_picture(monkeypatch):
    calls, honest = [], objective.PixelObjective.__call__

    def failing(self, picture, laplacian=None):
        calls.append(None)
        terms = honest(self, picture, laplacian)
        return {name: term * float("nan") for name, term in terms.items()} if len(calls) in (4, 20) else terms

    monkeypatch.setattr(objective.PixelObjective, "__call__", failing)
    solution = solve_pixels(*DAY, *DUSK, Tiny(), QUICK)
    assert solution.converged and solution.iterations == 24 and solution.picture.isfinite().all()


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        ({"content": DAY[0][None]}, OptionError, r"content must have shape \(3, h, w\), got \(1, 3, 20, 24\); give RGB without"),
        ({"style_masks": DAY[1]}, MaskError, r"style masks must have shape \(R, 22, 18\), got \(2, 20, 24\); resize them"),
        ({"content_masks": DAY[1][:1]}, MaskError, "as many masks, got 1 and 2; give a row, empty or not, for each"),
    ],
)
def test_what_does_not_fit_is_said(change, error, text):
    given = {"content": DAY[0], "content_masks": DAY[1], "style": DUSK[0], "style_masks": DUSK[1]} | change
    with pytest.raises(error, match=text):
        solve_pixels(**given, encoder=Tiny(), weights=QUICK)
