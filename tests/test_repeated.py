"""A solver's step can be recorded and replayed: nothing it does goes by Python's own variables, or waits for a value."""

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten

from photostyle.repeated import Repeated, one_order_of_sums

READS = ("_local_scalar_dense", "_linalg_check_errors", "nonzero", "lift_fresh", "item", "masked_select")


def test_a_step_runs_as_it_stands_on_a_processor():
    count = torch.zeros(1)
    step = Repeated(lambda: count.add_(1), torch.device("cpu"))
    for _ in range(5):
        step()
    assert count.item() == 5 and step.graph is None


class Recording(TorchDispatchMode):
    """What a CUDA graph holds, on the processor: the operations of a step with the tensors they read and write."""

    def __init__(self):
        super().__init__()
        self.operations = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        name = function.overloadpacket.__name__
        assert name not in READS, f"{name} waits for the card"
        self.operations.append((function, args, kwargs or {}, result))
        return result

    @torch.no_grad()
    def replay(self):
        for function, args, kwargs, result in self.operations:
            given = {storage(x) for x in tree_flatten((args, kwargs))[0] if strided(x)}
            outputs = [x for x in tree_flatten(result)[0] if strided(x)]
            if all(storage(x) in given for x in outputs) and not function._schema.is_mutable:
                continue  # a view: it lies where it did
            again = tree_flatten(function(*args, **kwargs))[0]
            for old, new in zip(outputs, [x for x in again if strided(x)], strict=True):
                if storage(old) != storage(new):
                    old.copy_(new)


def strided(value):
    return isinstance(value, torch.Tensor) and value.layout == torch.strided


def storage(tensor):
    return tensor.untyped_storage().data_ptr()


def test_a_recording_replays_what_was_done():
    x, y = torch.ones(3), torch.zeros(3)
    with Recording() as recording:
        y.add_((2 * x).view(3))
        x.mul_(3)
    recording.replay()
    assert y.tolist() == [8, 8, 8] and x.tolist() == [9, 9, 9]


def test_convolutions_are_of_the_ordered_kind_for_as_long_as_a_step_takes():
    before = torch.backends.cudnn.deterministic
    with pytest.raises(ZeroDivisionError), one_order_of_sums():
        assert torch.backends.cudnn.deterministic
        1 / 0  # noqa: B018
    assert torch.backends.cudnn.deterministic == before
