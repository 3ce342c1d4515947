"""Training networks between two sets of pictures, from a yml to a file that works."""

import sys

import numpy as np
import pytest
import torch
from PIL import Image

import photostyle
from photostyle.cli import main
from photostyle.errors import OptionError
from photostyle.models import find_network, network_card
from photostyle.networks import load_stylizer
from photostyle.networks.translation import load_translators
from photostyle.training.config import read_config, template
from photostyle.training.photos import read_training_photos
from photostyle.training.start import usual_norms
from photostyle.training.translation import TranslationJob, changes_of
from photostyle.training.translation_config import settled, translation_config


@pytest.fixture
def folders(tmp_path):
    """Two folders of small pictures: noise on ramps, and the same kind of thing in warmer light."""
    random = np.random.default_rng(0)
    for name, tint in (("day", (1, 1, 1)), ("dusk", (1, 0.7, 0.4))):
        (tmp_path / name).mkdir()
        for k in range(10):
            ramp = np.linspace(0.2, 0.9, 72)[:, None, None] * np.ones((72, 80, 3)) + 0.1 * random.random((72, 80, 1))
            pixels = (ramp * tint).clip(0, 1) * 255
            Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / name / f"{k}.png")
    return tmp_path


def run(*words: str) -> int:
    """The exit code of a command."""
    saved = sys.argv
    sys.argv = ["photostyle", *words]
    try:
        with pytest.raises(SystemExit) as ended:
            main()
    finally:
        sys.argv = saved
    return int(ended.value.code or 0)


@pytest.mark.parametrize("kind", ["cyclegan", "ugatit", "field"])
def test_a_yml_becomes_networks_that_work(kind, folders, monkeypatch):
    size = 64 if kind == "ugatit" else 32
    shape = "width: 4\njudges: 4\nresiduals: 1\nbatch: 1\n"
    (folders / "dusk.yml").write_text(f"network: {kind}\na: day\nb: dusk\nsteps: 3\nsize: {size}\n{shape}")
    monkeypatch.chdir(folders)
    assert run("train", "dusk.yml", "--quiet") == 0
    trained = load_translators(folders / "dusk.safetensors")
    assert trained.kind == kind and trained.sets == ("day", "dusk")
    card = network_card(folders / "dusk.safetensors")
    assert "day to dusk (AtoB), dusk to day (BtoA)" in card and "3 steps of 1 of each set" in card and "light kept" in card
    assert "day, as dusk" in (folders / "dusk.html").read_text()
    assert run("paint", "day/0.png", "--method", "dusk.safetensors", "--direction", "AtoB", "-o", "out.png", "--quiet") == 0
    with Image.open("out.png") as made:
        assert made.size == (80, 72)


def test_a_training_goes_on_where_it_was(folders):
    given = {"network": "ugatit", "a": "day", "b": "dusk", "size": 64, "width": 4, "judges": 4, "residuals": 1, "batch": 1}
    TranslationJob(translation_config({**given, "steps": 2}, folders)).run()
    said = []
    job = TranslationJob(translation_config({**given, "steps": 4}, folders), say=said.append)
    job.run()
    assert any("goes on from" in line and "2 steps" in line for line in said)


def test_a_field_begins_with_the_way_between_the_colours(folders):
    given = {"network": "field", "a": "day", "b": "dusk", "size": 32, "width": 4, "judges": 4, "batch": 1, "rate": 1e-6}
    pixels = np.full((40, 40, 3), 0.5, np.float32)
    for start, blue in (("none", 0.5), ("colours", 0.2)):
        said = []
        job = TranslationJob(translation_config({**given, "steps": 9, "start": start}, folders), afresh=True, say=said.append)
        made = photostyle.transfer(pixels, method="network", network=str(job.run().path)).photo.pixels
        assert any("begins with the way between the colours" in line for line in said) is (start == "colours")
        assert any("pictures, and 4,000 are few" in line for line in said) is (start == "none")
        assert abs(float(made[..., 2].mean()) - blue) < 0.04
    said = []
    TranslationJob(translation_config({**given, "steps": 10}, folders), say=said.append).run()
    assert any("goes on from" in line for line in said) and not any("colours of both sets" in line for line in said)
    made = photostyle.transfer(pixels, method="network", network=str(job.run().path)).photo.pixels
    assert abs(float(made[..., 2].mean()) - 0.2) < 0.04


