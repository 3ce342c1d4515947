"""What every encoder keeps to, whatever its network."""

from functools import cache

import pytest
import torch

from photostyle.encoders import Compact, Vgg16, Vgg19, load_encoder
from photostyle.errors import OptionError

NAMES = ("compact", "compact5", "vgg19", "vgg16")
SIZES = [(37, 53), (64, 47), (31, 32)]


@cache
def encoder_of(name):
    torch.manual_seed(0)
    if name in ("compact", "compact5"):
        return load_encoder(name)
    return {"vgg19": Vgg19, "vgg16": Vgg16}[name]().eval().requires_grad_(False)


@pytest.fixture(params=NAMES)
def encoder(request):
    return encoder_of(request.param)


def photo(height, width, batch=1):
    return torch.rand(batch, 3, height, width, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("size", SIZES)
def test_published_layers_match_what_comes_out(encoder, size):
    features = encoder(photo(*size))
    assert tuple(features) == encoder.layers == tuple(encoder.strides)
    for name, f in features.items():
        stride = encoder.strides[name]
        assert f.shape == (1, encoder.channels[name], size[0] // stride, size[1] // stride)


def test_style_and_content_layers_are_among_the_layers(encoder):
    assert set(encoder.style_layers) <= set(encoder.layers)
    assert encoder.content_layer in encoder.layers


def test_names_are_the_fields():
    assert encoder_of("vgg19").layers[-1] == "relu5_4" and encoder_of("vgg16").layers[-1] == "relu5_3"
    assert len(encoder_of("vgg19").layers) == 16 and len(encoder_of("vgg16").layers) == 13
    assert encoder_of("vgg19").content_layer == "relu4_2"
    assert encoder_of("vgg19").style_layers == tuple(f"relu{k}_1" for k in range(1, 6))


def test_only_the_layers_asked_for_come_out_and_alike(encoder):
    x, chosen = photo(40, 33), encoder.style_layers[1::2]
    some, every = encoder(x, chosen), encoder(x)
    assert tuple(some) == chosen
    for name in chosen:
        torch.testing.assert_close(some[name], every[name])


def test_it_stops_at_the_deepest_layer_asked(encoder):
    ran = []
    hooks = [step.register_forward_hook(lambda s, *_: ran.append(s.name)) for step in encoder.steps]
    encoder(photo(32, 32), ["relu2_1", "relu1_1"])
    for hook in hooks:
        hook.remove()
    assert ran[-1] == "relu2_1"


def test_no_layers_asked_gives_none(encoder):
    assert encoder(photo(32, 32), []) == {}


def test_gradient_reaches_the_photo_and_not_the_weights(encoder):
    x = photo(35, 41).requires_grad_(True)
    sum(f.square().mean() for f in encoder(x).values()).backward()
    assert x.grad.isfinite().all() and (x.grad.abs().sum((0, 1)) > 0).float().mean() > 0.9
    assert all(not p.requires_grad and p.grad is None for p in encoder.parameters())


def test_a_kept_layer_is_not_written_over_by_the_next(encoder):
    x = photo(32, 32)
    alone, among = encoder(x, ["relu1_1"]), encoder(x)
    torch.testing.assert_close(alone["relu1_1"], among["relu1_1"])


def test_photos_of_a_batch_do_not_mix(encoder):
    x = photo(32, 37, batch=2)
    both, second = encoder(x), encoder(x[1:])
    for name in encoder.style_layers:
        torch.testing.assert_close(both[name][1:], second[name], rtol=1e-4, atol=1e-4)


def test_features_are_finite_on_flat_and_outlying_colours(encoder):
    for value in (-0.2, 0.0, 1.0, 1.5):
        assert all(f.isfinite().all() for f in encoder(torch.full((1, 3, 32, 32), value)).values())


@pytest.mark.parametrize("size", SIZES)
def test_spread_of_ones_is_ones_at_each_layers_size(encoder, size):
    features, spread = encoder(photo(*size)), encoder.spread(torch.ones(1, 2, *size))
    assert tuple(spread) == encoder.layers
    for name, mask in spread.items():
        assert mask.shape == (1, 2, *features[name].shape[2:])
        assert torch.equal(mask, torch.ones_like(mask))


def test_spread_keeps_a_partition(encoder):
    masks = torch.rand(1, 3, 45, 38).softmax(1)
    for mask in encoder.spread(masks, encoder.style_layers).values():
        torch.testing.assert_close(mask.sum(1), torch.ones_like(mask.sum(1)))


def test_spread_blurs_as_far_as_the_network_sees(encoder):
    x = photo(64, 64).requires_grad_(True)
    name = encoder.style_layers[2]
    f = encoder(x, [name])[name]
    f[0, :, f.shape[2] // 2, f.shape[3] // 2].sum().backward()
    seen = x.grad.abs().sum((0, 1)) > 0
    mask = torch.zeros(1, 1, 64, 64, requires_grad=True)
    m = encoder.spread(mask, [name])[name]
    m[0, 0, m.shape[2] // 2, m.shape[3] // 2].backward()
    reached = mask.grad[0, 0] > 0
    assert not (seen & ~reached).any(), "the network sees pixels that the mask does not reach"


def test_the_smallest_photo_is_taken_and_a_smaller_one_refused(encoder):
    side = encoder.smallest
    assert all(min(f.shape) >= 1 for f in encoder(photo(side, side + 3)).values())
    with pytest.raises(OptionError, match=rf"needs at least {side} x {side} px, got {side} x {side - 1}; give"):
        encoder(photo(side - 1, side))
    with pytest.raises(OptionError, match="needs at least"):
        encoder.spread(torch.ones(1, 1, side - 1, side))


def test_wrong_shapes_and_layers_are_refused_in_one_line(encoder):
    with pytest.raises(OptionError, match=r"photo must have shape \(B, 3, H, W\), got \(3, 32, 32\); give RGB"):
        encoder(photo(32, 32)[0])
    with pytest.raises(OptionError, match="has no layer relu9_1; it has relu1_1"):
        encoder(photo(32, 32), ["relu9_1"])
    with pytest.raises(OptionError, match=r"masks must have shape \(B, R, H, W\)"):
        encoder.spread(torch.ones(32, 32))


def test_any_memory_layout_gives_the_same_features(encoder):
    x = photo(33, 40)
    planar, interleaved = encoder(x), encoder(x.contiguous(memory_format=torch.channels_last))
    for name in encoder.style_layers:
        torch.testing.assert_close(planar[name], interleaved[name], rtol=1e-4, atol=1e-4)


def test_compact_is_its_own_network_of_any_width():
    from photostyle.encoders.compact import Widths

    torch.manual_seed(0)
    network = Compact(Widths((4, 5, 6, 7), (3, 4, 5), blocks=1))
    weights = network.links.state_dict()
    assert Widths.of(weights) == Widths((4, 5, 6, 7), (3, 4, 5), blocks=1)
    assert list(network.channels.values()) == [4, 5, 6, 7]
