"""A step is the same whether it runs as it stands or is recorded; and nearly so in 16 bits."""

import copy

import numpy as np
import pytest
import torch

from photostyle.encoders import load_encoder
from photostyle.networks import Stylizer, StylizerShape
from photostyle.networks.predictor import numbers_of_channels
from photostyle.training.any_style import AnyStyle
from photostyle.training.loop import Training
from photostyle.training.named_styles import NamedStyles
from photostyle.training.photos import TrainingPhotos
from photostyle.training.step import Step
from tests.test_repeated import Recording

RATE, MEMORY = 0.003, 0.5


def photos(count, size):
    random = np.random.default_rng(0)
    return TrainingPhotos([random.integers(0, 255, (size, size + 8, 3), np.uint8) for _ in range(count)], size)


@pytest.fixture(params=["named", "any"])
def task(request):
    encoder = load_encoder("compact5")
    if request.param == "named":
        network = Stylizer(StylizerShape(2, 4, 1))
        network.initialise(0)
        random = torch.Generator().manual_seed(1)
        return NamedStyles(network, {"a": torch.rand(3, 48, 48, generator=random), "photo": None}, encoder, photos(8, 32))
    network = Stylizer(StylizerShape(1, 4, 1, numbers_of_channels(list(encoder.channels.values()))))
    network.initialise(0)
    task = AnyStyle(network, photos(3, 64), photos(1, 64), encoder, photos(8, 32))
    task.measure_usual()
    return task


def step_of(task, **options):
    training = Training.begun(task.network, 0)
    return training, Step(task.terms, training.network, training.adam, training.average, **options)


def test_a_recorded_step_is_the_step(task):
    other = copy.deepcopy(task)
    random = torch.Generator().manual_seed(2)
    drawn = [task.draw(2, random) for _ in range(3)]
    training, step = step_of(task)
    again, replayed = step_of(other)
    for given in drawn[:2]:
        step(given, RATE, MEMORY)
        replayed(given, RATE, MEMORY)
    with Recording() as recording:  # what a card replays; a value that is read fails here
        replayed.repeated.step()
    for each in (drawn[1], drawn[2]):
        step(each, RATE, MEMORY)
    for kept, new in zip(replayed.given, drawn[2], strict=True):
        kept.copy_(new)
    recording.replay()
    for own, twin in zip(training.tensors(), again.tensors(), strict=True):
        assert torch.allclose(own.float(), twin.float(), atol=1e-5)
    assert float(training.adam.steps) == 4


def test_convolutions_in_16_bits_go_nearly_the_same_way(task):
    other = copy.deepcopy(task)
    given = task.draw(2, torch.Generator().manual_seed(2))
    _, step = step_of(task)
    _, half = step_of(other, half=True)
    exact, rounded = step(given, RATE, MEMORY), half(given, RATE, MEMORY)
    assert half.half and not step.half
    for name in exact:
        assert rounded[name] == pytest.approx(float(exact[name]), rel=0.05, abs=0.01)
    assert any(float(rounded[name]) != float(exact[name]) for name in exact)


def test_the_running_average_follows_by_its_memory(task):
    training, step = step_of(task)
    before = [each.clone() for each in training.average]
    step(task.draw(2, torch.Generator().manual_seed(2)), RATE, 0.75)
    for average, old, weight in zip(training.average, before, training.adam.unknowns, strict=True):
        assert torch.allclose(average, 0.75 * old + 0.25 * weight, atol=1e-6)
