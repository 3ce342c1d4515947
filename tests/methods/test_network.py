"""The method network: a trained network paints in run, batch and library, at any size, and says what it lacks."""

import json
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from photostyle import ModelError, OptionError, Options, load_transform, relight, transfer
from photostyle.cli import main
from photostyle.networks import Stylizer, StylizerShape, TrainedStylizer
from photostyle.networks.tiling import paint_whole
from photostyle.transforms.file import write_transform


@pytest.fixture
def network(tmp_path):
    """The file of a network of three styles with random weights."""
    torch.manual_seed(1)
    made = Stylizer(StylizerShape(3, 4, 1)).requires_grad_(False)
    made.norms += 0.4 * torch.randn_like(made.norms)
    path = tmp_path / "dots.safetensors"
    card = {"name": "dots", "licence": "CC0", "training": "none at all"}
    TrainedStylizer(made, ("monet", "ink", "photo"), card).save(path)
    return path


@pytest.fixture
def photo():
    y, x = np.mgrid[0:45, 0:61]
    return np.stack([x / 60, y / 44, 0.5 + 0.4 * np.sin(x / 5)], -1).astype(np.float32)


def run(*words):
    """What a command ends with."""
    saved = sys.argv
    sys.argv = ["photostyle", *map(str, words)]
    try:
        with pytest.raises(SystemExit) as ended:
            main()
    finally:
        sys.argv = saved
    return ended.value.code


def test_a_network_paints_without_a_style_picture(network, photo):
    result = transfer(photo, method=str(network))
    assert result.photo.pixels.shape == photo.shape and np.abs(result.photo.pixels - photo).mean() > 0.05
    assert result.transform.provenance.style == "dots (monet 1)"
    assert result.notes[-1] == "painted in monet; others, by style name: ink, photo"
    assert "style name" not in " ".join(transfer(photo, method=str(network), style_name=("ink",)).notes)
    named = transfer(photo, method="network", network=str(network)).photo.pixels
    assert np.array_equal(named, result.photo.pixels)
    assert Options(method=str(network)).settings.network == str(network)


def test_strength_0_is_the_photo_itself(network, photo):
    assert np.array_equal(transfer(photo, method=str(network), strength=0).photo.pixels, photo)
    half = transfer(photo, method=str(network), strength=0.5).photo.pixels
    whole = transfer(photo, method=str(network)).photo.pixels
    assert np.abs(half - (photo + whole) / 2).max() < 0.02


def test_styles_are_chosen_and_mixed(network, photo):
    made = {}
    for style in ("monet", "ink", "monet:0.5,ink:0.5"):
        made[style] = transfer(photo, method=str(network), style_name=tuple(style.split(","))).photo.pixels
    assert len({array.tobytes() for array in made.values()}) == 3
    with pytest.raises(OptionError, match="the network has no style 'monett'; did you mean monet"):
        transfer(photo, method=str(network), style_name=("monett",))


def test_a_size_paints_larger_strokes(network, photo):
    large = np.kron(photo, np.ones((4, 4, 1), np.float32))
    own = transfer(large, method=str(network)).photo.pixels
    small = transfer(large, method=str(network), size=64).photo.pixels
    assert own.shape == small.shape == large.shape and np.abs(own - small).mean() > 0.01


def test_what_is_protected_stays(network, photo):
    mask = np.zeros(photo.shape[:2], np.float32)
    mask[:, 30:] = 1
    masks = {"sea": 1 - mask, "boat": mask}
    made = transfer(photo, method=str(network), content_mask=masks, hard_masks=True, protect="boat").photo.pixels
    assert np.abs(made - photo)[:, 31:].max() < 1e-6 < np.abs(made - photo)[:, :30].mean()


def test_a_saved_transform_brings_its_network(network, photo, tmp_path):
    result = transfer(photo, method=str(network), style_name=("ink",))
    result.transform.save(tmp_path / "ink.safetensors")
    network.unlink()
    again = relight(photo, load_transform(tmp_path / "ink.safetensors")).photo.pixels
    assert np.abs(again - result.photo.pixels).max() < 1e-3
    preview = load_transform(tmp_path / "ink.safetensors").preview(photo, 30)()
    assert preview.shape == (22, 30, 3) or preview.shape == (23, 30, 3)


