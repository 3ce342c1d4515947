"""The method network: a trained network paints in run, batch and library, at any size, and says what it lacks."""

import json
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from photostyle import Amounts, ModelError, OptionError, Options, load_transform, measure, relight, transfer
from photostyle.cli import main
from photostyle.encoders import load_encoder
from photostyle.look import save_look
from photostyle.look.statistics import fingerprint
from photostyle.networks import StyleReading, Stylizer, StylizerShape, TrainedStylizer
from photostyle.networks.predictor import numbers_of_channels
from photostyle.networks.tiling import paint_whole
from photostyle.transforms import PictureTransform
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
    with pytest.raises(ModelError, match=r"no trained network is called 'nobody' \(there are none yet\); give its file"):
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


@pytest.fixture
def any_style(tmp_path):
    """The file of a network for any style with random weights, which reads styles with the encoder compact."""
    encoder = load_encoder("compact")
    torch.manual_seed(3)
    made = Stylizer(StylizerShape(1, 4, 1, numbers_of_channels(list(encoder.channels.values()))))
    made.initialise(1)
    made.requires_grad_(False)
    made.predictor.write.weight *= 12
    made.paint.weight *= 10
    path = tmp_path / "any.safetensors"
    TrainedStylizer(made, ("photo",), {"name": "any"}, StyleReading("compact", fingerprint(encoder), 64)).save(path)
    return path


def painting(seed):
    random = np.random.default_rng(seed)
    tint = random.uniform(0.2, 1, 3)
    return (random.uniform(0, 1, (12, 16, 1)).repeat(5, 0).repeat(5, 1) * tint).astype(np.float32)


def test_any_style_is_painted_from_a_picture_or_its_look(any_style, photo, tmp_path):
    one, other = (transfer(photo, painting(seed), method=str(any_style)).photo.pixels for seed in (1, 2))
    assert one.shape == photo.shape and np.abs(one - other).mean() > 0.01
    look = measure(painting(1), size=64, encoder="compact", segmenter="none")
    save_look(look, tmp_path / "one.look")
    result = transfer(photo, tmp_path / "one.look", method=str(any_style))
    assert np.abs(result.photo.pixels - one).max() < 1e-3 and not result.notes
    at_96 = measure(painting(1), size=96, encoder="compact", segmenter="none")
    assert any("measured at 96 pixels and the network reads styles at 64" in note for note in transfer(
        photo, at_96, method=str(any_style)).notes)  # fmt: skip
    with pytest.raises(OptionError, match="the look was measured with encoder compact5, got compact"):
        transfer(photo, measure(painting(1), encoder="compact5", size=64, segmenter="none"), method=str(any_style))


def test_pictures_are_mixed_and_content_is_weighed(any_style, photo, tmp_path):
    for seed in (1, 2):
        Image.fromarray((255 * painting(seed)).round().astype(np.uint8)).save(tmp_path / f"{seed}.png")
    first, second = (str(tmp_path / f"{seed}.png") for seed in (1, 2))
    made = lambda style, **options: transfer(photo, style, method=str(any_style), **options)
    half = made(first, blend=(f"{second}:0.5",))
    middle = (made(first).transform.norms + made(second).transform.norms) / 2
    assert torch.allclose(half.transform.norms, middle, atol=1e-5)
    more = made(first, content_weight=4).transform.norms
    assert not torch.allclose(more, made(first).transform.norms, atol=1e-4)
    with pytest.raises(OptionError, match="has none of its own; leave style_name out"):
        made(first, style_name="monet")


def test_regions_are_painted_in_styles_of_their_own(any_style, photo, tmp_path):
    Image.fromarray((255 * painting(2)).round().astype(np.uint8)).save(tmp_path / "2.png")
    masks = {"sky": np.zeros(photo.shape[:2], np.float32), "sea": np.ones(photo.shape[:2], np.float32)}
    masks["sky"][:20], masks["sea"][:20] = 1, 0
    options = {"method": str(any_style), "content_mask": masks, "hard_masks": True}
    both = transfer(photo, painting(1), blend=(f"sky={tmp_path / '2.png'}",), **options).photo.pixels
    sea, sky = (transfer(photo, painting(seed), **options).photo.pixels for seed in (1, 2))
    assert np.abs(both - sea)[22:].max() < 1e-3 and np.abs(both - sky)[:18].max() < 0.02 < np.abs(both - sea)[:18].mean() * 4


