"""Stopping by a measure on held-out pictures, and going back to the best weights."""

import math

import pytest
import torch

from photostyle.training.checkpoint import restore, write_checkpoint
from photostyle.training.early_stop import MEASURES, Best, Watch, told
from photostyle.training.loop import Loop, Task, Training, averaged
from photostyle.training.translation_config import translation_config


class Falling(Task):
    """A weight that falls by the same rate with each step; it is measured by how far it is from one place on its way."""

    betas = (0.5, 0.9)

    def __init__(self, place: float, patience: int):
        self.network = torch.nn.Linear(1, 1, bias=False)
        torch.nn.init.ones_(self.network.weight)
        self.place = place
        self.patience = patience

    def draw(self, count, random):
        return (torch.zeros(1),)

    def terms(self, given):
        return {"fall": self.network.weight.sum() + 5}

    def measured(self, network):
        return abs(float(network.weight) - self.place)


class Course:
    rate, batch, steps, budget_seconds = 0.02, 1, 200, None


def begun(task: Falling) -> Training:
    return Training.begun(task.network, 0, task.betas)


def test_a_training_stops_where_it_gets_no_better_and_gives_its_best():
    task = Falling(place=0.4, patience=3)
    training, said = begun(task), []
    Loop(training, task, Course(), say=said.append).run()
    assert training.step < 200 and training.best.waited == 3
    assert training.step == training.best.step + 3 * 200 // MEASURES
    best = averaged(task.network, training.result(task.patience))
    assert abs(float(best.weight) - 0.4) < abs(float(averaged(task.network, training.average).weight) - 0.4)
    assert any(line.startswith(f"stopped at step {training.step}") for line in said)
    assert any(f"as it was at step {training.best.step}," in line for line in said)


def test_without_patience_nothing_is_measured():
    task = Falling(place=0.4, patience=0)
    training = begun(task)
    Loop(training, task, Course()).run()
    assert training.step == 200 and not training.best.measured
    assert training.result(0) is training.average


def test_a_training_that_gets_better_all_the_time_goes_to_its_end():
    task = Falling(place=-100, patience=2)
    training = begun(task)
    Loop(training, task, Course()).run()
    assert training.step == 200 and len(training.best.measured) == MEASURES and training.best.waited == 0


def test_a_measure_that_is_no_number_is_never_best():
    best = Best()
    for step, value in ((1, math.nan), (2, 0.5), (3, math.nan)):
        best.take(step, value, [torch.full((1,), float(step))])
    assert best.step == 2 and best.waited == 1 and float(best.weights[0]) == 2


def test_a_share_is_measured_once():
    best, seen = Best(), []
    watch = Watch(best, 5, lambda: seen.append(1) or 1.0, share=0.26)
    for share in (0.27, 0.29, 0.301, 0.302, 0.34, 0.351):
        watch.look(1, share, [])
    assert len(seen) == 2


def test_a_checkpoint_keeps_the_best(tmp_path):
    config = translation_config({"network": "field", "a": "a", "b": "b"}, tmp_path)
    task = Falling(place=0.4, patience=3)
    training = begun(task)
    Loop(training, task, Course()).run()
    write_checkpoint(tmp_path / "x.checkpoint", training, config)
    again = begun(Falling(place=0.4, patience=3))
    restore(tmp_path / "x.checkpoint", again, config)
    assert again.best.measured == training.best.measured
    assert torch.equal(again.best.weights[0], training.best.weights[0])


def test_measures_are_told():
    assert told(Best(measured=[(5, 1.0)])) == "1 at step 5"
    with pytest.raises(IndexError):
        told(Best())
