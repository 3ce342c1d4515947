"""Networks learnt from two sets of pictures, as a method: sizes, directions, fields, protection, files."""

import numpy as np
import pytest
import torch

import photostyle
from photostyle.errors import OptionError
from photostyle.networks.translation import TrainedTranslators, Translators
from photostyle.networks.translation.file import built
from photostyle.networks.translation.generator import initialise
from photostyle.transforms import FieldTransform, load_transform

FIELD = {"width": 4, "rows": 2, "cols": 3, "depth": 2}
PAINTS = {"width": 4, "residuals": 1, "adds": True}


@pytest.fixture(params=["cyclegan", "ugatit", "field"])
def trained(request, tmp_path):
    """A file of untrained networks, of which each direction does something of its own."""
    shape = FIELD if request.param == "field" else PAINTS
    networks = Translators(built(request.param, shape), built(request.param, shape))
    for number, part in enumerate(networks.children()):
        initialise(part, number)
        with torch.no_grad():
            part.paint.weight.mul_(3)
            part.paint.bias.fill_(0.1 if number else -0.1)
    path = tmp_path / "dusk.safetensors"
    TrainedTranslators(networks, request.param, ("day", "dusk"), {"name": "dusk"}).save(path)
    return path


@pytest.fixture
def photo():
    return np.random.default_rng(0).random((37, 50, 3), np.float32) * 0.6 + 0.2


def test_both_directions_change_a_photo_each_in_its_way(trained, photo):
    there, back = (photostyle.transfer(photo, method=str(trained), direction=way) for way in ("AtoB", "BtoA"))
    assert there.photo.pixels.shape == photo.shape
    assert there.photo.pixels.mean() < photo.mean() - 0.02 < photo.mean() + 0.02 < back.photo.pixels.mean()
    assert there.transform.provenance.style == "dusk (day to dusk)"
    assert back.transform.provenance.style == "dusk (dusk to day)"


def test_strength_none_gives_the_photo_back(trained, photo):
    result = photostyle.transfer(photo, method=str(trained), strength=0)
    assert np.array_equal(result.photo.pixels, photo)


def test_a_saved_transform_brings_its_networks_along(trained, photo, tmp_path):
    result = photostyle.transfer(photo, method=str(trained))
    result.transform.save(tmp_path / "t.safetensors")
    trained.unlink()
    again = photostyle.relight(photo, load_transform(tmp_path / "t.safetensors")).photo.pixels
    assert np.allclose(again, result.photo.pixels, atol=2e-3)  # weights in half precision are those of the file


def test_a_generator_of_fields_gives_a_field(trained, photo):
    result = photostyle.transfer(photo, method=str(trained))
    assert isinstance(result.transform, FieldTransform) == _is_field(trained)


def _is_field(path) -> bool:
    from photostyle.models import network_facts

    return network_facts(path)["translation"] == "field"


def test_what_they_cannot_do_is_said(trained, photo):
    with pytest.raises(OptionError, match="have no styles; leave style_name out"):
        photostyle.transfer(photo, method=str(trained), style_name=("day",))
    with pytest.raises(OptionError, match="have no styles; leave polish out"):
        photostyle.transfer(photo, photo, method=str(trained), polish=5)
    with pytest.raises(OptionError, match="direction must be one of AtoB, BtoA"):
        photostyle.transfer(photo, method=str(trained), direction="AB")
