"""Where a training begins: with the weights of another network, which are then trained on."""

import numpy as np
import pytest
import torch
from PIL import Image

from photostyle import OptionError
from photostyle.errors import FileError
from photostyle.networks import Stylizer, StylizerShape, TrainedStylizer, load_stylizer
from photostyle.networks.stylizer_file import StyleReading
from photostyle.training import job
from photostyle.training.painting_config import painting_config
from photostyle.training.start import start_of, take_over

TINY = {"size": 32, "style_size": 48, "batch": 2, "width": 4, "residuals": 1, "encoder": "compact", "device": "cpu"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Photos, a style, and a network of two styles and the photo."""
    folder = tmp_path_factory.mktemp("start")
    (folder / "photos").mkdir()
    random = np.random.default_rng(0)
    for number in range(10):
        Image.fromarray(random.integers(0, 256, (40, 40, 3), dtype=np.uint8)).save(folder / "photos" / f"{number}.png")
    Image.fromarray(random.integers(0, 256, (48, 48, 3), dtype=np.uint8)).save(folder / "warm.png")
    network = Stylizer(StylizerShape(3, 4, 1))
    network.initialise(5)
    with torch.no_grad():
        network.norms.copy_(torch.tensor([[1.0], [2.0], [9.0]]).expand_as(network.norms))
    TrainedStylizer(network, ("ink", "wave", "photo"), {"name": "inks", "licence": "mine"}).save(folder / "inks.safetensors")
    return folder


def config(folder, **values):
    given = {"styles": "warm.png", "photos": "photos", "start": "inks.safetensors", **TINY, **values}
    return painting_config(given, folder, "new")


def test_weights_are_taken_over_and_a_style_begins_with_the_mean_of_those_painted(folder):
    inks = load_stylizer(folder / "inks.safetensors")
    wanted = config(folder, styles={"a": "warm.png", "photo": "photo"})
    network = Stylizer(StylizerShape(2, 4, 1))
    take_over(network, start_of(wanted), wanted.names)
    assert torch.equal(network.paint.weight, inks.network.paint.weight)
    assert torch.equal(network.norms[0], torch.full_like(network.norms[0], 1.5))
    assert torch.equal(network.norms[1], torch.full_like(network.norms[1], 9.0))


def test_a_style_of_the_same_name_begins_with_its_own_norms(folder):
    wanted = config(folder, styles={"wave": "warm.png", "a": "warm.png"})
    network = Stylizer(StylizerShape(2, 4, 1))
    inks = start_of(wanted)
    take_over(network, inks, wanted.names)
    assert torch.equal(network.norms[0], inks.network.norms[inks.names.index("wave")])
    assert torch.equal(network.norms[1], torch.full_like(network.norms[1], 1.5))


def test_a_network_for_any_style_begins_with_them_too(folder):
    network = Stylizer(StylizerShape(1, 4, 1, numbers=7))
    network.initialise(0)
    take_over(network, start_of(config(folder)), ("photo",))
    assert torch.equal(network.norms[0], torch.full_like(network.norms[0], 9.0))
    assert torch.equal(network.predictor.write.bias, torch.full_like(network.predictor.write.bias, 1.5))


def test_a_training_says_what_it_began_with_and_trains_it(folder, tmp_path):
    out = tmp_path / "new.safetensors"
    made = job.TrainingJob(config(folder, out=str(out), steps=2)).run()
    assert "begins with the weights of inks, whose licence is: mine" in made.notes
    assert load_stylizer(out).card["began with"] == {"name": "inks", "licence": "mine"}
    assert not torch.equal(made.network.network.paint.weight, load_stylizer(folder / "inks.safetensors").network.paint.weight)
    again = job.TrainingJob(config(folder, out=str(out), steps=3)).run()  # goes on from its own checkpoint
    assert not any("begins with" in note for note in again.notes)
    with pytest.raises(FileError, match="another start .inks.safetensors.; set it back"):  # its card would name the wrong one
        job.TrainingJob(config(folder, out=str(out), start="none", steps=3)).run()


def test_another_shape_is_refused_where_it_is_named_and_left_aside_where_it_is_not(folder, tmp_path):
    with pytest.raises(OptionError, match="inks.safetensors has width 4, not 8; say start: none, or name another network"):
        start_of(config(folder, width=8))
    assert start_of(config(folder, start="auto")) is None  # painters, which ships, is wider
    assert start_of(config(folder, start="none")) is None
    made = job.TrainingJob(config(folder, start="auto", out=str(tmp_path / "new.safetensors"), steps=1)).run()
    assert "begins with random weights" in made.notes and "began with" not in made.network.card


def test_the_network_that_ships_is_what_a_training_begins_with(folder):
    usual = painting_config({"styles": "warm.png", "photos": "photos"}, folder)
    assert start_of(usual).card["name"] == "painters"


def test_a_network_for_any_style_begins_with_another_as_it_is(folder, tmp_path):
    file = any_network(tmp_path / "any.safetensors")
    known = load_stylizer(file).network
    wanted = config(folder, start=str(file), styles=None, paintings="photos", encoder="compact")
    network = Stylizer(known.shape)
    network.initialise(3)
    take_over(network, start_of(wanted), ("photo",))
    assert all(torch.equal(weight, known.state_dict()[name]) for name, weight in network.state_dict().items())
    with pytest.raises(OptionError, match="any.safetensors reads styles by the encoder compact, not compact5"):
        start_of(config(folder, start=str(file), styles=None, paintings="photos", encoder="compact5"))


def test_a_network_for_any_style_has_no_styles_to_begin_with(folder, tmp_path):
    with pytest.raises(OptionError, match="paints in any style, and has none of its own to begin with"):
        start_of(config(folder, start=str(any_network(tmp_path / "any.safetensors"))))


def any_network(path):
    network = Stylizer(StylizerShape(1, 4, 1, numbers=7))
    network.initialise(1)
    network.predictor.centre.fill_(0.5)
    TrainedStylizer(network, ("photo",), {}, StyleReading("compact", "w", 64)).save(path)
    return path