def test_what_a_yml_may_not_say():
    usual = {"network": "cyclegan", "a": "day", "b": "dusk"}
    for change, message in (
        ({"b": None}, "b is missing; add the line b: photos-of-dusk"),
        ({"b": "day"}, "a and b are both day; give two sets of pictures"),
        ({"size": 50}, "size must be a multiple of 4, got 50"),
        ({"lenght": 3}, "there is no key 'lenght'"),
        ({"names": ["day"]}, "names must be two"),
        ({"weights": {"cylce": 2}}, "there is no weight 'cylce'; did you mean cycle"),
        ({"network": "field", "levels": True, "start": "photos"}, "levels and start: photos both come first; leave one out"),
        ({"network": "ugatit", "size": 32}, "size must be 64 at least for ugatit"),
        ({"minutes": 5, "steps": 5}, "minutes and steps are both given"),
        ({"size": 64, "load_size": 48}, "load_size must be 64 at least, the size of the pieces, got 48"),
        ({"network": "field", "load_size": 96}, "load_size is not for a field"),
        ({"network": "ugatit", "start": "painters"}, "start: painters is for cyclegan, and this is ugatit"),
        ({"start": "colours"}, "start: colours is for a field, and this is cyclegan"),
        ({"network": "field", "start": "painters"}, "a field begins with colours, photos or none, and start is painters"),
        ({"start": "painters", "width": 8}, "width is that of the network that is begun with, painters"),
    ):
        with pytest.raises(OptionError, match=message):
            translation_config({**usual, **change})


@pytest.mark.parametrize("kind", ["cyclegan", "ugatit", "field"])
def test_templates_are_read_back(kind, tmp_path):
    (tmp_path / "my.yml").write_text(template(kind))
    config = read_config(tmp_path / "my.yml")
    assert config.network == kind and config.a == tmp_path / "photos-of-day"


def test_presets_and_what_is_given():
    usual = {"network": "cyclegan", "a": "day", "b": "dusk"}
    assert settled(translation_config({**usual, "preset": "zhu2017"})).residuals == 9
    assert settled(translation_config({**usual, "preset": "zhu2017", "residuals": 6})).residuals == 6
    assert settled(translation_config({**usual, "network": "field"})).batch == 4


def test_small_sets_are_changed_before_they_are_judged():
    config = translation_config({"network": "cyclegan", "a": "day", "b": "dusk"})
    assert changes_of(config, 100) == ("shift", "hole") and changes_of(config, 500) == ()
    assert changes_of(translation_config({"network": "field", "a": "x", "b": "y", "augment": "none"}), 5) == ()


def test_pieces_are_cut_from_the_size_that_is_asked_for(folders):
    for load_size, short in ((None, 20), (24, 24), (4096, 72)):
        found = read_training_photos(folders / "day", 16, load_size=load_size)
        assert {min(picture.shape[:2]) for picture in found.pictures} == {short}


def test_a_network_between_photos_and_paintings_begins_with_one_that_paints(folders):
    said = []
    given = {
        "network": "cyclegan",
        "a": "day",
        "b": "dusk",
        "start": "painters",
        "size": 32,
        "judges": 4,
        "steps": 1,
        "rate": 1e-7,
    }
    path = TranslationJob(translation_config(given, folders), say=said.append).run().path
    assert any(line.startswith("begins with the weights of painters, whose licence is: for research") for line in said)
    trained = load_translators(path)
    assert trained.card["began with"]["name"] == "painters"
    painters = load_stylizer(find_network("painters"))
    photo = torch.rand(1, 3, 24, 36, generator=torch.Generator().manual_seed(0))
    for generator, norms in (
        (trained.networks.a_to_b, usual_norms(painters)),
        (trained.networks.b_to_a, painters.network.norms[-1]),
    ):
        with torch.no_grad():
            assert (generator(photo) - painters.network(photo, norms[None])).abs().mean() < 0.01


def test_transfer_takes_a_trained_file(folders):
    given = {"network": "field", "a": "day", "b": "dusk", "size": 32, "width": 4, "judges": 4, "steps": 1, "batch": 1}
    path = TranslationJob(translation_config(given, folders)).run().path
    photo = np.full((20, 30, 3), 0.5, np.float32)
    assert photostyle.transfer(photo, method=str(path)).photo.pixels.shape == (20, 30, 3)
