"""The painter on tiny photos: it takes the hand, keeps what it is told to keep, and bears weights that are too high."""

import numpy as np
import pytest
import torch

from photostyle import transfer
from photostyle.colour import srgb_to_oklab
from photostyle.encoders import load_encoder
from photostyle.methods.paint.colours import in_colours_of, with_colours_of
from photostyle.methods.paint.objective import PaintObjective, PaintWeights
from photostyle.methods.paint.solver import _Painter, scales

WHOLE = torch.ones(1, 64, 64)
QUICK = {"method": "paint", "size": 64, "steps": 20}


def waves(period, tint, height=64, width=64):
    y, x = np.mgrid[0:height, 0:width]
    grey = 0.5 + 0.3 * np.sin((x + y) / period)[..., None]
    return (grey * np.array(tint)).astype(np.float32)


def planes(pixels):
    return torch.from_numpy(pixels).permute(2, 0, 1).contiguous()


PHOTO, PAINTING = waves(9, (0.6, 0.8, 1.0)), waves(1.5, (1.0, 0.7, 0.3))


def objective(hand="gram"):
    encoder = load_encoder("compact")
    return PaintObjective(planes(PHOTO), WHOLE, planes(PAINTING), WHOLE, encoder, PaintWeights(hand=hand))


@pytest.mark.parametrize("hand", ["gram", "moments"])
def test_the_style_itself_has_its_hand_and_the_photo_shows_itself(hand):
    terms = objective(hand)
    assert terms(planes(PAINTING))["style"] < 0.05 * terms(planes(PHOTO))["style"]
    assert terms(planes(PHOTO))["content"] == 0 < terms(planes(PAINTING))["content"]


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


def test_a_rate_that_is_too_high_is_lowered_and_said():
    class Wild(PaintObjective):
        calls = 0

        def __call__(self, picture):
            self.calls += 1
            terms = super().__call__(picture)
            if self.calls == 3:
                terms["style"] = terms["style"] * float("nan")
            return terms

    wild = Wild(planes(PHOTO), WHOLE, planes(PAINTING), WHOLE, load_encoder("compact"), PaintWeights())
    painter = _Painter(PaintWeights(steps=6), 0, lambda progress: None)
    painter(planes(PHOTO), wild, WHOLE, 6)
    assert painter.restarts == 1 and painter.rate == PaintWeights().rate / 4
    assert len(painter.history) == 6 and painter.picture.isfinite().all()


def test_colours_are_given_and_kept():
    covariance, mean = torch.eye(3)[None] * 0.01, torch.tensor([[[0.6], [0.5], [0.4]]])
    moved = in_colours_of(planes(PHOTO), [covariance, mean], WHOLE)
    assert torch.allclose(moved.mean((1, 2)), mean[0, :, 0], atol=0.03)
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
