"""The descent's step is a recording's: replayed, it goes on as the step itself does."""

import pytest
import torch

from matting.ordered import OrderedMatrix
from photostyle.colour import luminance
from photostyle.encoders import compact, load_encoder
from photostyle.events import ignore
from photostyle.look import measure_look
from photostyle.losses import evenness
from photostyle.methods.field import objective as objectives
from photostyle.methods.field.descent import Descent, rates
from photostyle.methods.field.objective import FieldObjective, FieldWeights
from photostyle.methods.field.table import FieldTable
from photostyle.regions import Pair, Regions
from photostyle.transforms.field import bilateral
from photostyle.transforms.field.bilateral import GridSize, Slicer, homogeneous
from tests.test_repeated import Recording

WEIGHTS = FieldWeights(steps=12, grids=(GridSize(2, 3, 4), GridSize(3, 4, 5)))


def photo(seed):
    small = torch.rand(1, 3, 6, 8, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.interpolate(small, (48, 64), mode="bilinear")[0]


def begun():
    """A descent with its objective, its slicer, and the tensors that keep its best."""
    content = photo(0)
    masks = torch.zeros(2, 48, 64)
    masks[0, :, :32] = 1
    masks[1, :, 32:] = 1
    encoder = load_encoder("compact")
    look = measure_look(photo(1), Regions(("a", "b"), masks, ((0, 0, 0), (9, 9, 9))), encoder)
    pairs = [Pair("a", "a", "test"), Pair("b", "b", "test")]
    found = torch.rand(3, 6, 8, generator=torch.Generator().manual_seed(2))
    objective = FieldObjective(content, masks, pairs, look, encoder, WEIGHTS, found=found)
    slicer = Slicer(homogeneous(content), luminance(content), masks, WEIGHTS.grids[-1])
    table = FieldTable(torch.zeros(2, 3, 4), pairs, WEIGHTS.grids, slicer)
    descent = Descent(table, WEIGHTS, torch.full((2, 5), 3.0), ignore)
    best = table.unchanged().clone()
    return descent, objective, slicer, best, torch.full((), 1e9)


@pytest.fixture
def sort_on_the_device(monkeypatch):
    """The sort of the card in place of numpy's, which nothing can record."""

    def targets(projected, levels):
        return torch.empty_like(projected).scatter_(1, projected.argsort(1), levels)

    monkeypatch.setattr(objectives, "transport_targets", targets)


def test_a_step_replayed_goes_on_as_the_step_itself(sort_on_the_device):
    descent, *rest = begun()
    for _ in range(7):
        descent._step(*rest)
    other, *others = begun()
    for _ in range(2):
        other._step(*others)
    with Recording() as recording:
        other._step(*others)
    for _ in range(4):
        recording.replay()
    assert other.done.item() == descent.done.item() == 7
    assert torch.equal(other.values, descent.values)
    assert torch.equal(others[2], rest[2]) and torch.equal(others[3], rest[3])
    for level, twin in zip(descent.table.levels, other.table.levels, strict=True):
        assert torch.equal(level, twin)


# What adds up in no fixed order on a graphics card, by torch.use_deterministic_algorithms; sparse products are looked for apart,
# and max pooling is left out, as the encoder's windows have no pixel in common.
UNORDERED = {
    *("scatter_add", "scatter_reduce", "index_put", "_index_put_impl", "put", "cumsum", "histc", "bincount", "kthvalue"),
    *("embedding_dense_backward", "grid_sampler_2d_backward", "reflection_pad2d_backward", "replication_pad2d_backward"),
    *("upsample_bilinear2d_backward", "upsample_linear1d_backward", "upsample_trilinear3d_backward", "avg_pool3d_backward"),
    *("_adaptive_avg_pool2d_backward", "adaptive_max_pool2d_backward", "median"),
}


def in_order_everywhere(monkeypatch):
    for module in (objectives, evenness, bilateral):
        monkeypatch.setattr(module, "in_order", OrderedMatrix)
    monkeypatch.setattr(compact.Compact, "prepare", lambda self, x: compact._mirrored(x))


def test_a_step_on_a_card_sums_in_one_order(sort_on_the_device, monkeypatch):
    in_order_everywhere(monkeypatch)
    descent, *rest = begun()
    descent._step(*rest)
    with Recording() as recording:
        descent._step(*rest)
    names = set()
    for function, arguments, _, _ in recording.operations:
        name = function.overloadpacket.__name__.rstrip("_")
        names.add(name)
        if name == "index_add":
            assert len(arguments[2].unique()) == len(arguments[2]), "several values are added to one"
        layouts = {argument.layout for argument in arguments if isinstance(argument, torch.Tensor)}
        assert layouts <= {torch.strided}, function
    assert sorted(names & UNORDERED) == []
    assert "index_add" in names


def test_sums_in_one_order_are_the_same_descent(monkeypatch):
    descent, *rest = begun()
    for _ in range(3):
        descent._step(*rest)
    in_order_everywhere(monkeypatch)
    other, *others = begun()
    for _ in range(3):
        other._step(*others)
    torch.testing.assert_close(other.values[:3], descent.values[:3], rtol=1e-4, atol=1e-6)


def test_the_rate_rises_and_falls():
    course = rates(FieldWeights(steps=40, rate=0.2))
    assert course[0] == pytest.approx(0.02) and course.argmax() == 9
    assert course[-1] == pytest.approx(0.2 / 40)
