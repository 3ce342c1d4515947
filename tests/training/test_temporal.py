"""The temporal loss: nothing for what moves with its picture, something for what does not, and it teaches."""

import torch
from torch.nn import functional as F

from photostyle.encoders import load_encoder
from photostyle.networks import Stylizer, StylizerShape
from photostyle.training.named_styles import NamedStyles
from photostyle.training.photos import TrainingPhotos
from photostyle.training.temporal import NOISE, SHIFT, draw_motion, temporal_term

SIZE = 64


def photos(count=2):
    coarse = torch.rand(count, 3, 9, 9, generator=torch.Generator().manual_seed(1))
    return F.interpolate(coarse, (SIZE, SIZE), mode="bicubic").clamp(0, 1)


def drawn(seed=0, count=2):
    return draw_motion(count, SIZE, torch.Generator().manual_seed(seed))


def test_motion_is_smooth_and_its_own_for_each_piece():
    flow, noise = drawn(count=8)
    assert flow.shape == (8, SIZE, SIZE, 2) and noise.shape == (8, 3, SIZE, SIZE)
    assert (flow[:, 1:] - flow[:, :-1]).abs().max() < 1.5  # pixels to the pixel
    assert flow.mean((1, 2)).std(0).min() > 1
    assert flow.abs().max() < SHIFT + 60 and 0 < noise.std() < NOISE
    again, _ = drawn(count=8)
    assert torch.equal(flow, again)


def test_a_pointwise_painter_keeps_still_and_one_that_hangs_on_the_frame_does_not():
    given = photos()
    flow, noise = drawn()
    colours = temporal_term(lambda x: 1 - x, given, 1 - given, flow, 0 * noise)
    weave = 0.2 * torch.eye(2).repeat(SIZE // 2, SIZE // 2)  # a pattern of the screen
    stuck = temporal_term(lambda x: x + weave, given, given + weave, flow, 0 * noise)
    assert colours < 1e-4 and stuck > 0.5


def test_noise_counts_as_far_as_it_is_painted():
    given = photos()
    flow, noise = drawn()
    steep = temporal_term(lambda x: (4 * x).clamp(0, 4), given, 4 * given, flow, noise)
    flat = temporal_term(lambda x: x / 4, given, given / 4, flow, noise)
    assert steep > 10 * flat > 0


def test_a_network_learns_to_keep_still():
    torch.manual_seed(0)
    network = Stylizer(StylizerShape(width=4, residuals=1))
    optimiser = torch.optim.Adam(network.parameters(), 0.01)
    given = photos()
    losses = []
    for step in range(12):
        flow, noise = drawn(step)
        made = network(given, network.norms)
        loss = temporal_term(lambda x: network(x, network.norms), given, made, flow, noise)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert sum(losses[-3:]) < 0.6 * sum(losses[:3])


def test_a_training_has_the_term_where_it_has_a_weight():
    random = torch.Generator().manual_seed(0)
    pieces = (255 * photos(3)).to(torch.uint8).movedim(1, -1).numpy()
    for weight in (0.0, 2.0):
        network = Stylizer(StylizerShape(width=4, residuals=1))
        network.initialise(0)
        task = NamedStyles(
            network, {"wave": photos(1)[0]}, load_encoder("compact"), TrainingPhotos(list(pieces), SIZE), {"temporal": weight}
        )
        given = task.draw(2, random)
        terms = task.terms(given)
        assert len(given) == (4 if weight else 2) and ("temporal" in terms) == bool(weight)
        if weight:
            (gradient,) = torch.autograd.grad(terms["temporal"], [network.stem.weight])
            assert gradient.abs().max() > 0
