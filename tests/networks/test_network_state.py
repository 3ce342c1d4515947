"""A network from a state dict: whole, in float32, or refused."""

import pytest
import torch
from torch import nn

from photostyle.errors import ModelError
from photostyle.networks import network_from_state


def small() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4))


def test_the_weights_are_those_given_and_nothing_is_left_empty():
    state = small().state_dict()
    network = network_from_state(small, state)
    for name, tensor in network.state_dict().items():
        assert not tensor.is_meta and torch.equal(tensor, state[name])
    assert network[0].weight.requires_grad


def test_half_precision_becomes_float32_and_counters_may_be_missing():
    state = {name: tensor.half() for name, tensor in small().state_dict().items() if tensor.is_floating_point()}
    network = network_from_state(small, state)
    assert network[0].weight.dtype == torch.float32 and network[1].num_batches_tracked == 0


def test_a_state_of_another_network_is_refused():
    state = small().state_dict()
    without = {name: tensor for name, tensor in state.items() if name != "0.bias"}
    with pytest.raises(ModelError, match=r"the weights lack the tensor 0\.bias"):
        network_from_state(small, without)
    with pytest.raises(ModelError, match=r"the network has no tensor 2\.bias"):
        network_from_state(small, state | {"2.bias": torch.zeros(4)})
    with pytest.raises(ModelError, match=r"the tensor 0\.bias must have shape \(4,\), got \(5,\)"):
        network_from_state(small, state | {"0.bias": torch.zeros(5)})


def test_random_numbers_are_neither_made_nor_used_up():
    state = small().state_dict()
    before = torch.get_rng_state()
    network_from_state(small, state)
    assert torch.equal(torch.get_rng_state(), before)
