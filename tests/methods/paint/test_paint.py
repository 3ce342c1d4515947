"""The painter on tiny photos: it takes the hand, keeps what it is told to keep, and bears weights that are too high."""

import numpy as np
import pytest
import torch

from photostyle import transfer
from photostyle.colour import srgb_to_oklab
from photostyle.encoders import load_encoder
from photostyle.errors import OptionError
from photostyle.events import Tell
from photostyle.methods.paint import PaintOptions
from photostyle.methods.paint.colours import mixed_moments, moved_colours, with_colours_of
from photostyle.methods.paint.descent import RATES, Descent
from photostyle.methods.paint.objective import PaintObjective, StyleAtScale
from photostyle.methods.paint.solver import RESTARTED, scales

WHOLE, ALL = torch.ones(1, 64, 64), torch.ones(1)
QUICK = {"method": "paint", "size": 64, "steps": 20, "encoder": "compact"}


def waves(period, tint, height=64, width=64):
    y, x = np.mgrid[0:height, 0:width]
    grey = 0.5 + 0.3 * np.sin((x + y) / period)[..., None]
    return (grey * np.array(tint)).astype(np.float32)


def planes(pixels):
    return torch.from_numpy(pixels).permute(2, 0, 1).contiguous()


PHOTO, PAINTING = waves(9, (0.6, 0.8, 1.0)), waves(1.5, (1.0, 0.7, 0.3))


def objective(**options):
    styles = [StyleAtScale(planes(PAINTING), WHOLE, ALL)]
    return PaintObjective(planes(PHOTO), WHOLE, styles, load_encoder("compact"), PaintOptions(**options))


@pytest.mark.parametrize("hand", ["gram", "moments", "nn"])
def test_the_style_itself_has_its_hand_and_the_photo_shows_itself(hand):
    terms = objective(hand=hand)
    (painting, _), (photo, _) = terms(planes(PAINTING)), terms(planes(PHOTO))
    assert painting["style"] < 0.05 * photo["style"]
    assert photo["content"] == 0 < painting["content"]


@pytest.mark.parametrize(
    "options", [{}, {"hand": "gram"}, {"hand": "gram", "normalise": "gatys"}, {"hand": "gram", "normalise": "mean"}]
)
def test_the_gradient_is_that_of_the_total(options):
    terms = objective(**options)
    picture = torch.rand(3, 64, 64, generator=torch.Generator().manual_seed(0))
    _, gradient = terms(picture)
    way = gradient / gradient.abs().max()
    ahead, behind = (terms(picture + sign * 1e-3 * way)[0]["total"] for sign in (1, -1))
    assert float((gradient * way).sum()) == pytest.approx((ahead - behind) / 2e-3, rel=0.05)


def test_colours_weigh_more_beside_nearest_features():
    colour = {hand: objective(hand=hand)(planes(PHOTO))[0]["colour"] for hand in ("nn", "moments")}
    assert colour["nn"] == pytest.approx(4 * colour["moments"])


def test_a_painting_comes_nearer_to_the_hand_and_has_the_photos_size():
    photo = waves(9, (0.6, 0.8, 1.0), 50, 70)
    result = transfer(photo, PAINTING, **(QUICK | {"steps": 60}))
    assert result.photo.pixels.shape == (50, 70, 3) and len(result.history) == 60
    assert result.history[-1]["style"] < 0.8 * result.history[0]["style"]
    assert result.transform.provenance.method == "paint" and [pair.content for pair in result.pairs] == ["all"]


def test_the_photos_own_colours_are_kept_where_that_is_asked():
    own = transfer(PHOTO, PAINTING, keep_colour=True, **QUICK).photo.pixels
    anew = transfer(PHOTO, PAINTING, **QUICK).photo.pixels
    colour = lambda pixels: srgb_to_oklab(planes(pixels))[1:]
    apart = lambda pixels: float((colour(pixels) - colour(PHOTO)).abs().mean())
    assert apart(own) < 0.3 * apart(anew)


def test_what_is_protected_stays_as_it_is():
    mask = np.zeros((64, 64), np.uint8)
    mask[:, 32:] = 1
    masks = {"sea": (mask == 0).astype(np.float32), "boat": mask.astype(np.float32)}
    made = transfer(PHOTO, PAINTING, content_mask=masks, style_mask=masks, protect="boat", hard_masks=True, **QUICK).photo.pixels
    assert np.abs(made - PHOTO)[:, 34:].max() < 1e-3 < np.abs(made - PHOTO)[:, :30].max()


def test_a_painting_from_noise_goes_by_the_seed():
    made = [transfer(PHOTO, PAINTING, start="noise", seed=seed, **QUICK).photo.pixels for seed in (1, 1, 2)]
    assert np.array_equal(made[0], made[1]) and not np.array_equal(made[0], made[2])


class Wild(PaintObjective):
    """Diverges at some calls."""

    bad: tuple[int, ...] = (3,)
    calls = 0

    def __call__(self, picture, content_factor=1.0):
        self.calls += 1
        numbers, gradient = super().__call__(picture, content_factor)
        if self.calls in self.bad:
            numbers["total"] = float("nan")
        return numbers, gradient


def descend(bad, steps=6):
    styles = [StyleAtScale(planes(PAINTING), WHOLE, ALL)]
    settings = PaintOptions(steps=steps)
    wild = Wild(planes(PHOTO), WHOLE, styles, load_encoder("compact"), settings)
    wild.bad = bad
    descent = Descent(settings, Tell(), lambda state: None)
    state = descent.begin(planes(PHOTO))
    descent(state, wild, planes(PHOTO), torch.zeros(64, 64), steps)
    return state