def test_strength_goes_from_the_norms_of_the_photo(any_style, photo, tmp_path):
    made = lambda **options: transfer(photo, painting(1), method=str(any_style), **options)
    whole = made()
    assert np.array_equal(made(strength=0).photo.pixels, photo)
    network, half = whole.transform.trained.network, made(strength=0.5).photo.pixels
    middle = torch.lerp(network.norms[:1], whole.transform.norms, 0.5)
    expected = paint_whole(network, middle, torch.from_numpy(photo).permute(2, 0, 1)).permute(1, 2, 0).numpy()
    assert np.abs(half - expected).mean() < 1e-4 and np.abs(half - expected).max() < 0.03  # highlights roll off
    assert np.abs(half - (whole.photo.pixels + photo) / 2).mean() > 0.005
    preview = whole.transform.preview(photo, 61)
    assert np.abs(preview(Amounts(0.5)) / 255 - half).mean() < 0.005
    whole.transform.save(tmp_path / "t.safetensors")
    again = load_transform(tmp_path / "t.safetensors")
    assert np.abs(relight(photo, again, strength=0.5).photo.pixels - half).max() < 5e-3
    low = [np.abs(made(strength=strength).photo.pixels - photo).mean() for strength in (0.01, 0.1, 0.25)]
    assert low[0] < 0.1 * low[2] < low[1] < low[2]


def test_a_networks_picture_is_polished_by_the_painter(any_style, network, photo):
    style = painting(1)
    plain = transfer(photo, style, method=str(any_style), size=64)
    result = transfer(photo, style, method=str(any_style), size=64, polish=3)
    assert len(result.history) == 3 and result.history[-1]["total"] < result.history[0]["total"]
    assert 1e-4 < np.abs(result.photo.pixels - plain.photo.pixels).mean() < 0.1
    assert isinstance(result.transform, PictureTransform) and result.encoder == "compact5"
    named = transfer(photo, style, method=str(network), size=64, polish=3, style_name="ink")
    assert len(named.history) == 3
    with pytest.raises(OptionError, match="the method network needs a style, got none; give a photo"):
        transfer(photo, method=str(network), polish=3)
    with pytest.raises(OptionError, match="to polish needs the style picture itself, got a look"):
        transfer(photo, measure(style, size=64, encoder="compact", segmenter="none"), method=str(any_style), polish=3)


def test_an_older_transform_is_read(network, photo, tmp_path):
    result = transfer(photo, method=str(network), style_name=("ink:3,monet:1"))
    file = result.transform.stored()
    del file.tensors["norms"]
    file.facts["weights"] = [0.25, 0.75, 0.0]
    write_transform(tmp_path / "old.safetensors", file)
    again = relight(photo, load_transform(tmp_path / "old.safetensors")).photo.pixels
    assert np.abs(again - result.photo.pixels).max() < 1e-3


def test_options_that_a_network_has_no_use_for_are_one_line(network, any_style, photo):
    with pytest.raises(OptionError, match="trained with one content weight; leave it out, or mix the style photo in"):
        transfer(photo, method=str(network), content_weight=2)
    with pytest.raises(OptionError, match="name those to be mixed by style_name"):
        transfer(photo, method=str(network), blend=("x.png",))
    with pytest.raises(OptionError, match="needs a style, got none"):
        transfer(photo, method=str(any_style))


def test_commands_take_a_picture_for_any_style(any_style, photo, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PHOTOSTYLE_HOME", str(tmp_path / "home"))
    source, style, other = (tmp_path / name for name in ("photo.png", "style.png", "other.png"))
    for path, pixels in ((source, photo), (style, painting(1)), (other, painting(2))):
        Image.fromarray((255 * pixels).astype(np.uint8)).save(path)
    assert run("paint", source, style, "--method", any_style, "-s", f"{other}:0.3", "-o", tmp_path / "a.png", "--json") == 0
    record = json.loads(capsys.readouterr().out)
    assert record["options"]["blend"] == [f"{other}:0.3"] and record["inputs"]["style"] == str(style)
    assert run("models", "add", any_style) == 0 and run("models", "list") == 0 and run("models", "show", "any") == 0
    said = capsys.readouterr().out
    assert "any  0.1 MB  trained network, any style, by a picture of it" in said
    assert run("paint", source, style, "--method", "any", "--polish", "2", "--size", "64", "-o", tmp_path / "b.png", "-q") == 0
    words = ("batch", source, "-s", style, "-s", other, "--method", any_style, "--jobs", "1", "-q")
    assert run(*words, "-o", tmp_path / "out/{stem}-{style}.png") == 0
    assert sorted(path.name for path in (tmp_path / "out").glob("*.png")) == ["photo-other.png", "photo-style.png"]


def test_a_style_of_a_picture_is_exported(any_style, network, photo, tmp_path, monkeypatch, capsys):
    path = tmp_path / "style.png"
    Image.fromarray((255 * painting(1)).round().astype(np.uint8)).save(path)
    given = {}
    monkeypatch.setattr("photostyle.networks.export.export_onnx", lambda own, norms, path, half: given.update(norms=norms))
    assert run("models", "export", any_style, tmp_path / "a.onnx", "--style", path) == 0
    assert torch.allclose(given["norms"], transfer(photo, path, method=str(any_style)).transform.norms, atol=1e-5)
    assert run("models", "export", any_style, tmp_path / "b.onnx") == 2
    assert "paints in any style; name a picture of one" in capsys.readouterr().err
    assert run("models", "export", network, tmp_path / "b.onnx", "--style", path) == 2
    assert "it has styles of its own; leave the style out" in capsys.readouterr().err