def test_a_large_photo_has_no_seams():
    torch.manual_seed(2)
    network = Stylizer(StylizerShape(1, 4, 1)).eval().requires_grad_(False)
    photo = torch.rand(3, 150, 203)
    norms = network.mixed([1.0])
    coarse = paint_whole(network, norms, photo, whole=0, tile=64)
    fine = paint_whole(network, norms, photo, whole=0, tile=32)
    assert coarse.shape == photo.shape and (coarse - fine).abs().max() < 1e-5
    assert (coarse - paint_whole(network, norms, photo)).abs().mean() < 0.02


def test_what_is_missing_is_one_line(network, photo, tmp_path, monkeypatch):
    monkeypatch.setenv("PHOTOSTYLE_HOME", str(tmp_path / "home"))
    with pytest.raises(OptionError, match="the method network needs a trained network; name its file"):
        transfer(photo, method="network")
    with pytest.raises(
        ModelError, match=r"no trained network is called 'nobody' \(there are painters, any, restore, nineteenth\); give its file"
    ):
        transfer(photo, method="network", network="nobody")
    with pytest.raises(ModelError, match="gone.safetensors: no such network; train one"):
        transfer(photo, method="gone.safetensors")
    with pytest.raises(OptionError, match="the style is that of the network .*, got another; leave it out"):
        transfer(photo, photo, method=str(network))
    with pytest.raises(OptionError, match="the method field needs a style, got none; give a photo"):
        transfer(photo)
    with pytest.raises(OptionError, match="no regions of a style to pair with; leave the pairs out"):
        transfer(photo, method=str(network), pairs={"sea": "lake"})


def test_the_command_paints_by_a_file_and_by_a_name(network, photo, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PHOTOSTYLE_HOME", str(tmp_path / "home"))
    source = tmp_path / "photo.png"
    Image.fromarray((255 * photo).astype(np.uint8)).save(source)
    assert run("paint", source, "--method", network, "-o", tmp_path / "a.png", "--json") == 0
    record = json.loads(capsys.readouterr().out)
    assert record["options"]["network"] == str(network) and record["inputs"]["style"] is None and not record["regions"]
    assert run("models", "add", network, "--name", "spots") == 0
    assert run("models", "list") == 0
    assert "spots  0.0 MB  trained network, 3 styles: monet, ink, photo\n    licence   CC0" in capsys.readouterr().out
    assert run("models", "show", "spots") == 0
    assert "- **Licence**: CC0" in capsys.readouterr().out
    assert run("models", "verify", "spots") == 0
    assert run("run", source, "--method", "spots", "--style-name", "ink:1,monet:1", "-o", tmp_path / "b.png", "-q") == 0
    assert Image.open(tmp_path / "a.png").size == Image.open(tmp_path / "b.png").size == (61, 45)
    capsys.readouterr()
    assert run("paint", source, source, "--method", "spots") == 2
    assert "is one file too many: the style is that of the network" in capsys.readouterr().err
    assert run("paint", source, "--method", source) == 2
    assert "method must be one of" in capsys.readouterr().err


def test_a_batch_paints_and_knows_when_the_network_has_changed(network, photo, tmp_path):
    for name in ("a", "b"):
        Image.fromarray((255 * photo).astype(np.uint8)).save(tmp_path / f"{name}.png")
    from photostyle.batch.plan import make_plan
    from photostyle.batch.styles import Styles

    plan = make_plan([str(tmp_path / "a.png")], str(tmp_path / "{stem}-{style}.png"), options=Options(method=str(network)))
    assert [job.output for job in plan] == [str(tmp_path / "a-dots.png")] and str(network) in plan[0].inputs
    assert Styles(lambda name: []).style_of(plan[0], {}, None) is None
    with pytest.raises(OptionError, match="the style is that of the network"):
        make_plan([str(tmp_path / "a.png")], "x", [str(tmp_path / "b.png")], options=Options(method=str(network)))
    manifest = tmp_path / "list.csv"
    manifest.write_text(f"content,method,output\n{tmp_path}/a.png,{network},{tmp_path}/m.png\n")
    (job,) = make_plan([str(manifest)], None)
    assert job.style == str(network) and job.options.method == "network"


def test_an_older_transform_is_read(network, photo, tmp_path):
    result = transfer(photo, method=str(network), style_name=("ink:3,monet:1"))
    file = result.transform.stored()
    del file.tensors["norms"]
    file.facts["weights"] = [0.25, 0.75, 0.0]
    write_transform(tmp_path / "old.safetensors", file)
    again = relight(photo, load_transform(tmp_path / "old.safetensors")).photo.pixels
    assert np.abs(again - result.photo.pixels).max() < 1e-3
