"""Tiles: they cover a picture once, move about, and give the objective of the whole picture."""

from random import Random

import pytest
import torch

from photostyle.encoders import load_encoder
from photostyle.methods.paint import PaintOptions, tiles
from photostyle.methods.paint.objective import PaintObjective, StyleAtScale


@pytest.mark.parametrize("size", [(1500, 2200), (40, 3000), (1089, 16)])
def test_boxes_cover_a_picture_once_and_lie_elsewhere_each_time(size):
    random = Random(0)
    for _ in range(5):
        count = torch.zeros(1, *size)
        for box in tiles.boxes(*size, random):
            box.own(count, 1).add_(1)
            assert box.top % 16 == 0 and box.left % 16 == 0
        assert bool((count == 1).all())
    assert tiles.boxes(*size, random) != tiles.boxes(*size, random)


def test_a_small_picture_is_one_box():
    assert len(tiles.boxes(1024, 768, Random(0))) == 1


def test_a_boxs_features_are_those_of_the_whole_picture():
    encoder = load_encoder("compact")
    picture = torch.rand(3, 200, 232, generator=torch.Generator().manual_seed(0))
    whole = encoder(picture[None])
    box = tiles.Box(64, 128, 96, 232, 200, 232)
    rows, columns = box.seen
    part = encoder(picture[None, :, rows, columns])
    for layer, stride in encoder.strides.items():
        ours, theirs = box.counted(part[layer][0], stride), box.own(whole[layer][0], stride)
        assert ours.shape == theirs.shape and float((ours - theirs).norm() / theirs.norm()) < 1e-3


@pytest.mark.parametrize("hand", ["gram", "moments"])
def test_by_tiles_the_objective_and_its_gradient_are_those_of_the_whole(monkeypatch, hand):
    generator = torch.Generator().manual_seed(0)
    photo, painting = (torch.rand(3, 176, 208, generator=generator) for _ in range(2))
    masks = torch.ones(1, 176, 208)

    def make():
        style = StyleAtScale(painting, masks, torch.ones(1))
        return PaintObjective(photo, masks, [style], load_encoder("compact"), PaintOptions(hand=hand))

    picture = torch.rand(3, 176, 208, generator=generator)
    numbers, gradient = make()(picture)
    monkeypatch.setattr(tiles, "WHOLE", 100)
    monkeypatch.setattr(tiles, "SIDE", 90)
    by_tiles, gradient_by_tiles = make()(picture)
    assert by_tiles == pytest.approx(numbers, rel=1e-3)
    assert float((gradient - gradient_by_tiles).norm() / gradient.norm()) < 0.01
