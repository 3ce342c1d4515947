"""Unpaired translation: what is minimised, on tiny pictures, and what is known to go wrong."""

import pytest
import torch

from photostyle.encoders import load_encoder
from photostyle.methods.adam import Adam
from photostyle.networks.translation import FieldShape, GeneratorShape
from photostyle.networks.translation.discriminators import Verdict
from photostyle.networks.translation.field import FieldGenerator
from photostyle.networks.translation.file import built
from photostyle.training.adversarial import failures
from photostyle.training.adversarial.augment import CHANGES, augmented
from photostyle.training.adversarial.history import History
from photostyle.training.adversarial.objective import Objective, Weights, _squares, weights_of
from photostyle.training.adversarial.rivals import Rivals, made_by

SIZE = 32
SHAPE = {"width": 4, "residuals": 2, "adds": False}


def rivals_of(kind: str) -> Rivals:
    shape = {"width": 4, "rows": 2, "cols": 2, "depth": 2} if kind == "field" else SHAPE
    return Rivals((built(kind, shape), built(kind, shape)), 4, SIZE, 0)


def scenes(count: int, seed: int) -> torch.Tensor:
    """Ramps of grey with a block, at random."""
    random = torch.Generator().manual_seed(seed)
    pictures = torch.linspace(0.2, 0.8, SIZE).expand(count, 3, SIZE, SIZE).clone()
    for picture in pictures:
        top, left = (int(each) for each in torch.randint(SIZE // 2, (2,), generator=random))
        picture[:, top : top + 12, left : left + 12] = 0.3 + 0.4 * torch.rand((), generator=random)
    return pictures


def trained(objective: Objective, a: torch.Tensor, b: torch.Tensor, steps: int, rate: float) -> list[dict[str, float]]:
    adam = Adam(list(objective.rivals.parameters()), (0.5, 0.999))
    random = torch.Generator().manual_seed(0)
    history = []
    for _ in range(steps):
        of_a, of_b = (torch.randint(len(each), (2,), generator=random) for each in (a, b))
        terms = objective(a[of_a], b[of_b])
        gradients = torch.autograd.grad(torch.stack(list(terms.values())).sum(), adam.unknowns, materialize_grads=True)
        adam.step(gradients, rate)
        objective.rivals.settle()
        history.append({name: float(term.detach()) for name, term in terms.items()})
    return history


@pytest.mark.parametrize("kind", ["cyclegan", "ugatit", "field"])
def test_each_side_gets_the_gradient_of_its_own_terms_alone(kind):
    rivals = rivals_of(kind)
    objective = Objective(rivals, weights_of(kind, {}), SIZE)
    terms = objective(scenes(2, 0), scenes(2, 1))
    generators = [*rivals.a_to_b.parameters(), *rivals.b_to_a.parameters()]
    judges = [*rivals.judges_of_a.parameters(), *rivals.judges_of_b.parameters()]
    for name, side in (("adversarial", judges), ("cycle", judges), ("identity", judges), ("judges", generators)):
        reached = torch.autograd.grad(terms[name], side, allow_unused=True, retain_graph=True)
        assert all(gradient is None for gradient in reached), name
    for name, side in (("adversarial", generators), ("judges", judges)):
        reached = torch.autograd.grad(terms[name], side, allow_unused=True, retain_graph=True)
        assert any(gradient is not None and bool(gradient.abs().sum() > 0) for gradient in reached), name


def test_attention_belongs_to_ugatit_alone():
    terms = Objective(rivals_of("ugatit"), weights_of("ugatit", {}), SIZE)(scenes(1, 0), scenes(1, 1))
    assert {"attention", "decay"} <= set(terms)
    terms = Objective(rivals_of("cyclegan"), weights_of("cyclegan", {"cycle": 2}), SIZE)(scenes(1, 0), scenes(1, 1))
    assert set(terms) == {"cycle", "identity", "adversarial", "judges"}


def test_steepness_is_paid_by_discriminators_alone():
    given = scenes(2, 0), scenes(2, 1)
    rivals = rivals_of("field")
    flat, steep = (Objective(rivals, Weights(steepness=weight), SIZE)(*given) for weight in (0.0, 10.0))
    assert float(steep["judges"].detach()) > float(flat["judges"].detach())
    assert torch.equal(steep["adversarial"], flat["adversarial"])
    reached = torch.autograd.grad(steep["judges"], list(rivals.a_to_b.parameters()), allow_unused=True)
    assert all(gradient is None for gradient in reached)


def test_both_ways_pay_for_marks_that_stay_where_they_are():
    rivals = rivals_of("cyclegan")
    terms = Objective(rivals, weights_of("cyclegan", {"shift": 1}), SIZE)(scenes(2, 0), scenes(2, 1))
    for generator in (rivals.a_to_b, rivals.b_to_a):
        reached = torch.autograd.grad(terms["shift"], list(generator.parameters()), materialize_grads=True, retain_graph=True)
        assert any(bool(gradient.abs().sum() > 0) for gradient in reached)


def test_a_field_learns_the_light_of_the_other_set():
    a, b = scenes(12, 0), scenes(12, 5)
    tint = torch.tensor([1.1, 0.9, 0.6])[:, None, None]
    b = b * tint
    objective = Objective(rivals_of("field"), Weights(cycle=5, identity=0.5), SIZE)
    trained(objective, a, b, 40, 3e-3)
    made = made_by(objective.rivals.a_to_b, a).pictures.detach()
    wanted = a * tint
    assert float((made - wanted).abs().mean()) < 0.5 * float((a - wanted).abs().mean())
    assert failures.light_kept(a, made) > 0.9


def test_least_squares():
    verdict = Verdict(torch.full((1, 1, 2, 2), 0.5), torch.tensor([[1.0, 0.0]]))
    assert float(_squares(verdict, 1.0)) == pytest.approx(0.25 + 0.5)


def test_history_fills_up_then_gives_older_pictures():
    history = History((3, 2, 2), torch.device("cpu"), length=4)
    numbered = [torch.full((2, 3, 2, 2), float(k)) for k in range(1, 21)]
    first = [history.exchanged(each) for each in numbered[:2]]
    assert all(torch.equal(given, made) for given, made in zip(first, numbered, strict=False))
    assert bool(history.filled.all())
    later = torch.cat([history.exchanged(each) for each in numbered[2:]]).mean((1, 2, 3))
    now = torch.cat(numbered[2:]).mean((1, 2, 3))
    assert 0.2 < float((later < now).double().mean()) < 0.8
    assert bool((later == later.round()).all())


def test_an_empty_history_gives_back_what_it_gets():
    made = torch.rand(2, 3, 2, 2)
    assert History((3, 2, 2), torch.device("cpu"), length=0).exchanged(made) is made


@pytest.mark.parametrize("change", CHANGES)
def test_augmentation_changes_pictures_and_lets_gradients_through(change):
    pictures = scenes(3, 2).requires_grad_()
    changed = augmented(pictures, (change,), torch.Generator().manual_seed(0))
    assert changed.shape == pictures.shape and not torch.equal(changed, pictures)
    changed.sum().backward()
    assert pictures.grad is not None and float(pictures.grad.abs().sum()) > 0


def test_failures_are_told_from_what_is_right():
    photos = scenes(6, 3)
    assert failures.light_kept(photos, 0.5 * photos) == pytest.approx(1, abs=1e-3)
    assert failures.light_kept(photos, 1 - photos) < -0.99
    assert failures.changed(photos, photos) == 0 and failures.changed(photos, photos + 0.1) == pytest.approx(0.1)
    assert failures.holes(photos, photos) == 0
    spotted = photos.clone()
    spotted[:, :, 4:8, 4:8] = 0
    assert failures.holes(photos, spotted) == pytest.approx(16 / SIZE**2, rel=0.3)


def test_a_checkerboard_is_seen():
    photos = torch.rand(2, 3, 48, 48, generator=torch.Generator().manual_seed(0))
    checked = photos.clone()
    checked[:, :, ::2, ::2] += 0.5
    assert failures.checkerboard(photos) < 1.6
    assert failures.checkerboard(photos.repeat_interleave(2, 2).repeat_interleave(2, 3)) > 3
    assert failures.checkerboard(checked) < failures.checkerboard(photos.repeat_interleave(2, 2).repeat_interleave(2, 3))


def test_collapse_and_learning_by_heart_are_seen():
    encoder = load_encoder("compact")
    photos, others = scenes(8, 0), scenes(8, 9)
    collapsed = photos[:1].expand(8, -1, -1, -1)
    assert failures.diversity(photos, photos, encoder) == pytest.approx(1)
    assert failures.diversity(photos, collapsed, encoder) < 0.01
    assert failures.learnt_by_heart(photos, photos, others, encoder) < 0.05
    assert failures.learnt_by_heart(scenes(8, 4), photos, others, encoder) > 0.5


def test_kernel_distance_is_none_within_a_set_and_large_between():
    random = torch.Generator().manual_seed(0)
    one, same = (torch.randn(60, 8, generator=random) for _ in range(2))
    far = same + 1.5
    assert abs(failures.kernel_distance(one, same)) < 0.3
    assert failures.kernel_distance(one, far) > 3 * abs(failures.kernel_distance(one, same)) + 1


def test_shapes_are_kept():
    assert built("ugatit", SHAPE).shape == GeneratorShape(4, 2)
    field = built("field", {"width": 4, "rows": 2, "cols": 3, "depth": 2})
    assert isinstance(field, FieldGenerator) and field.shape == FieldShape(4, 2, 3, 2)
