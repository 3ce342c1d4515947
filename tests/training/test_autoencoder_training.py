"""A tiny training of an autoencoder: it learns, goes on, and its file serves the method; its yml is checked."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from photostyle import OptionError, transfer
from photostyle.encoders import load_encoder
from photostyle.networks import Autoencoder, AutoencoderShape, load_autoencoder
from photostyle.training.autoencoder import AutoencoderJob, round_trip
from photostyle.training.autoencoder_config import AutoencoderConfig, autoencoder_config, autoencoder_template
from photostyle.training.autoencoder_loss import NAMES, CodeLoss, structure
from photostyle.training.config import read_config, template

TINY = {"network": "autoencoder", "size": 32, "batch": 1, "width": 4, "places": 2, "scales": 2, "bands": 2, "encoder": "compact"}


def wave(period, tint, height=40, width=48):
    y, x = np.mgrid[0:height, 0:width]
    grey = 0.5 + 0.3 * np.sin((x + 2 * y) / period)[..., None]
    return (255 * grey * np.array(tint)).astype(np.uint8)


def tensor(picture):
    return torch.from_numpy(picture[:32, :32] / 255).float().movedim(-1, 0).contiguous()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("training")
    (folder / "photos").mkdir()
    for number in range(12):
        tint = (0.4 + 0.05 * number, 0.8, 1 - 0.06 * number)
        Image.fromarray(wave(2 + number, tint)).save(folder / "photos" / f"{number:02d}.png")
    return folder


def test_terms_are_least_where_the_style_is_the_photo_and_reach_all_weights():
    network = Autoencoder(AutoencoderShape(2, 2, 2, 4))
    network.initialise(0)
    loss = CodeLoss(load_encoder("compact"))
    photo, style = tensor(wave(3, (0.5, 0.8, 1.0))), tensor(wave(5, (1.0, 0.6, 0.3)))
    same = loss(network, photo[None], photo[None])
    other = loss(network, photo[None], style[None])
    assert tuple(same) == NAMES and same["style"] < 0.3 * other["style"] and same["edges"] < other["edges"]
    gradients = torch.autograd.grad(sum(other.values()), list(network.parameters()))
    assert all(each.isfinite().all() for each in gradients)
    assert gradients[0].abs().max() > 0
    assert structure(photo, photo) > 0.999 > structure(photo, style)
    assert structure(photo, 0.5 * photo) > 0.95


def test_a_training_learns_goes_on_and_its_file_serves_the_method(folder, tmp_path):
    out = tmp_path / "mine.safetensors"
    first = AutoencoderJob(autoencoder_config({**TINY, "photos": "photos", "out": str(out), "steps": 3}, folder)).run()
    assert first.path == out and first.page.exists() and "3 steps of 1 pairs" in first.network.card["training"]
    longer = AutoencoderJob(autoencoder_config({**TINY, "photos": "photos", "out": str(out), "steps": 5}, folder))
    second = longer.run()
    assert any("goes on from" in note for note in second.notes) and "5 steps" in second.network.card["training"]
    assert second.network.card["held-out photos"]["round trip in decibels"] > 60
    begun = Autoencoder(second.network.network.shape)
    begun.initialise(0)
    assert (begun.answer[-1].weight - load_autoencoder(out).network.answer[-1].weight).abs().max() > 1e-4
    photo = wave(3, (0.5, 0.8, 1.0))
    made = transfer(photo, wave(5, (1.0, 0.6, 0.3)), method="autoencoder", segmenter="none", network=str(out)).photo.pixels
    assert made.shape == photo.shape and np.abs(made - photo / 255).mean() > 0.05


def test_a_round_trip_loses_nothing():
    network = Autoencoder(AutoencoderShape(2, 2, 2, 4))
    assert round_trip(network, torch.rand(2, 3, 20, 30)) > 100


def test_its_template_is_a_config_and_bad_keys_are_one_line(tmp_path):
    path = tmp_path / "soft.yml"
    path.write_text(template("autoencoder"))
    wanted = read_config(path)
    assert isinstance(wanted, AutoencoderConfig) and wanted.out == tmp_path / "soft.safetensors" and wanted.name == "soft"
    for name in AutoencoderConfig.fields_by_name():
        assert f"{name}:" in autoencoder_template()
    for line, words in {
        "widht: 8": "there is no key 'widht'; did you mean width",
        "width: 1": "width must be a whole number from 4 to 128, got 1",
        "device: cuda": "device must be one of cpu, got 'cuda'",
        "out: soft.pth": "out must end in .safetensors, got 'soft.pth'",
        "minutes: 5\nsteps: 3": "minutes and steps are both given; keep one of them",
    }.items():
        path.write_text(f"network: autoencoder\nphotos: photos\n{line}\n")
        with pytest.raises(OptionError, match=words):
            read_config(path)
    path.write_text(json.dumps({"network": "autoencoder"}))
    with pytest.raises(OptionError, match="photos is missing; add the line photos: my-photos"):
        read_config(path)
