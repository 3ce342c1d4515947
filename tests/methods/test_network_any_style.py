"""Networks for any style, in run, batch and library: pictures, looks, mixtures, regions, strength, polish and export."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from photostyle import Amounts, OptionError, load_transform, measure, relight, transfer
from photostyle.encoders import load_encoder
from photostyle.look import save_look
from photostyle.look.statistics import fingerprint
from photostyle.networks import StyleReading, Stylizer, StylizerShape, TrainedStylizer
from photostyle.networks.predictor import numbers_of_channels
from photostyle.networks.tiling import paint_whole
from photostyle.transforms import PictureTransform


@pytest.fixture
def photo():
    y, x = np.mgrid[0:45, 0:61]
    return np.stack([x / 60, y / 44, 0.5 + 0.4 * np.sin(x / 5)], -1).astype(np.float32)


@pytest.fixture
def network(tmp_path):
    """The file of a network of two named styles with random weights."""
    torch.manual_seed(1)
    made = Stylizer(StylizerShape(2, 4, 1)).requires_grad_(False)
    made.norms += 0.4 * torch.randn_like(made.norms)
    path = tmp_path / "dots.safetensors"
    TrainedStylizer(made, ("monet", "ink"), {"name": "dots"}).save(path)
    return path


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


def test_options_that_a_network_has_no_use_for_are_one_line(network, any_style, photo):
    with pytest.raises(OptionError, match="trained with one content weight; leave it out, or mix the style photo in"):
        transfer(photo, method=str(network), content_weight=2)
    with pytest.raises(OptionError, match="name those to be mixed by style_name"):
        transfer(photo, method=str(network), blend=("x.png",))
    with pytest.raises(OptionError, match="needs a style, got none"):
        transfer(photo, method=str(any_style))


def test_commands_take_a_picture_for_any_style(any_style, photo, call, tmp_path, monkeypatch):
    monkeypatch.setenv("PHOTOSTYLE_HOME", str(tmp_path / "home"))
    source, style, other = (tmp_path / name for name in ("photo.png", "style.png", "other.png"))
    for path, pixels in ((source, photo), (style, painting(1)), (other, painting(2))):
        Image.fromarray((255 * pixels).astype(np.uint8)).save(path)
    code, out, err = call("paint", source, style, "--method", any_style, "-s", f"{other}:0.3", "-o", tmp_path / "a.png", "--json")
    assert code == 0, err
    record = json.loads(out)
    assert record["options"]["blend"] == [f"{other}:0.3"] and record["inputs"]["style"] == str(style)
    (tmp_path / "recipe.json").write_text(out)
    code, again, err = call("paint", "--recipe", tmp_path / "recipe.json", "--overwrite", "--json")
    assert code == 0 and json.loads(again)["options"] == record["options"], err
    code, _, err = call("models", "add", any_style, "--name", "mine")
    assert code == 0, err
    assert "mine  0.1 MB  trained network, any style, by a picture of it" in call("models", "list")[1]
    words = ("--polish", "2", "--size", "64", "-o", tmp_path / "b.png", "-q")
    assert call("paint", source, style, "--method", "mine", *words)[0] == 0


def test_a_batch_takes_pictures_and_looks_for_any_style(any_style, photo, call, tmp_path):
    source, style, other = (tmp_path / name for name in ("photo.png", "style.png", "other.png"))
    for path, pixels in ((source, photo), (style, painting(1)), (other, painting(2))):
        Image.fromarray((255 * pixels).astype(np.uint8)).save(path)
    words = ("--method", any_style, "--jobs", "1", "-q", "-o")
    code, _, err = call("batch", source, "-s", style, "-s", other, *words, tmp_path / "out/{stem}-{style}.png")
    assert code == 0, err
    assert sorted(path.name for path in (tmp_path / "out").glob("*.png")) == ["photo-other.png", "photo-style.png"]
    save_look(measure(style, size=64, encoder="compact", segmenter="none"), tmp_path / "one.look")
    code, _, err = call("batch", source, "-s", tmp_path / "one.look", *words, tmp_path / "look.png")
    assert code == 0, err
    by_look, by_picture = (
        np.asarray(Image.open(path), float) for path in (tmp_path / "look.png", tmp_path / "out/photo-style.png")
    )
    assert np.abs(by_look - by_picture).max() <= 1


def test_a_style_of_a_picture_is_exported(any_style, network, photo, call, tmp_path, monkeypatch):
    path = tmp_path / "style.png"
    Image.fromarray((255 * painting(1)).round().astype(np.uint8)).save(path)
    given = {}
    monkeypatch.setattr("photostyle.networks.export.export_onnx", lambda own, norms, path, half: given.update(norms=norms))
    assert call("models", "export", any_style, tmp_path / "a.onnx", "--style", path)[0] == 0
    assert torch.allclose(given["norms"], transfer(photo, path, method=str(any_style)).transform.norms, atol=1e-5)
    code, _, err = call("models", "export", any_style, tmp_path / "b.onnx")
    assert code == 2 and "paints in any style; name a picture of one" in err
    code, _, err = call("models", "export", network, tmp_path / "b.onnx", "--style", path)
    assert code == 2 and "it has styles of its own; leave the style out" in err
