"""Our SegFormer and FPN take the state dicts that segmentation-models-pytorch saves, and compute the same."""

from collections.abc import Callable

import pytest
import segmentation_models_pytorch as smp
import torch
from safetensors.torch import load_file
from torch import nn

from photostyle import models
from photostyle.errors import PhotoError
from photostyle.networks import MIX_TRANSFORMERS, Fpn, MixTransformer, RegNetY, SegFormer, network_from_state
from photostyle.regions.segment.scene import scene_network

WEIGHTS = models.find("scene")

CLASSES = 14
LARGE = ("mit_b2", "mit_b3", "mit_b4", "mit_b5")
BY_SIZE = [pytest.param(name, marks=pytest.mark.slow if name in LARGE else ()) for name in MIX_TRANSFORMERS]


def smp_fpn() -> nn.Module:
    options = {"decoder_pyramid_channels": 128, "decoder_segmentation_channels": 96, "decoder_dropout": 0.1}
    return smp.FPN("tu-regnety_004", encoder_weights=None, classes=CLASSES, **options)


def smp_segformer(encoder: str, width: int = 256) -> nn.Module:
    return smp.Segformer(encoder, encoder_weights=None, decoder_segmentation_channels=width, classes=CLASSES)


def our_fpn() -> Fpn:
    return Fpn(RegNetY(), CLASSES)


def our_segformer(encoder: str, width: int = 256) -> SegFormer:
    return SegFormer(MixTransformer(MIX_TRANSFORMERS[encoder]), CLASSES, width=width)


@torch.no_grad()
def fill_with_random_numbers(network: nn.Module) -> None:
    """Also what networks start with as zeros and ones: norms, biases, running statistics."""
    generator = torch.Generator().manual_seed(0)
    for name, tensor in network.state_dict().items():
        if name.endswith("running_var"):
            tensor.uniform_(0.5, 2, generator=generator)
        elif tensor.is_floating_point() and tensor.ndim == 1:
            tensor.add_(0.2 * torch.randn(tensor.shape, generator=generator))


def assert_same(ours: Callable[[], nn.Module], theirs: nn.Module) -> None:
    """The same names and shapes of tensors, which `network_from_state` demands, and the same logits."""
    fill_with_random_numbers(theirs)
    copy = network_from_state(ours, theirs.state_dict()).eval()
    photo = torch.randn(2, 3, 64, 96, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        expected = theirs.eval()(photo)
        assert expected.std() > 0.05, "the comparison must see something"
        torch.testing.assert_close(copy(photo), expected, rtol=1e-5, atol=2e-5)


def test_fpn_computes_what_smp_computes():
    assert_same(our_fpn, smp_fpn())


def test_fpn_with_the_shipped_weights_computes_what_smp_computes():
    if not WEIGHTS.exists():
        pytest.skip("the scene segmenter has no weights yet: scripts/train_segmenter.py makes them")
    state = {name: tensor for name, tensor in load_file(WEIGHTS).items() if not name.startswith("embedding_head")}
    ours = network_from_state(our_fpn, state).eval()
    theirs = smp_fpn().eval()
    theirs.load_state_dict({name: tensor.float() for name, tensor in state.items()}, strict=False)
    photo = torch.rand(1, 3, 96, 128, generator=torch.Generator().manual_seed(2)) * 2 - 1
    with torch.inference_mode():
        assert torch.equal(ours(photo), theirs(photo))


@pytest.mark.parametrize("encoder", BY_SIZE)
def test_segformer_computes_what_smp_computes(encoder):
    assert_same(lambda: our_segformer(encoder), smp_segformer(encoder))


PUBLISHED = {"mit_b0": 3.8, "mit_b1": 13.7, "mit_b2": 27.5, "mit_b3": 47.3, "mit_b4": 64.1, "mit_b5": 84.7}


@pytest.mark.parametrize("encoder", MIX_TRANSFORMERS)
def test_segformer_has_as_many_parameters_as_published(encoder):
    """Xie et al. 2021, table 1, in millions."""
    width = 256 if encoder in ("mit_b0", "mit_b1") else 768
    with torch.device("meta"):
        network = SegFormer(MixTransformer(MIX_TRANSFORMERS[encoder]), 150, width=width)
    millions = sum(parameter.numel() for parameter in network.parameters()) / 1e6
    assert round(millions, 1) == PUBLISHED[encoder]


def test_what_we_save_smp_loads():
    smp_fpn().load_state_dict(our_fpn().state_dict())
    smp_segformer("mit_b0").load_state_dict(our_segformer("mit_b0").state_dict())


@pytest.mark.parametrize("build", [our_fpn, lambda: our_segformer("mit_b0")])
def test_any_multiple_of_32_gives_logits_of_the_same_size(build):
    network = build().eval()
    with torch.inference_mode():
        for height, width in ((32, 32), (64, 32), (96, 160)):
            assert network(torch.zeros(1, 3, height, width)).shape == (1, CLASSES, height, width)


def test_a_side_that_the_pyramid_cannot_halve_is_said():
    with pytest.raises(PhotoError, match="the sides must be multiples of 32, got 40 x 64; resize the photo"):
        our_fpn()(torch.zeros(1, 3, 64, 40))


@pytest.mark.parametrize("build", [our_fpn, lambda: our_segformer("mit_b0")])
def test_every_parameter_learns(build):
    torch.manual_seed(0)
    network = build().train()
    fill_with_random_numbers(network)
    network(torch.randn(2, 3, 64, 64)).square().mean().backward()
    assert_learned(network)


def test_every_parameter_of_both_heads_learns():
    torch.manual_seed(0)
    network = scene_network().train()
    fill_with_random_numbers(network)
    logits, embedding = network.both_heads(torch.randn(2, 3, 64, 64))
    (logits.square().mean() + embedding[:, 0].mean()).backward()
    assert_learned(network)


def assert_learned(network: nn.Module) -> None:
    assert not [name for name, parameter in network.named_parameters() if parameter.grad is None or not parameter.grad.any()]


def test_a_second_head_changes_no_bit_of_the_first():
    torch.manual_seed(0)
    network = scene_network().eval()
    state = {name: tensor for name, tensor in network.state_dict().items() if not name.startswith("embedding_head")}
    photo = torch.randn(1, 3, 64, 96)
    with torch.inference_mode():
        logits, embedding = network.both_heads(photo)
        assert torch.equal(logits, network_from_state(our_fpn, state).eval()(photo))
    assert embedding.shape == (1, 16, 16, 24)


def test_a_network_of_one_head_says_so():
    with pytest.raises(ValueError, match="the network has no second head; build it with embedding_width"):
        our_fpn().both_heads(torch.zeros(1, 3, 64, 64))


def test_training_from_scratch_starts_with_logits_of_a_sane_size():
    torch.manual_seed(0)
    logits = scene_network().train()(torch.randn(2, 3, 96, 96))
    assert 0.05 < logits.std() < 5
