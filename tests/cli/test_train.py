"""The command train: a yml to begin with, a tiny training that is resumed, and lines for what is wrong."""

import sys

import numpy as np
import pytest
from PIL import Image

from photostyle.cli import main


@pytest.fixture
def run(monkeypatch, capsys):
    def ended(*words):
        monkeypatch.setattr(sys, "argv", ["photostyle", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            main()
        said = capsys.readouterr()
        return end.value.code, said.out, said.err

    return ended


@pytest.fixture
def yml(tmp_path):
    (tmp_path / "photos").mkdir()
    random = np.random.default_rng(0)
    for number in range(8):
        pixels = random.integers(0, 255, (40, 40, 3), np.uint8)
        Image.fromarray(pixels).save(tmp_path / "photos" / f"{number}.png")
    Image.fromarray(random.integers(0, 255, (48, 48, 3), np.uint8)).save(tmp_path / "dots.png")
    path = tmp_path / "dots.yml"
    path.write_text(
        "styles: dots.png\nphotos: photos\nsize: 32\nwidth: 4\nresiduals: 1\nencoder: compact\ndevice: cpu\nsteps: 2\n"
    )
    return path


def test_a_yml_to_begin_with_is_printed(run):
    code, out, err = run("train", "--init", "johnson")
    assert code == 0 and "\nstyles: painting.jpg\n" in out and err == ""
    code, out, err = run("train", "--init", "jonson")
    assert code == 2 and out == "" and err.count("\n") == 1 and "init must be one of johnson, many," in err


def test_a_training_ends_with_a_file_and_goes_on_when_it_is_given_more(run, yml, tmp_path):
    code, out, err = run("train", yml)
    assert code == 0 and out == f"{tmp_path / 'dots.safetensors'}\n"
    assert "6 photos to train on, 2 held out" in err and f"--method {tmp_path / 'dots.safetensors'}" in err
    assert (tmp_path / "dots.html").exists() and (tmp_path / "dots.checkpoint").exists()
    code, _, err = run("train", yml, "--steps", 4)
    assert code == 0 and "goes on from" in err and "2 steps" in err
    code, _, err = run("train", yml, "--steps", 3, "--afresh", "-q")
    assert code == 0 and err == ""


def test_what_is_wrong_is_one_line_and_nothing_is_written(run, yml, tmp_path):
    yml.write_text(yml.read_text().replace("photos: photos", "photo: photos"))
    code, out, err = run("train", yml)
    assert code == 2 and out == "" and err == f"photostyle: {yml}: there is no key 'photo'; did you mean photos?\n"
    code, _, err = run("train")
    assert code == 2 and "CONFIG is missing; make one with: photostyle train --init johnson > my.yml" in err
    assert not list(tmp_path.glob("*.safetensors")) and not list(tmp_path.glob("*.checkpoint"))


def test_another_network_in_the_checkpoint_is_one_line(run, yml):
    assert run("train", yml, "-q")[0] == 0
    yml.write_text(yml.read_text().replace("width: 4", "width: 8"))
    code, _, err = run("train", yml, "-q")
    assert code == 2 and err.count("\n") == 1 and "is of a training with another width (4)" in err
