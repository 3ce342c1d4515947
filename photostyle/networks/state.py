"""A network made of the weights in a state dict."""

from collections.abc import Callable, Mapping
from typing import TypeVar

import torch
from torch import Tensor, nn

from photostyle.errors import ModelError

Network = TypeVar("Network", bound=nn.Module)
COUNTER = "num_batches_tracked"  # of batch norms; only training with a cumulative average reads it


def network_from_state(build: Callable[[], Network], state: Mapping[str, Tensor]) -> Network:
    """The network that `build` makes, with the weights of a state dict.

    The network is built without memory and takes the tensors for its own, so no time goes into random weights.

    Args:
        build: makes the network; it must set up its tensors by torch's layers alone.
        state: a tensor for each parameter and buffer; floating-point ones become float32. The counters of batch norms
            may be missing.

    Returns:
        The network, on the CPU.

    Raises:
        ModelError: when a tensor is missing, has another shape, or belongs to no part of the network.

    Example:
        >>> network_from_state(lambda: nn.Linear(2, 1), {"weight": torch.ones(1, 2), "bias": torch.zeros(1)})
        Linear(in_features=2, out_features=1, bias=True)
    """
    with torch.device("meta"):
        network = build()
    taken: dict[str, Tensor] = {}
    for name, expected in network.state_dict().items():
        taken[name] = _fitting(name, expected, state)
    for name in state:
        if name not in taken:
            raise ModelError(f"the network has no tensor {name}")
    network.load_state_dict(taken, assign=True)
    return network


def trained_network(build: Callable[[], Network], state: Mapping[str, Tensor]) -> Network:
    """The network of a file, ready for use: as `network_from_state`, all its weights checked to be numbers.

    Raises:
        ModelError: as for `network_from_state`.
        ValueError: weights are not numbers.
    """
    network = network_from_state(build, state)
    if not all(bool(tensor.isfinite().all()) for tensor in network.state_dict().values()):
        raise ValueError("its weights are not numbers")
    return network.eval().requires_grad_(False)


def stored_state(network: nn.Module) -> dict[str, Tensor]:
    """The tensors of a network as they stand in a file: in half precision, on the CPU."""
    return {name: tensor.detach().cpu().half().contiguous() for name, tensor in network.state_dict().items()}


def _fitting(name: str, expected: Tensor, state: Mapping[str, Tensor]) -> Tensor:
    """The tensor of this name, or ModelError."""
    if name not in state:
        if name.endswith(COUNTER):
            return torch.zeros((), dtype=torch.long)
        raise ModelError(f"the weights lack the tensor {name}")
    tensor = state[name]
    if tensor.shape != expected.shape:
        raise ModelError(f"the tensor {name} must have shape {tuple(expected.shape)}, got {tuple(tensor.shape)}")
    return tensor.to(expected.dtype)