def test_a_rate_that_is_too_high_is_lowered():
    state = descend((3,))
    assert state.restarts == 1 and state.rate == RATES["pyramid"] / 4
    assert len(state.history) == 6 and state.picture.isfinite().all()


def test_a_painting_that_always_diverges_ends_with_a_picture():
    state = descend(tuple(range(2, 100)))
    assert state.restarts == 3 and len(state.history) < 6 and state.picture.isfinite().all()


def test_a_restart_is_said():
    result = transfer(PHOTO, PAINTING, rate=100.0, optimiser="lbfgs", **(QUICK | {"steps": 5}))
    assert RESTARTED in result.notes and np.isfinite(result.photo.pixels).all()


def test_colours_are_given_and_kept():
    goal = mixed_moments([planes(PAINTING)], [WHOLE], [ALL])
    moved = moved_colours(planes(PHOTO), goal, WHOLE)
    assert torch.allclose(moved.mean((1, 2)), planes(PAINTING).mean((1, 2)), atol=0.03)
    both = srgb_to_oklab(with_colours_of(planes(PAINTING) * 0.5 + 0.2, planes(PHOTO)))
    assert torch.allclose(both[0], srgb_to_oklab(planes(PAINTING) * 0.5 + 0.2)[0], atol=0.03)


def test_scales_end_at_the_size_and_take_all_steps():
    assert scales(512, 300)[-1][0] == 512 and sum(steps for _, steps in scales(512, 301)) == 301
    assert scales(64, 10) == [(64, 10)] and scales(1024, 2) == [(724, 1), (1024, 1)]


def test_strokes_are_not_lost_where_the_photo_is_larger(tmp_path):
    """A field is carried to a larger photo by its edges; a painting has edges of its own."""
    from photostyle import load_transform, relight

    plain = np.full((128, 128, 3), 0.5, np.float32)
    plain[:, 64:] = 0.6
    result = transfer(plain, PAINTING, content_weight=0.1, **(QUICK | {"steps": 40}))
    assert result.photo.pixels[:, :60].std() > 0.02
    result.transform.save(tmp_path / "painting.safetensors")
    again = relight(plain, load_transform(tmp_path / "painting.safetensors")).photo.pixels
    assert np.abs(again - result.photo.pixels).max() < 2e-3


def colour_apart(pixels, others):
    return float((planes(pixels).mean((1, 2)) - planes(others).mean((1, 2))).abs().max())


def test_texture_alone_keeps_the_photos_colours_and_colour_alone_its_texture():
    texture = transfer(PHOTO, PAINTING, texture_only=True, **QUICK)
    assert colour_apart(texture.photo.pixels, PHOTO) < 0.05 < colour_apart(texture.photo.pixels, PAINTING)
    assert texture.history[-1]["style"] < texture.history[0]["style"]
    colour = transfer(PHOTO, PAINTING, colour_only=True, **QUICK)
    assert not colour.history and colour_apart(colour.photo.pixels, PAINTING) < 0.08
    shape = lambda pixels: np.corrcoef(pixels.mean(2).ravel(), PHOTO.mean(2).ravel())[0, 1]
    assert shape(colour.photo.pixels) > 0.99


def test_a_schedule_gives_content_more_weight_at_one_end():
    content = {}
    for schedule in ("even", "to-style", "to-content"):
        history = transfer(PHOTO, PAINTING, schedule=schedule, **QUICK).history
        content[schedule] = [step["content"] for step in history]
    assert content["to-style"][0] == pytest.approx(4 * content["even"][0], rel=1e-3)
    assert content["to-content"][0] == pytest.approx(content["even"][0] / 4, rel=1e-3)


def test_what_cannot_be_is_said_in_one_line():
    for options, text in [
        ({"style_layers": "relu9_1"}, "compact has no layer 'relu9_1'; it has relu1_1, relu2_1"),
        ({"content_layers": ("relu3_1=-1",)}, "a layer's weight must be a number above 0"),
        ({"keep_colour": True, "colour_only": True}, "keep_colour and colour_only exclude each other"),
        ({"normalise": "mean", "hand": "nn"}, "normalise mean is for the hand gram"),
    ]:
        with pytest.raises(OptionError, match=text):
            transfer(PHOTO, PAINTING, **options, **QUICK)


def test_flat_styles_small_styles_and_tiny_photos_are_borne():
    flat = np.full((64, 64, 3), (0.2, 0.5, 0.7), np.float32)
    for hand in ("gram", "moments", "nn"):
        result = transfer(PHOTO, flat, hand=hand, **QUICK)
        assert np.isfinite(result.photo.pixels).all() and any("one flat colour" in note for note in result.notes)
    small = transfer(PHOTO, PAINTING[:24, :24], brush=4, **QUICK)
    assert any("has 24 pixels, and would need 256" in note for note in small.notes)
    assert transfer(PHOTO[:16, :16], PAINTING, **QUICK).photo.size == (16, 16)


def test_along_the_edge_a_picture_is_seen_as_if_it_went_on_mirrored():
    photo = planes(PHOTO)
    beyond = torch.nn.functional.pad(photo[None], (32, 32, 32, 32), mode="reflect")[0]
    height, width = photo.shape[1:]
    ours = objective()._whole_features(photo, ("relu1_1", "relu2_1"))
    for layer, stride in (("relu1_1", 1), ("relu2_1", 2)):
        padded = load_encoder("compact")(beyond[None], (layer,))[layer][0]
        first = 32 // stride
        theirs = padded[:, first : first + height // stride, first : first + width // stride]
        torch.testing.assert_close(ours[layer], theirs)
